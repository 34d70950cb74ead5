"""Several incidents, locks and found restrictions at once (S5, S13, S14)."""

from collections.abc import Callable
from itertools import permutations
from typing import TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.sign_meaning import Level, level
from config.site import Site
from controller.incident import Demand, IncidentType, LaneFact, Plan
from controller.incidents.release import release_phases
from controller.plan.bands import settle
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates, Source, desired_states
from controller.states.interlock import violations
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, Message, Value
from tests.unit.small_road import TWO_COLOURS, codes, crash, incident, multi, road
from tests.unit.test_rule_lane_closure import layouts

SPOTS = tuple(range(3_000, 16_001, 500))
SITE = road(gantries=SPOTS, signs=(2_000, 7_000, 9_700), beacons=(8_000, 9_000))


def values(states: DesiredStates) -> dict[str, Value]:
    return {device: state.value for device, state in states.items()}


def join(
    site: Site, *sources: Source, now_ms: int = 2_000, missing: frozenset[str] = frozenset()
) -> DesiredStates:
    return desired_states(site, sources, now_ms=now_ms, missing=missing)


def lock(device: str, value: Value, at_ms: int = 500) -> Source:
    return Source(f"lock:{device}", Plan((Demand(device, value, "lock", "locked: works"),), ()), at_ms)


def adopted(device: str, value: Value, at_ms: int = 500) -> Source:
    demand = Demand(device, value, "adopted", "found on the road, not ours")
    return Source(f"adopted:{device}", Plan((demand,), ()), at_ms)


FAST = incident("I-1", plan_incident(crash(10_200), SITE))
SLOW = incident("I-2", plan_incident(crash(10_200, lanes=(2,)), SITE), at_ms=1_500)


def test_one_incident_shows_its_stored_demands() -> None:
    states = join(SITE, FAST)
    assert values(states) == {d.device: d.value for d in FAST.plan.demands}
    assert {s.source for s in states.values()} == {"I-1"}
    assert list(states) == [d for d in SITE.devices if d in states]


def test_nothing_open_leaves_every_device_to_its_base() -> None:
    assert join(SITE) == {}


def test_two_incidents_that_block_both_lanes_close_the_road() -> None:
    states = join(SITE, FAST, SLOW)
    shown = {s.value for d, s in states.items() if d.startswith("H")}
    assert shown == {Aspect.CLOSED, Aspect.CLOSED_AHEAD}
    assert {level(multi(s.value)) for d, s in states.items() if d.startswith("S")} == {Level.CLOSURE}
    assert states["S7000"].raised_by == "S4"
    assert violations(SITE, values(states), [*FAST.plan.lane_facts, *SLOW.plan.lane_facts]) == ()


def test_a_second_closure_too_near_to_weave_closes_the_road_from_the_first() -> None:
    second = incident("I-2", plan_incident(crash(11_700, lanes=(2,)), SITE))
    states = join(SITE, FAST, second)
    # Lane 1 ends at 10,200; lane 2 is closed from 10,500: 300 m are not enough to change back.
    assert {states[f"H{at}-{lane}"].value for at in (9_000, 10_000, 11_500) for lane in (1, 2)} == {
        Aspect.CLOSED
    }
    assert states["H8500-1"].value is Aspect.CLOSED_AHEAD
    assert states["H9000-2"].raised_by == states["H10000-2"].raised_by == "S5"
    assert states["H10000-2"].outranked == ("I-1", "I-2")  # a caution and an arrow
    far = incident("I-2", plan_incident(crash(13_000, lanes=(2,)), SITE))
    assert join(SITE, FAST, far)["H8500-1"].value is Aspect.MERGE_RIGHT


def test_equal_demands_belong_to_both() -> None:
    twin = incident("I-2", FAST.plan, at_ms=1_500)
    state = join(SITE, twin, FAST)["H10000-1"]
    assert (state.sources, state.source, state.outranked) == (("I-1", "I-2"), "I-1", ())


def test_the_other_carriageway_is_untouched() -> None:
    states = join(SITE, FAST, SLOW)
    assert {SITE.devices[d].carriageway for d in states} == {"E"}


