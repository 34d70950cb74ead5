"""Taking back a wrong press: a few seconds long, without questions, and as safe as any release (S6)."""

import asyncio
from dataclasses import replace

import pytest

from controller.book import Incident
from controller.incident import IncidentState
from controller.incidents.lifecycle import NotPossible
from devices.values import Aspect, BeaconState
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import Virtual, virtual_room

SITE = road(gantries=range(8_000, 11_001, 500), signs=(7_000,), beacons=(9_000,))
pytestmark = pytest.mark.looptime


async def ended(virtual: Virtual, incident: Incident) -> None:
    await virtual.until(lambda: not incident.state.open, within_s=60)


def at_rest(virtual: Virtual) -> bool:
    return all(virtual.shows(d.id) == d.base for d in virtual.site.devices.values())


async def test_an_undone_press_is_released_in_order_and_leaves_nothing_behind() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        told = virtual.noted()
        await asyncio.sleep(2)
        await virtual.commands.undo(incident.id, virtual.key("wang.wei"))
        assert incident.state is IncidentState.CLEARING
        await ended(virtual, incident)
        assert incident.state.value == "cancelled"
        assert at_rest(virtual)
        assert virtual.room.alarms.standing() == ()
        (order,) = [r for r in virtual.store.records if r.kind == "clear"]
        assert (order.actor.id, order.body["reason"]) == ("wang.wei", "undone")
        first = told.index(("B9000", BeaconState(flash=True)))
        opened = [d for d, v in told if v in (Aspect.OPEN, Aspect.CAUTION) and d.endswith("-1")]
        assert first < told.index((opened[0], virtual.shows(opened[0])))
        crosses = [d for d in dict.fromkeys(opened) if d in ("H10000-1", "H9500-1", "H9000-1")]
        assert crosses == ["H10000-1", "H9500-1", "H9000-1"]


async def test_it_works_before_the_verdict_too() -> None:
    async with virtual_room(SITE) as virtual:
        incident = (await virtual.commands.raise_incident(crash(10_200), virtual.key())).incident
        await virtual.commands.undo(incident.id, virtual.key())
        await ended(virtual, incident)
        assert at_rest(virtual)


async def test_when_its_time_is_over_it_says_what_to_do() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(10)
        with pytest.raises(NotPossible, match=f"undo ended 10 s after the press: cancel {incident.id}"):
            await virtual.commands.undo(incident.id, virtual.key())
        assert incident.state is IncidentState.ACTIVE
        assert virtual.shows("H10000-1") is Aspect.CLOSED


async def test_the_site_says_how_long() -> None:
    site = replace(SITE, policy=replace(SITE.policy, undo_s=30))
    async with virtual_room(site) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(25)
        await virtual.commands.undo(incident.id, virtual.key())
        await ended(virtual, incident)


async def test_a_head_that_cannot_be_read_is_waited_for_as_in_any_release() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        virtual.lamps["H10000-1"].dead = True
        await virtual.commands.undo(incident.id, virtual.key())
        await asyncio.sleep(20)
        assert incident.state is IncidentState.CLEARING
        assert virtual.shows("H9500-1") is Aspect.CLOSED
        with pytest.raises(NotPossible, match="hold"):
            await virtual.commands.undo(incident.id, virtual.key())
        await virtual.commands.hold(incident.id, virtual.key())
        assert incident.state.value == "activating"


async def test_an_undone_correction_brings_the_former_plan_back_closed_before_opened() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        before = incident.plan
        await asyncio.sleep(60)
        await virtual.commands.correct(incident.id, crash(10_200, lanes=(2,)), virtual.key())
        await asyncio.sleep(3)
        await virtual.commands.undo(incident.id, virtual.key())
        assert virtual.shows("H10000-2") is Aspect.CLOSED
        await virtual.until(lambda: incident.release is None)
        assert incident.plan == before
        assert incident.report.lanes == crash(10_200).lanes
        assert {d.device: virtual.shows(d.device) for d in before.demands if d.device[0] == "H"} == {
            d.device: d.value for d in before.demands if d.device[0] == "H"
        }
        with pytest.raises(NotPossible):
            await virtual.commands.undo(incident.id, virtual.key())


async def test_an_undone_reactivation_goes_back_to_rest() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(60)
        await virtual.commands.clear(incident.id, virtual.key())
        await ended(virtual, incident)
        await virtual.commands.reactivate(incident.id, virtual.key())
        await virtual.commands.undo(incident.id, virtual.key())
        await ended(virtual, incident)
        assert at_rest(virtual)


async def test_an_undo_of_one_of_two_leaves_what_the_other_demands() -> None:
    async with virtual_room(SITE) as virtual:
        first = await virtual.press(crash(10_200))
        second = await virtual.press(crash(10_200), separate=True)
        await virtual.commands.undo(second.id, virtual.key())
        await ended(virtual, second)
        for demand in first.plan.demands:
            if demand.device[0] == "H":
                assert virtual.shows(demand.device) == demand.value


async def test_a_release_is_staged_stopped_and_gone_on_with_at_any_phase() -> None:
    async with virtual_room(SITE) as virtual:
        for lamp in virtual.lamps.values():
            lamp.delay_s = 0.5
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(60)
        for _ in range(4):
            await virtual.commands.clear(incident.id, virtual.key(), cancel=True, reason="no crash")
            await virtual.until(lambda: virtual.shows("H10000-1") is not Aspect.CLOSED, within_s=10)
            await virtual.commands.hold(incident.id, virtual.key())
            await virtual.decided(incident)
            assert incident.state is IncidentState.ACTIVE
            assert virtual.shows("H10000-1") is Aspect.CLOSED
        await virtual.commands.clear(incident.id, virtual.key(), cancel=True, reason="no crash")
        await ended(virtual, incident)
        assert incident.state is IncidentState.CANCELLED
        await virtual.commands.reactivate(incident.id, virtual.key())
        await virtual.decided(incident)
        assert virtual.shows("H10000-1") is Aspect.CLOSED
        assert virtual.room.alarms.standing() == ()
