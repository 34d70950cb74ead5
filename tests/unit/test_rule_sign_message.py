"""What signs say, by distance, place and size (S4)."""

import pytest

from config.sign_fit import why_unfit
from config.sign_meaning import Level, level
from config.site import SignShape
from controller.incident import IncidentType, LaneImpact, Place, Report
from controller.plan.planner import plan_incident
from controller.signs.sign_texts import distance_text, sends_to
from tests.unit.small_road import codes, crash, road, texts

BORE = ((10_000, 13_000),)


def test_the_portal_and_the_bore_say_it_in_the_plainest_words() -> None:
    site = road(signs=(4_000, 9_900, 11_000), bores=BORE, gantries=(9_000,))
    plan = plan_incident(crash(10_000, 13_000, known=False, tunnel="T1"), site)
    assert texts(plan)["S9900"] == "前方快车道事故,注意减速避让"
    assert texts(plan)["S11000"] == "前方快车道事故,注意减速避让"
    assert texts(plan)["S4000"] == "前方6公里小山隧道快车道事故,减速慢行"


def test_the_portal_says_the_same_where_lanes_may_be_changed_inside() -> None:
    site = road(signs=(9_900,), bores=BORE, change_inside=True)
    assert texts(plan_incident(crash(12_900, tunnel="T1"), site)) == {"S9900": "前方快车道事故,注意减速避让"}


def test_a_known_place_leaves_the_signs_behind_it_alone() -> None:
    site = road(signs=(9_900, 11_000, 12_500), bores=BORE)
    assert set(texts(plan_incident(crash(12_000, tunnel="T1"), site))) == {"S9900", "S11000"}


def test_signs_farther_than_the_last_band_are_left_alone() -> None:
    site = road(signs=(100, 1_900, 2_300), length_m=30_000)
    assert set(texts(plan_incident(crash(18_000), site))) == {"S2300"}


def test_all_lanes_blocked_is_a_closure_on_every_sign() -> None:
    site = road(signs=(500, 4_000, 9_900, 11_000), bores=BORE)
    plan = plan_incident(crash(12_000, lanes=(1, 2), tunnel="T1"), site)
    assert {level(text) for text in texts(plan).values()} == {Level.CLOSURE}
    assert len(texts(plan)) == 4


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        pytest.param(SignShape(512, 96, 32), "前方3公里快车道事故,减速慢行", id="all"),
        pytest.param(SignShape(144, 48, 24), "前方3公里[nl]快车道事故", id="without-advice"),
        pytest.param(SignShape(64, 32, 16), "快车道[nl]事故", id="whole-words"),
        pytest.param(SignShape(80, 16, 16), "快车道事故", id="five-characters"),
        pytest.param(SignShape(80, 32, 16), "前方3公里快车道事故", id="broken-well-by-the-sign"),
        pytest.param(SignShape(64, 16, 16), "[pt20o0]快车道[np]事故", id="two-pages"),
        pytest.param(SignShape(32, 32, 16), "事故慢行", id="two-words"),
        pytest.param(SignShape(32, 16, 16), "事故", id="one-word"),
    ],
)
def test_the_longest_text_that_fits_is_used_and_a_shorter_one_is_reported(
    shape: SignShape, text: str
) -> None:
    site = road(signs={6_300: shape})
    plan = plan_incident(crash(9_200), site)
    assert texts(plan) == {"S6300": text}
    assert why_unfit(text, shape) is None
    assert ("shortened" in codes(plan)) is (shape.width_px < 512)


def test_a_sign_too_small_for_anything_is_named() -> None:
    plan = plan_incident(crash(9_200), road(signs={7_000: SignShape(16, 16, 16)}))
    assert texts(plan) == {}
    assert [(f.code, f.device) for f in plan.findings if f.device] == [("not_covered", "S7000")]


def test_every_type_and_band_has_a_text_that_sends_nobody_anywhere() -> None:
    site = road(signs=(1_000, 5_500, 8_500, 9_900, 12_000), bores=BORE, lanes=3)
    always = {IncidentType.FIRE, IncidentType.SPILL}  # in a tunnel they close it, whatever lane is blocked
    for kind in set(IncidentType) - {IncidentType.WRONG_WAY}:
        for lanes in ((1,), (1, 2), (1, 2, 3)):
            plan = plan_incident(crash(12_500, lanes=lanes, tunnel="T1", kind=kind), site)
            assert len(texts(plan)) == 5
            for text in texts(plan).values():
                assert "{" not in text
                assert not sends_to(text, site.carriageways["E"])
                closed = kind in always or (len(lanes) == 3 and kind is not IncidentType.CONGESTION)
                assert (level(text) is Level.CLOSURE) is closed


def test_an_affected_lane_warns_without_naming_one() -> None:
    site = road(signs=(9_000,), gantries=(9_500,))
    report = Report(Place("E", 10_000, 10_000, True), {2: LaneImpact.AFFECTED}, IncidentType.BREAKDOWN)
    plan = plan_incident(report, site)
    assert texts(plan) == {"S9000": "前方1000米故障车,注意减速避让"}
    assert plan.lane_facts == ()


def test_a_missing_portal_sign_hands_its_text_to_the_one_before() -> None:
    site = road(signs=(8_500, 9_900), bores=BORE)
    report = crash(10_000, 13_000, known=False, tunnel="T1")
    plan = plan_incident(report, site, out_of_service=frozenset({"S9900"}))
    assert texts(plan) == {"S8500": "前方快车道事故,注意减速避让"}
    assert ("out_of_service", "S9900") in [(f.code, f.device) for f in plan.findings]


@pytest.mark.parametrize(
    ("metres", "text"),
    [
        (0, ""),
        (49, ""),
        (50, "100米"),
        (1_949, "1900米"),
        (1_950, "2公里"),
        (2_499, "2公里"),
        (2_500, "3公里"),
    ],
)
def test_distances(metres: int, text: str) -> None:
    assert distance_text(metres) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Level.BLANK),
        ("[jl3][nl]", Level.BLANK),
        ("前方快车道事故,注意减速避让", Level.NOTICE),
        ("前方快车道封闭", Level.NOTICE),
        ("前方3公里道路封闭", Level.CLOSURE),
        ("[jl3]隧道封闭", Level.CLOSURE),
        ("前方施工[nl]禁止通行", Level.CLOSURE),
        ("ROAD CLOSED", Level.CLOSURE),
        ("封闭", Level.CLOSURE),
    ],
)
def test_levels(text: str, expected: Level) -> None:
    assert level(text) is expected


@pytest.mark.parametrize(
    ("text", "lanes"),
    [
        ("请走快车道", {1}),
        ("前方事故,请靠右行驶", {3}),
        ("KEEP LEFT", {1}),
        ("keep left", {1}),
        ("快车道事故,走慢车道", {3}),
        ("快车道事故", set()),
    ],
)
def test_where_a_text_sends_traffic(text: str, lanes: set[int]) -> None:
    assert sends_to(text, road(lanes=3).carriageways["E"]) == lanes
