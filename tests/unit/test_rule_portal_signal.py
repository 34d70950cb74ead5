"""Portal signals: red before an entrance nobody may pass, yellow for what is inside; alone and joined."""

from dataclasses import replace

import pytest

from config.site import Bore, Policy
from controller.incident import Demand, IncidentType, LaneFact, Plan
from controller.incidents.release import release_phases
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from devices.values import Aspect, PortalAspect
from tests.unit.equipped_road import equipped, portal_lights
from tests.unit.small_road import codes, crash, incident, road

PLAIN = road(gantries=range(5_000, 13_001, 500), signs=(3_000, 9_900), bores=((10_000, 12_900),))
SITE = equipped(PLAIN, portals={9_950: "T1"})
RED, YELLOW = {"P9950": "red"}, {"P9950": "yellow"}
T = IncidentType


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(crash(10_700, tunnel="T1"), YELLOW, id="one-lane-inside"),
        pytest.param(crash(10_700, lanes=(1, 2), tunnel="T1"), RED, id="all-lanes-inside"),
        pytest.param(crash(10_000, 12_900, known=False, tunnel="T1"), YELLOW, id="one-lane-place-unknown"),
        pytest.param(
            crash(10_000, 12_900, lanes=(1, 2), known=False, tunnel="T1"), RED, id="all-lanes-place-unknown"
        ),
        pytest.param(crash(10_700, tunnel="T1", kind=T.FIRE), RED, id="fire"),
        pytest.param(crash(10_700, tunnel="T1", kind=T.SPILL), RED, id="spill"),
        pytest.param(crash(14_000, kind=T.WRONG_WAY), RED, id="wrong-way-behind-it"),
        pytest.param(crash(9_000, kind=T.WRONG_WAY), {}, id="wrong-way-before-it"),
        pytest.param(crash(10_700, lanes=(), tunnel="T1", kind=T.WEATHER), YELLOW, id="no-lane-closed"),
        pytest.param(crash(13_000, lanes=(1, 2)), RED, id="nobody-gets-out-of-the-exit"),
        pytest.param(crash(13_000), YELLOW, id="the-closure-reaches-into-the-bore"),
        pytest.param(crash(8_000, lanes=(1, 2)), {}, id="before-the-signal"),
        pytest.param(crash(18_000, lanes=(1, 2)), {}, id="far-behind-the-exit"),
    ],
)
def test_what_a_portal_signal_shows(report, expected) -> None:
    assert portal_lights(plan_incident(report, SITE)) == expected


def test_the_reason_names_tunnel_and_stretch() -> None:
    (demand,) = [d for d in plan_incident(crash(10_700, lanes=(1, 2)), SITE).demands if d.device == "P9950"]
    assert demand.reason == "all lanes closed from K108+500 to K110+700: Hill tunnel"
    assert demand.rule == "portal_signal"


def test_a_signal_without_red_shows_yellow_and_one_without_yellow_nothing() -> None:
    no_red = equipped(PLAIN, portals={9_950: "T1"}, lights=(PortalAspect.GREEN, PortalAspect.YELLOW))
    plan = plan_incident(crash(10_700, lanes=(1, 2)), no_red)
    assert portal_lights(plan) == YELLOW
    assert "P9950 cannot show red: yellow instead" in [f.text for f in plan.findings]
    no_yellow = equipped(PLAIN, portals={9_950: "T1"}, lights=(PortalAspect.GREEN, PortalAspect.RED))
    plan = plan_incident(crash(10_700), no_yellow)
    assert portal_lights(plan) == {}
    assert "P9950 cannot show yellow: nothing instead" in [f.text for f in plan.findings]


def test_a_missing_signal_is_named_and_another_of_the_same_entrance_keeps_the_role() -> None:
    two = equipped(PLAIN, portals={9_900: "T1", 9_950: "T1"})
    plan = plan_incident(crash(10_700, lanes=(1, 2)), two, missing=frozenset({"P9950"}))
    assert portal_lights(plan) == {"P9900": "red"}
    assert "P9950 is missing: its role moves to P9900" in [f.text for f in plan.findings]
    alone = plan_incident(crash(10_700, lanes=(1, 2)), SITE, missing=frozenset({"P9950"}))
    assert "missing" in codes(alone)
    assert portal_lights(alone) == {}


def test_a_fire_turns_the_signals_of_both_bores_red() -> None:
    other = replace(PLAIN.carriageways["E"], id="W", section="w")
    tunnel = replace(PLAIN.tunnels["T1"], bores=(*PLAIN.tunnels["T1"].bores, Bore("T1", "W", 7_000, 9_900)))
    both = replace(PLAIN, carriageways={**PLAIN.carriageways, "W": other}, tunnels={"T1": tunnel})
    site = equipped(equipped(both, portals={9_950: "T1"}), carriageway="W", portals={6_950: "T1"})
    fire = plan_incident(crash(10_700, tunnel="T1", kind=T.FIRE), site)
    assert portal_lights(fire) == {"P9950": "red", "WP6950": "red"}
    spill = plan_incident(crash(10_700, tunnel="T1", kind=T.SPILL), site)
    assert portal_lights(spill) == RED


