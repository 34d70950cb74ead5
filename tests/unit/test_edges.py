"""The places where a planner is easily wrong, one readable test each."""

from dataclasses import replace

import pytest

from config.sign_meaning import Level, level
from config.site import Gantry, SignShape, Site
from controller.incident import IncidentType, Plan, Report
from controller.plan.planner import plan_incident
from controller.states.arbitration import desired_states
from controller.states.interlock import violations
from devices.multi import plain
from devices.values import Aspect
from tests.unit.small_road import closing, codes, column, crash, heads, incident, multi, road, texts

T = IncidentType
EVERY_500 = tuple(range(2_000, 14_001, 500))
BIG = SignShape(512, 96, 32)


def lane(site: Site, plan: Plan, number: int) -> dict[int, str]:
    """Return gantry → what a driver in a lane meets there, without cautions and heads at rest."""
    row = zip((g.at_m for g in site.gantries_along("E")), column(site, closing(plan), number), strict=True)
    return {at: aspect for at, aspect in row if aspect != "-"}


def lawful(site: Site, plan: Plan) -> bool:
    return violations(site, {d.device: d.value for d in plan.demands}, plan.lane_facts) == ()


# Two devices at one chainage --------------------------------------------------------------------------------


def test_two_gantries_at_one_chainage_show_the_same() -> None:
    site = road(gantries=EVERY_500)
    twin = {f"T{n}": replace(site.devices[f"H9000-{n}"], id=f"T{n}", gantry="G-twin") for n in (1, 2)}
    both = replace(
        site,
        devices={**site.devices, **twin},
        gantries={**site.gantries, "G-twin": Gantry("G-twin", "E", 9_000)},
    )
    shown = heads(plan_incident(crash(10_200), both))
    assert shown["T1"] == shown["H9000-1"] == Aspect.CLOSED
    assert shown["T2"] == shown["H9000-2"]
    assert {d: a for d, a in shown.items() if d[0] == "H"} == heads(plan_incident(crash(10_200), site))


def test_two_signs_at_one_chainage_say_as_much_as_each_can_hold() -> None:
    site = road(gantries=EVERY_500, signs={8_000: BIG})
    small = replace(site.devices["S8000"], id="small", shape=SignShape(32, 16, 16))
    said = texts(plan_incident(crash(10_200), replace(site, devices={**site.devices, "small": small})))
    assert plain(said["S8000"]) == "前方2公里快车道事故,注意减速避让"
    assert said["small"] == "事故"


# A gantry exactly at the incident ---------------------------------------------------------------------------


def test_a_gantry_exactly_at_the_incident_is_closed_and_the_next_is_open() -> None:
    site = road(gantries=EVERY_500)
    assert lane(site, plan_incident(crash(10_000), site), 1) == {
        7_500: "closed_ahead",
        8_000: "merge_right",
        8_500: "closed",
        9_000: "closed",
        9_500: "closed",
        10_000: "closed",
    }


# At the portal, inside, across it ---------------------------------------------------------------------------

TUNNEL = road(gantries=EVERY_500, signs={4_000: BIG, 7_900: BIG, 9_200: BIG}, bores=((8_000, 12_000),))


def test_an_incident_at_the_portal_is_closed_before_it() -> None:
    plan = plan_incident(crash(8_000, tunnel="T1"), TUNNEL)
    row = lane(TUNNEL, plan, 1)
    assert [at for at in row if row[at] == "closed"] == [6_500, 7_000, 7_500, 8_000]
    assert [row[at] for at in (5_500, 6_000)] == ["closed_ahead", "merge_right"]
    assert plain(texts(plan)["S7900"]) == "前方快车道事故,注意减速避让"
    assert "S9200" not in texts(plan)


def test_1600_m_inside_the_bands_lie_on_the_approach_and_the_lane_is_closed_from_the_portal_on() -> None:
    plan = plan_incident(crash(9_600, tunnel="T1"), TUNNEL)
    row = lane(TUNNEL, plan, 1)
    assert [at for at in row if row[at] == "closed"] == [8_000, 8_500, 9_000, 9_500]
    assert {at: row[at] for at in row if at < 8_000} == {
        7_000: "closed_ahead",
        7_500: "merge_right",
    }
    assert not {Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT} & {
        aspect for head, aspect in heads(plan).items() if TUNNEL.devices[head].at_m >= 8_000
    }
    assert lawful(TUNNEL, plan)


