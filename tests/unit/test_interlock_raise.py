"""A contradictory desired state becomes the next stricter one that keeps every interlock (S9)."""

import pytest

from config.sign_meaning import Level, level
from controller.incident import Demand, Plan
from controller.interlocks.interlock_raise import keep_interlocks, most_restrictive
from controller.interlocks.interlock_table import conflicts
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from devices.values import Aspect, BeaconState, DeviceType, Message
from tests.prove.interlock_laws import raised, with_drawn_rules
from tests.prove.proof import case
from tests.prove.standing import stand
from tests.unit.interlocks import rule, with_rules
from tests.unit.small_road import ALL, crash, incident, multi, road

A, B, SIGN = "H9000-1", "H9000-2", "S8000"
ROAD = road(gantries=(8_500, 9_000, 9_500), signs=(8_000,), beacons=(8_200,))
KINDS = (DeviceType.HEAD, DeviceType.SIGN, DeviceType.BEACON)


def test_states_that_keep_every_interlock_stay_as_they_are():
    site = with_rules(ROAD, rule("pair", {A: "closed", B: "merge_left"}))
    values = {A: Aspect.CLOSED, B: Aspect.CAUTION}
    assert keep_interlocks(site, values) == (values, ())


def test_the_smallest_step_up_is_taken_and_says_which_interlock_did_it():
    site = with_rules(ROAD, rule("pair", {A: "merge_right", B: "merge_left"}))
    kept, log = keep_interlocks(site, {A: Aspect.MERGE_RIGHT, B: Aspect.MERGE_LEFT})
    assert kept == {A: Aspect.CLOSED_AHEAD, B: Aspect.MERGE_LEFT}
    assert [(r.device, r.rule, r.because_of) for r in log] == [(A, "interlock pair", (B,))]


def test_of_two_ways_out_the_shorter_one_is_taken():
    site = with_rules(ROAD, rule("pair", {A: "caution closed_ahead", B: "caution"}))
    kept, log = keep_interlocks(site, {A: Aspect.CAUTION, B: Aspect.CAUTION})
    assert kept == {A: Aspect.CAUTION, B: Aspect.CLOSED_AHEAD}, "the other would have to be closed"
    assert [r.device for r in log] == [B]


def test_a_device_nobody_asked_for_is_raised_from_its_base():
    site = with_rules(ROAD, rule("pair", {A: "closed", B: "open dark"}))
    kept, log = keep_interlocks(site, {A: Aspect.CLOSED})
    assert kept == {A: Aspect.CLOSED, B: Aspect.CAUTION}
    assert log[0].device == B


def test_a_step_that_breaks_another_interlock_is_followed_by_one_that_mends_it():
    site = with_rules(
        ROAD,
        rule("first", {A: "merge_right", B: "merge_left"}),
        rule("second", {A: "closed_ahead caution", B: "merge_left"}),
    )
    kept, log = keep_interlocks(site, {A: Aspect.MERGE_RIGHT, B: Aspect.MERGE_LEFT})
    assert kept[A] is Aspect.CLOSED
    assert kept[B] is Aspect.CLOSED_AHEAD, "its arrow would send traffic under that cross (S2)"
    assert [r.rule for r in log][:2] == ["interlock first", "interlock second"]


def test_what_is_raised_keeps_the_laws_too():
    """The head raised over lane 2 makes a wall: the sign before it has to say so (S4)."""
    site = with_rules(ROAD, rule("pair", {A: "closed", B: [a.value for a in ALL - {Aspect.CLOSED}]}))
    kept, log = keep_interlocks(site, {A: Aspect.CLOSED})
    assert kept[B] is Aspect.CLOSED
    assert SIGN in kept
    assert level(multi(kept[SIGN])) is Level.CLOSURE
    assert {r.rule for r in log} == {"interlock pair", "S3", "S4"}


@pytest.mark.parametrize(
    ("never", "expected"),
    [
        pytest.param("blank", "advisory", id="says-something"),
        pytest.param("blank advisory", "notice", id="names-the-lane"),
        pytest.param("blank advisory notice", "closure", id="says-closed"),
    ],
)
def test_a_sign_is_raised_to_a_text_that_means_it(never, expected):
    site = with_rules(ROAD, rule("sign", {SIGN: never, A: "closed"}))
    kept, _ = keep_interlocks(site, {A: Aspect.CLOSED, SIGN: Message()}, missing=frozenset({A}))
    site = with_rules(ROAD, rule("is", {SIGN: expected, A: "closed"}))
    facts = {SIGN: frozenset({kept[SIGN]}), A: frozenset({kept[A]})}
    assert [c.certain for c in conflicts(site, facts)] == [True]


def test_a_beacon_flashes():
    site = with_rules(ROAD, rule("beacon", {"B8200": "dark", A: "closed"}))
    kept, _ = keep_interlocks(site, {A: Aspect.CLOSED})
    assert kept["B8200"] == BeaconState(flash=True)


def test_a_device_out_of_service_is_not_raised():
    site = with_rules(ROAD, rule("pair", {A: "merge_right", B: "merge_left"}))
    values = {A: Aspect.MERGE_RIGHT, B: Aspect.MERGE_LEFT}
    kept, _ = keep_interlocks(site, values, missing=frozenset({A}))
    assert kept == {A: Aspect.MERGE_RIGHT, B: Aspect.CLOSED_AHEAD}


def test_the_desired_state_names_the_interlock_and_belongs_to_who_caused_it():
    site = with_rules(ROAD, rule("pair", {A: "closed", B: "open"}))
    cross = incident("I-1", Plan((Demand(A, Aspect.CLOSED, "lane_closure", "x"),), ()))
    states = desired_states(site, [cross], now_ms=0)
    assert B in states
    state = states[B]
    assert (state.value, state.raised_by, state.sources) == (Aspect.CAUTION, "interlock pair", ("I-1",))
    assert state.reason.startswith(f"interlock pair: pair never together ({A})")
    lock = Source(f"lock:{B}", Plan((Demand(B, Aspect.OPEN, "lock", "locked"),), ()), 5)
    state = desired_states(site, [cross, lock], now_ms=0)[B]
    assert (state.value, state.sources, state.outranked) == (Aspect.CAUTION, ("I-1",), (f"lock:{B}",))


def test_a_plan_says_at_once_what_an_interlock_changes():
    site = with_rules(ROAD, rule("pair", {A: "closed", "H8500-2": "open caution dark"}))
    plan = plan_incident(crash(9_200), site)
    asked = {d.device: d for d in plan.demands}
    assert asked["H8500-2"].value is Aspect.CLOSED_AHEAD
    assert asked["H8500-2"].rule == "interlock pair"
    said = [f for f in plan.findings if f.code == "raised"]
    assert [f.device for f in said] == ["H8500-2"]
    assert "interlock pair" in said[0].text
    assert [d.device for d in plan.demands] == [d for d in site.devices if d in asked]


def test_the_most_restrictive_showing_of_each_kind():
    shown = [most_restrictive(ROAD, ROAD.devices[d]) for d in (A, SIGN, "B8200")]
    assert shown[0] is Aspect.CLOSED
    assert level(multi(shown[1])) is Level.CLOSURE
    assert shown[2] == BeaconState(flash=True)


# Properties: `tests.prove.interlock_laws`, of 2,000 drawn roads in `test_laws` --------------------------


def test_the_drawn_interlocks_matter() -> None:
    drawn = (with_drawn_rules(stand(seed, **case(seed)), seed) for seed in range(250))
    assert sum(map(raised, drawn)) > 12, "the law shows nothing where nothing is ever raised"
