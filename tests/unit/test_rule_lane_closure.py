"""Where crosses, arrows and warnings stand for one incident (S2, S3, S8)."""

import re
from itertools import combinations
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.site import Site
from controller.incident import LaneFact, Plan, Report
from controller.plan.aspects import derive
from controller.plan.bands import settle, start_of_closure
from controller.plan.planner import plan_incident
from controller.plan.scope import lane_facts
from controller.states.interlock import violations
from devices.values import ASPECT_RANK, Aspect
from tests.unit.small_road import ALL, NO_ARROWS, TWO_COLOURS, codes, column, crash, faults, road
from tests.unit.small_road import closing as heads

EVERY_500 = tuple(range(5_000, 12_001, 500))


@pytest.mark.parametrize(
    ("gantries", "bores", "report", "start_m"),
    [
        pytest.param((), (), crash(10_000), 9_200, id="800-m-before"),
        pytest.param((9_500, 9_000, 8_700, 8_600), (), crash(10_000), 8_700, id="third-gantry"),
        pytest.param((9_500, 8_800, 8_300), (), crash(10_000), 8_800, id="third-too-far-away"),
        pytest.param((9_500, 9_400, 9_300), (), crash(10_000), 9_200, id="third-nearer-than-800-m"),
        pytest.param(
            (10_000, 9_400, 8_900, 8_800), (), crash(10_000), 8_800, id="gantry-at-place-is-not-before-it"
        ),
        pytest.param((), ((7_000, 11_000),), crash(10_000), 7_000, id="portal"),
        pytest.param((), ((9_500, 11_000),), crash(10_000), 9_200, id="portal-nearer-than-800-m"),
        pytest.param((), ((6_000, 9_700),), crash(10_000), 6_000, id="lane-change-would-be-inside"),
        pytest.param((), ((6_000, 8_900),), crash(10_000), 6_000, id="tunnel-ends-too-near-to-weave"),
        pytest.param((), ((6_000, 8_500),), crash(10_000), 9_200, id="tunnel-ends-far-enough"),
        pytest.param((), ((4_000, 5_900), (6_000, 8_900)), crash(10_000), 4_000, id="two-tunnels-in-a-row"),
        pytest.param((), ((7_000, 11_000),), crash(7_000, 11_000, known=False), 6_200, id="unknown-place"),
        pytest.param((), ((100, 900),), crash(500), -300, id="before-the-road-begins"),
    ],
)
def test_start_of_closure(
    gantries: tuple[int, ...], bores: tuple[tuple[int, int], ...], report: Report, start_m: int
) -> None:
    site = road(gantries=gantries, bores=bores)
    assert start_of_closure(site, report.place, 1) == start_m


