"""Each type of incident has its own response, and a site may change it."""

from dataclasses import replace
from typing import get_args

import pytest

from config.loader import load_site, sample_site_path
from config.schema import IncidentName
from config.sign_meaning import Level, level
from config.site import Policy, ResponseChange, Site
from controller.incident import IncidentType, LaneImpact, Place, Plan, Report
from controller.plan.bands import settle
from controller.plan.planner import plan_incident
from controller.plan.responses import RESPONSES, Closes, response_to
from controller.plan.scope import lane_facts, wrong_way_stretch
from controller.signs.sign_texts import sends_to
from controller.states.interlock import violations
from devices.values import Aspect, BeaconState
from tests.unit.small_road import codes, column, crash, heads, road, texts

T = IncidentType
EVERY_500 = tuple(range(5_000, 13_001, 500))
BORE = ((8_000, 12_000),)
SIGNS = (1_000, 6_000, 7_950, 9_200, 11_200)
BEACONS = (4_000, 6_500, 9_000, 11_000)


def tunnel_road(**changes: object) -> Site:
    return road(gantries=EVERY_500, signs=SIGNS, beacons=BEACONS, bores=BORE, policy=Policy(**changes))  # type: ignore[arg-type]


def shown(site: Site, plan: Plan, lane: int) -> dict[int, str]:
    """Return gantry → aspect, without heads at rest."""
    row = zip((g.at_m for g in site.gantries_along("E")), column(site, heads(plan), lane), strict=True)
    return {at: aspect for at, aspect in row if aspect != "-"}


def lamps(plan: Plan) -> dict[str, BeaconState]:
    return {d.device: d.value for d in plan.demands if isinstance(d.value, BeaconState)}


def test_every_type_has_a_row_and_a_name_in_the_site_file() -> None:
    assert set(RESPONSES) == set(IncidentType)
    assert set(get_args(IncidentName)) == {kind.value for kind in IncidentType}


@pytest.mark.parametrize(
    ("kind", "siren", "ahead", "behind"),
    [
        (T.REAR_END, True, None, None),
        (T.BREAKDOWN, True, None, None),
        (T.DEBRIS, False, None, None),
        (T.ROADWORK, False, None, None),
        (T.PEDESTRIAN, False, 1_000, 500),
        (T.ANIMAL, False, 1_000, 500),
        (T.WEATHER, False, 1_500, 0),
    ],
)
def test_a_blocked_lane_in_the_open(kind: IncidentType, siren: bool, ahead: int | None, behind: int) -> None:
    site = road(gantries=EVERY_500, beacons=(8_000, 9_000), lanes=3)
    plan = plan_incident(crash(10_200, lanes=(1,), kind=kind), site)
    assert [f.lane for f in plan.lane_facts] == [1]
    assert shown(site, plan, 1)[10_000] == "closed"
    assert {v.siren for v in lamps(plan).values()} == {siren}
    assert all(v.flash for v in lamps(plan).values())
    third = shown(site, plan, 3)
    if ahead is None:
        assert third == {}
    else:
        wanted = [at for at in EVERY_500 if 10_200 - ahead <= at <= 10_200 + behind]
        assert list(third) == wanted
        assert set(third.values()) == {"caution"}


def test_roadworks_close_their_range_and_its_end_is_open() -> None:
    site = road(gantries=EVERY_500)
    plan = plan_incident(crash(9_100, 11_100, kind=T.ROADWORK), site)
    lane = shown(site, plan, 1)
    assert [at for at in lane if lane[at] == "closed"] == [8_000, 8_500, 9_000, 9_500, 10_000, 10_500, 11_000]
    assert 11_500 not in lane


def test_a_queue_closes_nothing_and_warns_before_its_tail() -> None:
    site = road(gantries=EVERY_500, beacons=(9_000,), signs=(6_000,))
    plan = plan_incident(crash(10_200, 11_600, lanes=(1, 2), kind=T.CONGESTION), site)
    assert plan.lane_facts == ()
    assert set(heads(plan).values()) == {Aspect.CAUTION}
    assert min(shown(site, plan, 2)) == 9_000
    assert max(shown(site, plan, 2)) == 11_500
    assert lamps(plan) == {"B9000": BeaconState(flash=True)}
    assert "advisory" in codes(plan)


