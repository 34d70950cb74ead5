"""Speed signs: down to a floor in steps a driver can follow, before the place and the tail of its queue."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.queue import tail_of
from controller.plan.speeds import steps
from devices.values import DeviceType, SpeedLimit

NAME = "speed_steps"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand a speed from the signs on the way to the place: never rising, never falling by more than a step.

    The floor holds from where the closure starts, or from the tail of the queue before it, to the place.
    Upstream of that each sign shows one step more, until what traffic may drive anyway. With too few signs
    the first one asks for one step only, and the floor may not be reached: a finding says so.

    Yields:
        At most one demand per sign, along the road.
    """
    road, policy = site.carriageways[report.carriageway], site.policy
    from_m, to_m = held(report, facts, site)
    row = [
        sign
        for sign in site.devices_along(road.id, DeviceType.SPEED)
        if from_m - policy.speed_m <= sign.at_m <= to_m and sign.id not in facts.missing
    ]
    floor = floor_kmh(report, facts, site)
    asked = steps(row, from_m, floor, road.speed_kmh, policy.speed_step_kmh)
    for sign, kmh in asked:
        reason = f"{floor} km/h from {post(site, road.id, from_m)} to {post(site, road.id, to_m)}"
        if kmh != floor:
            reason = f"a step towards {reason}"
        yield Demand(sign.id, SpeedLimit(kmh), NAME, reason)
    lowest = min((kmh for _, kmh in asked), default=road.speed_kmh)
    if row and lowest > floor < road.speed_kmh:
        text = f"speed: {len(row)} signs step down to {lowest} km/h only, {floor} km/h is asked for"
        yield Finding("not_covered", text)


def held(report: Report, facts: Facts, site: Site) -> tuple[int, int]:
    """Return the stretch over which the floor holds, in metres along the carriageway."""
    if facts.warned is not None:
        return facts.warned
    from_m = report.place.from_m if facts.start_m is None else facts.start_m
    tail = tail_of(report, facts, site)
    return from_m if tail is None else min(from_m, tail.at_m), max(report.place.to_m, from_m)


def floor_kmh(report: Report, facts: Facts, site: Site) -> int:
    """Return the lowest speed asked for: the table's for the type, else by what is closed."""
    policy = site.policy
    if facts.response.speed_kmh is not None:
        return facts.response.speed_kmh
    if not facts.lanes:
        return policy.speed_advisory_kmh
    closed = facts.all_closed(site.carriageways[report.carriageway])
    return policy.speed_road_kmh if closed else policy.speed_lanes_kmh
