"""The laws of the final desired state hold on 2,000 drawn roads; `make prove` draws more (tests/prove)."""

import pytest

from config.site import Site
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
)
from tests.prove.laws import judged
from tests.prove.proof import case, judge
from tests.prove.roads import draw
from tests.prove.standing import Standing, stand

CHUNK = 125
SEEDS = 2_000


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
@pytest.mark.timeout(120)
def test_no_drawn_road_breaks_a_law(first: int) -> None:
    found = {seed: said for seed in range(first, first + CHUNK) if (said := judge(seed, **case(seed)))}
    assert found == {}


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(526, id="a-sign-sent-under-a-cross-that-a-lock-put-there"),
        pytest.param(870, id="a-state-nobody-stood-for"),
        pytest.param(1027, id="a-nearer-report-ended-the-text-of-a-full-stop-of-early-crosses"),
        pytest.param(1158, id="a-head-raised-beside-a-lock-with-nobody-behind-it"),
        pytest.param(1552, id="a-portal-signal-that-did-not-see-crosses-for-want-of-warnings"),
        pytest.param(1318, id="a-nearer-report-ended-the-text-of-a-full-stop"),
        pytest.param(1_171_855, id="a-substitution-not-told-because-another-rule-wished-the-same"),
        pytest.param(1_130_963, id="a-lane-that-does-not-run-there-makes-it-every-lane"),
        pytest.param(1_133_150, id="a-lane-that-begins-later-makes-it-every-lane"),
        pytest.param(1_181_098, id="a-shoulder-opened-by-order-is-no-closure-more"),
        pytest.param(1_118_144, id="a-head-over-the-only-lane-that-can-show-nothing-but-a-cross"),
        pytest.param(
            1_320_605, id="a-lane-that-begins-closed-and-a-lock-left-no-way-past-and-nobody-said-so"
        ),
        pytest.param(1_345_958, id="a-silenced-siren-in-the-reach-of-what-others-close-together"),
        pytest.param(1_351_118, id="an-arrow-for-a-lock-before-a-cross-of-an-interlock"),
        pytest.param(1_403_622, id="a-cross-for-want-of-a-warning-beside-found-crosses-over-all-others"),
        pytest.param(1_036_207, id="one-that-closes-all-by-itself-gave-three-others-its-own-speed"),
        pytest.param(1_069_656, id="a-fire-along-two-tunnels-closes-two-entrances-of-the-other-carriageway"),
        pytest.param(1_093_109, id="a-shoulder-opened-by-order-past-crosses-that-were-found"),
        pytest.param(1_308_002, id="speeds-stepped-down-from-what-nobody-drives-any-more"),
    ],
)
def test_what_once_broke_a_law_does_not_again(seed: int) -> None:
    assert judge(seed, **case(seed)) == []


def test_the_drawn_roads_are_of_every_kind() -> None:
    drawn = [draw(seed) for seed in range(300)]
    roads = [d.site.carriageways["E"] for d in drawn]
    assert {len(road.lanes) for road in roads} == {1, 2, 3, 4, 5, 6}
    assert any(lane.from_m for road in roads for lane in road.lanes)
    assert any(lane.to_m for road in roads for lane in road.lanes)
    assert {len(d.site.tunnels) for d in drawn} == {0, 1, 2}
    assert max(len(road.chainage.pieces) for road in roads) == 4
    assert {piece.sense for road in roads for piece in road.chainage.pieces} == {1, -1}
    assert len({report.type for d in drawn for report in d.reports}) == 14
    assert any(d.missing for d in drawn)
    assert (draw(7).reports, draw(7).site.devices) == (draw(7).reports, draw(7).site.devices)


def test_what_stands_beside_the_incidents_is_of_every_kind() -> None:
    standing = [stand(seed, **case(seed)) for seed in range(400)]
    assert {len(one.incidents) for one in standing} == {1, 2, 3, 4}
    assert any(not one.held for one in standing)
    for facts in ("locks", "adopted"):
        values = [value for one in standing for value in getattr(one, facts).values()]
        assert {type(value) for value in values} == {Aspect, Message}
        assert Aspect.CLOSED in values
    assert any(one.out_of_service and one.failed for one in standing)
    shown = {type(value) for one in standing for value in one.shown.values()}
    assert shown == {Aspect, Message, BeaconState, PortalAspect, SpeakerState, SpeedLimit}
    assert any(PortalAspect.RED in one.shown.values() for one in standing)


def a_closed_lane() -> tuple[Site, list[str]]:
    """Return a road with heads of every ability over two lanes or more, and those of its middle gantry."""
    for seed in range(200):
        site = draw(seed).site
        rows = [site.heads(g.id) for g in site.gantries_along("E")]
        full = [r for r in rows if len(r) > 1 and all(h.aspects == frozenset(Aspect) for h in r.values())]
        if len(full) > 3 and site.devices_along("E", DeviceType.SIGN):
            return site, [head.id for head in full[len(full) // 2].values()]
    raise AssertionError


def test_the_judge_sees_what_is_unlawful() -> None:
    site, heads = a_closed_lane()

    def said(shown: dict[str, Value], gone: frozenset[str] = frozenset()) -> list[str]:
        ours = {heads[0]: Aspect.MERGE_LEFT}  # what was found and nothing else is judged by nobody
        standing = Standing(site, (), gone, frozenset(), ours, {})
        return list(judged(standing, [], shown))

    wall: dict[str, Value] = dict.fromkeys(heads, Aspect.CLOSED)
    signs = [s.id for s in site.devices_along("E", DeviceType.SIGN)]
    at_m = site.devices[heads[0]].at_m
    before = [s for s in signs if at_m - 13_000 <= site.devices[s].at_m <= at_m]
    slow = said({**wall, **dict.fromkeys(before, Message("慢行"))})
    assert len(slow) == len(before)
    assert all(text.startswith("S4") for text in slow)
    assert any(text.startswith("S2") for text in said({heads[0]: Aspect.MERGE_LEFT}))
    assert any(text.startswith("S1 ") for text in said({heads[0]: Message("慢行")}))
    assert any(text.startswith("S14") for text in said(wall, frozenset(heads)))
