"""Lanes that begin and end: what counts is where a lane lies, not its number (S2, S3)."""

from pathlib import Path

import pytest

from config.loader import check_text
from config.site import Site
from controller.incident import IncidentType, Plan
from controller.plan.planner import plan_incident
from controller.states.interlock import violations
from devices.values import Aspect
from tests.unit.small_road import closing, codes, crash, road

EVERY_500 = tuple(range(5_000, 13_001, 500))


def lane(site: Site, plan: Plan, number: int) -> dict[int, str]:
    """Return gantry → aspect of one lane, without cautions."""
    shown = closing(plan)
    row = ((g.at_m, site.heads(g.id).get(number)) for g in site.gantries_along("E"))
    return {at: str(shown[head.id]) for at, head in row if head is not None and head.id in shown}


def test_a_lane_that_ends_beside_a_closure_is_closed_with_it() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (None, 9_800)})
    plan = plan_incident(crash(10_200, lanes=(2,)), site)
    # Lane 2 is closed from 9,000; who stays in lane 3 has nowhere to go at its end.
    assert lane(site, plan, 2)[8_500] == "merge_left"  # lane 3 ends before the place
    assert lane(site, plan, 3) == {
        8_000: "closed_ahead",
        8_500: "merge_left",
        9_000: "closed",
        9_500: "closed",
    }
    assert lane(site, plan, 1) == {}


def test_a_lane_that_ends_far_before_a_closure_is_left_alone() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (None, 7_000)})
    assert lane(site, plan_incident(crash(10_200, lanes=(2,)), site), 3) == {}


def test_a_lane_that_ends_beside_an_open_lane_is_left_alone() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (None, 9_800)})
    assert lane(site, plan_incident(crash(10_200, lanes=(1,)), site), 3) == {}


def test_nobody_is_sent_to_a_lane_that_ends_before_the_place() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={1: (None, 9_600)})
    shown = closing(plan_incident(crash(10_200, lanes=(2,)), site))
    assert Aspect.MERGE_RIGHT in shown.values()
    assert Aspect.MERGE_LEFT not in shown.values()


def test_a_lane_that_begins_too_late_is_no_way_out() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (9_500, None)})
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    assert set(closing(plan).values()) == {Aspect.CLOSED, Aspect.CLOSED_AHEAD}
    assert lane(site, plan, 3) == {9_500: "closed", 10_000: "closed"}


def test_a_lane_that_begins_early_enough_is_one() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (8_000, None)})
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    assert lane(site, plan, 2)[8_500] == "merge_right"
    assert lane(site, plan, 3) == {}


def test_a_closed_lane_is_closed_from_where_it_begins() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (9_500, None)})
    plan = plan_incident(crash(10_200, lanes=(3,)), site)
    assert lane(site, plan, 3) == {9_500: "closed", 10_000: "closed"}
    assert lane(site, plan, 2) == {}
    assert "not_covered" not in codes(plan)


def test_a_lane_that_does_not_run_there_is_taken_as_the_nearest() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={3: (None, 7_000)})
    plan = plan_incident(crash(10_200, lanes=(3,)), site)
    assert {f.lane for f in plan.lane_facts} == {2}
    assert "lane_taken" in codes(plan)


def test_two_lanes_may_lie_in_one_column_after_each_other() -> None:
    site = road(lanes=3, gantries=EVERY_500, extents={2: (None, 8_000), 3: (8_700, None)}, columns={3: 2})
    plan = plan_incident(crash(12_200, lanes=(1,)), site)
    assert lane(site, plan, 1)[10_500] == "merge_right"
    assert set(closing(plan)) <= {f"H{at}-1" for at in EVERY_500}


def test_all_lanes_are_those_that_run_there() -> None:
    site = road(lanes=3, gantries=EVERY_500, signs=(6_000,), extents={3: (None, 7_000)})
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    assert set(closing(plan).values()) == {Aspect.CLOSED, Aspect.CLOSED_AHEAD}
    assert violations(site, {d.device: d.value for d in plan.demands}, plan.lane_facts) == ()


def test_a_fire_closes_the_lanes_of_its_bore() -> None:
    site = road(lanes=3, gantries=EVERY_500, bores=((8_000, 11_000),), extents={3: (None, 7_000)})
    plan = plan_incident(crash(10_200, lanes=(1,), tunnel="T1", kind=IncidentType.FIRE), site)
    assert {f.lane for f in plan.lane_facts if f.to_m == 10_200} == {1, 2}


@pytest.mark.parametrize("key", ["from: K10+200", "to: K13+000", "column: 3"])
def test_a_site_file_says_where_a_lane_runs(key: str) -> None:
    raw = (Path(__file__).parent / "sites" / "good.yaml").read_text("utf-8")
    third = f"      2: {{zh: 慢车道, en: slow lane}}\n      3: {{zh: 辅助车道, en: third lane, {key}}}\n"
    text = raw.replace("      2: {zh: 慢车道, en: slow lane}\n", third)
    site, findings = check_text(text.encode(), "good.yaml")
    assert site is not None, findings
    got = site.carriageways["E"].lanes[2]
    assert (got.from_m, got.to_m, got.column) == {
        "from: K10+200": (200, None, None),
        "to: K13+000": (None, 3_000, None),
        "column: 3": (None, None, 3),
    }[key]


def test_a_gantry_needs_no_head_over_a_lane_that_does_not_run_there() -> None:
    raw = (Path(__file__).parent / "sites" / "good.yaml").read_text("utf-8")
    third = "      2: {zh: 慢车道, en: slow lane}\n      3: {zh: 辅助车道, en: third lane, from: K12+000}\n"
    _, findings = check_text(raw.replace("      2: {zh: 慢车道, en: slow lane}\n", third).encode(), "f")
    assert findings == []
