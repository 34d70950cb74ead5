"""Bands are metres along the road: no equation, prefix or falling sense inside one moves an answer."""

from dataclasses import replace
from itertools import pairwise

import pytest

from config.chainage import Chainage, ChainageTable, Piece
from config.site import SignShape, Site
from controller.incident import IncidentType, Plan, Report
from controller.plan.bands import post
from controller.plan.planner import plan_incident
from controller.plan.scope import wrong_way_stretch
from tests.unit.small_road import crash, road

LENGTH_M = 40_000
PLACE_M = 30_000
START_M = 28_800
"""Start of closure: 800 m before the place, or the third gantry before it."""
MIDDLES = {
    "closure": 29_400,
    "merge band": 28_450,
    "closed-ahead band": 27_750,
    "beacons": 28_050,
    "near signs": 27_800,
    "middle signs": 25_300,
    "far signs": 18_800,
}
"""Name of a band → its middle."""
SITE = road(
    gantries=range(24_000, 32_001, 400),
    signs=dict.fromkeys(
        (14_000, 17_000, 20_000, 24_000, 26_000, 27_400, 28_200, 29_900), SignShape(512, 96, 32)
    ),
    beacons=range(26_500, 31_000, 500),
    length_m=LENGTH_M,
)


def table(
    *cuts: int, gap_m: int = 120, falling: bool = False, prefixes: tuple[str, ...] = ("K",)
) -> ChainageTable:
    """Return a table of the road's length that jumps by `gap_m` at each cut, with the next prefix there."""
    metres, pieces = 900_000 if falling else 100_000, []
    for n, (first, second) in enumerate(pairwise((0, *cuts, LENGTH_M))):
        prefix = prefixes[n % len(prefixes)]
        end = metres - (second - first) if falling else metres + (second - first)
        pieces.append(Piece(Chainage(prefix, metres), Chainage(prefix, end)))
        metres = end - gap_m if falling else end + gap_m
    return ChainageTable(pieces)


def along(chainage: ChainageTable) -> Site:
    return replace(SITE, carriageways={"E": replace(SITE.carriageways["E"], chainage=chainage)})


def answers(plan: Plan) -> list[tuple[str, object, str]]:
    return [(d.device, d.value, d.rule) for d in plan.demands]


REPORTS = (
    pytest.param(crash(PLACE_M), id="one-lane"),
    pytest.param(crash(PLACE_M, lanes=(1, 2)), id="all-lanes"),
    pytest.param(crash(PLACE_M, PLACE_M + 700, kind=IncidentType.ROADWORK), id="a-range"),
    pytest.param(crash(PLACE_M, kind=IncidentType.CONGESTION), id="a-queue"),
    pytest.param(crash(PLACE_M, kind=IncidentType.WRONG_WAY), id="wrong-way"),
)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("band", MIDDLES)
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({}, id="posts-left-out"),
        pytest.param({"gap_m": -60, "prefixes": ("K", "ZK")}, id="posts-twice-with-a-prefix"),
        pytest.param({"gap_m": 0, "prefixes": ("K", "YK")}, id="prefix-alone"),
        pytest.param({"falling": True}, id="falling"),
        pytest.param({"falling": True, "gap_m": -60, "prefixes": ("ZK", "K")}, id="falling-with-a-prefix"),
    ],
)
def test_an_equation_in_the_middle_of_a_band_moves_nothing(
    shape: dict[str, object], band: str, report: Report
) -> None:
    site = along(table(MIDDLES[band], **shape))  # type: ignore[arg-type]
    assert site.carriageways["E"].length_m == LENGTH_M
    plan, plain = plan_incident(report, site), plan_incident(report, SITE)
    assert answers(plan) == answers(plain)
    assert plan.lane_facts == plain.lane_facts


def test_every_band_above_holds_its_middle() -> None:
    """The middles are those of the product's bands around this closure, so that no case tests nothing."""
    policy, facts = SITE.policy, plan_incident(crash(PLACE_M), SITE).lane_facts
    near, middle, far = policy.sign_bands_m
    assert facts[0].from_m == START_M
    ahead_m = START_M - policy.merge_m
    assert {
        "closure": (START_M + PLACE_M) // 2,
        "merge band": START_M - policy.merge_m // 2,
        "closed-ahead band": ahead_m - policy.closed_ahead_m // 2,
        "beacons": START_M - policy.beacon_m // 2,
        "near signs": START_M - near // 2,
        "middle signs": START_M - (near + middle) // 2,
        "far signs": START_M - (middle + far) // 2,
    } == MIDDLES


def test_an_equation_in_every_band_at_once_and_the_reasons_name_the_posts() -> None:
    site = along(table(*sorted(MIDDLES.values()), prefixes=("K", "ZK", "YK"), gap_m=70))
    plan = plan_incident(crash(PLACE_M), site)
    assert answers(plan) == answers(plan_incident(crash(PLACE_M), SITE))
    reasons = {d.device: d.reason for d in plan.demands}
    start, end = post(site, "E", START_M), post(site, "E", PLACE_M)
    assert f"closed from {start} to {end}" in reasons["H29200-1"]
    assert reasons["H28400-1"].endswith("400 m ahead: merge right")
    assert f"closed from {start}, 400 m ahead" in reasons["H28400-1"]
    # By subtracting what is on the posts it would be 70 m more: the equation in the merge band.
    apart_m = site.carriageways["E"].chainage.at(START_M).metres
    assert apart_m - site.carriageways["E"].chainage.at(28_400).metres != 400


@pytest.mark.parametrize("falling", [False, True])
def test_a_wrong_way_driver_comes_as_many_metres_over_an_equation(falling: bool) -> None:
    site = along(table(20_000, gap_m=500, falling=falling))
    report = crash(35_000, kind=IncidentType.WRONG_WAY)
    from_m, to_m = wrong_way_stretch(report.place, 0, site.policy)
    assert to_m - from_m == 130_000 * 10 // 60 + 1
    (covers,) = [f.text for f in plan_incident(report, site).findings if f.code == "coverage"]
    assert f"{post(site, 'E', from_m)} to {post(site, 'E', to_m)}" in covers