def test_the_shoulder_alone_warns_in_the_lane_beside_it() -> None:
    site = road(gantries=EVERY_500, lanes=3)
    report = Report(Place("E", 10_200, 10_200, True), {}, T.BREAKDOWN)
    assert list(heads(plan_incident(report, site))) == ["H9500-3", "H10000-3"]


def test_an_affected_lane_shows_caution() -> None:
    site = road(gantries=EVERY_500, lanes=3)
    report = Report(Place("E", 10_200, 10_200, True), {2: LaneImpact.AFFECTED}, T.BREAKDOWN)
    assert heads(plan_incident(report, site)) == {"H9500-2": Aspect.CAUTION, "H10000-2": Aspect.CAUTION}


def test_lanes_beside_a_closure_show_caution_and_others_do_not() -> None:
    site = road(gantries=EVERY_500, lanes=4)
    plan = plan_incident(crash(10_200, lanes=(2,)), site)
    beside = {8_500: "caution", 9_000: "caution", 9_500: "caution", 10_000: "caution"}
    assert shown(site, plan, 1) == shown(site, plan, 3) == beside
    assert shown(site, plan, 4) == {}
    quiet = road(gantries=EVERY_500, lanes=4, policy=Policy(adjacent_caution=False))
    assert {site.devices[h].lane for h in heads(plan_incident(crash(10_200, lanes=(2,)), quiet))} == {2}


def test_a_site_may_change_a_response() -> None:
    policy = Policy(responses={"debris": ResponseChange(siren=True, closes="road")})
    assert response_to(T.DEBRIS, policy).siren
    assert response_to(T.DEBRIS, policy).closes is Closes.ROAD
    assert response_to(T.SPILL, policy) == RESPONSES[T.SPILL]
    site = road(gantries=EVERY_500, policy=policy)
    assert {f.lane for f in plan_incident(crash(10_200, kind=T.DEBRIS), site).lane_facts} == {1, 2}


# All lanes, fire, spill ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "lanes"), [(T.COLLISION, (1, 2)), (T.FIRE, (1,)), (T.SPILL, (2,))])
def test_a_known_place_closes_from_before_the_portal_to_it_and_lets_the_rest_out(
    kind: IncidentType, lanes: tuple[int, ...]
) -> None:
    site = tunnel_road()
    plan = plan_incident(crash(10_200, lanes=lanes, tunnel="T1", kind=kind), site)
    for lane in (1, 2):
        row = shown(site, plan, lane)
        assert [at for at, a in row.items() if a == "closed"] == list(range(6_500, 10_001, 500))
        assert not set(row.values()) & {"merge_left", "merge_right"}
        assert max(row) == 10_000
    said = texts(plan)
    assert [level(said[f"S{at}"]) for at in SIGNS[:4]] == [Level.CLOSURE] * 4
    assert "驶离" in said["S11200"]
    assert "place_unknown" not in codes(plan)


@pytest.mark.parametrize(("kind", "lanes"), [(T.COLLISION, (1, 2)), (T.FIRE, (1,)), (T.SPILL, (2,))])
def test_an_unknown_place_closes_the_entrance_and_the_bore_shows_caution(
    kind: IncidentType, lanes: tuple[int, ...]
) -> None:
    site = tunnel_road()
    report = crash(8_000, 12_000, lanes=lanes, known=False, tunnel="T1", kind=kind)
    plan = plan_incident(report, site)
    for lane in (1, 2):
        row = shown(site, plan, lane)
        assert [at for at, a in row.items() if a == "closed"] == [6_500, 7_000, 7_500, 8_000]
        assert [at for at, a in row.items() if a == "caution"] == list(range(8_500, 12_001, 500))
    assert "place_unknown" in codes(plan)
    assert {level(texts(plan)[s]) for s in ("S9200", "S11200")} == {Level.NOTICE}
    # The correction with the place closes what is upstream of it and opens nothing before that.
    later = shown(site, plan_incident(crash(10_200, lanes=lanes, tunnel="T1", kind=kind), site), 1)
    assert later[8_500] == later[10_000] == "closed"
    whole = tunnel_road(unknown_place_all_lanes="whole_bore")
    assert shown(whole, plan_incident(report, whole), 1)[11_500] == "closed"


