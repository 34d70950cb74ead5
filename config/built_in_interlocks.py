"""The interlocks that follow from a site without anybody writing them (S9)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from config.abilities import can_be_closed
from config.interlocks import Interlock
from config.site import Bore, Device, Site
from devices.values import Aspect, PortalAspect

PREFIX = "site:"
"""Of their ids; no id of a site file can begin with it."""

ARROWS = ("相邻车道的箭头相对，车流会互相冲突", "neighbouring lanes would be sent into each other")
PORTAL = (
    "洞内首个门架全部封闭时，洞口信号灯必须为红",
    "every head behind the entrance is closed: nobody may go in",
)


def built_in(site: Site) -> Mapping[str, Interlock]:
    """Return the interlocks of a site that nobody wrote, by id, in site order."""
    return {one.id: one for one in (*_facing_arrows(site), *_portals(site))}


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
            pointing = Aspect.MERGE_RIGHT in pair[0].aspects and Aspect.MERGE_LEFT in pair[1].aspects
            if pointing and any(map(can_be_closed, pair)):
                never = {
                    pair[0].id: frozenset({Aspect.MERGE_RIGHT.value}),
                    pair[1].id: frozenset({Aspect.MERGE_LEFT.value}),
                }
                yield _interlock(site, f"arrows-{gantry.id}-{left}-{right}", never, ARROWS)


def _portals(site: Site) -> Iterator[Interlock]:
    """A portal signal is red while every lane of the first gantry behind its entrance is closed."""
    for device in site.devices.values():
        bore = _bore_behind(site, device)
        if bore is None or PortalAspect.RED not in device.lights:
            continue
        gantries = site.gantries_between(device.carriageway, bore.entry_m, bore.exit_m)
        heads = site.heads(gantries[0].id) if gantries else {}
        lanes = (
            site.carriageways[device.carriageway].lanes_between(gantries[0].at_m, gantries[0].at_m)
            if gantries
            else ()
        )
        if (
            heads
            and heads.keys() >= set(lanes)
            and all(Aspect.CLOSED in head.aspects for head in heads.values())
        ):
            lets_in = frozenset(light.value for light in device.lights - {PortalAspect.RED})
            never = {device.id: lets_in} | {head.id: frozenset({"closed"}) for head in heads.values()}
            yield _interlock(site, f"portal-{device.id}", never, PORTAL)


def _bore_behind(site: Site, device: Device) -> Bore | None:
    tunnel = site.tunnels.get(device.tunnel or "")
    return tunnel.bore(device.carriageway) if tunnel is not None else None


def _interlock(
    site: Site, name: str, never: Mapping[str, frozenset[str]], reason: tuple[str, str]
) -> Interlock:
    devices = [site.devices[device] for device in never]
    return Interlock(f"{PREFIX}{name}", never, *reason, settle_ms(devices), built_in=True)
