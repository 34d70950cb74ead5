"""Speed signs: steps of at most 20 km/h, never rising, down to the floor before the place and its queue."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.site import Policy, ResponseChange
from controller.incident import IncidentType, Plan
from controller.incidents.release import release_phases
from controller.plan.planner import plan_incident
from controller.plan.speeds import steps
from controller.states.arbitration import desired_states
from devices.values import SpeedLimit
from tests.unit.equipped_road import asked_kmh, equipped
from tests.unit.small_road import crash, incident, road

T = IncidentType
PLAIN = road(gantries=range(5_000, 15_001, 500), signs=(3_000, 9_900))
SIGNS = (6_000, 7_000, 8_000, 9_000, 10_000, 11_000, 12_000)
SITE = equipped(PLAIN, speeds=SIGNS)
REST: dict[str, int] = {}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        # the closure starts at 9,000: the last sign before it shows the floor already
        pytest.param(crash(10_500), {"V7000": 80, "V8000": 60, "V9000": 60, "V10000": 60}, id="a-lane"),
        pytest.param(
            crash(10_500, lanes=(1, 2)),
            {"V6000": 80, "V7000": 60, "V8000": 40, "V9000": 40, "V10000": 40},
            id="all-lanes",
        ),
        pytest.param(crash(10_500, lanes=(), kind=T.BREAKDOWN), {"V10000": 80}, id="advisory"),
        pytest.param(crash(10_500, kind=T.CONGESTION), {"V9000": 80, "V10000": 60}, id="queue"),
        pytest.param(crash(5_500, kind=T.BREAKDOWN), REST, id="no-sign-before-it"),
        pytest.param(
            crash(9_500, kind=T.WRONG_WAY),
            {"V6000": 80, "V7000": 60, "V8000": 60, "V9000": 60},
            id="wrong-way-begins-before-the-first-sign",
        ),
    ],
)
def test_what_speed_signs_show(report, expected) -> None:
    assert asked_kmh(plan_incident(report, SITE)) == expected


def test_the_steps_come_before_the_tail_of_the_queue() -> None:
    busy = replace(SITE.carriageways["E"], queue_reach_m=2_000)
    site = replace(SITE, carriageways={"E": busy})
    asked = asked_kmh(plan_incident(crash(11_500), site))
    assert asked == {"V6000": 80, "V7000": 60, **dict.fromkeys(("V8000", "V9000", "V10000", "V11000"), 60)}


def test_too_few_signs_ask_for_one_step_each_and_the_plan_says_so() -> None:
    site = equipped(PLAIN, speeds=(8_000,))
    plan = plan_incident(crash(10_500, lanes=(1, 2)), site)
    assert asked_kmh(plan) == {"V8000": 80}
    said = [f.text for f in plan.findings if f.text.startswith("speed")]
    assert said == ["speed: 1 signs step down to 80 km/h only, 40 km/h is asked for"]
    assert not [f for f in plan_incident(crash(10_500), SITE).findings if f.text.startswith("speed")]


def test_a_missing_sign_hands_its_step_to_the_next_upstream() -> None:
    plan = plan_incident(crash(10_500), SITE, missing=frozenset({"V8000"}))
    assert asked_kmh(plan) == {"V6000": 80, "V7000": 60, "V9000": 60, "V10000": 60}
    assert "V8000 is missing: its role moves to V7000" in [f.text for f in plan.findings]


def test_a_site_may_set_floors_steps_and_reach() -> None:
    policy = Policy(speed_lanes_kmh=80, responses={"fire": ResponseChange(speed_kmh=20)})
    site = replace(SITE, policy=policy)
    assert asked_kmh(plan_incident(crash(10_500), site)) == {"V8000": 80, "V9000": 80, "V10000": 80}
    assert min(asked_kmh(plan_incident(crash(10_500, kind=T.FIRE), site)).values()) == 20
    near = replace(SITE, policy=Policy(speed_m=1_500))
    assert asked_kmh(plan_incident(crash(10_500), near)) == {"V8000": 80, "V9000": 60, "V10000": 60}


def test_two_incidents_show_the_lower_speed_everywhere_and_still_in_steps() -> None:
    plans = [plan_incident(crash(9_500), SITE), plan_incident(crash(12_500, lanes=(1, 2)), SITE)]
    row = [incident(f"I-{n}", plan, n) for n, plan in enumerate(plans)]
    states = desired_states(SITE, row, now_ms=5)
    joined = {d: s.value.kmh for d, s in states.items() if isinstance(s.value, SpeedLimit)}
    both = [asked_kmh(plan) for plan in plans]
    assert joined == {d: min(one.get(d, 999) for one in both) for d in {**both[0], **both[1]}}
    falls = [a - b for a, b in pairwise([100, *joined.values()])]
    assert max(falls) <= 20


def test_speeds_fall_away_with_the_signs_at_the_end_of_a_release() -> None:
    phases = release_phases(plan_incident(crash(10_500), SITE), SITE)
    assert {len(asked_kmh(phase.plan)) for phase in phases[:-1]} == {4}
    assert asked_kmh(phases[-1].plan) == {}


@settings(max_examples=300, deadline=None)
@given(
    places=st.lists(st.integers(0, 20_000), max_size=12, unique=True),
    can=st.lists(st.sets(st.integers(1, 15).map(lambda n: n * 10), min_size=1, max_size=15), max_size=12),
    from_m=st.integers(0, 20_000),
    floor=st.integers(2, 12).map(lambda n: n * 10),
    limit=st.integers(4, 13).map(lambda n: n * 10),
    step=st.sampled_from((10, 20, 30)),
)
def test_speeds_never_rise_nor_fall_by_more_than_a_step(places, can, from_m, floor, limit, step) -> None:
    site = equipped(PLAIN, speeds=sorted(places))
    signs = [site.devices[f"V{at}"] for at in sorted(places)]
    able = [replace(sign, speeds=tuple(sorted(kmh))) for sign, kmh in zip(signs, can, strict=False)]
    asked = steps(able, from_m, floor, limit, step)
    row = [limit, *(kmh for _, kmh in asked)]
    assert all(0 <= before - after <= step for before, after in pairwise(row))
    assert all(kmh in sign.speeds and kmh >= min(floor, limit) for sign, kmh in asked)
    assert not asked or asked[0][1] < limit


def together(*plans: Plan) -> dict[str, int]:
    row = [incident(f"I-{n}", plan, n) for n, plan in enumerate(plans)]
    states = desired_states(SITE, row, now_ms=5)
    assert states == desired_states(SITE, row[::-1], now_ms=5)
    return {d: s.value.kmh for d, s in states.items() if isinstance(s.value, SpeedLimit)}


def test_two_incidents_that_close_the_road_together_ask_for_what_one_that_closes_it_asks_for() -> None:
    """Each alone keeps 60; nobody gets past them both, so it is 40, in the same steps."""
    plans = [plan_incident(crash(10_500, lanes=(lane,)), SITE) for lane in (1, 2)]
    assert [min(asked_kmh(plan).values()) for plan in plans] == [60, 60]
    assert together(*plans) == asked_kmh(plan_incident(crash(10_500, lanes=(1, 2)), SITE))


def test_one_that_closes_the_road_by_itself_keeps_its_own_floor_in_company() -> None:
    policy = Policy(responses={"spill": ResponseChange(speed_kmh=60)})
    site = replace(SITE, policy=policy)
    spill = plan_incident(crash(10_500, lanes=(1, 2), kind=T.SPILL), site)
    row = [incident("I-1", spill, 1), incident("I-2", plan_incident(crash(10_600), site), 2)]
    states = desired_states(site, row, now_ms=5)
    assert states["V9000"].value == SpeedLimit(40), "the second one makes the stretch longer"
    near = [incident("I-1", spill, 1), incident("I-2", plan_incident(crash(10_400), site), 2)]
    assert desired_states(site, near, now_ms=5)["V9000"].value == SpeedLimit(60)
    both = [*near, incident("I-3", plan_incident(crash(10_400, lanes=(2,)), site), 3)]
    assert desired_states(site, both[1:], now_ms=5)["V9000"].value == SpeedLimit(40)
    assert desired_states(site, both, now_ms=5)["V9000"].value == SpeedLimit(40), "those two close it anyway"