def test_a_sign_shows_the_nearer_of_two_closures_and_the_farther_is_outranked() -> None:
    site = road(gantries=SPOTS, signs=(2_000,), lanes=3)
    near = incident("I-1", plan_incident(crash(9_000, lanes=(3,)), site), at_ms=3_000)
    far = incident("I-2", plan_incident(crash(15_000, lanes=(1,), kind=IncidentType.FIRE), site))
    state = join(site, near, far)["S2000"]
    assert "事故" in multi(state.value)
    assert (state.source, state.outranked) == ("I-1", ("I-2",))


def test_a_full_closure_outranks_a_nearer_lane() -> None:
    near = incident("I-1", plan_incident(crash(9_000), SITE))
    full = incident("I-2", plan_incident(crash(15_000, lanes=(1, 2)), SITE))
    state = join(SITE, near, full)["S2000"]
    assert level(multi(state.value)) is Level.CLOSURE
    assert state.source == "I-2"


def test_no_arrow_points_to_a_cross_that_only_stands_for_a_warning() -> None:
    # Lanes 1 and 3 are closed early where their heads can warn by nothing else; lane 2 is closed beside them.
    able = {f"H9600-{lane}": TWO_COLOURS for lane in (1, 3)}
    gantries = (7_800, 9_600)
    site = road(lanes=3, gantries=gantries, aspects=able, without=["H9600-2", "H7800-1", "H7800-3"])
    both = incident("I-1", plan_incident(crash(11_800, lanes=(1, 3)), site))
    middle = incident("I-2", plan_incident(crash(9_600, 10_300, lanes=(2,)), site))
    assert join(site, middle)["H7800-2"].value is Aspect.MERGE_RIGHT
    states = join(site, both, middle)
    assert states["H9600-1"].value is states["H9600-3"].value is Aspect.CLOSED
    assert states["H7800-2"].value is Aspect.CLOSED_AHEAD


# Beacons -------------------------------------------------------------------------------------------------


def test_sirens_end_when_their_time_is_over_and_flashes_go_on() -> None:
    assert join(SITE, FAST, now_ms=60_999)["B8000"].value == BeaconState(flash=True, siren=True)
    assert join(SITE, FAST, now_ms=61_000)["B8000"].value == BeaconState(flash=True)


def test_a_siren_sounds_while_any_incident_wants_it() -> None:
    later = incident("I-2", FAST.plan, siren_until_ms=90_000)
    assert join(SITE, FAST, later, now_ms=70_000)["B8000"].value == BeaconState(flash=True, siren=True)
    assert join(SITE, FAST, later, now_ms=90_000)["B8000"].value == BeaconState(flash=True)


# Locks and adopted restrictions --------------------------------------------------------------------------


@pytest.mark.parametrize("source", [lock, adopted])
def test_a_head_may_be_held_stricter_but_never_milder(source: Callable[[str, Value], Source]) -> None:
    states = join(SITE, FAST, source("H8500-1", Aspect.CLOSED), source("H10000-1", Aspect.OPEN))
    assert states["H8500-1"].value is Aspect.CLOSED
    assert states["H8500-1"].source == source("H8500-1", Aspect.CLOSED).id
    assert states["H8500-1"].outranked == ("I-1",)
    assert states["H10000-1"].value is Aspect.CLOSED
    assert (states["H10000-1"].source, states["H10000-1"].outranked) == (
        "I-1",
        (source("H10000-1", Aspect.OPEN).id,),
    )


def test_a_milder_lock_changes_nothing_while_the_warnings_of_a_release_stand():
    left = release_phases(FAST.plan, SITE)[-4].plan
    states = join(SITE, incident("I-1", left), lock("H8500-1", Aspect.CAUTION))
    assert left.lane_facts == ()
    assert states["H8500-1"].value is Aspect.MERGE_RIGHT


def test_a_lock_alone_is_shown_as_it_is() -> None:
    states = join(SITE, lock("H8500-1", Aspect.CAUTION), lock("S7000", Message("注意横风")))
    assert values(states) == {"H8500-1": Aspect.CAUTION, "S7000": Message("注意横风")}


