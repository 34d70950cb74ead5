"""What was decided of an incident on its way: sightings, sirens, moves, devices left out (for restarts)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.incident import Report
from controller.plan import plan_json


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a correction, an update or a joined report replaced, so that it can be taken back after a restart.

    Its plan is the newest whole one stored before that revision.

    Attributes:
        what: `correction`, `update` or `joined`.
        revision: the revision that replaced it.
        report, seen_ms: what stood before.
    """

    what: str
    revision: int
    report: Report
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Course:
    """One incident's course; times are UTC milliseconds, 0 for never.

    Attributes:
        seen_ms: the newest sighting; what drives towards the traffic is counted from here.
        sounding_ms: sirens sound from here, for the site's `siren_s` (S13).
        silenced_ms: a person silenced them; those that began no later are silent.
        moved_ms: the newest correction; what it replaced may overlap with it a while (S4).
        dropped: devices a person left out of this incident, in site order (S14).
        replaced: what the newest change of its report or plan by a person replaced; None where it was none.
    """

    seen_ms: int = 0
    sounding_ms: int = 0
    silenced_ms: int = 0
    moved_ms: int = 0
    dropped: tuple[str, ...] = ()
    replaced: Replaced | None = None

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
            "replaced": None if self.replaced is None else _to_json(self.replaced),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Course":
        """Read the stored form."""
        replaced = raw.get("replaced")  # older rows say nothing of it
        return cls(
            raw["seen_ms"],
            raw["sounding_ms"],
            raw["silenced_ms"],
            raw["moved_ms"],
            tuple(raw["dropped"]),
            None if replaced is None else _from_json(replaced),
        )


def _to_json(replaced: Replaced) -> dict[str, Any]:
    return {
        "what": replaced.what,
        "revision": replaced.revision,
        "report": plan_json.report_to_json(replaced.report),
        "seen_ms": replaced.seen_ms,
    }


def _from_json(raw: Mapping[str, Any]) -> Replaced:
    report = plan_json.report_from_json(raw["report"])
    return Replaced(raw["what"], raw["revision"], report, raw["seen_ms"])
