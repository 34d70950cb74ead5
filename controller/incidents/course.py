"""What was decided of an incident on its way: sightings, sirens, moves, devices left out (for restarts)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Course:
    """One incident's course; times are UTC milliseconds, 0 for never.

    Attributes:
        seen_ms: the newest sighting; what drives towards the traffic is counted from here.
        sounding_ms: sirens sound from here, for the site's `siren_s` (S13).
        silenced_ms: a person silenced them; those that began no later are silent.
        moved_ms: the newest correction; what it replaced may overlap with it a while (S4).
        dropped: devices a person left out of this incident, in site order (S14).
    """

    seen_ms: int = 0
    sounding_ms: int = 0
    silenced_ms: int = 0
    moved_ms: int = 0
    dropped: tuple[str, ...] = ()

    def sounds_until_ms(self, limit_s: int) -> int:
        """Return the moment from which on what sounds for `limit_s` seconds is silent."""
        return self.sounding_ms if self.silenced_ms >= self.sounding_ms else self.sounding_ms + limit_s * 1000

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "seen_ms": self.seen_ms,
            "sounding_ms": self.sounding_ms,
            "silenced_ms": self.silenced_ms,
            "moved_ms": self.moved_ms,
            "dropped": list(self.dropped),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Course":
        """Read the stored form."""
        return cls(
            raw["seen_ms"], raw["sounding_ms"], raw["silenced_ms"], raw["moved_ms"], tuple(raw["dropped"])
        )