def test_one_lane_blocked_at_an_unknown_place_is_closed_all_through() -> None:
    site = tunnel_road()
    plan = plan_incident(crash(8_000, 12_000, known=False, tunnel="T1"), site)
    assert shown(site, plan, 1)[11_500] == "closed"
    assert set(shown(site, plan, 2).values()) == {"caution"}


@pytest.fixture(scope="module")
def sanduling() -> Site:
    return load_site(sample_site_path())


def at_offset(site: Site, offset: int, kind: IncidentType, lanes: tuple[int, ...]) -> Report:
    bore = site.tunnels["sanduling"].bore("FU")
    assert bore is not None
    at = bore.entry_m + offset
    return Report(Place("FU", at, at, True, "sanduling"), dict.fromkeys(lanes, LaneImpact.BLOCKED), kind)


def test_a_fire_keeps_traffic_out_of_the_other_bore_and_lets_it_empty(sanduling: Site) -> None:
    plan = plan_incident(at_offset(sanduling, 1_600, T.FIRE, (1,)), sanduling)
    bore = sanduling.tunnels["sanduling"].bore("ZJ")
    assert bore is not None
    other = {h: a for h, a in heads(plan).items() if sanduling.devices[h].carriageway == "ZJ"}
    inside = {a for h, a in other.items() if sanduling.devices[h].at_m > bore.entry_m}
    assert inside == {Aspect.CAUTION}
    before = [
        [other[h.id] for h in sanduling.heads(g.id).values()]
        for g in sanduling.gantries_along("ZJ")
        if g.at_m <= bore.entry_m
    ]
    assert before[-1] == [Aspect.CLOSED, Aspect.CLOSED]
    assert level(texts(plan)["VMS-ZJ-P"]) is Level.CLOSURE
    assert level(texts(plan)["VMS-ZJ-T"]) is Level.NOTICE
    assert violations(sanduling, {d.device: d.value for d in plan.demands}, plan.lane_facts) == ()
    spill = plan_incident(at_offset(sanduling, 1_600, T.SPILL, (1,)), sanduling)
    assert {sanduling.devices[d.device].carriageway for d in spill.demands} == {"FU"}


# Wrong-way drivers -----------------------------------------------------------------------------------------


def test_the_stretch_of_a_wrong_way_driver_grows_with_time() -> None:
    place, policy = Place("E", 40_000, 40_000, True), Policy()
    assert wrong_way_stretch(place, 0, policy) == (40_000 - 21_667, 40_000)
    assert wrong_way_stretch(place, 600, policy) == (40_000 - 43_334, 40_000)
    assert wrong_way_stretch(place, 0, Policy(wrong_way_lead_min=1)) == (20_000, 40_000)
    starts = [wrong_way_stretch(place, s, policy)[0] for s in range(0, 3_600, 7)]
    assert starts == sorted(starts, reverse=True)


def wrong_way(at: int) -> Report:
    return Report(Place("E", at, at, True), {}, T.WRONG_WAY)


def test_lawful_traffic_upstream_of_a_wrong_way_driver_is_warned_without_arrows() -> None:
    spots = range(1_000, 40_001, 1_000)
    site = road(
        gantries=spots, signs=(5_000, 20_000, 31_000), beacons=(5_000, 20_000, 31_000), length_m=40_000
    )
    plan = plan_incident(wrong_way(30_000), site)
    assert list(shown(site, plan, 1)) == list(range(9_000, 30_001, 1_000))
    assert set(heads(plan).values()) == {Aspect.CAUTION}
    assert lamps(plan) == {"B20000": BeaconState(flash=True)}
    assert set(texts(plan)) == {"S20000"}
    assert sends_to(texts(plan)["S20000"], site.carriageways["E"]) == {2}
    assert plan.lane_facts == ()
    later = plan_incident(wrong_way(30_000), site, since_s=600)
    assert heads(plan).items() <= heads(later).items()
    assert "S5000" in texts(later)
    assert "site_edge" in codes(later)


