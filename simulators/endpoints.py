"""Where the simulated devices of one process are to be found; printed as one JSON line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Modbus server, or the broker the MQTT devices of a link use."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Endpoints:
    """All endpoints of one simulating process.

    Attributes:
        site: site id.
        links: by link id, every link of the site.
        control: base URL of the control API.
    """

    site: str
    pid: int
    links: Mapping[str, Endpoint]
    control: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form a controller overlays its site with."""
        return {
            "site": self.site,
            "pid": self.pid,
            "links": {name: {"host": e.host, "port": e.port} for name, e in self.links.items()},
            "control": self.control,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read the JSON form back.

        Raises:
            KeyError, TypeError: a key is missing or of another form.
        """
        links = {name: Endpoint(str(e["host"]), int(e["port"])) for name, e in raw["links"].items()}
        return cls(str(raw["site"]), int(raw["pid"]), links, str(raw["control"]))