def test_a_range_across_the_portal_is_one_closure_from_before_its_upstream_end() -> None:
    plan = plan_incident(crash(7_400, 9_100, kind=T.ROADWORK), TUNNEL)
    row = lane(TUNNEL, plan, 1)
    assert [at for at in row if row[at] == "closed"] == [6_000, 6_500, 7_000, 7_500, 8_000, 8_500, 9_000]
    assert 9_500 not in row
    assert lawful(TUNNEL, plan)


# Before the first and behind the last device ----------------------------------------------------------------


def test_before_the_first_device_nothing_can_be_shown_and_the_plan_says_so() -> None:
    site = road(gantries=EVERY_500, signs={3_000: BIG}, beacons=(3_000,))
    plan = plan_incident(crash(1_000), site)
    assert plan.demands == ()
    assert {"no_coverage", "not_covered", "site_edge"} <= codes(plan)
    assert [(f.lane, f.from_m, f.to_m) for f in plan.lane_facts] == [(1, 200, 1_000)]


def test_behind_the_last_device_signs_warn_and_the_plan_says_that_no_head_does() -> None:
    site = road(gantries=EVERY_500, signs={12_000: BIG}, length_m=20_000)
    plan = plan_incident(crash(19_000), site)
    assert {d.device for d in plan.demands} == {"S12000"}
    missing = [f.text for f in plan.findings if f.code == "not_covered"]
    assert any("no head" in text and "merge band" in text for text in missing)
    assert any("no head over the closed stretch" in text for text in missing)


# All lanes, the shoulder, two incidents ---------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [1, 2, 3, 6])
def test_all_lanes_blocked_send_nobody_anywhere_and_every_sign_before_it_says_closed(lanes: int) -> None:
    site = road(gantries=EVERY_500, signs={4_000: BIG, 8_000: SignShape(32, 16, 16)}, lanes=lanes)
    plan = plan_incident(crash(10_200, lanes=tuple(range(1, lanes + 1))), site)
    for number in range(1, lanes + 1):
        assert set(lane(site, plan, number).values()) == {"closed_ahead", "closed"}
    assert {level(text) for text in texts(plan).values()} == {Level.CLOSURE}
    assert len(texts(plan)) == 2


@pytest.mark.parametrize(
    ("allowed", "ordered", "passes"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_the_shoulder_as_the_only_free_lane_needs_site_and_order(
    allowed: bool, ordered: bool, passes: bool
) -> None:
    site = road(gantries=EVERY_500, signs={8_000: BIG})
    if allowed:
        east = replace(site.carriageways["E"], shoulder=((0, 20_000),))
        site = replace(site, carriageways={"E": east})
    report: Report = replace(crash(10_200, lanes=(1, 2)), shoulder=ordered)
    plan = plan_incident(report, site)
    assert (Aspect.MERGE_RIGHT in heads(plan).values()) is passes
    assert ("应急车道" in texts(plan)["S8000"]) is passes
    assert (level(texts(plan)["S8000"]) is Level.CLOSURE) is not passes
    assert lawful(site, plan)


def test_no_arrow_of_one_incident_points_into_the_lane_of_another() -> None:
    """A alone sends lane 1 to lane 2; B blocks lane 2 further on, before A's traffic could change back."""
    site = road(gantries=EVERY_500, signs={4_000: BIG})
    a, b = plan_incident(crash(10_200, lanes=(1,)), site), plan_incident(crash(10_700, lanes=(2,)), site)
    assert Aspect.MERGE_RIGHT in heads(a).values()
    states = desired_states(site, [incident("I-A", a), incident("I-B", b)], now_ms=0)
    shown = {name: state.value for name, state in states.items()}
    assert not {Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT} & set(shown.values())
    assert shown["H10000-1"] is shown["H10000-2"] is Aspect.CLOSED
    assert level(multi(shown["S4000"])) is Level.CLOSURE
    assert violations(site, shown, [*a.lane_facts, *b.lane_facts]) == ()


def test_an_arrow_into_a_lane_that_another_incident_closes_later_on_is_kept() -> None:
    """B's lane is open where A's traffic goes over to it, and A's lane is open again where B's must leave."""
    site = road(gantries=EVERY_500)
    a, b = plan_incident(crash(5_200, lanes=(1,)), site), plan_incident(crash(13_000, lanes=(2,)), site)
    states = desired_states(site, [incident("I-A", a), incident("I-B", b)], now_ms=0)
    assert {name: states[name].value for name in closing(a)} == closing(a)
    assert {name: states[name].value for name in closing(b)} == closing(b)