def test_where_traffic_drives_on_the_left_it_keeps_left() -> None:
    site = replace(road(signs=(18_000,)), drives="left")
    assert "靠左" in texts(plan_incident(wrong_way(19_000), site))["S18000"]


@pytest.mark.parametrize("at", [pytest.param(10_000, id="in-it"), pytest.param(19_000, id="behind-it")])
def test_a_tunnel_a_wrong_way_driver_may_reach_closes_its_entrance(at: int) -> None:
    site = tunnel_road()
    plan = plan_incident(wrong_way(at), site)
    row = shown(site, plan, 1)
    assert [row[g] for g in (7_000, 7_500, 8_000)] == ["closed"] * 3
    assert {a for g, a in row.items() if g > 8_000} == {"caution"}
    assert max(row) <= at
    assert not set(row.values()) & {"merge_left", "merge_right"}
    assert level(texts(plan)["S7950"]) is Level.CLOSURE
    assert not any(v.siren for v in lamps(plan).values())
    assert violations(site, {d.device: d.value for d in plan.demands}, plan.lane_facts) == ()


def test_lane_facts_are_those_of_the_reports_own_carriageway(sanduling: Site) -> None:
    facts = lane_facts(at_offset(sanduling, 1_600, T.FIRE, (1,)), sanduling)
    assert {f.carriageway for f in facts} == {"FU"}


# What only several incidents together, or two tunnels in a row, bring about ------------------------------


def test_a_cross_over_every_lane_needs_the_closure_text_whatever_put_it_there() -> None:
    site = road(gantries=EVERY_500, signs=(7_900, 9_200))
    plan = plan_incident(crash(10_200), site)
    shown = {d.device: d.value for d in plan.demands}
    assert violations(site, shown, plan.lane_facts) == ()
    wall = shown | {"H9500-2": Aspect.CLOSED}
    found = [v.device for v in violations(site, wall, plan.lane_facts) if v.rule == "S4"]
    assert found == ["S7900", "S9200"]


def test_no_arrow_stands_in_a_bore_without_lane_changes() -> None:
    bores = ((5_000, 8_200),)
    site = road(gantries=EVERY_500, bores=bores)
    row = shown(site, plan_incident(crash(10_200), site), 1)
    # The closure starts at 9,000, its merge band reaches back into the tunnel.
    assert row == {
        8_000: "closed_ahead",
        8_500: "merge_right",
        9_000: "closed",
        9_500: "closed",
        10_000: "closed",
    }
    longer = road(gantries=EVERY_500, bores=((5_000, 8_300),), policy=Policy(merge_m=1_200))
    assert shown(longer, plan_incident(crash(10_200), longer), 1)[8_000] == "closed_ahead"
    free = road(gantries=EVERY_500, bores=((5_000, 8_300),), policy=Policy(merge_m=1_200), change_inside=True)
    assert shown(free, plan_incident(crash(10_200), free), 1)[8_000] == "merge_right"


def test_the_full_stop_of_two_incidents_in_a_bore_is_before_its_entrance() -> None:
    site = tunnel_road()
    one, two = (plan_incident(crash(at, lanes=(n,), tunnel="T1"), site) for at, n in ((9_200, 1), (9_900, 2)))
    facts = [*one.lane_facts, *two.lane_facts]
    assert {s.from_m for s in settle(site, "E", facts) if s.all_lanes} == {6_500}


def test_nobody_is_told_to_drive_out_towards_the_next_closed_entrance() -> None:
    bores = ((6_000, 7_000), (8_000, 12_000))
    site = road(gantries=EVERY_500, signs=(6_400, 9_200), bores=bores)
    plan = plan_incident(wrong_way(12_000), site)
    assert level(texts(plan)["S6400"]) is Level.CLOSURE
    assert level(texts(plan)["S9200"]) is Level.NOTICE
