"""What portal signals show for closed stretches: one derivation for single plans and joined facts (S5)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from config.site import Bore, Device, Site
from controller.plan.bands import Stretch, post
from devices.values import DeviceType, PortalAspect


@dataclass(frozen=True, slots=True)
class Lit:
    """What one portal signal is to show, and why.

    Attributes:
        light: None where it can show nothing that fits.
        instead_of: what it should show and cannot (S8); None where it shows that.
    """

    device: Device
    light: PortalAspect | None
    reason: str
    instead_of: PortalAspect | None = None


def portal_signals(
    site: Site, carriageway: str, missing: Collection[str] = ()
) -> Iterator[tuple[Device, Bore]]:
    """Yield the usable portal signals of a carriageway with the bore each guards, as traffic meets them."""
    for device in site.devices_along(carriageway, DeviceType.PORTAL):
        tunnel = site.tunnels.get(device.tunnel or "")
        bore = None if tunnel is None else tunnel.bore(carriageway)
        if bore is not None and device.id not in missing:
            yield device, bore


def lit(
    site: Site,
    carriageway: str,
    stretches: Sequence[Stretch],
    *,
    walls: Sequence[int] = (),
    missing: Collection[str] = (),
) -> Iterator[Lit]:
    """Yield what the portal signals before a closure show; those that have nothing to say are left out.

    Red where nobody gets past between the signal and the exit of its bore: traffic stops before an entrance,
    never inside. Yellow where a lane is closed there.

    Args:
        site: the bores, and what the signals can show.
        carriageway: its id.
        stretches: settled, see `bands.settle`.
        walls: places where a cross stands over every lane, whatever put each there.
        missing: signals that get nothing.
    """
    for device, bore in portal_signals(site, carriageway, missing):
        there = [s for s in stretches if s.from_m <= bore.exit_m and s.to_m >= device.at_m]
        shut = next((s for s in there if s.all_lanes), None)
        wall_m = next((at_m for at_m in walls if device.at_m <= at_m <= bore.exit_m), None)
        name = site.tunnels[bore.tunnel].name.en
        if shut is not None:
            yield _able(device, PortalAspect.RED, f"{_closed(site, carriageway, shut, 'all lanes')}: {name}")
        elif wall_m is not None:
            where = post(site, carriageway, wall_m)
            yield _able(device, PortalAspect.RED, f"a cross over every lane at {where}: {name}")
        elif there:
            first = min(there, key=lambda s: s.from_m)
            reason = _closed(site, carriageway, first, f"lane {first.lane}")
            yield _able(device, PortalAspect.YELLOW, f"{reason}: {name}")


def _able(device: Device, light: PortalAspect, reason: str) -> Lit:
    """Return the light, or the next milder one: red would stop traffic that may drive in (S8)."""
    wishes = (PortalAspect.RED, PortalAspect.YELLOW) if light is PortalAspect.RED else (light,)
    able = next((wish for wish in wishes if wish in device.lights), None)
    return Lit(device, able, reason, None if able is light else light)


def _closed(site: Site, carriageway: str, stretch: Stretch, what: str) -> str:
    start, end = post(site, carriageway, stretch.from_m), post(site, carriageway, stretch.to_m)
    return f"{what} closed from {start} to {end}"