def test_two_incidents_that_leave_no_lane_make_it_red_and_each_alone_yellow() -> None:
    plans = [plan_incident(crash(at, lanes=(lane,)), SITE) for at, lane in ((10_700, 1), (11_200, 2))]
    assert [portal_lights(plan) for plan in plans] == [YELLOW, YELLOW]
    both = [incident(f"I-{n}", plan, n) for n, plan in enumerate(plans)]
    state = desired_states(SITE, both, now_ms=2_000)["P9950"]
    assert (state.value, state.raised_by) == (PortalAspect.RED, "S5")
    assert set(state.sources) == {"I-0", "I-1"}
    alone = desired_states(SITE, both[:1], now_ms=2_000)["P9950"]
    assert (alone.value, alone.raised_by) == (PortalAspect.YELLOW, "")


def test_crosses_over_every_lane_inside_make_it_red_whoever_put_them_there() -> None:
    crosses = [
        Source(f"lock:H11000-{lane}", Plan((demand,), ()), lane)
        for lane, demand in ((n, _locked(f"H11000-{n}")) for n in (1, 2))
    ]
    state = desired_states(SITE, crosses, now_ms=1).get("P9950")
    assert state is not None
    assert state.value is PortalAspect.RED
    assert "P9950" not in desired_states(SITE, crosses[:1], now_ms=1)
    out = frozenset({"P9950"})
    assert "P9950" not in desired_states(SITE, crosses, now_ms=1, missing=out)


def _locked(head: str) -> Demand:
    return Demand(head, Aspect.CLOSED, "lock", "locked: works")


def test_it_leaves_red_after_the_heads_behind_it_and_before_those_that_let_traffic_on_to_it() -> None:
    plan = plan_incident(crash(10_700, lanes=(1, 2), tunnel="T1"), SITE)
    names = [phase.name for phase in release_phases(plan, SITE)]
    at = names.index("portal P9950")
    assert names[at - 2 : at + 3] == [
        "lanes G10500", "lanes G10000", "portal P9950", "lanes G9500", "lanes G9000",
    ]  # fmt: skip
    phase = release_phases(plan, SITE)[at]
    assert (phase.released, phase.wait_heads) == (("P9950",), ("P9950",))
    assert all(fact.to_m < 9_950 for fact in phase.plan.lane_facts)


def test_its_yellow_stands_until_the_last_phase() -> None:
    phases = release_phases(plan_incident(crash(10_700, tunnel="T1"), SITE), SITE)
    assert [portal_lights(phase.plan) for phase in phases[:-1]] == [YELLOW] * (len(phases) - 1)
    assert "P9950" in phases[-1].released


def test_the_rest_of_a_release_beside_another_incident_keeps_it_red_while_the_other_needs_it() -> None:
    first = plan_incident(crash(10_700, lanes=(1, 2), tunnel="T1"), SITE)
    other = incident("I-2", plan_incident(crash(12_000, lanes=(1, 2), tunnel="T1"), SITE), 2)
    for phase in release_phases(first, SITE):
        states = desired_states(SITE, [incident("I-1", phase.plan, 1), other], now_ms=2_000)
        assert states["P9950"].value is PortalAspect.RED
    facts = [LaneFact("E", lane, 9_000, 9_400) for lane in (1, 2)]
    upstream = incident("I-3", Plan((), tuple(facts)), 3)
    assert "P9950" not in desired_states(SITE, [upstream, incident("I-4", Plan((), ()), 4)], now_ms=2_000)


def test_a_site_without_signals_is_asked_nothing_and_policy_changes_it_like_the_heads() -> None:
    assert portal_lights(plan_incident(crash(10_700, lanes=(1, 2)), PLAIN)) == {}
    whole = replace(SITE, policy=Policy(unknown_place_all_lanes="whole_bore"))
    report = crash(10_000, 12_900, lanes=(1, 2), known=False, tunnel="T1")
    assert portal_lights(plan_incident(report, whole)) == RED


def test_the_shoulder_of_a_bore_is_opened_only_where_no_signal_is_red_then() -> None:
    """Every head behind the entrance is closed, so a signal that can be red is (S9): nobody passes it."""
    allowed = replace(SITE.carriageways["E"], shoulder=((0, 20_000),))
    site = replace(SITE, carriageways={"E": allowed})
    ordered = replace(crash(13_600, lanes=(1, 2)), shoulder=True)
    assert portal_lights(plan_incident(ordered, site)) == RED
    able = {n: replace(d, lights=d.lights - {PortalAspect.RED}) for n, d in site.devices.items() if d.lights}
    dull = replace(site, devices={**site.devices, **able})
    plan = plan_incident(ordered, dull)
    assert portal_lights(plan) == YELLOW
    assert any(fact.open for fact in plan.lane_facts)


@pytest.mark.parametrize(("lanes", "expected"), [((1,), YELLOW), ((1, 2), RED)], ids=["a-lane", "every-lane"])
def test_a_closure_over_which_no_head_hangs_lights_the_signal_too(lanes, expected) -> None:
    bare = equipped(road(bores=((10_000, 12_900),)), portals={9_950: "T1"})
    assert portal_lights(plan_incident(crash(10_700, lanes=lanes, tunnel="T1"), bare)) == expected
