"""What an incident demands may grow by rule and never fall: the plan that joins old and new."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.site import Site
from controller.incident import Demand, IncidentType, LaneFact, Plan
from controller.incidents.growth import additions, grown
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from controller.states.interlock import violations
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, Message, Value
from tests.unit.small_road import closing, crash, heads, road
from tests.unit.test_rule_lane_closure import layouts

SPOTS = tuple(range(3_000, 16_001, 500))
SITE = road(gantries=SPOTS, signs=(2_000, 7_000, 9_700), beacons=(7_000, 8_000, 9_000))
REPORT = crash(10_200)
PLAN = plan_incident(REPORT, SITE)


def test_a_failed_head_keeps_its_cross_and_the_one_before_it_takes_its_role() -> None:
    first = min(d for d, a in closing(PLAN).items() if a is Aspect.CLOSED and len(d) == 7)
    assert (first, heads(PLAN)["H8500-1"]) == ("H9000-1", Aspect.MERGE_RIGHT)
    after = grown(SITE, PLAN, plan_incident(REPORT, SITE, missing=frozenset({first})))
    assert heads(after)[first] is Aspect.CLOSED
    assert heads(after)["H8500-1"] is Aspect.CLOSED
    assert {d.device for d in additions(PLAN, after)} >= {"H8500-1"}
    assert first not in {d.device for d in additions(PLAN, after)}
    assert after.lane_facts == (LaneFact("E", 1, 8_500, 10_200),)


def test_a_failed_sign_and_a_failed_beacon_keep_what_they_were_told() -> None:
    after = grown(SITE, PLAN, plan_incident(REPORT, SITE, missing=frozenset({"S7000", "B9000"})))
    kept = {d.device: d.value for d in after.demands}
    assert {kept["S7000"], kept["B9000"]} == {d.value for d in PLAN.demands if d.device in ("S7000", "B9000")}


def test_nothing_new_adds_nothing_and_changes_nothing() -> None:
    assert additions(PLAN, PLAN) == ()
    assert grown(SITE, PLAN, PLAN).demands == PLAN.demands
    less = Plan(PLAN.demands[:3], ())
    assert {d.device: d.value for d in grown(SITE, PLAN, less).demands} == {
        d.device: d.value for d in PLAN.demands
    }


@pytest.mark.parametrize(
    ("was", "now", "adds"),
    [
        pytest.param(None, Aspect.CAUTION, True, id="new"),
        pytest.param(Aspect.CAUTION, Aspect.CLOSED, True, id="stricter"),
        pytest.param(Aspect.CLOSED, Aspect.CAUTION, False, id="milder"),
        pytest.param(Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT, False, id="as-strict"),
        pytest.param(Message("慢行"), Message("减速"), False, id="other-text"),
        pytest.param(Message("慢行"), Message("道路封闭"), True, id="closure-text"),
        pytest.param(BeaconState(flash=True), BeaconState(flash=True, siren=True), True, id="siren"),
        pytest.param(BeaconState(siren=True), BeaconState(flash=True), True, id="flash"),
        pytest.param(BeaconState(flash=True, siren=True), BeaconState(flash=True), False, id="less-sound"),
    ],
)
def test_what_counts_as_an_addition(was, now, adds) -> None:
    before = Plan((Demand("D", was, "r", ""),) if was is not None else (), ())
    assert bool(additions(before, Plan((Demand("D", now, "r", ""),), ()))) is adds


def test_a_wrong_way_driver_is_warned_of_farther_upstream_as_time_passes() -> None:
    site = road(gantries=range(1_000, 59_001, 2_000), signs=(1_500, 30_500), length_m=60_000)
    report = replace(crash(58_000, kind=IncidentType.WRONG_WAY), lanes={})
    plans = [plan_incident(report, site, since_s=s) for s in (0, 120, 240)]
    plan = plans[0]
    for later in plans[1:]:
        more = grown(site, plan, later)
        assert additions(plan, more)
        assert additions(more, plan) == ()
        assert min(site.devices[d.device].at_m for d in more.demands) < min(
            site.devices[d.device].at_m for d in plan.demands
        )
        plan = more


@settings(max_examples=150, deadline=None)
@given(layouts(), st.data())
def test_a_device_that_is_left_out_is_not_asked_by_growing(layout, data) -> None:
    site, report = layout
    names = sorted(site.devices)
    out = frozenset(data.draw(st.sets(st.sampled_from(names), max_size=3)) if names else ())
    gone = frozenset(data.draw(st.sets(st.sampled_from(names), max_size=2)) if names else ()) - out
    standing = plan_incident(report, site, out_of_service=out)
    today = plan_incident(report, site, out_of_service=out, missing=gone)
    assert not {d.device for d in grown(site, standing, today, missing=out).demands} & out


@settings(max_examples=150, deadline=None)
@given(layouts(), st.data())
def test_a_grown_plan_never_falls_is_lawful_and_is_stable(layout, data) -> None:
    site, report = layout
    names = sorted(site.devices)
    gone = frozenset(data.draw(st.sets(st.sampled_from(names), max_size=3)) if names else ())
    standing = plan_incident(report, site)
    today = plan_incident(report, site, missing=gone)
    after = grown(site, standing, today)
    values = {d.device: d.value for d in after.demands}
    for demand in (*standing.demands, *today.demands):
        assert strictness(values[demand.device]) >= strictness(demand.value)
    assert lawful(site, after)
    again = grown(site, after, today)
    assert additions(after, again) == ()
    assert shown(site, after) == values


def lawful(site: Site, plan: Plan) -> bool:
    values = {d.device: d.value for d in plan.demands}
    return not [v for v in violations(site, values, plan.lane_facts) if v.instead is not None]


def shown(site: Site, plan: Plan) -> dict[str, Value]:
    return {d: s.value for d, s in desired_states(site, [Source("I-1", plan, 1)], now_ms=0).items()}
