"""The interlocks that follow from a site without anybody writing them (S9)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from config.interlocks import Interlock
from config.showings import able, top
from config.site import Device, Site
from devices.values import Aspect

PREFIX = "site:"
"""Of their ids; no id of a site file can begin with it."""

ARROWS = ("相邻车道的箭头相对，车流会互相冲突", "neighbouring lanes would be sent into each other")


def built_in(site: Site) -> Mapping[str, Interlock]:
    """Return the interlocks of a site that nobody wrote, by id, in site order."""
    return {interlock.id: interlock for interlock in _facing_arrows(site)}


def settle_ms(devices: Iterable[Device]) -> int:
    """Return how long these devices may pass through a combination while their lamps change."""
    return max(device.model.step_deadline_ms for device in devices)


def _facing_arrows(site: Site) -> Iterator[Interlock]:
    """At one gantry, the heads of two lanes side by side never point at each other."""
    for gantry in site.gantries.values():
        heads = site.heads(gantry.id)
        road = site.carriageways[gantry.carriageway]
        for left, right in pairwise(road.lanes_between(gantry.at_m, gantry.at_m)):
            if left not in heads or right not in heads:
                continue
            pair = heads[left], heads[right]
            able_to = Aspect.MERGE_RIGHT in pair[0].aspects and Aspect.MERGE_LEFT in pair[1].aspects
            if able_to and any(_can_rise(head) for head in pair):
                yield Interlock(
                    id=f"{PREFIX}arrows-{gantry.id}-{left}-{right}",
                    never={
                        pair[0].id: frozenset({Aspect.MERGE_RIGHT.value}),
                        pair[1].id: frozenset({Aspect.MERGE_LEFT.value}),
                    },
                    reason_zh=ARROWS[0],
                    reason_en=ARROWS[1],
                    settle_ms=settle_ms(pair),
                    built_in=True,
                )


def _can_rise(head: Device) -> bool:
    """Return whether a head can be made stricter than any arrow."""
    return top(head.type, able(head.type, {aspect.value for aspect in head.aspects}, ())) is not None
