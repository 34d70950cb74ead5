"""Signs: what a driver reads on the way to the place, by distance, never more than the sign can hold (S4)."""

from collections.abc import Iterator
from dataclasses import replace

from config.messages import Position, Situation
from config.site import Bore, Carriageway, Device, Site
from controller.incident import Demand, Finding, IncidentType, Report
from controller.plan.bands import Facts, post
from controller.plan.exits import last_exit
from controller.plan.situation_texts import tell_from_catalogue
from controller.signs import sign_texts
from controller.signs.sign_texts import Telling
from devices.values import DeviceType

NAME = "sign_message"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand a text from every sign from the last sign band before the closure to the place.

    The sign nearest the entrance portal and those inside the bore say what happened in the plainest
    words; signs farther away add the distance, to the portal where the place is unknown. One on a ramp
    counts as far away as the ramp is long, and from where that joins. Before a closure of every lane a
    sign names the last exit. A text too long for a sign is shortened and a finding says so; no sign is
    skipped silently.

    Yields:
        At most one demand per sign, along the road.
    """
    place, policy = report.place, site.policy.messages
    start_m = place.from_m if facts.start_m is None else facts.start_m
    last_m, bands_m = place.to_m, site.policy.sign_bands_m
    bore = _bore(report, site)
    goal_m = bore.entry_m if bore is not None and not place.known else place.from_m
    carriageway = site.carriageways[report.carriageway]
    situation = _situation(report, facts, carriageway)
    case = Telling(
        situation,
        report.type.group,
        Position.HERE,
        lanes=sign_texts.lane_words(carriageway, report.blocked, policy.language),
        tunnel="" if bore is None else sign_texts.named(site.tunnels[bore.tunnel].name, policy.language),
        drives=site.drives,
    )
    usable = [d for d in site.devices_along(report.carriageway, DeviceType.SIGN) if d.id not in facts.missing]
    portal = _portal_sign(usable, bore, bands_m[0])
    for device in usable:
        ahead_m = device.ahead_m(start_m)
        if device.at_m > last_m or ahead_m > bands_m[-1]:
            continue
        inside = bore is not None and bore.entry_m <= device.at_m <= bore.exit_m and device.ramp is None
        there = device is portal or inside or device.ahead_m(goal_m) == 0
        distance_m = None if there else device.ahead_m(goal_m)
        band = 0 if there else next(i for i, band_m in enumerate(bands_m) if ahead_m <= band_m)
        position = sign_texts.position(distance_m, band)
        telling = replace(case, position=position, distance_m=distance_m, sign=device.id)
        if situation is Situation.CLOSURE and (way_out := last_exit(site, device, start_m)) is not None:
            telling = replace(telling, exit=sign_texts.named(way_out.name, policy.language))
        where = "at the place" if distance_m is None else f"{distance_m} m before it"
        reason = f"{_what(report, situation)} at {post(site, carriageway.id, goal_m)}, sign {where}"
        yield from tell_from_catalogue(site, device, telling, NAME, reason)


def _situation(report: Report, facts: Facts, carriageway: Carriageway) -> Situation:
    """Return which texts tell it."""
    if facts.all_closed(carriageway):
        return Situation.CLOSURE
    if facts.on_the_shoulder(carriageway):
        return Situation.SHOULDER
    if report.blocked:
        return Situation.LANES
    return _OPEN_ROAD.get(report.type, Situation.ADVISORY)


_OPEN_ROAD = {
    IncidentType.WRONG_WAY: Situation.WRONG_WAY,
    IncidentType.CONGESTION: Situation.QUEUE,
}
"""What has texts of its own while every lane is open."""


def _what(report: Report, situation: Situation) -> str:
    if situation is Situation.CLOSURE:
        return "all lanes closed"
    if situation is Situation.SHOULDER:
        return "all lanes closed, shoulder open"
    lanes = ", ".join(map(str, sorted(report.blocked)))
    return f"lane {lanes} closed" if lanes else "a lane affected"


def _bore(report: Report, site: Site) -> Bore | None:
    """Return the tube the place lies in."""
    tunnel = site.tunnels.get(report.place.tunnel or "")
    if tunnel is not None:
        return tunnel.bore(report.carriageway)
    return site.bore_at(report.carriageway, report.place.from_m)


def _portal_sign(signs: list[Device], bore: Bore | None, within_m: int) -> Device | None:
    """Return the sign that stands for the portal: the last one before it, in sight of the nearest band."""
    if bore is None:
        return None
    before = [d for d in signs if d.ramp is None and bore.entry_m - within_m <= d.at_m <= bore.entry_m]
    return before[-1] if before else None
