"""What a plan says about what it covers, and what a verdict says was lost of it."""

from config.site import Site
from controller import coverage
from controller.incident import Plan, Report
from controller.planner import plan_incident
from tests.unit.small_road import codes, crash, road

EVERY_500 = tuple(range(5_000, 13_001, 500))


def said(report: Report, site: Site, code: str) -> list[str]:
    return [f.text for f in plan_incident(report, site).findings if f.code == code]


def test_every_plan_says_every_how_many_metres_something_warns() -> None:
    site = road(gantries=EVERY_500, signs=(8_000, 9_500), beacons=(9_000,))
    assert said(crash(10_200), site, "coverage") == [
        (
            "on the way to the place, K107+600 to K110+200: a head at least every 500 m, "
            "a sign at least every 1500 m, a sound at least every 1400 m"
        )
    ]


def test_what_is_not_there_is_said() -> None:
    plan = plan_incident(crash(10_200), road(signs=(8_000,)))
    assert any("no head, a sign at least every 2200 m, no sound" in f.text for f in plan.findings)
    assert "no_coverage" not in codes(plan)
    assert "no_coverage" in codes(plan_incident(crash(10_200), road(beacons=(9_000,))))


def test_a_bare_stretch_inside_a_tunnel_on_the_way_is_named() -> None:
    site = road(gantries=(6_500, 7_000, 7_500, 8_100, 9_900), bores=((8_000, 12_000),))
    bare = [text for text in said(crash(10_200, tunnel="T1"), site, "not_covered") if "warns" in text]
    assert bare == ["nothing warns inside Hill tunnel from K108+100 to K109+900, 1800 m"]
    better = road(
        gantries=(6_500, 7_000, 7_500, 8_100, 9_900), signs=(8_600, 9_050, 9_500), bores=((8_000, 12_000),)
    )
    assert not [text for text in said(crash(10_200, tunnel="T1"), better, "not_covered") if "warns" in text]


def test_what_lies_before_the_site_is_for_the_neighbour() -> None:
    site = road(gantries=EVERY_500)
    assert said(crash(16_500), site, "site_edge") == []
    assert said(crash(10_200), site, "site_edge") == [
        "not covered: K94+000 to K100+000, 6000 m before this site begins: tell the neighbour"
    ]


def test_a_verdict_says_what_of_the_coverage_failed() -> None:
    site = road(gantries=EVERY_500, signs=(8_000,), beacons=(8_200, 9_000, 9_600))
    plan: Plan = plan_incident(crash(10_200), site)
    assert coverage.lost(plan.demands, site, ()) == ""
    # Of a cross-section another head still speaks.
    assert coverage.lost(plan.demands, site, ("H9500-1",)) == ""
    gone = ("H9500-1", "H9500-2", "H9000-1", "H9000-2", "S8000", "B9000")
    assert coverage.lost(plan.demands, site, gone) == (
        "E: 2 of 5 places with a head (K109+000 to K109+500), now every 1500 m; "
        "E: 1 of 1 places with a sign (K108+000), 0 left; "
        "E: 1 of 3 places with a sound (K109+000), now every 1400 m"
    )
