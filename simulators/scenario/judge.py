"""Whether an expectation came to be, and when: road claims by time-stamped lamps, reports by sightings."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeGuard

from simulators.scenario.durations import said
from simulators.scenario.observer import Observer
from simulators.scenario.reports import Report, Sighting
from simulators.scenario.road import Condition, Look
from simulators.scenario.script import Expecting
from simulators.scenario.sentences import Claim
from simulators.scenario.witness import Witness

POLL_S = 0.02
POLL_MOST_S = 0.1
GRACE_MS = 500.0
"""Reports carry no time of a witness: one that came to be at the limit is read a moment later."""
_LATER_MS = 1_000.0
"""How much longer a missed expectation is watched, to say when it came to be after all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an expectation stands, and what was shown."""

    good: bool
    got: str


def is_road(claim: Claim) -> TypeGuard[Condition]:
    """Return whether the lamps alone answer it."""
    return not hasattr(claim, "needs")


def is_report(claim: Claim) -> TypeGuard[Report]:
    """Return whether the controller answers it."""
    return hasattr(claim, "needs")


def first_true(
    condition: Condition, witness: Witness, from_ms: float, after_ms: float, to_ms: float
) -> float | None:
    """Return the first instant in `after_ms..to_ms` at which it is so; `from_ms` is where it counts from."""
    for at_ms in witness.instants(condition.devices, after_ms, to_ms):
        if condition.look(witness, at_ms, from_ms).holds:
            return at_ms
    return None


async def until_true(observer: Observer, claim: Claim, from_ms: float, span_ms: int | None) -> Standing:
    """Return once it is so or the span is over; without a span look once."""
    if is_report(claim):
        return await _report_until(observer, claim, from_ms, span_ms)
    assert is_road(claim)
    return await _road_until(observer, claim, from_ms, span_ms)


async def _road_until(
    observer: Observer, condition: Condition, from_ms: float, span_ms: int | None
) -> Standing:
    if span_ms is None:
        seen_ms = await observer.look_at_road()
        look = condition.look(observer.witness, seen_ms, from_ms)
        return Standing(look.holds, look.got)
    limit_ms, checked_ms, pause_s = from_ms + span_ms, from_ms, POLL_S
    while True:
        seen_ms = await observer.look_at_road()
        came_ms = first_true(condition, observer.witness, from_ms, checked_ms, seen_ms)
        if came_ms is not None and came_ms <= limit_ms:
            return Standing(True, f"after {said(came_ms - from_ms)}")
        now = condition.look(observer.witness, seen_ms, from_ms)
        if now.settled and not now.holds:
            return Standing(False, f"after {said(seen_ms - from_ms)}: {now.got}")
        if came_ms is not None or seen_ms > limit_ms + _LATER_MS:
            look = condition.look(observer.witness, limit_ms, from_ms)
            late = f"it came to be so after {said(came_ms - from_ms)}" if came_ms else "nor a moment later"
            return Standing(False, f"after {said(span_ms)}: {look.got}; {late}")
        checked_ms = seen_ms
        await asyncio.sleep(pause_s)
        pause_s = min(POLL_MOST_S, pause_s * 1.5)


async def _report_until(observer: Observer, claim: Report, from_ms: float, span_ms: int | None) -> Standing:
    limit_ms, pause_s = from_ms + (span_ms or 0) + GRACE_MS, POLL_S
    while True:
        sighting = await observer.sight(claim.needs)
        look = claim.look(sighting)
        if look.holds:
            return Standing(True, look.got)
        if span_ms is None or sighting.at_ms > limit_ms:
            after = f"after {said(sighting.at_ms - from_ms)}: " if span_ms is not None else ""
            return Standing(False, after + look.got)
        await asyncio.sleep(pause_s)
        pause_s = min(POLL_MOST_S, pause_s * 1.5)


@dataclass
class Guard:
    """An expectation that stands over a stretch of time: `always`, `never`, `until`, `for`.

    Attributes:
        to_ms: where it ended; None while it stands.
        broken: the first sighting of the controller that broke it.
    """

    item: Expecting
    from_ms: float
    to_ms: float | None = None
    broken: tuple[float, Look] | None = None
    until: str = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.item.until

    @property
    def open(self) -> bool:
        """Whether it still stands."""
        return self.to_ms is None

    @property
    def wanted(self) -> bool:
        """Whether it shall be so, or (`never`) shall not."""
        return self.item.time != "never"

    def sighted(self, sighting: Sighting) -> None:
        """Take one sighting of the controller."""
        claim = self.item.claim
        assert is_report(claim)
        look = claim.look(sighting)
        if look.holds is not self.wanted and self.broken is None:
            self.broken = (sighting.at_ms, look)


def judge_guard(guard: Guard, witness: Witness, end_ms: float) -> Standing:
    """Return whether it stood over its whole stretch, and else when and by what it was broken first."""
    to_ms = end_ms if guard.to_ms is None else guard.to_ms
    claim = guard.item.claim
    if is_road(claim):
        for at_ms in witness.instants(claim.devices, guard.from_ms, to_ms):
            look = claim.look(witness, at_ms, guard.from_ms)
            if look.holds is not guard.wanted:
                return Standing(False, _broken(guard, at_ms, look))
    elif guard.broken is not None:
        return Standing(False, _broken(guard, *guard.broken))
    return Standing(True, f"for {said(to_ms - guard.from_ms)}")


def _broken(guard: Guard, at_ms: float, look: Look) -> str:
    return f"broken {said(at_ms - guard.from_ms)} after it began to stand: {look.got}"
