"""What lies beside a road that is drawn already: junctions with exits and ramps, hard shoulders by order.

It has a generator of its own, so that a seed keeps the road and the places it always had.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from config.site import Junction, JunctionSide, Ramp, Site, Text
from controller.incident import Report
from devices.values import DeviceType

NAMES = ("北镇", "南镇", "西镇")
ON_RAMPS = (DeviceType.SIGN, DeviceType.BEACON)


def with_surroundings(seed: int, site: Site, reports: Sequence[Report]) -> tuple[Site, tuple[Report, ...]]:
    """Return the road with what lies beside it, and the reports, of which some order the shoulder open."""
    rng = Random(f"beside {seed}")
    if rng.random() < 0.4:
        site = _on_ramps(rng, _with_exits(rng, site))
    if rng.random() < 0.4:
        site = _with_shoulders(rng, site)
    ticks = [bool(site.carriageways[r.carriageway].shoulder) and rng.random() < 0.7 for r in reports]
    return site, tuple(replace(r, shoulder=tick) for r, tick in zip(reports, ticks, strict=True))


def _with_exits(rng: Random, site: Site) -> Site:
    junctions = {}
    for name in NAMES[: rng.randint(1, 3)]:
        sides = tuple(
            JunctionSide(road.id, rng.randrange(100, road.length_m, 50), None)
            for road in site.carriageways.values()
        )
        junctions[name] = Junction(name, Text(f"{name}互通", f"{name} junction"), sides)
    return replace(site, junctions=junctions)


def _on_ramps(rng: Random, site: Site) -> Site:
    """Put some signs and beacons on ramps; there they stand where the ramp joins."""
    able = [device for device in site.devices.values() if device.type in ON_RAMPS]
    moved = {}
    for device in rng.sample(able, min(rng.randint(0, 3), len(able))):
        ramp = Ramp(f"R-{device.id}", NAMES[0], rng.randrange(100, 800, 50))
        joins_m = rng.randrange(500, site.carriageways[device.carriageway].length_m, 50)
        moved[device.id] = replace(device, ramp=ramp, at_m=joins_m)
    return replace(site, devices={**site.devices, **moved})


def _with_shoulders(rng: Random, site: Site) -> Site:
    """Let the shoulder be opened all along, or where it is wide enough."""
    roads = {}
    for name, road in site.carriageways.items():
        a, b, c, d = sorted(rng.sample(range(0, road.length_m, 100), 4))
        whole = ((0, road.length_m),)
        runs = rng.choice((whole, whole, ((a, d),), ((a, b), (c, d))))
        roads[name] = replace(road, shoulder=runs)
    return replace(site, carriageways=roads, drives=rng.choice(("right", "right", "left")))
