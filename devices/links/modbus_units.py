"""Which units behind an endpoint are silent, and when one of them may be asked again (P4).

No clock and no I/O inside: every method takes `now` or times it is told.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

QUIET_S = 0.5
"""A probe of a dead unit may hold a shared line for a whole time-out, so it waits until no healthy unit was
written to for this long: time for the read-back and the settling polls that follow a write."""
PROBE_DEFER_MAX_S = 1.0
"""A busy line may not keep a suspect unknown for ever: a probe is put off no longer than this."""
PROBE_GAP_S = 0.5
"""Pause between two probes of one unit, so that many callers with back-offs of their own cannot keep the
line busy with a dead unit."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A unit that did not answer; nothing is sent to it but one read at a time."""

    reason: str
    silent_at_s: float


class UnitHealth:
    """What is known of the units of one endpoint.

    Args:
        units: every unit id the site has there.
    """

    def __init__(self, units: tuple[int, ...]) -> None:
        self.units = units
        self.suspects: dict[int, Suspect] = {}
        self.silence: list[int] = []
        """Units of the time-outs since anything was last heard on this connection."""
        self._wrote_at_s: dict[int, float] = {}
        self._probed_at_s = -math.inf

    def wrote(self, unit: int, now_s: float) -> None:
        """Note a write on its way to, or answered by, a unit."""
        self._wrote_at_s[unit] = now_s

    def probed(self, now_s: float) -> None:
        """Note the end of a probe."""
        self._probed_at_s = now_s

    def suspect(self, unit: int, reason: str, now_s: float) -> bool:
        """Make a unit suspect; return whether it was not before."""
        known = unit in self.suspects
        self.suspects[unit] = Suspect(reason, now_s)
        return not known

    def answered(self, unit: int) -> bool:
        """Note an answer; return whether the unit was suspect until now."""
        self.silence.clear()
        return self.suspects.pop(unit, None) is not None

    def silent(self, unit: int) -> bool:
        """Note a time-out; return whether the line is to be taken for dead.

        A dead line looks like a dead unit until a second unit is silent too, where there is one.
        """
        self.silence.append(unit)
        return len(self.silence) > 1 and len(set(self.silence)) >= min(2, len(self.units))

    def by_trust(self) -> list[int]:
        """Return all units, those likely to answer first."""
        return sorted(self.units, key=lambda unit: unit in self.suspects)

    def next_probe(self, asked_s: Mapping[int, float], *, line_busy: bool) -> tuple[int | None, float]:
        """Return the suspect to be asked next, and the loop time to do it; (None, inf) if there is none.

        Args:
            asked_s: unit → loop time of its oldest waiting request.
            line_busy: whether a request to a healthy unit is waiting.
        """
        best: tuple[int | None, float] = (None, math.inf)
        others = (at_s for unit, at_s in self._wrote_at_s.items() if unit not in self.suspects)
        quiet_s = max(others, default=-math.inf) + QUIET_S
        for unit, suspect in self.suspects.items():
            if unit not in asked_s:
                continue
            # Counted anew after each probe, so that the healthy units get the line between two of them.
            latest_s = max(asked_s[unit], self._probed_at_s) + PROBE_DEFER_MAX_S
            due_s = latest_s if line_busy else min(quiet_s, latest_s)
            due_s = max(due_s, suspect.silent_at_s + PROBE_GAP_S)
            if due_s < best[1]:
                best = (unit, due_s)
        return best
