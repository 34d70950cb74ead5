"""A second report of an open event: what it adds is driven, and nothing is taken away (P5)."""

import asyncio
from dataclasses import replace

import pytest

from controller.book import Incident
from controller.incident import IncidentState, IncidentType, LaneImpact, Report
from controller.incidents.correlate import correlate, moved_queue, widened
from controller.store.rows import RevisionRow
from devices.values import Aspect, BeaconState
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import Virtual, virtual_room

SITE = road(gantries=range(5_000, 11_001, 500), signs=(4_000,), beacons=(9_000,))
REPORT = crash(10_200)
HINDERED = replace(REPORT, lanes={1: LaneImpact.BLOCKED, 2: LaneImpact.AFFECTED})


def queue(at: int, to: int | None = None) -> Report:
    return replace(crash(at, to, kind=IncidentType.CONGESTION), lanes={2: LaneImpact.AFFECTED})


@pytest.mark.parametrize(
    ("known", "report", "joined"),
    [
        pytest.param(REPORT, REPORT, REPORT, id="the-same"),
        pytest.param(REPORT, crash(10_000), crash(10_000, 10_200), id="a-little-upstream"),
        pytest.param(crash(10_000), crash(10_300), crash(10_000, 10_300), id="a-little-downstream"),
        pytest.param(REPORT, HINDERED, HINDERED, id="a-further-lane"),
        pytest.param(HINDERED, REPORT, HINDERED, id="fewer-lanes"),
        pytest.param(
            replace(REPORT, severity="minor"), replace(REPORT, severity="major"),
            replace(REPORT, severity="major"),
            id="worse",
        ),
        pytest.param(
            crash(9_000, 12_000, known=False, tunnel="T1"), crash(10_000, tunnel="T1"),
            crash(9_000, 12_000, known=False, tunnel="T1"), id="narrowing-is-a-correction",
        ),
        pytest.param(
            crash(10_000, tunnel="T1"), crash(9_000, 12_000, known=False, tunnel="T1"),
            crash(10_000, tunnel="T1"),
            id="somewhere-in-the-tunnel",
        ),
    ],
)  # fmt: skip
def test_a_joined_report_only_adds(known: Report, report: Report, joined: Report) -> None:
    assert widened(known, report) == joined


@pytest.mark.parametrize(
    ("report", "from_m", "to_m"),
    [
        pytest.param(queue(7_000), 7_000, 10_000, id="tail-upstream"),
        pytest.param(queue(9_000), 9_000, 10_000, id="tail-downstream"),
        pytest.param(queue(11_000), 11_000, 11_000, id="past-its-end"),
        pytest.param(queue(7_000, 9_000), 7_000, 9_000, id="a-stretch-says-both-ends"),
    ],
)
def test_a_queue_is_where_the_newest_report_saw_it(report: Report, from_m: int, to_m: int) -> None:
    place = moved_queue(queue(8_000, 10_000), report).place
    assert (place.from_m, place.to_m) == (from_m, to_m)


@pytest.mark.parametrize(
    ("at", "age_s", "same"),
    [
        pytest.param(8_000, 7_200, True, id="hours-later"),
        pytest.param(5_000, 600, True, id="three-kilometres"),
        pytest.param(1_900, 600, False, id="another-queue"),
    ],
)
def test_a_report_of_a_queue_is_of_the_open_one_nearby(at: int, age_s: int, same: bool) -> None:
    open_ones = [("I-1", queue(8_000, 10_000), 1_000)]
    found = correlate(queue(at), 1_000 + age_s * 1_000, open_ones, SITE.policy)
    assert (found is not None) is same


def replans(virtual: Virtual) -> list[RevisionRow]:
    return [c for c in virtual.store.changes if isinstance(c, RevisionRow) and c.kind == "replan"]


async def joined(virtual: Virtual, report: Report, incident: Incident) -> None:
    raised = await virtual.commands.raise_incident(report, virtual.key("wang.wei"))
    assert (raised.joined, raised.incident) == (True, incident)


