"""What portal signals, speakers and speed signs must never show, judged from the showings alone."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from config.site import Bore, ClipSays, Device, Site
from controller.incident import LaneFact
from controller.plan.bands import settle
from devices.values import Aspect, BeaconState, DeviceType, PortalAspect, SpeakerState, SpeedLimit, Value
from tests.prove.laws import on_the_shoulder, untouched
from tests.prove.standing import Standing

Shown = Mapping[str, Value]
EAR_M = 1_500
"""How far before a closure speakers speak of it."""


def broken(standing: Standing) -> Iterator[str]:
    """Yield every law the final desired state breaks, with the device."""
    site, shown = standing.site, standing.shown
    facts = [fact for plan in standing.plans for fact in plan.lane_facts]
    for name, value in shown.items():
        yield from _able(site.devices[name], value)
    for road in site.carriageways:
        if untouched(standing, road):
            continue
        here = [fact for fact in facts if fact.carriageway == road]
        yield from _portals(standing, road, shown, here)
        yield from _speakers(standing, road, shown, here)
        yield from _speeds(standing, road, shown)
        yield from _closed_together(standing, road, shown, here)
        yield from _beacons(standing, road, shown, here)


def _able(device: Device, value: Value) -> Iterator[str]:
    match value:
        case PortalAspect() if value not in device.lights:
            yield f"S8 {device.id} cannot show {value}"
        case SpeakerState(clip) if clip and clip not in device.clips:
            yield f"S8 {device.id} does not hold {clip}"
        case SpeedLimit(kmh) if kmh and kmh not in device.speeds:
            yield f"S8 {device.id} cannot show {kmh}"


def closed_at(site: Site, road: str, facts: list[LaneFact], at_m: int) -> bool:
    """Return whether facts leave no lane there, and no shoulder."""
    there = [fact for fact in facts if fact.from_m <= at_m <= fact.to_m]
    if on_the_shoulder(facts, road, at_m, at_m):
        return False
    return {fact.lane for fact in there} >= set(site.carriageways[road].lanes_between(at_m, at_m))


def _bore(site: Site, device: Device) -> Bore | None:
    tunnel = site.tunnels.get(device.tunnel or "")
    return None if tunnel is None else tunnel.bore(device.carriageway)


def _portals(standing: Standing, road: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """A signal is red before a closed entrance and before crosses over every lane of its bore, else not."""
    site = standing.site
    for device in site.devices_along(road, DeviceType.PORTAL):
        bore = _bore(site, device)
        if bore is None or device.id in standing.missing or PortalAspect.RED not in device.lights:
            continue
        red = shown.get(device.id) is PortalAspect.RED
        entrance = closed_at(site, road, facts, bore.entry_m)
        if entrance and not red:
            yield f"S3 {device.id} shows {shown.get(device.id)} before a closed entrance"
        if not red and (wall := _crosses(site, road, shown, facts, bore.entry_m, bore.exit_m)):
            yield f"S3 {device.id} shows {shown.get(device.id)} before crosses over every lane at {wall}"
        ends = {end for fact in facts for end in (fact.from_m, fact.to_m)}
        spots = sorted({device.at_m, bore.entry_m, bore.exit_m, *ends})
        shut = any(closed_at(site, road, facts, m) for m in spots if device.at_m <= m <= bore.exit_m)
        alone = len(standing.reports) == 1 and not standing.held  # together they may leave no room to weave
        if red and alone and not shut and not _crosses(site, road, shown, facts, device.at_m, bore.exit_m):
            yield f"S3 {device.id} is red though somebody gets past"


def _crosses(site: Site, road: str, shown: Shown, facts: list[LaneFact], from_m: int, to_m: int) -> int:
    """Return where a cross stands over every lane and no shoulder is open; 0 for nowhere."""
    for gantry in site.gantries_between(road, from_m, to_m):
        closed = {n for n, head in site.heads(gantry.id).items() if shown.get(head.id) is Aspect.CLOSED}
        every = closed and closed >= set(site.carriageways[road].lanes_between(gantry.at_m, gantry.at_m))
        if every and not on_the_shoulder(facts, road, gantry.at_m, gantry.at_m):
            return gantry.at_m
    return 0


def _speakers(standing: Standing, road: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """Nobody is driven out into a closure, and before a closed entrance everybody who can say so says so."""
    site = standing.site
    entrances = [
        bore.entry_m
        for tunnel in site.tunnels.values()
        if (bore := tunnel.bore(road)) is not None and closed_at(site, road, facts, bore.entry_m)
    ]
    starts = sorted({fact.from_m for fact in facts if closed_at(site, road, facts, fact.from_m)})
    for speaker in site.devices_along(road, DeviceType.SPEAKER):
        value = shown.get(speaker.id)
        if not isinstance(value, SpeakerState) or value.silent:
            continue
        says = site.clips[value.clip].says
        ahead = [m for m in starts if speaker.at_m < m <= speaker.at_m + EAR_M]
        if says is ClipSays.DRIVE_OUT and (ahead or closed_at(site, road, facts, speaker.at_m)):
            yield f"S3 {speaker.id} drives people out into a closure at {ahead or speaker.at_m}"
        if says is ClipSays.DRIVE_OUT and not _inside(site, road, speaker.at_m):
            yield f"S3 {speaker.id} drives people out of no bore"
        stops = any(speaker.at_m <= entry_m <= speaker.at_m + EAR_M for entry_m in entrances)
        holds = any(site.clips[clip].says is ClipSays.DO_NOT_ENTER for clip in speaker.clips)
        # Who is inside a bore himself is in the closure already, and is told to slow down.
        outside = not _inside(site, road, speaker.at_m)
        if stops and holds and outside and says is not ClipSays.DO_NOT_ENTER:
            yield f"S5 {speaker.id} says {says} before a closed entrance"


def _inside(site: Site, road: str, at_m: int) -> bool:
    bore = site.bore_at(road, at_m)
    return bore is not None


def _speeds(standing: Standing, road: str, shown: Shown) -> Iterator[str]:
    """From sign to sign the speed falls by a step at most, and for one incident it never rises."""
    site = standing.site
    limit, step = site.carriageways[road].speed_kmh, site.policy.speed_step_kmh
    lit = [
        (sign.id, value.kmh)
        for sign in site.devices_along(road, DeviceType.SPEED)
        if isinstance(value := shown.get(sign.id), SpeedLimit) and not value.blank
    ]
    for (_, before), (name, kmh) in pairwise([("", limit), *lit]):
        if before - kmh > step:
            yield f"S4 {name} asks for {kmh} km/h after {before}"
        if len(standing.reports) == 1 and kmh > before:
            yield f"S4 {name} asks for {kmh} km/h after {before}, though nothing is over"
    if any(kmh >= limit for _, kmh in lit):
        yield f"S4 a speed sign of {road} asks for what holds anyway"


def _closed_together(standing: Standing, road: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """S5: within what incidents close together a speed sign asks for what is asked on a closed road."""
    site, policy, limit = standing.site, standing.site.policy, standing.site.carriageways[road].speed_kmh
    signs = [s for s in site.devices_along(road, DeviceType.SPEED) if s.id not in standing.missing]
    for sign in signs:
        alone = any(closed_at(site, road, list(plan.lane_facts), sign.at_m) for plan in standing.plans)
        if alone or not closed_at(site, road, facts, sign.at_m):
            continue
        start_m = max(f.from_m for f in facts if f.from_m <= sign.at_m <= f.to_m)
        lit = [
            value.kmh
            for before in signs
            if start_m - policy.speed_m <= before.at_m < sign.at_m
            and isinstance(value := shown.get(before.id), SpeedLimit)
            and not value.blank
        ]
        before = min([limit, *lit])
        least = max(before - policy.speed_step_kmh, policy.speed_road_kmh)
        lowest = min((k for k in sign.speeds if least <= k <= before and k < limit), default=None)
        value = shown.get(sign.id, SpeedLimit(0))
        if lowest is not None and not (isinstance(value, SpeedLimit) and 0 < value.kmh <= lowest):
            yield f"S5 {sign.id} asks for {value} where incidents together close the road, not {lowest}"


def _beacons(standing: Standing, road: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """S5: where one beacon of a joined closure flashes, all do, from its reach before it to its end.

    For one that is missing the nearest one upstream does (S14).
    """
    site, policy = standing.site, standing.site.policy
    every = site.devices_along(road, DeviceType.BEACON)
    row = [b for b in every if b.id not in standing.missing]
    for stretch in settle(site, road, facts) if row else ():
        first_m = stretch.from_m - policy.beacon_m
        needed = [b for b in row if first_m <= b.at_m <= stretch.to_m]
        flashing = [b for b in needed if isinstance(v := shown.get(b.id), BeaconState) and v.flash]
        for gone in (b for b in every if b.id in standing.missing and first_m <= b.at_m <= stretch.to_m):
            reach_m = gone.at_m - policy.nearest_gantry_within_m
            needed += [b for b in row if b.ramp is None and reach_m <= b.at_m < gone.at_m][-1:]
        for beacon in needed if flashing else []:
            if not isinstance(v := shown.get(beacon.id), BeaconState) or not v.flash:
                yield f"S5 {beacon.id} is dark within the reach of a closure from {stretch.from_m}"
