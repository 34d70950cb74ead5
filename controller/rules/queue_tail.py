"""The queue that a closure will grow: beacons flash upstream of where its tail will reach."""

from collections.abc import Iterator

from config.site import Site
from controller.bands import Facts, post
from controller.incident import Demand, Finding, Report
from devices.values import BeaconState, DeviceType

NAME = "queue_tail"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand flash without siren from beacons between the tail's farthest reach and the closure's own.

    Yields:
        Nothing where the site expects no queue or nothing is closed.
    """
    reach_m = site.carriageways[report.carriageway].queue_reach_m
    if not reach_m or facts.start_m is None:
        return
    near_m = facts.start_m - site.policy.beacon_m
    tail = post(site, report.carriageway, facts.start_m - reach_m)
    for device in site.devices_along(report.carriageway, DeviceType.BEACON):
        if near_m - reach_m <= device.at_m < near_m and device.id not in facts.missing:
            yield Demand(device.id, BeaconState(flash=True), NAME, f"a queue may reach back to {tail}")
