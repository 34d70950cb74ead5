"""Which beacons flash before what several incidents close together, beside those each asked for (S5)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from config.site import Device, Site
from controller.plan.bands import Stretch, post
from controller.plan.stand_ins import stand_ins
from devices.values import BeaconState, DeviceType, Value


def before_joined(
    site: Site,
    carriageway: str,
    held: Mapping[str, Value],
    stretches: Sequence[Stretch],
    missing: Collection[str] = (),
) -> Iterator[tuple[Device, BeaconState, str]]:
    """Yield beacon, value and reason for every beacon of a joined closure that nobody asked for. Pure.

    A closure of several starts farther upstream than that of each. Where a beacon of it flashes, all flash
    from `beacon_m` before it to its end; their sirens sound as long as any of its own does (S13). One that is
    missing hands its role to the nearest one upstream (S14). Where no beacon of it flashes (the table of
    responses leaves them out), none is added.

    Args:
        site: the beacons, and how far before a closure they warn.
        carriageway: its id.
        held: device → value wanted so far; a device not named shows its base.
        stretches: settled, of everything joined.
        missing: beacons that get nothing.
    """
    every = site.devices_along(carriageway, DeviceType.BEACON)
    row = [device for device in every if device.id not in missing]
    along = [device for device in every if device.ramp is None]
    upstream = stand_ins(along, missing, site.policy.nearest_gantry_within_m) if missing else {}
    for from_m, to_m in sorted({(s.from_m, s.to_m) for s in stretches}) if row else []:
        first_m = from_m - site.policy.beacon_m
        near = [device for device in row if first_m <= device.at_m <= to_m]
        own = [value for d in near if isinstance(value := held.get(d.id), BeaconState) and value.flash]
        loud = any(value.siren for value in own)
        gone = {d.id for d in every if first_m <= d.at_m <= to_m and d.id in upstream}
        instead = [d for d in row if d not in near and any(upstream[name] is d for name in gone)]
        for device in (*instead, *near) if own else ():
            value = held.get(device.id)
            if not isinstance(value, BeaconState) or not value.flash:
                where = f"{post(site, carriageway, first_m)} to {post(site, carriageway, to_m)}"
                stands_in = device in instead
                reason = f"stands in for a missing one within {where}" if stands_in else f"within {where}"
                yield device, BeaconState(flash=True, siren=loud and device.siren), reason
