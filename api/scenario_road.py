"""What the road has shown so far in a scenario run, put together from its news."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_STRETCHES = 20_000
"""The oldest of a device that never rests are dropped first."""


@dataclass
class RoadSoFar:
    """The road of one run; `take` adds news, oldest first.

    Attributes:
        at_ms: milliseconds since the run began; what was shown up to here is known.
        devices: where each device stands.
        shown: stretches as in the result of a run; the newest of each device goes on.
    """

    at_ms: int = 0
    devices: Mapping[str, Any] = field(default_factory=dict)
    shown: list[dict[str, Any]] = field(default_factory=list)
    _newest: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, news: Mapping[str, Any]) -> None:
        """Add what one `road` line of `onekey scenario run --events` says; the first of a run begins anew."""
        if "devices" in news:
            self.devices, self.shown, self._newest = news["devices"], [], {}
        self.at_ms = news["at_ms"]
        for change in news["changes"]:
            at_ms, device = change["at_ms"], change["device"]
            if device in self._newest:
                self._newest[device]["to_ms"] = at_ms
            row = {"device": device, "from_ms": at_ms, "to_ms": at_ms, "lamp": change["lamp"]}
            self._newest[device] = row
            self.shown.append(row)
        del self.shown[:-MOST_STRETCHES]

    def to_json(self) -> dict[str, Any]:
        """Return it in the form of a result: the newest stretch of each device ends at `at_ms`."""
        for row in self._newest.values():
            row["to_ms"] = max(row["from_ms"], self.at_ms)
        return {"at_ms": self.at_ms, "devices": self.devices, "shown": self.shown}

    @classmethod
    def of_result(cls, result: Mapping[str, Any]) -> "RoadSoFar":
        """Return the road of a run that has ended."""
        return cls(result["took_ms"], result["devices"], list(result["shown"]))
