"""The hard shoulder as a lane of its own, where a person ordered it open and nothing holds it shut (S2)."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from config.site import Carriageway, Lane, Site, Text
from controller.incident import SHOULDER, LaneFact
from controller.plan.spans import touches, without
from devices.values import DeviceType, PortalAspect

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


def ordered(site: Site, road: Carriageway, closed: Collection[LaneFact]) -> tuple[LaneFact, ...]:
    """Return where an order opens the shoulder past closed stretches: from their bands to a weave behind.

    Empty where the site allows none there. Never in a bore whose signal can show red: that is red while every
    head behind it is closed (S9), so nobody could be told to drive on there.
    """
    if not closed:
        return ()
    policy = site.policy
    bands_m = max(policy.merge_m + policy.closed_ahead_m, policy.nearest_gantry_within_m)
    first_m = min(fact.from_m for fact in closed) - bands_m - policy.min_weave_m
    last_m = max(fact.to_m for fact in closed) + policy.min_weave_m
    runs = ((max(a, first_m), min(b, last_m)) for a, b in road.shoulder)
    guarded = [
        (bore.entry_m, bore.exit_m)
        for signal in site.devices_along(road.id, DeviceType.PORTAL)
        if PortalAspect.RED in signal.lights
        and (tunnel := site.tunnels.get(signal.tunnel or "")) is not None
        and (bore := tunnel.bore(road.id)) is not None
    ]
    past = [
        (a, b)
        for a, b in without([(a, b) for a, b in runs if a < b], guarded)
        if a < b and any(touches([(a, b)], fact.from_m, fact.to_m) for fact in closed)
    ]
    return tuple(LaneFact(road.id, SHOULDER, a, b, open=True) for a, b in past)