@pytest.mark.parametrize("source", [lock, adopted])
def test_nobody_is_sent_to_a_head_that_is_held_closed(source: Callable[[str, Value], Source]) -> None:
    states = join(SITE, FAST, source("H9500-2", Aspect.CLOSED))
    assert states["H8500-1"].value is Aspect.CLOSED_AHEAD
    assert (
        states["H9500-2"].source == source("H9500-2", Aspect.CLOSED).id or states["H9500-2"].source == "I-1"
    )
    # Lane 1 has no lawful way out any more: the road is closed with its text (S2, S4).
    assert states["H10000-2"].value is Aspect.CLOSED
    assert level(multi(states["S7000"].value)) is Level.CLOSURE


def test_a_head_held_closed_far_away_changes_nothing_else() -> None:
    alone = values(join(SITE, FAST))
    both = values(join(SITE, FAST, adopted("H14000-2", Aspect.CLOSED)))
    assert both == {**alone, "H14000-2": Aspect.CLOSED}


def test_what_was_found_stays_while_an_incident_wants_no_more() -> None:
    states = join(SITE, FAST, adopted("H8500-1", Aspect.CLOSED_AHEAD))
    assert states["H8500-1"].source == "adopted:H8500-1"
    assert join(SITE, FAST, adopted("H8500-1", Aspect.CAUTION))["H8500-1"].source == "I-1"
    same = join(SITE, FAST, adopted("H9000-1", Aspect.CLOSED))["H9000-1"]
    assert same.sources == ("I-1", "adopted:H9000-1")


def test_an_incident_speaks_before_a_sign_lock() -> None:
    state = join(SITE, FAST, lock("S7000", Message("注意横风")))["S7000"]
    assert (state.source, state.outranked) == ("I-1", ("lock:S7000",))
    both = incident("I-1", plan_incident(crash(10_200, lanes=(1, 2)), SITE))
    state = join(SITE, both, lock("S7000", Message("注意横风")))["S7000"]
    assert level(multi(state.value)) is Level.CLOSURE


@pytest.mark.parametrize("source", [lock, adopted])
def test_a_closure_text_becomes_milder_only_by_a_release(source: Callable[[str, Value], Source]) -> None:
    state = join(SITE, FAST, source("S7000", Message("道路封闭")))["S7000"]
    assert state.value == Message("道路封闭")
    assert state.source == source("S7000", Message()).id


def test_devices_out_of_service_are_not_newly_demanded() -> None:
    gone = frozenset({"H10000-2"})
    one = incident("I-1", plan_incident(crash(10_200), SITE, out_of_service=gone))
    two = incident("I-2", plan_incident(crash(10_200, lanes=(2,)), SITE, out_of_service=gone))
    assert "H10000-2" not in join(SITE, one, two, missing=gone)
    assert "H10000-2" in join(SITE, one, two)


def test_a_demand_for_a_device_the_site_no_longer_has_is_left_out() -> None:
    smaller = road(gantries=SPOTS[:-1])
    source = incident("I-1", Plan((Demand("H16000-1", Aspect.CLOSED, "lane_closure", "x"),), ()))
    assert join(smaller, source) == {}


# Properties ----------------------------------------------------------------------------------------------


Pair: TypeAlias = tuple[Site, list[Source]]


def pairs() -> st.SearchStrategy[Pair]:
    @st.composite
    def build(draw: st.DrawFn) -> Pair:
        site, first = draw(layouts())
        lanes = sorted(site.carriageways["E"].lane_numbers)
        others = []
        for _ in range(draw(st.integers(1, 2))):
            at = draw(st.integers(40, 120)) * 100
            blocked = draw(st.sets(st.sampled_from(lanes), min_size=1))
            others.append(crash(at, at + draw(st.sampled_from((0, 700))), lanes=blocked))
        plans = [plan_incident(report, site) for report in (first, *others)]
        return site, [incident(f"I-{i}", plan, at_ms=i) for i, plan in enumerate(plans)]

    return build()


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_joined_incidents_are_lawful_and_never_lower_a_head(pair: Pair) -> None:
    site, sources = pair
    states = values(join(site, *sources))
    facts = [fact for source in sources for fact in source.plan.lane_facts]
    lawful_arrows(site, states, facts)
    assert [v for v in violations(site, states, facts) if v.instead is not None] == []
    for source in sources:
        for demand in source.plan.demands:
            assert strictness(states[demand.device]) >= strictness(demand.value)


