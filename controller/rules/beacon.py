"""Beacons: flash and siren from the approach to the place."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.stand_ins import stand_ins
from devices.values import BeaconState, DeviceType

NAME = "beacon"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand flash, and siren where a lane is closed, from `beacon_m` before the closure to the place.

    The table of responses may leave out either. The far end of an unknown place is the exit of its tunnel
    (S7); inside the other bore of a fire nothing sounds. A beacon that is missing hands its role to the
    nearest one upstream (S14).

    Yields:
        At most one demand per beacon, along the road, and a finding for each without a siren.
    """
    if facts.warned is not None or not (facts.response.flash or facts.response.siren):
        return
    start_m = report.place.from_m if facts.start_m is None else facts.start_m
    first_m, last_m = start_m - site.policy.beacon_m, report.place.to_m
    loud_until_m = last_m if facts.response.siren and facts.lanes else first_m - 1
    if facts.other_bore:
        loud_until_m = min(loud_until_m, report.place.from_m)
    row = site.devices_along(report.carriageway, DeviceType.BEACON)
    needed = {device.id for device in row if first_m <= device.at_m <= last_m}
    along = [device for device in row if device.ramp is None]
    upstream = stand_ins(along, facts.missing, site.policy.nearest_gantry_within_m)
    needed |= {device.id for gone, device in upstream.items() if gone in needed}
    for device in row:
        if device.id in facts.missing or device.id not in needed:
            continue
        where = f"{post(site, report.carriageway, first_m)} to {post(site, report.carriageway, last_m)}"
        reason = f"stands in for a missing one within {where}" if device.at_m < first_m else f"within {where}"
        loud = device.at_m <= loud_until_m
        value = BeaconState(facts.response.flash, loud and device.siren)
        if value == BeaconState():
            continue
        yield Demand(device.id, value, NAME, reason)
        if loud and not device.siren:
            yield Finding("substituted", f"{device.id} has no siren: it only flashes", device.id)
