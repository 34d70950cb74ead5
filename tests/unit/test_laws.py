"""S1 to S4 hold on 2,000 drawn roads; `make prove` draws more (tests/prove)."""

import pytest

from config.site import Site
from devices.values import Aspect, DeviceType, Message
from tests.prove.laws import broken
from tests.prove.proof import judge
from tests.prove.roads import draw

CHUNK = 250


@pytest.mark.parametrize("first", range(0, 5 * CHUNK, CHUNK))
def test_the_plan_of_one_incident_keeps_every_law(first: int) -> None:
    assert {seed: said for seed in range(first, first + CHUNK) if (said := judge(seed))} == {}


@pytest.mark.parametrize("first", range(5 * CHUNK, 8 * CHUNK, CHUNK))
def test_several_incidents_joined_keep_every_law(first: int) -> None:
    seeds = range(first, first + CHUNK)
    assert {s: said for s in seeds if (said := judge(s, incidents=2 + s % 3))} == {}


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
    wall = dict.fromkeys(heads, Aspect.CLOSED)
    signs = [s.id for s in site.devices_along("E", DeviceType.SIGN)]
    at_m = site.devices[heads[0]].at_m
    before = [s for s in signs if at_m - 13_000 <= site.devices[s].at_m <= at_m]
    said = list(broken(site, (), [], {**wall, **dict.fromkeys(before, Message("慢行"))}, frozenset()))
    assert len(said) == len(before)
    assert all(text.startswith("S4") for text in said)
    arrow = {heads[0]: Aspect.MERGE_LEFT}
    assert any(text.startswith("S2") for text in broken(site, (), [], arrow, frozenset()))
    assert any(text.startswith("S14") for text in broken(site, (), [], wall, frozenset(heads)))