@pytest.mark.parametrize(
    ("lanes", "facts", "points", "settled"),
    [
        pytest.param(
            3, {1: (0, 90), 3: (50, 95)}, {}, {1: (0, 90), 3: (50, 95)}, id="middle-lane-stays-open"
        ),
        pytest.param(3, {1: (50, 90), 2: (0, 40)}, {}, {1: (50, 90), 2: (0, 40)}, id="far-enough-to-weave"),
        pytest.param(
            4, {1: (50, 90), 2: (46, 80)}, {}, {1: (46, 90), 2: (46, 80)}, id="trapped-beside-a-closed-lane"
        ),
        pytest.param(2, {1: (0, 40), 2: (50, 90)}, {}, {1: (0, 40), 2: (50, 90)}, id="slalom-with-room"),
        pytest.param(2, {1: (0, 45), 2: (50, 90)}, {}, {1: (0, 90), 2: (0, 90)}, id="slalom-without-room"),
        pytest.param(
            3,
            {1: (0, 45), 2: (50, 90), 3: (50, 80)},
            {},
            {1: (0, 90), 2: (0, 90), 3: (0, 90)},
            id="two-lanes-close-behind-the-first",
        ),
        pytest.param(
            2, {1: (50, 90)}, {2: 70}, {1: (50, 90), 2: (50, 90)}, id="a-head-held-closed-beside-it"
        ),
        pytest.param(2, {1: (50, 90)}, {2: 44}, {1: (50, 90), 2: (50, 90)}, id="held-closed-just-before-it"),
        pytest.param(2, {1: (50, 90)}, {2: 43}, {1: (50, 90)}, id="held-closed-far-before-it"),
        pytest.param(3, {1: (50, 90)}, {2: 48}, {1: (48, 90)}, id="a-held-head-in-the-way"),
    ],
)
def test_joined_closures_can_be_left_in_time_or_nobody_gets_past(
    lanes: int, facts: dict[int, tuple[int, int]], points: dict[int, int], settled: dict[int, tuple[int, int]]
) -> None:
    """Positions in units of 100 m; `min_weave_m` is 600."""
    given = [LaneFact("E", lane, a * 100, b * 100) for lane, (a, b) in facts.items()]
    held = [LaneFact("E", lane, at * 100, at * 100) for lane, at in points.items()]
    got = settle(road(lanes=lanes), "E", given, held)
    assert {s.lane: (s.from_m // 100, s.to_m // 100) for s in got} == settled
    assert {s.all_lanes for s in got} == {len(settled) == lanes and len(set(settled.values())) == 1}


def test_a_lane_closed_from_where_it_begins_stops_the_road_only_where_nothing_leads_past() -> None:
    """Nobody drives in it yet; but beside it a held head may close the only other lane."""
    site, closed = road(extents={1: (5_000, None)}), [LaneFact("E", 1, 5_000, 9_000)]
    assert [s.all_lanes for s in settle(site, "E", closed)] == [False]
    held = [LaneFact("E", 2, 8_000, 8_000)]
    assert [s.all_lanes for s in settle(site, "E", closed, held)] == [True, True]
    wider = road(lanes=3, extents={1: (5_000, None)})
    assert [s.all_lanes for s in settle(wider, "E", closed, held)] == [False]


def test_lanes_may_be_changed_in_a_tunnel_that_allows_it() -> None:
    site = road(bores=((7_000, 11_000),), change_inside=True)
    assert start_of_closure(site, crash(10_000).place, 1) == 9_200


def test_what_a_driver_reads() -> None:
    site = road(gantries=EVERY_500)
    plan = plan_incident(crash(10_200), site)
    # Third gantry before the place is 9,000: crosses from there, 700 m of arrows, 700 m of warnings.
    ahead, merge, closed = "closed_ahead", "merge_right", "closed"
    shown = dict(zip(EVERY_500, column(site, heads(plan), 1), strict=True))
    assert {at: word for at, word in shown.items() if word != "-"} == {
        8_000: ahead,
        8_500: merge,
        9_000: closed,
        9_500: closed,
        10_000: closed,
    }
    assert set(column(site, heads(plan), 2)) == {"-"}


def test_every_band_takes_at_least_the_nearest_gantry() -> None:
    site = road(gantries=(7_300, 7_900, 9_500))
    assert heads(plan_incident(crash(10_000), site)) == {
        "H7300-1": Aspect.CLOSED_AHEAD,
        "H7900-1": Aspect.MERGE_RIGHT,
        "H9500-1": Aspect.CLOSED,
    }


def test_a_gantry_too_far_upstream_is_not_taken_and_the_plan_says_so() -> None:
    site = road(gantries=(7_100, 9_500))
    plan = plan_incident(crash(10_000), site)
    assert heads(plan) == {"H9500-1": Aspect.CLOSED}
    texts = [f.text for f in plan.findings if f.code == "not_covered"]
    assert any("K107+200 to K109+200" in text and "merge" in text for text in texts)


def test_bands_past_the_first_point_of_the_road_are_named() -> None:
    site = road(gantries=(400, 900, 1_500))
    plan = plan_incident(crash(1_600), site)
    texts = [f.text for f in plan.findings if f.code == "not_covered"]
    assert any("only 400 m of the 1400 m" in text and "K100+000" in text for text in texts)


def test_an_unknown_place_closes_the_whole_bore() -> None:
    site = road(gantries=range(5_000, 12_001, 250), bores=((8_000, 10_000),))
    plan = plan_incident(crash(8_000, 10_000, known=False, tunnel="T1"), site)
    closed = [int(h[1:-2]) for h, aspect in heads(plan).items() if aspect is Aspect.CLOSED]
    assert closed == list(range(7_250, 10_001, 250))  # from 800 m before the portal to the exit
    reason = plan.demands[0].reason
    assert reason.startswith("lane 1 blocked in Hill tunnel, place unknown: lane 1 closed from K107+")


def test_all_lanes_blocked_shows_no_arrow() -> None:
    site = road(gantries=EVERY_500)
    shown = set(heads(plan_incident(crash(10_200, lanes=(1, 2)), site)).values())
    assert shown == {Aspect.CLOSED, Aspect.CLOSED_AHEAD}


@pytest.mark.parametrize(
    ("lanes", "blocked", "arrows"),
    [
        pytest.param(2, {1}, {1: "merge_right"}, id="fast-lane"),
        pytest.param(2, {2}, {2: "merge_left"}, id="slow-lane"),
        pytest.param(3, {1, 2}, {1: "merge_right", 2: "merge_right"}, id="only-the-right-one-is-open"),
        pytest.param(3, {1, 3}, {1: "merge_right", 3: "merge_left"}, id="both-to-the-middle"),
        pytest.param(3, {2}, {2: "merge_right"}, id="middle-goes-to-the-slower-side"),
        pytest.param(4, {1, 2, 4}, {1: "merge_right", 2: "merge_right", 4: "merge_left"}, id="third-open"),
    ],
)
def test_arrows_point_to_the_nearest_open_lane(lanes: int, blocked: set[int], arrows: dict[int, str]) -> None:
    site = road(lanes=lanes, gantries=EVERY_500)
    shown = heads(plan_incident(crash(10_200, lanes=blocked), site))
    assert {lane: str(shown[f"H8500-{lane}"]) for lane in blocked} == arrows


def test_no_arrow_leads_across_a_closed_lane() -> None:
    site = road(lanes=3, gantries=(8_200, 10_500))
    first, second = LaneFact("E", 1, 10_000, 11_000), LaneFact("E", 2, 8_000, 8_500)
    assert derive(site, "E", [first]).heads["H8200-1"].aspect is Aspect.MERGE_RIGHT
    assert derive(site, "E", [first, second]).heads["H8200-1"].aspect is Aspect.CLOSED_AHEAD


def test_without_arrows_the_merge_band_says_closed_ahead() -> None:
    site = road(gantries=EVERY_500, aspects={"H8500-1": NO_ARROWS})
    plan = plan_incident(crash(10_200), site)
    assert heads(plan)["H8500-1"] is Aspect.CLOSED_AHEAD
    assert faults(plan) == [("substituted", "H8500-1")]


def test_a_head_with_two_colours_warns_by_a_cross_and_none_milder_follows_it() -> None:
    site = road(gantries=EVERY_500, aspects={"H8000-1": TWO_COLOURS})
    plan = plan_incident(crash(10_200), site)
    assert [str(heads(plan)[f"H{at}-1"]) for at in (8_000, 8_500, 9_000)] == ["closed"] * 3
    assert ("substituted", "H8000-1") in [(f.code, f.device) for f in plan.findings]


def test_a_head_that_can_show_no_cross_shows_the_next_best() -> None:
    site = road(gantries=EVERY_500, aspects={"H9500-1": ALL - {Aspect.CLOSED}})
    plan = plan_incident(crash(10_200), site)
    assert heads(plan)["H9500-1"] is Aspect.CLOSED_AHEAD
    assert "substituted" in codes(plan)


@pytest.mark.parametrize(
    ("gone", "shown"),
    [
        pytest.param(
            "H9500-1",
            {8_000: "closed_ahead", 8_500: "merge_right", 9_000: "closed", 10_000: "closed"},
            id="a-cross-with-one-before-it",
        ),
        pytest.param(
            "H9000-1",
            {7_500: "closed_ahead", 8_000: "merge_right", 8_500: "closed", 9_500: "closed", 10_000: "closed"},
            id="the-first-cross",
        ),
        pytest.param(
            "H8500-1",
            {7_500: "closed_ahead", 8_000: "merge_right", 9_000: "closed", 9_500: "closed", 10_000: "closed"},
            id="the-arrow",
        ),
        pytest.param(
            "H8000-1",
            {7_500: "closed_ahead", 8_500: "merge_right", 9_000: "closed", 9_500: "closed", 10_000: "closed"},
            id="the-warning",
        ),
    ],
)
def test_the_role_of_a_missing_head_moves_one_gantry_upstream(gone: str, shown: dict[int, str]) -> None:
    site = road(gantries=EVERY_500)
    plan = plan_incident(crash(10_200), site, out_of_service=frozenset({gone}))
    got = {int(h[1:-2]): str(a) for h, a in heads(plan).items()}
    assert got == shown
    assert faults(plan) == [("out_of_service", gone)]


def test_the_role_of_a_missing_head_amid_its_band_moves_upstream_too() -> None:
    site = road(gantries=range(7_200, 9_601, 300))
    plan = plan_incident(crash(9_800), site, missing=frozenset({"H8400-1"}))
    shown = {int(h[1:-2]): str(a) for h, a in heads(plan).items() if a is not Aspect.CLOSED}
    assert shown == {7_800: "closed_ahead", 8_100: "merge_right", 8_700: "merge_right"}


def test_the_first_cross_of_a_tunnel_moves_before_the_portal_when_it_is_missing() -> None:
    site = road(gantries=(6_000, 6_500, 7_100, 8_000, 8_900, 9_800), bores=((7_000, 11_000),))
    plan = plan_incident(crash(10_000), site, missing=frozenset({"H7100-1"}))
    assert heads(plan)["H6500-1"] is Aspect.CLOSED
    assert [f.code for f in plan.findings if f.device] == ["missing"]


# Properties over many layouts ------------------------------------------------------------------------


Layout: TypeAlias = tuple[Site, Report]


def layouts() -> st.SearchStrategy[Layout]:
    @st.composite
    def build(draw: st.DrawFn) -> Layout:
        lanes = draw(st.integers(2, 4))
        gantries = sorted(draw(st.sets(st.integers(20, 60).map(lambda n: n * 200), min_size=2, max_size=14)))
        without = [
            f"H{at}-{lane}" for at in gantries for lane in range(1, lanes + 1) if draw(st.integers(0, 9)) == 0
        ]
        able: dict[str, frozenset[Aspect]] = {}
        for at in gantries:
            kind = draw(st.sampled_from((ALL, ALL, ALL, NO_ARROWS, TWO_COLOURS)))
            able |= {f"H{at}-{lane}": kind for lane in range(1, lanes + 1)}
        bores = draw(st.sampled_from(((), ((7_000, 9_000),), ((5_000, 6_500), (7_000, 9_000)))))
        site = road(
            lanes=lanes,
            gantries=gantries,
            bores=bores,
            without=without,
            aspects=able,
            change_inside=draw(st.booleans()),
        )
        blocked = draw(st.sets(st.integers(1, lanes), min_size=1))
        known = not bores or draw(st.booleans())
        if known:
            at = draw(st.integers(40, 120)) * 100
            return site, crash(at, at + draw(st.sampled_from((0, 0, 400))), lanes=blocked)
        return site, crash(*bores[-1], lanes=blocked, known=False, tunnel=f"T{len(bores)}")

    return build()


def arrows_are_lawful(site: Site, plan: Plan, report: Report) -> None:
    """An arrow at a gantry points to a lane in which no cross stands from there to the place."""
    shown = heads(plan)
    for head, aspect in shown.items():
        if aspect not in (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT):
            continue
        device = site.devices[head]
        assert device.lane is not None
        ways = range(1, device.lane) if aspect is Aspect.MERGE_LEFT else range(device.lane + 1, 5)
        row = site.gantries_between("E", device.at_m, report.place.to_m)
        open_all_the_way = [
            lane
            for lane in ways
            if lane in site.carriageways["E"].lane_numbers - report.blocked
            and not any(shown.get(h.id) is Aspect.CLOSED for g in row if (h := site.heads(g.id).get(lane)))
        ]
        assert open_all_the_way, (head, aspect)


@settings(max_examples=300, deadline=None)
@given(layouts())
def test_an_arrow_points_to_a_lane_that_stays_open_to_the_incident(layout: Layout) -> None:
    site, report = layout
    arrows_are_lawful(site, plan_incident(report, site), report)


def test_arrows_over_every_set_of_lanes_and_gantries() -> None:
    spots = (6_800, 7_500, 8_100, 8_800, 9_700)
    for lanes in (2, 3, 4):
        for rows in range(1, len(spots) + 1):
            for gantries in combinations(spots, rows):
                for bores in ((), ((8_000, 11_000),)):
                    site = road(lanes=lanes, gantries=gantries, bores=bores)
                    for size in range(1, lanes + 1):
                        for blocked in combinations(range(1, lanes + 1), size):
                            reports = [crash(10_000, lanes=blocked)]
                            if bores:
                                reports.append(crash(*bores[0], lanes=blocked, known=False, tunnel="T1"))
                            for report in reports:
                                arrows_are_lawful(site, plan_incident(report, site), report)


PATTERN = re.compile(r"o*w*c*o*")
LETTER = {Aspect.CLOSED: "c", Aspect.CLOSED_AHEAD: "w", Aspect.MERGE_LEFT: "w", Aspect.MERGE_RIGHT: "w"}


@settings(max_examples=300, deadline=None)
@given(layouts())
def test_downstream_a_lane_reads_warnings_then_crosses_then_nothing(layout: Layout) -> None:
    site, report = layout
    plan = plan_incident(report, site)
    shown = heads(plan)
    for lane in site.carriageways["E"].lane_numbers:
        row = [
            head
            for gantry in site.gantries_along("E")
            if (head := site.heads(gantry.id).get(lane)) is not None
        ]
        word = "".join(LETTER[shown[h.id]] if h.id in shown else "o" for h in row)
        assert PATTERN.fullmatch(word), (lane, word)
        assert not any(h.id in shown for h in row if h.at_m > report.place.to_m)
    assert not {d.lane for h in shown if (d := site.devices[h])} - {f.lane for f in plan.lane_facts}


@settings(max_examples=200, deadline=None)
@given(layouts())
def test_a_plan_alone_is_lawful(layout: Layout) -> None:
    site, report = layout
    plan = plan_incident(report, site)
    assert violations(site, {d.device: d.value for d in plan.demands}, plan.lane_facts) == ()


@settings(max_examples=150, deadline=None)
@given(layouts(), st.integers(0, 100))
def test_an_unknown_place_is_never_milder_than_any_place_inside(layout: Layout, percent: int) -> None:
    site, report = layout
    if report.place.known or report.blocked == site.carriageways["E"].lane_numbers:
        return  # with every lane blocked only the entrance is closed, by policy
    place = report.place
    at = place.from_m + (place.to_m - place.from_m) * percent // 100
    worst = heads(plan_incident(report, site))
    for head, aspect in heads(plan_incident(crash(at, lanes=report.blocked), site)).items():
        assert ASPECT_RANK[worst[head]] >= ASPECT_RANK[aspect]


def test_lanes_the_road_does_not_have_are_named() -> None:
    plan = plan_incident(crash(10_000, lanes=(1, 7)), road(gantries=EVERY_500))
    assert "not_covered" in codes(plan)
    assert {f.lane for f in lane_facts(crash(10_000, lanes=(7,)), road())} == set()


def test_without_head_and_sign_there_is_no_coverage() -> None:
    plan = plan_incident(crash(10_000), road(beacons=(9_000,)))
    assert "no_coverage" in codes(plan)
    assert "no_coverage" not in codes(plan_incident(crash(10_000), road(signs=(9_000,))))
