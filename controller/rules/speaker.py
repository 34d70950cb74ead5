"""Speakers: what people hear from the approach to the place, and inside a bore that empties."""

from collections.abc import Iterator
from itertools import chain

from config.site import ClipSays, Device, Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.clips import before, clip_for, milder, played
from controller.plan.spans import joined
from controller.plan.stand_ins import stand_ins
from devices.values import DeviceType

NAME = "speaker"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand a clip from every speaker that reaches somebody who has to act.

    Before an entrance or a stretch nobody may pass it says so; on the way to a place that can be passed it
    asks to slow down; where people are let out it tells them to drive on, but never where the place may
    still be ahead of them (S7). A speaker that is missing hands its role to the nearest one upstream (S14).

    Yields:
        At most one demand per speaker, along the road, and a finding for each that holds no fitting clip.
    """
    row = site.devices_along(report.carriageway, DeviceType.SPEAKER)
    if not facts.response.speaker or not site.policy.speaker_s:
        return
    upstream = stand_ins(row, facts.missing, site.policy.nearest_gantry_within_m)
    replaced: dict[str, Device] = {}
    for gone in row:
        if gone.id in upstream and _said(report, facts, site, gone.at_m) is not None:
            replaced.setdefault(upstream[gone.id].id, gone)
    for device in row:
        if device.id in facts.missing:
            continue
        said = _said(report, facts, site, device.at_m)
        reason = "" if said is None else said[1]
        if said is None and device.id in replaced:
            gone = replaced[device.id]
            said, reason = _said(report, facts, site, gone.at_m), f"stands in for {gone.id}"
            said = None if said is None else (_upstream(said[0]), reason)
        if said is not None:
            yield from _spoken(report, site, device, said[0], reason)


def _said(report: Report, facts: Facts, site: Site, at_m: int) -> tuple[ClipSays, str] | None:
    """Return what has to be heard at a place, and why; None where nobody there has to act."""
    policy, road = site.policy, site.carriageways[report.carriageway]
    for inside in facts.let_out:
        if inside.from_m <= at_m <= inside.to_m:
            out = (inside.certain or facts.other_bore) and not facts.closed_ahead_of(at_m, policy.speaker_m)
            where = f"{post(site, road.id, inside.from_m)} to {post(site, road.id, inside.to_m)}"
            says = ClipSays.DRIVE_OUT if out else ClipSays.SLOW_DOWN
            return says, f"entrance closed, people drive out: {where}"
    start_m, last_m = report.place.from_m, report.place.to_m
    if facts.start_m is not None:
        start_m = facts.start_m
    if facts.warned is not None:
        start_m, last_m = facts.warned
    if not start_m - policy.speaker_m <= at_m <= last_m:
        return None
    stop = _stop(report, facts, site, at_m)
    if stop is not None and facts.closed_ahead_of(at_m, policy.speaker_m):
        return ClipSays.DO_NOT_ENTER, f"nobody gets past {post(site, road.id, stop)}"
    first, last = post(site, road.id, report.place.from_m), post(site, road.id, report.place.to_m)
    where = f"on the way to {first}" + ("" if first == last else f" to {last}")
    if facts.warned is not None:
        return ClipSays.KEEP_SIDE, f"wrong-way driver last seen at {post(site, road.id, last_m)}"
    return ClipSays.SLOW_DOWN, where


def _stop(report: Report, facts: Facts, site: Site, at_m: int) -> int | None:
    """Return the place ahead of `at_m` that nobody may pass, None where there is none."""
    road = site.carriageways[report.carriageway]
    shut = [(f.from_m, f.to_m) for f in facts.lanes if facts.closed_at(road, f.from_m)]
    for closed in joined(shut):
        else_m = closed[1] if facts.warned is not None else closed[0]
        stop = before(site, road.id, at_m, closed, else_m=else_m)
        if stop is not None:
            return stop
    return None


def _upstream(says: ClipSays) -> ClipSays:
    """Return what a speaker says in the place of one behind it: nobody there is let out yet."""
    return ClipSays.SLOW_DOWN if says is ClipSays.DRIVE_OUT else says


def _spoken(
    report: Report, site: Site, device: Device, says: ClipSays, reason: str
) -> Iterator[Demand | Finding]:
    for one in chain((says,), milder(says)):
        name = clip_for(site, device, one, report.type.group)
        if name is None:
            continue
        yield Demand(device.id, played(site, name), NAME, f"{one.value.replace('_', ' ')}: {reason}")
        if one is not says:
            text = f"{device.id} holds no clip that says {says.value}: {one.value} instead"
            yield Finding("substituted", text, device.id)
        return
    yield Finding("not_covered", f"{device.id} holds no clip that says {says.value}: it is silent", device.id)
