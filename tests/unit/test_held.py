"""A head that a person holds closed is warned of like any other closure of its lane (S3, S14)."""

import pytest

from config.sign_meaning import Level, level
from config.site import Site
from controller.incident import LaneFact
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates, Source, desired_states
from controller.states.interlock import violations
from devices.values import ASPECT_RANK, Aspect, DeviceType, Value
from tests.unit.small_road import TWO_COLOURS, column, crash, incident, multi, road
from tests.unit.test_arbitration import adopted, lock

GANTRIES = tuple(range(4_000, 12_001, 500))
SITE = road(gantries=GANTRIES, signs=(3_000,), lanes=3)


def join(site: Site, *sources: Source, missing: frozenset[str] = frozenset()) -> DesiredStates:
    return desired_states(site, sources, now_ms=0, missing=missing)


def read(site: Site, states: DesiredStates, lane: int) -> dict[int, str]:
    """Return what a driver in a lane meets, without heads at rest."""
    shown = {name: state.value for name, state in states.items()}
    row = zip((g.at_m for g in site.gantries_along("E")), column(site, shown, lane), strict=True)
    return {at: aspect for at, aspect in row if aspect != "-"}


def test_the_lane_reads_warnings_then_the_cross_then_nothing() -> None:
    states = join(SITE, lock("H10000-1", Aspect.CLOSED))
    assert read(SITE, states, 1) == {
        9_000: "closed_ahead",
        9_500: "merge_right",
        10_000: "closed",
    }
    assert read(SITE, states, 2) == read(SITE, states, 3) == {}
    assert "S3000" not in states
    assert states["H9500-1"].why == "merge_right: lock, lane 1 held closed at K110+000, 500 m ahead"
    assert states["H9500-1"].sources == ("lock:H10000-1",)


def test_two_locks_in_a_row_are_one_closure() -> None:
    states = join(SITE, lock("H10000-1", Aspect.CLOSED), lock("H9500-1", Aspect.CLOSED))
    assert list(read(SITE, states, 1).values()) == ["closed_ahead", "merge_right", "closed", "closed"]


@pytest.mark.parametrize("held", [lock("H10000-1", Aspect.CAUTION), adopted("H10000-1", Aspect.CLOSED)])
def test_what_closes_nothing_and_what_was_found_warns_of_nothing(held: Source) -> None:
    assert set(join(SITE, held)) == {"H10000-1"}


def test_inside_a_tunnel_without_lane_changes_no_arrow_is_shown() -> None:
    site = road(gantries=GANTRIES, bores=((8_800, 11_000),))
    states = join(site, lock("H10000-1", Aspect.CLOSED))
    assert read(site, states, 1) == {9_000: "closed_ahead", 9_500: "closed_ahead", 10_000: "closed"}


def test_a_head_that_can_warn_by_a_cross_only_stays_as_it_is() -> None:
    site = road(gantries=GANTRIES, aspects={"H9500-1": TWO_COLOURS})
    assert "H9500-1" not in join(site, lock("H10000-1", Aspect.CLOSED))


def test_a_missing_head_hands_its_role_on() -> None:
    states = join(SITE, lock("H10000-1", Aspect.CLOSED), missing=frozenset({"H9500-1"}))
    assert read(SITE, states, 1) == {8_500: "closed_ahead", 9_000: "merge_right", 10_000: "closed"}


def test_all_lanes_held_at_one_place_send_nobody_anywhere() -> None:
    states = join(SITE, *(lock(f"H10000-{lane}", Aspect.CLOSED) for lane in (1, 2, 3)))
    for lane in (1, 2, 3):
        assert set(read(SITE, states, lane).values()) == {"closed_ahead", "closed"}


@pytest.mark.parametrize("lanes", [(1,), (1, 2, 3)], ids=["one-lane", "every-lane"])
def test_signs_say_nothing_of_what_only_a_person_holds_closed(lanes: tuple[int, ...]) -> None:
    """Nobody knows what happened there; who wants a text raises an incident (decision 18)."""
    site = road(lanes=3, gantries=GANTRIES, signs=(6_000, 9_800), beacons=(8_000,))
    states = join(site, *(lock(f"H10000-{lane}", Aspect.CLOSED) for lane in lanes))
    assert {site.devices[name].type for name in states} == {DeviceType.HEAD}
    alone = join(site, incident("I-1", plan_incident(crash(10_200), site)))
    both = join(
        site,
        incident("I-1", plan_incident(crash(10_200), site)),
        *(lock(f"H10000-{lane}", Aspect.CLOSED) for lane in lanes),
    )
    said = [multi(both[name].value) for name in ("S6000", "S9800")]
    if len(lanes) == 1:
        assert said == [multi(alone[name].value) for name in ("S6000", "S9800")]
    else:  # an incident warns there anyway, so its signs must not be milder than the crosses (S4)
        assert {level(text) for text in said} == {Level.CLOSURE}


def test_a_lock_inside_a_closure_changes_nothing() -> None:
    one = incident("I-1", plan_incident(crash(10_200), SITE))
    alone, both = join(SITE, one), join(SITE, one, lock("H10000-1", Aspect.CLOSED))
    assert {d: s.value for d, s in both.items()} == {d: s.value for d, s in alone.items()}


def test_what_an_incident_wants_is_never_lowered_and_its_arrows_stay_lawful() -> None:
    """Every head of the road held, one at a time, beside an incident of each lane."""
    for lane in (1, 2, 3):
        plan = plan_incident(crash(10_200, lanes=(lane,)), SITE)
        alone = join(SITE, incident("I-1", plan))
        for at in GANTRIES:
            for other in (1, 2, 3):
                held = lock(f"H{at}-{other}", Aspect.CLOSED)
                states = join(SITE, incident("I-1", plan), held)
                shown = {name: state.value for name, state in states.items()}
                point = LaneFact("E", other, at, at)
                assert violations(SITE, shown, plan.lane_facts, points=[point]) == ()
                for name, state in alone.items():
                    if isinstance(state.value, Aspect):
                        assert rank(shown[name]) >= rank(state.value), (held.id, name)


def rank(value: Value) -> int:
    assert isinstance(value, Aspect)
    return ASPECT_RANK[value]
