"""A closure moved to another lane: closed, then opened gantry by gantry, without a closure text (S4, S6)."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.loader import load_site, sample_site_path
from config.sign_meaning import Level, level
from config.site import Site
from controller.book import Incident
from controller.incident import IncidentState, Plan
from controller.incidents.lifecycle import NotPossible
from controller.incidents.release import release_phases
from controller.intake.text import parse_text
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates, Source, desired_states
from controller.states.interlock import violations
from controller.states.moving import held_up, says_closed
from controller.states.stricter import strictness
from devices.values import ASPECT_RANK, Aspect, BeaconState, Message, Value
from tests.unit.interlocks import rule, with_rules
from tests.unit.small_road import crash, road
from tests.unit.test_rule_lane_closure import layouts
from tests.unit.virtual_room import Virtual, virtual_room

SPOTS = tuple(range(7_000, 11_001, 500))
SITE = road(gantries=SPOTS, signs=(5_000, 6_800), beacons=(8_000, 9_000))
FAST = plan_incident(crash(10_200), SITE)
SLOW = plan_incident(crash(10_200, lanes=(2,)), SITE)
NOW_MS, BRIEF_MS = 20_000, 30_000


def moving(old: Plan, new: Plan, *others: Source, now_ms: int = NOW_MS, site: Site = SITE) -> DesiredStates:
    sources = [
        Source("I-1", new, 1_000),
        Source("I-1/leaving", old, 1_000, brief_until_ms=BRIEF_MS),
        *others,
    ]
    return desired_states(site, sources, now_ms=now_ms)


def crosses(plan: Plan) -> set[str]:
    return {d.device for d in plan.demands if d.value is Aspect.CLOSED}


def test_nothing_falls_while_what_is_replaced_stands() -> None:
    states = moving(FAST, SLOW)
    for demand in (*FAST.demands, *SLOW.demands):
        if not isinstance(demand.value, Message):
            value = states[demand.device].value
            assert strictness(value) >= strictness(demand.value) or isinstance(value, BeaconState)


def test_signs_tell_of_the_new_lane_and_not_that_the_road_is_closed() -> None:
    states = moving(FAST, SLOW)
    texts = {d.device: d.value for d in SLOW.demands if isinstance(d.value, Message)}
    assert {device: states[device].value for device in texts} == texts


def test_after_ten_seconds_crosses_over_every_lane_are_told_as_a_closure() -> None:
    states = moving(FAST, SLOW, now_ms=BRIEF_MS)
    texts = [s.value.multi for s in states.values() if isinstance(s.value, Message)]
    assert texts
    assert {level(text) for text in texts} == {Level.CLOSURE}
    opened = moving(Plan((), ()), SLOW, now_ms=BRIEF_MS)
    assert {d: s.value for d, s in opened.items()} == {d.device: d.value for d in SLOW.demands}


def test_no_arrow_points_to_a_lane_that_still_shows_a_cross() -> None:
    states = moving(FAST, SLOW)
    for gantry in (8_000, 8_500):
        for lane in (1, 2):
            assert states[f"H{gantry}-{lane}"].value not in (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)
    assert states["H8500-2"].value is Aspect.CLOSED_AHEAD
    done = moving(Plan((), ()), SLOW)
    assert done["H8500-2"].value is Aspect.MERGE_LEFT


def test_every_cross_section_of_the_old_lane_opens_in_a_phase_of_its_own() -> None:
    before = moving(FAST, SLOW)
    opened: list[list[str]] = []
    for phase in release_phases(FAST, SITE):
        after = moving(phase.plan, SLOW)
        opened.append([d for d in crosses(FAST) if before[d].value is Aspect.CLOSED and _open(after.get(d))])
        for device, state in after.items():
            if isinstance(state.value, Aspect) and device not in opened[-1] and device in before:
                assert ASPECT_RANK[state.value] <= ASPECT_RANK[before[device].value], (phase.name, device)  # type: ignore[index]
        before = after
    rows = [row for row in opened if row]
    assert [len(row) for row in rows] == [1] * len(crosses(FAST))
    assert [row[0] for row in rows] == sorted(crosses(FAST), key=lambda d: -SITE.devices[d].at_m)


def _open(state: object) -> bool:
    return state is None or getattr(state, "value", None) in (Aspect.OPEN, Aspect.CAUTION)


def test_the_other_incident_still_counts_as_a_fact() -> None:
    third = plan_incident(crash(10_200, lanes=(1,)), SITE)
    states = moving(FAST, SLOW, Source("I-2", third, 2_000))
    texts = [s.value.multi for s in states.values() if isinstance(s.value, Message)]
    assert {level(text) for text in texts} == {Level.CLOSURE}


def test_only_what_an_interlock_binds_to_the_crosses_tells_of_them_at_once() -> None:
    never = {"VMS-FU-P": "blank advisory notice", "LCS-FU-07-1": "closed", "LCS-FU-07-2": "closed"}
    site = with_rules(load_site(sample_site_path()), rule("closed is told", never))
    texts = (f"福向三都岭隧道内{lane}追尾,启动预警" for lane in ("快车道", "慢车道"))
    reports = [report for text in texts if (report := parse_text(text, site).report) is not None]
    fast, slow = (plan_incident(report, site) for report in reports)
    bound = {device for interlock in site.interlocks.values() for device in interlock.never}
    for now_ms, closed in ((NOW_MS, bound), (BRIEF_MS, set(site.devices))):
        states = moving(fast, slow, now_ms=now_ms, site=site)
        says = {d for d, s in states.items() if isinstance(s.value, Message) and says_closed(s.value)}
        assert says
        assert says <= closed
    assert says - bound


@pytest.mark.parametrize(
    ("now", "replaced", "held"),
    [
        pytest.param(None, Aspect.CLOSED, Aspect.CLOSED, id="cross"),
        pytest.param(Aspect.CAUTION, Aspect.CLOSED, Aspect.CLOSED, id="stricter"),
        pytest.param(Aspect.CLOSED, Aspect.MERGE_LEFT, None, id="milder"),
        pytest.param(Message("慢行"), Message("注意"), None, id="as-strict-a-text"),
        pytest.param(Message("慢行"), Message("道路封闭"), Message("道路封闭"), id="closure-text"),
        pytest.param(BeaconState(), BeaconState(True, True), BeaconState(flash=True), id="no-siren"),
        pytest.param(BeaconState(True, True), BeaconState(flash=True), None, id="flashes-already"),
    ],
)
def test_what_is_held_up(now: Value | None, replaced: Value, held: Value | None) -> None:
    values = {} if now is None else {"D": now}
    assert held_up(values, [("D", replaced)]) == ({} if held is None else {"D": held})


@settings(max_examples=150, deadline=None)
@given(layouts(), st.data())
def test_any_move_keeps_the_laws_falls_only_in_its_phases_and_ends_as_the_new_plan(layout, data) -> None:
    site, first = layout
    lanes = sorted(site.carriageways["E"].lane_numbers)
    at = data.draw(st.integers(40, 120)) * 100
    blocked = data.draw(st.sets(st.sampled_from(lanes), min_size=1))
    old = plan_incident(first, site)
    new = plan_incident(crash(at, at + data.draw(st.sampled_from((0, 700))), lanes=blocked), site)
    held: dict[str, Value] = {}
    left, phases = old, [None, *release_phases(old, site)]
    for phase in phases:
        left = left if phase is None else phase.plan
        states = moving(left, new, site=site)
        shown = {d: s.value for d, s in states.items()}
        for demand in (*left.demands, *new.demands):
            if isinstance(demand.value, Aspect):
                assert strictness(shown[demand.device]) >= strictness(demand.value)
        found = violations(site, shown, new.lane_facts)
        assert [v for v in found if v.rule in ("S2", "S3") and v.instead is not None] == []
        for device, value in held.items():
            after = shown.get(device, site.devices[device].base)
            assert after is not None
            if isinstance(value, Aspect):
                assert strictness(after) <= strictness(value), "a release makes nothing stricter"
                if value is Aspect.CLOSED and after is not value:
                    assert phase is not None
                    assert device in phase.released
        held = shown
    assert held == {d.device: d.value for d in new.demands}


# In a room ------------------------------------------------------------------------------------------------


async def released(virtual: Virtual, incident: Incident, within_s: float = 60) -> None:
    await virtual.until(lambda: incident.release is None, within_s)


@pytest.mark.looptime
async def test_a_moved_closure_is_never_told_as_a_closed_road_and_opens_gantry_by_gantry() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        seen = virtual.noted()
        await virtual.commands.correct(incident.id, crash(10_200, lanes=(2,)), virtual.key())
        await released(virtual, incident)
        assert not [v for _, v in seen if isinstance(v, Message) and level(v.multi) is Level.CLOSURE]
        closed = [i for i, (d, v) in enumerate(seen) if d.endswith("-2") and v is Aspect.CLOSED]
        opened = [(i, d) for i, (d, v) in enumerate(seen) if d in crosses(FAST) and v is not Aspect.CLOSED]
        firsts = list(dict.fromkeys(d for _, d in opened))
        assert max(closed[: len(crosses(SLOW))]) < opened[0][0]
        assert firsts == sorted(crosses(FAST), key=lambda d: -SITE.devices[d].at_m)
        assert incident.state is IncidentState.ACTIVE
        assert virtual.room.alarms.standing() == ()
        for demand in incident.plan.demands:
            assert virtual.shows(demand.device) == demand.value, demand.device


@pytest.mark.looptime
async def test_a_dead_sign_does_not_keep_the_old_lane_closed_and_a_dead_head_does() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        virtual.lamps["S6800"].dead = virtual.lamps["B9000"].dead = True
        await virtual.commands.correct(incident.id, crash(10_200, lanes=(2,)), virtual.key())
        await virtual.until(lambda: virtual.shows("H10000-1") is not Aspect.CLOSED, within_s=30)
        virtual.lamps["H10000-1"].dead = True
        await virtual.commands.correct(incident.id, crash(10_200), virtual.key())
        await asyncio.sleep(30)
        assert virtual.shows("H10000-2") is Aspect.CLOSED
        assert incident.release is not None
        assert "H10000-1" in incident.release.waits_for
        assert {level(m.multi) for m in [virtual.shows("S5000")] if isinstance(m, Message)} == {Level.CLOSURE}
        virtual.lamps["H10000-1"].dead = virtual.lamps["S6800"].dead = virtual.lamps["B9000"].dead = False
        await released(virtual, incident)
        assert virtual.shows("H10000-2") is not Aspect.CLOSED
        assert {level(m.multi) for m in [virtual.shows("S5000")] if isinstance(m, Message)} == {Level.NOTICE}


@pytest.mark.looptime
async def test_an_extension_releases_nothing_and_needs_no_journal() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        virtual.store.degraded = "disk full"
        await virtual.commands.correct(incident.id, crash(10_200, 10_400, lanes=(1, 2)), virtual.key())
        assert incident.release is None
        assert incident.leaving == Plan((), ())
        await virtual.decided(incident)
        assert virtual.shows("H10000-2") is Aspect.CLOSED
        with pytest.raises(NotPossible, match="JOURNAL DEGRADED"):
            await virtual.commands.correct(incident.id, crash(10_200), virtual.key())


@pytest.mark.looptime
async def test_a_move_may_change_the_carriageway_and_to_another_section_it_says_what_to_do() -> None:
    one = SITE.carriageways["E"]
    beside = replace(one, id="W")
    there = {
        f"W{d.id}": replace(d, id=f"W{d.id}", carriageway="W", gantry=f"W{d.gantry}" if d.gantry else None)
        for d in SITE.devices.values()
    }
    gantries = {f"W{g.id}": replace(g, id=f"W{g.id}", carriageway="W") for g in SITE.gantries.values()}
    site = replace(
        SITE,
        carriageways={"E": one, "W": beside, "N": replace(one, id="N", section="n")},
        devices={**SITE.devices, **there},
        gantries={**SITE.gantries, **gantries},
    )
    async with virtual_room(site) as virtual:
        incident = await virtual.press(crash(10_200))
        report = crash(10_200)
        west = replace(report, place=replace(report.place, carriageway="W"))
        await virtual.commands.correct(incident.id, west, virtual.key())
        await released(virtual, incident)
        assert virtual.shows("WH10000-1") is Aspect.CLOSED
        assert virtual.shows("H10000-1") is Aspect.OPEN
        assert virtual.room.alarms.standing() == ()
        north = replace(report, place=replace(report.place, carriageway="N"))
        with pytest.raises(
            NotPossible, match=f"press the right place as a new incident.*cancel {incident.id}"
        ):
            await virtual.commands.correct(incident.id, north, virtual.key())
