"""What is unlawful together, and what replaces it (S2, S3, S4)."""

from collections.abc import Iterable

import pytest

from config.sign_meaning import Level, level
from controller.incident import LaneFact
from controller.states.interlock import Violation, raise_until_lawful, violations
from devices.values import Aspect, Message, Value
from tests.unit.small_road import NO_ARROWS, multi, road

SPOTS = (7_000, 7_500, 8_000, 8_500, 9_000, 9_500, 10_000)
FACT = LaneFact("E", 1, 9_000, 10_000)
CLOSED = {f"H{at}-1": Aspect.CLOSED for at in (9_000, 9_500, 10_000)}
WARNED = {"H8500-1": Aspect.MERGE_RIGHT, "H8000-1": Aspect.CLOSED_AHEAD}
LAWFUL = {**CLOSED, **WARNED}


def rules(found: Iterable[Violation]) -> list[tuple[str, str]]:
    return [(v.rule, v.device) for v in found]


def test_a_whole_closure_is_lawful() -> None:
    assert violations(road(gantries=SPOTS), LAWFUL, [FACT]) == ()


@pytest.mark.parametrize(
    ("change", "rule", "device", "instead"),
    [
        pytest.param({"H9500-1": Aspect.OPEN}, "S3", "H9500-1", Aspect.CLOSED, id="open-between-crosses"),
        pytest.param({"H9500-1": Aspect.DARK}, "S3", "H9500-1", Aspect.CLOSED, id="dark-between-crosses"),
        pytest.param({"H9000-1": Aspect.MERGE_RIGHT}, "S3", "H9000-1", Aspect.CLOSED, id="late-cross"),
        pytest.param({"H8500-1": Aspect.OPEN}, "S3", "H8500-1", Aspect.MERGE_RIGHT, id="no-arrow"),
        pytest.param({"H8500-1": Aspect.MERGE_LEFT}, "S2", "H8500-1", Aspect.MERGE_RIGHT, id="off-the-road"),
    ],
)
def test_one_wrong_head(change: dict[str, Aspect], rule: str, device: str, instead: Aspect) -> None:
    site = road(gantries=SPOTS)
    found = violations(site, {**LAWFUL, **change}, [FACT])
    assert (rule, device) in rules(found)
    raised, log = raise_until_lawful(site, {**LAWFUL, **change}, [FACT])
    assert raised[device] is instead
    assert raised == {**LAWFUL, device: instead}
    assert (rule, device) in rules(log)


def test_an_arrow_to_a_lane_with_a_cross_becomes_a_warning() -> None:
    site = road(gantries=SPOTS)
    states = {**LAWFUL, "H9500-2": Aspect.CLOSED}
    assert rules(violations(site, states)) == [("S2", "H8500-1")]
    raised, _ = raise_until_lawful(site, states)
    assert raised["H8500-1"] is Aspect.CLOSED_AHEAD
    assert violations(site, raised) == ()


def test_an_arrow_that_can_be_no_warning_becomes_a_cross() -> None:
    able = {"H8500-1": frozenset({Aspect.OPEN, Aspect.MERGE_RIGHT, Aspect.CLOSED})}
    site = road(gantries=SPOTS, aspects=able)
    raised, _ = raise_until_lawful(site, {**LAWFUL, "H9500-2": Aspect.CLOSED})
    assert raised["H8500-1"] is Aspect.CLOSED


def test_what_a_head_cannot_show_is_no_violation() -> None:
    site = road(gantries=SPOTS, aspects={"H8500-1": NO_ARROWS})
    assert violations(site, {**LAWFUL, "H8500-1": Aspect.CLOSED_AHEAD}, [FACT]) == ()


def test_missing_heads_are_not_asked() -> None:
    site = road(gantries=SPOTS)
    states = {k: v for k, v in LAWFUL.items() if k != "H9500-1"}
    assert rules(violations(site, states, [FACT])) == [("S3", "H9500-1")]
    assert violations(site, states, [FACT], missing=frozenset({"H9500-1"})) == ()


def test_a_blank_sign_before_a_closure_speaks_up() -> None:
    site = road(gantries=SPOTS, signs=(6_000, 10_500))
    raised, log = raise_until_lawful(site, LAWFUL, [FACT])
    assert rules(log) == [("S4", "S6000")]
    assert raised["S6000"] == Message("前方3公里快车道异常情况,减速慢行")
    assert "S10500" not in raised


def test_a_sign_that_sends_to_a_closed_lane_is_replaced() -> None:
    site = road(gantries=SPOTS, signs=(6_000,))
    raised, _ = raise_until_lawful(site, {**LAWFUL, "S6000": Message("前方事故,请走快车道")}, [FACT])
    assert raised["S6000"] == Message("前方3公里快车道异常情况,减速慢行")
    fine: dict[str, Value] = {**LAWFUL, "S6000": Message("前方事故,请走行车道")}
    assert raise_until_lawful(site, fine, [FACT]) == (fine, ())


def test_a_sign_before_a_full_closure_says_so() -> None:
    site = road(gantries=SPOTS, signs=(6_000, 9_200))
    facts = [LaneFact("E", lane, 9_000, 10_000) for lane in (1, 2)]
    notice = Message("前方快车道事故")
    raised, log = raise_until_lawful(site, {"S6000": notice, "S9200": notice}, facts)
    assert {level(multi(raised[s])) for s in ("S6000", "S9200")} == {Level.CLOSURE}
    assert {v.rule for v in log} == {"S3", "S4"}
    assert violations(site, raised, facts) == ()


def test_a_sign_sends_nobody_to_a_closed_lane_over_which_no_head_hangs() -> None:
    site = road(gantries=(6_500,), signs=(6_000,))
    states: dict[str, Value] = {"S6000": Message("前方事故,请走快车道")}
    raised, log = raise_until_lawful(site, states, [FACT])
    assert ("S4", "S6000") in rules(log)
    assert "请走" not in multi(raised["S6000"])


def test_a_full_stop_farther_on_counts_more_than_a_lane_closed_before_it() -> None:
    site = road(gantries=SPOTS, signs=(1_000,))
    near = [LaneFact("E", 1, 3_000, 4_000)]
    stop = [LaneFact("E", lane, 9_000, 10_000) for lane in (1, 2)]
    raised, _ = raise_until_lawful(site, {"S1000": Message("前方快车道事故")}, [*near, *stop])
    assert level(multi(raised["S1000"])) is Level.CLOSURE
