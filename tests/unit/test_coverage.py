"""What a plan says about what it covers, and what a verdict says was lost of it."""

from dataclasses import replace
from pathlib import Path

from config.finding import Level
from config.loader import check_text
from config.site import Site
from controller.incident import Plan, Report
from controller.plan import coverage
from controller.plan.planner import plan_incident
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, running_api
from tests.unit.small_road import codes, crash, road
from tests.unit.test_site_faults import SITES

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


# End to end: a press with dead devices --------------------------------------------------------------------


async def test_the_verdict_of_a_press_names_what_of_the_coverage_did_not_work(tmp_path: Path) -> None:
    async with running_api(tmp_path, short_budget()) as api:
        for device in ("LCS-G2-1", "LCS-G2-2", "VMS-1"):
            api.lamps[device].dead = True
        raised = (await api.post("/incidents?wait=verified", PRESS)).json()
        (covers,) = [f["text"] for f in raised["plan"]["findings"] if f["code"] == "coverage"]
        assert "a head at least every" in covers
        verdict = raised["verdict"]
        assert verdict["outcome"] == "missed"
        assert verdict["coverage_lost"] == (
            "FU: 1 of 4 places with a head (K1891+600), now every 1600 m; "
            "FU: 1 of 1 places with a sign (K1890+300), 0 left"
        )
        assert verdict["line"].endswith(f"; coverage lost: {verdict['coverage_lost']}")
        (row,) = (await api.get("/audit", kind="verdict"))["rows"]
        assert row["body"]["coverage_lost"] == verdict["coverage_lost"]


async def test_a_verdict_that_is_met_lost_nothing(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        verdict = (await api.post("/incidents?wait=verified", PRESS)).json()["verdict"]
        assert (verdict["outcome"], verdict["coverage_lost"]) == ("met", "")
        assert "coverage" not in verdict["line"]


def short_budget() -> Site:
    site = tiny_site()
    return replace(site, policy=replace(site.policy, budget_ms=500))


# Before anything happens: the site file --------------------------------------------------------------------


def test_config_check_names_the_stretches_of_a_tunnel_without_any_warning() -> None:
    raw = (SITES / "good.yaml").read_text("utf-8").replace("K12+500}", "K14+000}")
    _, findings = check_text(raw.encode(), "good.yaml")
    (bare,) = [f for f in findings if f.path == "tunnels.hill.bores.E"]
    assert (bare.level, bare.problem) == (
        Level.WARNING,
        "no head, sign or sound from K12+000 to K14+000, 2000 m",
    )
    sound = "type: beacon, carriageway: E, at: K13+000, model: native-mqtt, link: MQTT, siren: true}"
    _, findings = check_text(f"{raw}  - {{id: B9, {sound}\n".encode(), "good.yaml")
    said = [f.problem for f in findings if f.path == "tunnels.hill.bores.E"]
    assert said == [
        "no head, sign or sound from K12+000 to K13+000, 1000 m",
        "no head, sign or sound from K13+000 to K14+000, 1000 m",
    ]
    mute = sound.replace("siren: true", "siren: false")
    _, findings = check_text(f"{raw}  - {{id: B9, {mute}\n".encode(), "good.yaml")
    assert [f.problem for f in findings if f.path == "tunnels.hill.bores.E"] == [bare.problem]
