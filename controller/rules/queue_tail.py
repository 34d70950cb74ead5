"""The queue that a closure will grow: flashes and texts upstream of where its tail will reach."""

from collections.abc import Iterator

from config.messages import Situation
from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.queue import tail_of
from controller.plan.situation_texts import tell_from_catalogue
from controller.signs import sign_texts
from controller.signs.sign_texts import Telling
from devices.values import BeaconState, DeviceType

NAME = "queue_tail"
PRECEDENCE = 1
"""Shortly before the tail it is nearer than the closure; where nobody gets past this rule is silent."""


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand flash without siren and a text upstream of the tail's farthest reach.

    Beacons flash between the tail's reach and the closure's own; signs warn in the bands before the tail:
    those within the nearest band, and those that are too far from the closure to tell of it.

    Yields:
        Nothing where the site expects no queue or nothing is closed.
    """
    tail = tail_of(report, facts, site)
    if tail is None or tail.reported or facts.start_m is None:
        return
    near_m = facts.start_m - site.policy.beacon_m
    reason = f"a queue may reach back to {post(site, report.carriageway, tail.at_m)}"
    for device in site.devices_along(report.carriageway, DeviceType.BEACON):
        if tail.at_m - site.policy.beacon_m <= device.at_m < near_m and device.id not in facts.missing:
            yield Demand(device.id, BeaconState(flash=True), NAME, reason)
    yield from _texts(report, facts, site, tail.at_m, reason)


def _texts(report: Report, facts: Facts, site: Site, tail_m: int, reason: str) -> Iterator[Demand | Finding]:
    road, bands_m = site.carriageways[report.carriageway], site.policy.sign_bands_m
    assert facts.start_m is not None
    nobody_passes = facts.all_closed(road)
    lanes = (
        "" if nobody_passes else sign_texts.lane_words(road, report.blocked, site.policy.messages.language)
    )
    for sign in site.devices_along(road.id, DeviceType.SIGN):
        ahead_m = sign.ahead_m(tail_m)
        if sign.at_m >= tail_m or ahead_m > bands_m[-1] or sign.id in facts.missing:
            continue
        told = sign.ahead_m(facts.start_m) <= bands_m[-1]
        if told and (nobody_passes or ahead_m > bands_m[0]):
            continue
        band = next(i for i, band_m in enumerate(bands_m) if ahead_m <= band_m)
        telling = Telling(
            Situation.QUEUE,
            report.type.group,
            sign_texts.position(ahead_m, band),
            lanes=lanes,
            distance_m=ahead_m,
            drives=site.drives,
            sign=sign.id,
        )
        yield from tell_from_catalogue(site, sign, telling, NAME, f"{reason}, {ahead_m} m ahead")
