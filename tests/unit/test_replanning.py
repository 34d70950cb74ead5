"""Open incidents planned again while they stand: failed and lost devices, passing time (S14, T2, P3)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from controller.alarms.alarm import AlarmKind
from controller.book import Incident
from controller.fleet.failing import FAULT_STANDS_MS, has_failed
from controller.fleet.look import Look
from controller.incident import IncidentState, IncidentType, Plan, RevisionKind, StepState
from controller.incidents import replanning
from controller.plan.planning import plan_now
from controller.store.rows import RevisionRow
from devices.values import Aspect
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import LoopClock, Virtual, virtual_room

SITE = road(gantries=range(8_000, 11_001, 500), signs=(7_000,), beacons=(8_000, 9_000))
FIRST, BEFORE = "H9000-1", "H8500-1"
"""The first cross of the closure, and the head one gantry upstream of it."""

pytestmark = pytest.mark.looptime


def replans(virtual: Virtual) -> list[RevisionRow]:
    return [c for c in virtual.store.changes if isinstance(c, RevisionRow) and c.kind == "replan"]


async def failed(virtual: Virtual, device: str = FIRST) -> None:
    await virtual.until(lambda: device in virtual.room.book.faults, within_s=30)


async def test_a_stuck_head_is_planned_around_by_a_revision_of_its_own() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].stuck = True
        incident = await virtual.press(crash(10_200))
        await failed(virtual)
        assert virtual.shows(BEFORE) is Aspect.CLOSED
        (replan,) = replans(virtual)
        assert replan.actor == {"id": "onekey", "role": "system", "via": "controller"}
        assert FIRST in replan.phase
        assert incident.window is not None
        assert incident.window.verdict is not None
        assert incident.window.verdict.outcome == "missed"
        (window,) = incident.later
        await window.decided.wait()
        assert BEFORE in window.steps
        assert window.verdict is not None
        assert window.verdict.met
        assert set(incident.window.verdict.failed) == {FIRST}
        assert incident.state is IncidentState.DEGRADED
        assert [a.subject for a in virtual.room.alarms.standing() if a.kind is AlarmKind.FAILED] == [FIRST]


async def test_a_flapping_head_does_not_make_the_plan_swing() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].stuck = True
        await virtual.press(crash(10_200))
        await failed(virtual)
        for _ in range(5):
            virtual.lamps[FIRST].stuck = not virtual.lamps[FIRST].stuck
            await asyncio.sleep(20)
        assert len(replans(virtual)) == 1
        assert FIRST in virtual.room.book.faults
        assert virtual.shows(BEFORE) is Aspect.CLOSED


async def test_a_new_incident_is_planned_around_what_has_failed_and_its_verdict_says_so() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].stuck = True
        first = await virtual.press(crash(10_200))
        await failed(virtual)
        await virtual.commands.clear(first.id, virtual.key())
        await cleared(virtual, first)
        second = await virtual.press(crash(10_200))
        assert virtual.shows(BEFORE) is Aspect.CLOSED
        assert second.window is not None
        verdict = second.window.verdict
        assert verdict is not None
        assert verdict.met
        assert list(verdict.apart) == [FIRST]
        assert "missing" in {f.code for f in second.plan.findings if f.device == FIRST}
        virtual.lamps[FIRST].stuck = False
        await virtual.until(lambda: virtual.shows(FIRST) is Aspect.CLOSED, within_s=5)


async def cleared(virtual: Virtual, incident: Incident) -> None:
    await virtual.until(lambda: incident.release is not None, within_s=5)
    while incident.state.open:
        release = incident.release
        if release is not None and release.waits_for:
            stuck = sorted(release.waits_for)
            await virtual.commands.clear(incident.id, virtual.key(), reason="test", without_proof=stuck)
        await asyncio.sleep(0.2)


async def test_a_repaired_head_is_proved_anew_and_counts_again() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].stuck = True
        incident = await virtual.press(crash(10_200))
        await failed(virtual)
        virtual.lamps[FIRST].stuck = False
        await virtual.commands.devices.repaired(FIRST, virtual.key(), "lamp replaced")
        await virtual.until(lambda: incident.state is IncidentState.ACTIVE, within_s=10)
        assert FIRST not in virtual.room.book.faults
        assert virtual.shows(BEFORE) is Aspect.CLOSED, "a repair releases nothing"
        assert "repaired" in virtual.store.kinds()
        assert not [a for a in virtual.room.alarms.standing() if a.kind is AlarmKind.FAILED]


async def test_a_repair_that_is_none_fails_again() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].stuck = True
        await virtual.press(crash(10_200))
        await failed(virtual)
        await virtual.commands.devices.repaired(FIRST, virtual.key(), "hit it with a hammer")
        await failed(virtual)


async def test_a_dead_head_hands_its_role_on_at_the_deadline_and_is_driven_when_it_returns() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].dead = True
        incident = (await virtual.commands.raise_incident(crash(10_200), virtual.key())).incident
        await asyncio.sleep(4.5)
        assert virtual.shows(BEFORE) is not Aspect.CLOSED
        await virtual.until(lambda: virtual.shows(BEFORE) is Aspect.CLOSED, within_s=3)
        assert FIRST not in virtual.room.book.faults, "it has not failed, it does not answer"
        virtual.lamps[FIRST].dead = False
        await virtual.until(lambda: virtual.shows(FIRST) is Aspect.CLOSED, within_s=2)
        await virtual.until(lambda: incident.state is IncidentState.ACTIVE, within_s=5)
        await asyncio.sleep(60)
        assert virtual.shows(BEFORE) is Aspect.CLOSED
        assert len(replans(virtual)) == 1


async def test_a_head_known_to_be_dead_is_planned_around_at_the_press() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps[FIRST].dead = True
        condition = virtual.room.fleet.reconcilers[FIRST].condition
        await virtual.until(lambda: condition.failures >= 2, within_s=60)
        incident = await virtual.press(crash(10_200))
        assert virtual.shows(BEFORE) is Aspect.CLOSED
        assert incident.window is not None
        assert incident.window.verdict is not None
        assert set(incident.window.verdict.failed) == {FIRST}, "it is asked and counted all the same"
        virtual.lamps[FIRST].dead = False
        await virtual.until(lambda: virtual.shows(FIRST) is Aspect.CLOSED, within_s=2)
        assert replans(virtual) == []


async def test_a_head_lost_later_hands_its_role_on_after_one_budget() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(300)
        virtual.lamps[FIRST].dead = True
        await asyncio.sleep(4)
        assert replans(virtual) == []
        await virtual.until(lambda: virtual.shows(BEFORE) is Aspect.CLOSED, within_s=5)
        await incident.later[0].decided.wait()
        assert incident.later[0].steps[BEFORE].state is StepState.VERIFIED


async def test_everything_else_has_its_turn_between_two_incidents(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, planned_at = 0, list[int]()

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def counted(*given: Any, **more: Any) -> Plan:
        planned_at.append(turns)
        return plan_now(*given, **more)

    async with virtual_room(SITE) as virtual:
        for at_m in (9_000, 9_700, 10_400):
            await virtual.press(crash(at_m))
        monkeypatch.setattr(replanning, "plan_now", counted)
        other = asyncio.create_task(turning(), name="other")
        await replanning.Replanning(virtual.room).look()
        other.cancel()
    assert len(set(planned_at)) == 3


async def test_nothing_is_added_while_an_incident_is_being_cleared() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        virtual.lamps["H10000-1"].stuck = True
        await virtual.commands.clear(incident.id, virtual.key())
        await failed(virtual, "H10000-1")
        await asyncio.sleep(30)
        assert replans(virtual) == []


@pytest.mark.parametrize("set_by_ms", [3_600_000, -3_600_000])
async def test_a_wrong_way_stretch_grows_by_the_time_that_passes_and_not_by_a_clock_that_is_set(
    set_by_ms: int,
) -> None:
    site = road(gantries=range(1_000, 59_001, 2_000), signs=(1_500, 30_500), length_m=60_000)
    report = replace(crash(58_000, kind=IncidentType.WRONG_WAY), lanes={})
    async with virtual_room(site) as virtual:
        incident = await virtual.press(report)
        first = min(site.devices[d.device].at_m for d in incident.plan.demands)
        await asyncio.sleep(20)
        assert isinstance(virtual.room.clock, LoopClock)
        virtual.room.clock.set_by_ms = set_by_ms
        await asyncio.sleep(280)
        later = min(site.devices[d.device].at_m for d in incident.plan.demands)
        assert first - 14_000 <= later <= first - 8_000


async def test_a_wrong_way_stretch_grows_until_a_person_ends_it() -> None:
    site = road(gantries=range(1_000, 59_001, 2_000), signs=(1_500, 30_500), length_m=60_000)
    site = replace(site, policy=replace(site.policy, release_budget_ms=600_000))
    report = replace(crash(58_000, kind=IncidentType.WRONG_WAY), lanes={})
    async with virtual_room(site) as virtual:
        incident = await virtual.press(report)

        def farthest() -> int:
            return min(site.devices[d.device].at_m for d in incident.plan.demands)

        first = farthest()
        await asyncio.sleep(300)
        later = farthest()
        assert later <= first - 8_000
        assert virtual.shows(f"H{later}-1") is Aspect.CAUTION
        windows = incident.later
        assert windows
        assert all(w.verdict is not None and w.verdict.met for w in windows)
        rows = replans(virtual)
        assert [row.number for row in rows] == sorted({row.number for row in rows})
        assert {row.kind for row in rows} == {RevisionKind.REPLAN.value}
        await virtual.commands.correct(incident.id, report, virtual.key())
        assert farthest() == first, "a new sighting starts the clock again"
        await virtual.until(lambda: incident.release is None)
        assert virtual.shows(f"H{later}-1") is Aspect.OPEN
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: not incident.state.open)
        count = len(replans(virtual))
        await asyncio.sleep(600)
        assert len(replans(virtual)) == count


@pytest.mark.parametrize(
    ("verdict", "stood_ms", "failed"),
    [
        pytest.param(Look.MISMATCH, 0, True, id="told-three-times"),
        pytest.param(Look.FAULT, FAULT_STANDS_MS, True, id="says-so"),
        pytest.param(Look.FAULT, FAULT_STANDS_MS - 1, False, id="said-so-once"),
        pytest.param(Look.LOCAL, 60_000, False, id="somebody-at-the-panel"),
        pytest.param(Look.ADOPT, 60_000, False, id="found"),
        pytest.param(Look.SETTLING, 60_000, False, id="slow"),
    ],
)
def test_when_a_device_has_failed(verdict: Look, stood_ms: int, failed: bool) -> None:
    assert has_failed(verdict, stood_ms) is failed