def lawful_arrows(site: Site, states: dict[str, Value], facts: list[LaneFact]) -> None:
    """No cross stands in the lane an arrow points to from there to the end of the closure it warns of,
    and none in the lanes that have to be crossed before that closure starts."""
    closed = {d for d, value in states.items() if value is Aspect.CLOSED}
    stretches = settle(site, "E", facts)

    def crosses(lane: int, from_m: int, to_m: int) -> bool:
        row = site.gantries_between("E", from_m, to_m)
        return any(site.heads(g.id)[lane].id in closed for g in row if lane in site.heads(g.id))

    for device_id, value in states.items():
        device = site.devices[device_id]
        if value not in (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT) or device.lane is None:
            continue
        warned = [s for s in stretches if s.lane == device.lane and s.from_m > device.at_m]
        if not warned:
            continue  # left over from a release
        fact = min(warned, key=lambda f: f.from_m)
        step = -1 if value is Aspect.MERGE_LEFT else 1
        ways, lane = False, device.lane + step
        while lane in site.carriageways["E"].lane_numbers:
            ways = ways or not crosses(lane, device.at_m, fact.to_m)
            if crosses(lane, device.at_m, fact.from_m - 1):
                break
            lane += step
        assert ways, (device_id, value, fact)


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_the_order_of_sources_does_not_matter(pair: Pair) -> None:
    site, sources = pair
    expected = join(site, *sources)
    for row in permutations(sources):
        assert join(site, *row) == expected


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_clearing_one_leaves_what_the_others_derive(pair: Pair) -> None:
    site, sources = pair
    last = sources[0]
    phases = release_phases(last.plan, site)
    cleared = Source(last.id, phases[-1].plan if phases else last.plan, last.activated_ms, 61_000)
    assert values(join(site, cleared, *sources[1:])) == values(join(site, *sources[1:]))


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_releasing_one_of_several_never_makes_a_head_stricter(pair: Pair) -> None:
    site, sources = pair
    before = values(join(site, *sources))
    for phase in release_phases(sources[0].plan, site):
        releasing = Source(sources[0].id, phase.plan, sources[0].activated_ms, 61_000)
        after = values(join(site, releasing, *sources[1:]))
        for device, value in after.items():
            if isinstance(value, Aspect):
                assert strictness(value) <= strictness(before[device]), (phase.name, device)
        before = after


@settings(max_examples=150, deadline=None)
@given(pairs(), st.data())
def test_held_heads_never_make_anything_milder(pair: Pair, data: st.DataObject) -> None:
    site, sources = pair
    names = sorted(d for d in site.devices if d.startswith("H"))
    assume(names)
    held = data.draw(st.sets(st.sampled_from(names), max_size=3))
    extra = [adopted(device, Aspect.CLOSED) for device in sorted(held)]
    able = [s for s in extra if Aspect.CLOSED in site.devices[s.plan.demands[0].device].aspects]
    alone, both = values(join(site, *sources)), values(join(site, *sources, *able))
    for device, value in alone.items():
        assert strictness(both[device]) >= strictness(value)
    facts = [fact for source in sources for fact in source.plan.lane_facts]
    points = [
        LaneFact("E", head.lane, head.at_m, head.at_m)
        for one in able
        if (head := site.devices[one.plan.demands[0].device]).lane is not None
    ]
    assert [v for v in violations(site, both, facts, points=points) if v.instead is not None] == []


def test_the_tables_above_use_a_site_without_gaps() -> None:
    assert "not_covered" not in codes(FAST.plan)
