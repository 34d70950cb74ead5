"""A wrong-way driver: the lawful traffic he meets is slowed and kept to its side, never moved over."""

from collections.abc import Iterator
from dataclasses import replace

from config.messages import Position, Situation
from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.caution import caution
from controller.plan.situation_texts import tell, tell_from_catalogue
from controller.signs.sign_texts import Telling
from devices.values import BeaconState, DeviceType

NAME = "wrong_way"
PRECEDENCE = 2
"""Its fixed text stands instead of any other of the same incident."""


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution, flash and the fixed text upstream of where he was last seen, and nothing behind it.

    Signs before a tunnel whose entrance is closed say that as well.
    """
    if facts.warned is None:
        return
    road = site.carriageways[report.carriageway]
    first, last = (post(site, road.id, at_m) for at_m in facts.warned)
    reason = f"wrong-way driver last seen at {last}, may come as far as {first}"
    yield from caution(site, facts, road.id, road.lane_numbers, facts.warned, NAME, reason)
    from_m, to_m = facts.warned
    for beacon in site.devices_along(road.id, DeviceType.BEACON):
        if from_m <= beacon.at_m <= to_m and beacon.id not in facts.missing:
            yield Demand(beacon.id, BeaconState(flash=True), NAME, reason)
    telling = Telling(Situation.WRONG_WAY, report.type.group, Position.HERE, drives=site.drives)
    for sign in site.devices_along(road.id, DeviceType.SIGN):
        if sign.at_m > to_m or sign.id in facts.missing:
            continue
        if facts.closed_ahead_of(sign.at_m, site.policy.sign_bands_m[-1]):
            closed = f"{reason}; tunnel closed ahead"
            yield from tell(site, sign, report.type, "closed", NAME, closed)
        elif sign.at_m >= from_m:
            mine = replace(telling, sign=sign.id)
            yield from tell_from_catalogue(site, sign, mine, NAME, reason)