@pytest.mark.looptime
async def test_what_a_joined_report_adds_is_a_revision_of_its_reporter_with_a_verdict() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(70)
        assert virtual.shows("B9000") == BeaconState(flash=True)
        await joined(virtual, crash(10_300), incident)
        assert replans(virtual) == [], "nothing more is asked for"
        await asyncio.sleep(5)
        await virtual.commands.correct(incident.id, crash(10_200), virtual.key())
        await joined(virtual, HINDERED, incident)
        assert incident.report.lanes == HINDERED.lanes


@pytest.mark.looptime
async def test_a_report_a_little_upstream_lengthens_the_closure_and_the_siren_sounds_again() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        before = {d.device: d.value for d in incident.plan.demands}
        assert before["H8500-1"] is not Aspect.CLOSED
        await asyncio.sleep(70)
        await joined(virtual, crash(9_950), incident)
        (window,) = incident.later
        await window.decided.wait()
        assert window.verdict is not None
        assert window.verdict.met
        assert virtual.shows("H8500-1") is Aspect.CLOSED
        assert virtual.shows("B9000") == BeaconState(flash=True, siren=True)
        (row,) = replans(virtual)
        assert row.actor["id"] == "wang.wei"
        assert incident.undo is not None
        await virtual.commands.undo(incident.id, virtual.key())
        await virtual.until(lambda: incident.release is None)
        assert {d.device: d.value for d in incident.plan.demands} == before


@pytest.mark.looptime
async def test_a_report_during_a_release_stops_it_and_asks_and_a_hold_drives_what_it_added() -> None:
    async with virtual_room(SITE) as virtual:
        for lamp in virtual.lamps.values():
            lamp.delay_s = 0.5
        incident = await virtual.press(crash(10_200))
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: virtual.shows("H10000-1") is not Aspect.CLOSED)
        await joined(virtual, crash(9_950), incident)
        assert incident.release is not None
        assert "wang.wei" in incident.release.paused
        assert incident.state is IncidentState.CLEARING
        await asyncio.sleep(30)
        assert virtual.shows("H9500-1") is Aspect.CLOSED
        await virtual.commands.hold(incident.id, virtual.key())
        await virtual.decided(incident)
        assert virtual.shows("H8500-1") is Aspect.CLOSED


def caution(virtual: Virtual) -> list[int]:
    """Return where lane 1 shows caution."""
    return [at for at in range(5_000, 11_001, 500) if virtual.shows(f"H{at}-1") is Aspect.CAUTION]


@pytest.mark.looptime
async def test_the_warning_follows_the_tail_and_stands_two_minutes_at_least() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(queue(9_000, 10_000))
        assert min(caution(virtual)) == 8_000
        await asyncio.sleep(30)
        await joined(virtual, queue(7_000), incident)
        await virtual.decided(incident)
        assert caution(virtual) == list(range(6_000, 10_001, 500)), "the tail has grown: warned at once"
        await asyncio.sleep(30)
        await virtual.commands.correct(incident.id, queue(9_000, 10_000), virtual.key())
        await asyncio.sleep(50)
        assert min(caution(virtual)) == 6_000, "the caution farther upstream has stood 80 s"
        assert incident.release is not None
        assert incident.release.dwells
        await virtual.until(lambda: min(caution(virtual)) == 8_000, within_s=60)
        assert incident.release is None
        assert virtual.room.alarms.standing() == ()


@pytest.mark.looptime
async def test_tails_reported_faster_than_advisories_may_fall_do_not_keep_them_for_ever() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(queue(7_000, 10_000))
        for number in range(8):
            await asyncio.sleep(40)
            await joined(virtual, queue(8_500 + number % 2 * 500), incident)
        assert min(caution(virtual)) >= 7_000
        await asyncio.sleep(150)
        assert min(caution(virtual)) == 8_000
