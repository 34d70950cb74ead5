"""Open incidents are planned again as devices fail and time passes; such a plan only ever adds (S14).

One task for all incidents. What a re-plan would take back stays until a person orders it.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from controller.book import Incident
from controller.incident import SYSTEM, Plan, StepState
from controller.incidents.extending import STANDING, extend
from controller.incidents.growth import additions, grown
from controller.incidents.outdated import basis
from controller.plan.planning import plan_now
from controller.plan.responses import response_to
from controller.room import ControlRoom

log = structlog.get_logger()

LOOK_S = 1.0
"""How often an open incident is looked at; a failed device is looked at at once."""

GROWTH_S = 10
"""A warned stretch is measured again this often; what drives at 130 km/h comes 360 m nearer in it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a re-plan depends on; while it is the same there is nothing to plan again.

    Attributes:
        failed: device → reason of the devices that have failed.
        lost: device → reason of those not proved for a whole budget.
        out: devices out of service or left out.
        grown_s: seconds since the last sighting of what drives on, 0 for anything else.
    """

    failed: Mapping[str, str]
    lost: Mapping[str, str]
    out: frozenset[str]
    grown_s: int

    def why(self, before: "Facts | None") -> str:
        """Return what is new since the last look, for people."""
        known = before or Facts({}, {}, frozenset(), 0)
        said = [f"{d} has failed: {why}" for d, why in self.failed.items() if d not in known.failed]
        said += [
            f"{d} is not proved: {why}"
            for d, why in self.lost.items()
            if d not in known.lost and d not in self.failed
        ]
        said += [f"{d} is out of service" for d in sorted(self.out - known.out)]
        if self.grown_s > known.grown_s:
            said.append(f"not seen for {self.grown_s} s")
        return "; ".join(said)


class Replanning:
    """Looks at every open incident again and again, and extends those whose plan no longer suffices."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._started_s = room.clock.mono_s()
        self._unproved_s: dict[tuple[str, str], float] = {}
        self._known: dict[str, Facts] = {}
        self._seen: dict[str, tuple[int, float]] = {}
        """Incident → its last sighting by the wall clock, and by the loop's, which nobody sets."""

    async def keep(self) -> None:
        """Look now and then, and whenever a device has failed; for ever."""
        failed = self._room.failed
        while True:
            failed.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await failed.wait()

    async def look(self) -> None:
        """Look once at every open incident."""
        standing = [i for i in self._room.book.open() if i.state in STANDING and not i.driving]
        ids = {incident.id for incident in standing}
        self._known = {name: facts for name, facts in self._known.items() if name in ids}
        self._seen = {name: seen for name, seen in self._seen.items() if name in ids}
        self._unproved_s = {key: s for key, s in self._unproved_s.items() if key[0] in ids}
        for incident in standing:
            # With many open, a restart plans for seconds: everything else has its turn in between.
            await asyncio.sleep(0)
            if incident.state not in STANDING or incident.driving:
                continue
            facts = self._facts(incident)
            before = self._known.get(incident.id)
            self._known[incident.id] = facts
            current = incident.site_digest == basis(self._room.site)
            if facts != before and current and not await self._plan_again(incident, facts, before):
                self._known.pop(incident.id, None)

    async def _plan_again(self, incident: Incident, facts: Facts, before: Facts | None) -> bool:
        """Extend it where that asks for more; False where a person's order came in between."""
        room = self._room
        today = plan_now(
            room,
            incident.report,
            dropped=incident.course.dropped,
            lost=facts.lost,
            since_s=facts.grown_s,
        )
        plan = grown(room.site, incident.plan, today, missing=facts.out)
        if not additions(incident.plan, plan):
            return True
        return await extend(
            room,
            incident,
            plan,
            actor=SYSTEM,
            reason=facts.why(before) or "devices answer again or are back in service",
            key_s=room.clock.mono_s(),
            at_ms=room.clock.wall_ms(),
        )

    def _facts(self, incident: Incident) -> Facts:
        room = self._room
        failed = {d: row.reason for d, row in room.book.faults.items() if _asks(incident.plan, d)}
        oncoming = response_to(incident.report.type, room.site.policy).oncoming
        since_s = int(self._since_s(incident)) if oncoming else 0
        return Facts(
            failed,
            self._lost(incident),
            frozenset((*room.book.services, *incident.course.dropped)),
            since_s // GROWTH_S * GROWTH_S,
        )

    def _since_s(self, incident: Incident) -> float:
        """Return the seconds since the last sighting; a wall clock that is set meanwhile changes nothing."""
        clock, seen_ms = self._room.clock, incident.course.seen_ms
        known = self._seen.get(incident.id)
        if known is None or known[0] != seen_ms:
            ago_s = max(0.0, (clock.wall_ms() - seen_ms) / 1000)
            known = self._seen[incident.id] = seen_ms, clock.mono_s() - ago_s
        return clock.mono_s() - known[1]

    def _lost(self, incident: Incident) -> dict[str, str]:
        """Return what has not been proved for a whole budget, from the key or from the loss of its proof."""
        now_s, budget_s = self._room.clock.mono_s(), self._room.site.policy.budget_ms / 1000
        missing: dict[str, tuple[float, str]] = {}
        for window in incident.windows:
            began_s = max(window.key_s, self._started_s)
            for device, why in window.not_proved().items():
                proved_once = StepState.VERIFIED in window.steps[device].times and not window.restarted
                missing[device] = now_s if proved_once else began_s, why
        for key in [k for k in self._unproved_s if k[0] == incident.id and k[1] not in missing]:
            del self._unproved_s[key]
        lost = {}
        for device, (first_s, why) in missing.items():
            since_s = self._unproved_s.setdefault((incident.id, device), first_s)
            if now_s - since_s >= budget_s:
                lost[device] = why
        return lost


def _asks(plan: Plan, device: str) -> bool:
    return any(demand.device == device for demand in plan.demands)
