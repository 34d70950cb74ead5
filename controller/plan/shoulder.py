"""The hard shoulder as a lane of its own, where a person ordered it open and nothing holds it shut (S2)."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from config.site import Carriageway, Lane, Policy, Site, Text
from controller.incident import SHOULDER, LaneFact
from controller.plan.spans import without

NAME = Text("应急车道", "hard shoulder")


def running(facts: Iterable[LaneFact]) -> tuple[LaneFact, ...]:
    """Return what facts say of running lanes."""
    return tuple(fact for fact in facts if fact.lane != SHOULDER)


def road_with(site: Site, carriageway: str, facts: Iterable[LaneFact]) -> Carriageway:
    """Return a carriageway with its shoulder as lanes below 0 where it is ordered open; else as it is.

    It lies on the side traffic keeps to, so on the left where `drives: left`. Each run is a lane, since it
    begins and ends.
    """
    road = site.carriageways[carriageway]
    mine = [fact for fact in facts if fact.lane == SHOULDER and fact.carriageway == carriageway]
    shut = [(fact.from_m, fact.to_m) for fact in mine if not fact.open]
    runs = without([(fact.from_m, fact.to_m) for fact in mine if fact.open], shut)
    if not runs:
        return road
    columns = road.columns.values()
    column = max(columns) + 1 if site.drives == "right" else min(columns) - 1
    lanes = (Lane(-n, NAME, (), from_m, to_m, column) for n, (from_m, to_m) in enumerate(runs, start=1))
    return replace(road, lanes=(*road.lanes, *lanes))


def ordered(road: Carriageway, closed: Collection[LaneFact], policy: Policy) -> tuple[LaneFact, ...]:
    """Return where an order opens the shoulder past closed stretches: from their bands to a weave behind.

    Empty where the site allows none there.
    """
    if not closed:
        return ()
    bands_m = max(policy.merge_m + policy.closed_ahead_m, policy.nearest_gantry_within_m)
    first_m = min(fact.from_m for fact in closed) - bands_m - policy.min_weave_m
    last_m = max(fact.to_m for fact in closed) + policy.min_weave_m
    runs = ((max(a, first_m), min(b, last_m)) for a, b in road.shoulder)
    return tuple(LaneFact(road.id, SHOULDER, a, b, open=True) for a, b in runs if a < b)
