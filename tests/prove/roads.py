"""Roads and incidents drawn from a seed: the same seed is the same road on every machine.

Two carriageways, 1 to 6 lanes that begin and end at the sides, tunnels with a bore on each, chainage tables
with equations and prefixes in both senses, heads of every ability, devices that are missing; on most roads
portal signals, speakers and speed signs too, on some junctions, ramps and shoulders that may be opened.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from config.built_in_interlocks import built_in
from config.chainage import Chainage, ChainageTable, Piece
from config.site import Bore, Device, Lane, Policy, SignShape, Site, Text, Tunnel
from controller.incident import IncidentType, LaneImpact, Place, Report
from devices.values import Aspect, DeviceType, PortalAspect
from tests.prove.roads_beside import with_surroundings
from tests.prove.roads_types import varied
from tests.unit.equipped_road import equipped
from tests.unit.small_road import ALL, NO_ARROWS, TWO_COLOURS, road

LENGTH_M = 20_000
NO_CAUTION = ALL - {Aspect.CAUTION}
NO_CROSS = ALL - {Aspect.CLOSED}
SHAPES = (SignShape(512, 96, 32), SignShape(320, 64, 16), SignShape(144, 48, 24), SignShape(96, 32, 16))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A road, what happened on it, and which devices are not there."""

    site: Site
    reports: tuple[Report, ...]
    missing: frozenset[str]


def draw(seed: int, *, incidents: int = 1) -> Drawn:
    """Return the road of a seed with so many incidents."""
    rng = Random(seed)
    bores = _bores(rng)
    inside = rng.random() < 0.25
    policy = Policy(
        adjacent_caution=rng.random() < 0.9,
        unknown_place_all_lanes=rng.choice(("portals_only", "portals_only", "whole_bore")),
    )
    east = _carriageway(rng, bores, policy)
    west = _carriageway(rng, [(LENGTH_M - b, LENGTH_M - a) for a, b in reversed(bores)], policy)
    site = _both(east, west, bores, inside)
    missing = frozenset(rng.sample(sorted(site.devices), rng.randint(0, 2)) if site.devices else ())
    reports = tuple(_report(rng, site) for _ in range(incidents))
    equipped_site = _equipped(Random(f"equipment {seed}"), site)
    site, reports = with_surroundings(seed, varied(seed, equipped_site), reports)
    return Drawn(replace(site, interlocks=built_in(site)), reports, missing)


def _equipped(rng: Random, site: Site) -> Site:
    """Return the site with portal signals, speakers and speed signs on some of its roads.

    Drawn apart, so that a seed keeps its road, and other devices their names.
    """
    for carriageway in site.carriageways:
        if rng.random() < 0.4:
            continue
        bores = [bore for tunnel in site.tunnels.values() if (bore := tunnel.bore(carriageway))]
        portals = {
            max(b.entry_m - rng.choice((0, 50, 200)), 0): b.tunnel for b in bores if rng.random() < 0.8
        }
        lights = rng.choice(
            (tuple(PortalAspect), tuple(PortalAspect), (PortalAspect.GREEN, PortalAspect.RED))
        )
        site = equipped(
            site,
            carriageway=carriageway,
            portals=portals,
            speakers=sorted(rng.sample(range(25, LENGTH_M, 50), rng.randint(0, 8))),
            speeds=sorted(rng.sample(range(75, LENGTH_M, 50), rng.randint(0, 8))),
            lights=lights,
        )
    return site


def _bores(rng: Random) -> list[tuple[int, int]]:
    bores, at = [], rng.randrange(1_500, 9_000, 100)
    for _ in range(rng.choice((0, 1, 1, 2))):
        length = rng.randrange(300, 4_000, 100)
        if at + length > LENGTH_M - 500:
            break
        bores.append((at, at + length))
        at += length + rng.randrange(100, 3_000, 100)
    return bores


def _carriageway(rng: Random, bores: Sequence[tuple[int, int]], policy: Policy) -> Site:
    lanes = rng.choice((1, 2, 2, 3, 3, 4, 5, 6))
    spacing = rng.choice((250, 400, 500, 700, 1_200))
    gantries = sorted(
        {at + rng.randrange(0, 100, 10) for at in range(rng.randrange(0, 3_000), LENGTH_M, spacing)}
        - {LENGTH_M}
    )
    gantries = [at for at in gantries if rng.random() < 0.95 and at <= LENGTH_M]
    able: dict[str, frozenset[Aspect]] = {}
    for at in gantries:
        kind = rng.choice((ALL, ALL, ALL, ALL, NO_ARROWS, TWO_COLOURS, NO_CAUTION, NO_CROSS))
        able |= {f"H{at}-{lane}": kind for lane in range(1, lanes + 1)}
    without = [name for name in able if rng.random() < 0.03]
    signs = {at: rng.choice(SHAPES) for at in rng.sample(range(100, LENGTH_M, 100), rng.randint(0, 8))}
    beacons = rng.sample(range(50, LENGTH_M, 100), rng.randint(0, 6))
    site = road(
        lanes=lanes,
        gantries=gantries,
        signs=signs,
        beacons=beacons,
        silent=[f"B{at}" for at in beacons if rng.random() < 0.3],
        aspects=able,
        without=without,
        policy=policy,
        length_m=LENGTH_M,
        extents=_extents(rng, lanes),
    )
    along = replace(site.carriageways["E"], chainage=_table(rng))
    return replace(site, carriageways={"E": along})


def _extents(rng: Random, lanes: int) -> Mapping[int, tuple[int | None, int | None]]:
    """Let outer lanes end or begin, the outermost first, so that no lane is missing between others."""
    extents: dict[int, tuple[int | None, int | None]] = {}
    for side in (range(lanes, 1, -1), range(1, lanes)):
        end_m = begin_m = None
        for lane in side:
            if rng.random() > 0.25 or lane in extents or len(extents) >= lanes - 1:
                break
            if rng.random() < 0.5:
                end_m = rng.randrange(end_m or 2_000, 18_000, 50)
                if begin_m is not None:
                    break
                extents[lane] = (None, end_m)
            else:
                begin_m = rng.randrange(500, begin_m or 16_000, 50) if (begin_m or 16_000) > 600 else None
                if end_m is not None or begin_m is None:
                    break
                extents[lane] = (begin_m, None)
    return extents


def _table(rng: Random) -> ChainageTable:
    """Return a table of this length with up to three equations; posts rise or fall all along."""
    cuts = sorted({0, LENGTH_M, *(rng.randrange(100, LENGTH_M, 10) for _ in range(rng.randint(0, 3)))})
    falling, post, pieces = rng.random() < 0.5, 1_000_000, []
    for first, second in itertools.pairwise(cuts):
        prefix = rng.choice(("K", "K", "ZK", "YK"))
        length = second - first
        start, end = (post, post - length) if falling else (post, post + length)
        pieces.append(Piece(Chainage(prefix, start), Chainage(prefix, end)))
        gap = rng.choice((0, 60, 240))
        post = end - gap if falling else end + gap
    return ChainageTable(pieces)


def _both(east: Site, west: Site, bores: Sequence[tuple[int, int]], inside: bool) -> Site:
    """Return one site with both carriageways; the second's names begin with `W`."""
    devices = dict(east.devices) | {f"W{d.id}": _west(d) for d in west.devices.values()}
    gantries = dict(east.gantries) | {
        f"W{g.id}": replace(g, id=f"W{g.id}", carriageway="W") for g in west.gantries.values()
    }
    tunnels = {}
    for i, (entry, exit_) in enumerate(bores, start=1):
        own, other = Bore(f"T{i}", "E", entry, exit_), Bore(f"T{i}", "W", LENGTH_M - exit_, LENGTH_M - entry)
        name = Text("小山隧道", "Hill tunnel")
        tunnels[f"T{i}"] = Tunnel(f"T{i}", name, (), inside, (own, other))
    roads = {"E": east.carriageways["E"], "W": replace(west.carriageways["E"], id="W")}
    return replace(east, devices=devices, gantries=gantries, tunnels=tunnels, carriageways=roads)


def _west(device: Device) -> Device:
    gantry = f"W{device.gantry}" if device.gantry else None
    return replace(device, id=f"W{device.id}", carriageway="W", gantry=gantry)


def _report(rng: Random, site: Site) -> Report:
    road_ = site.carriageways["E"]
    kind = rng.choice((*IncidentType, IncidentType.REAR_END, IncidentType.REAR_END))
    tunnel = rng.choice((None, *site.tunnels.values()))
    bore = tunnel.bore("E") if tunnel is not None else None
    if tunnel is not None and bore is not None and rng.random() < 0.5:
        place = Place("E", bore.entry_m, bore.exit_m, False, tunnel.id)
    else:
        spots = [rng.randrange(0, LENGTH_M + 1, 50)]
        spots += [g.at_m for g in site.gantries_along("E")[:3]]
        spots += [
            b
            for t in site.tunnels.values()
            if (o := t.bore("E"))
            for b in (o.entry_m, o.exit_m, o.entry_m + 1_600)
        ]
        at = min(rng.choice((spots[0], rng.choice(spots))), LENGTH_M)
        to = min(at + rng.choice((0, 0, 0, 300, 2_000)), LENGTH_M)
        there = site.bore_at("E", at)
        place = Place("E", at, to, True, there.tunnel if there is not None and there.exit_m >= to else None)
    lanes: list[Lane] = list(road_.lanes)
    hit = rng.sample([lane.number for lane in lanes], rng.randint(1, len(lanes)))
    impact = {n: rng.choice((LaneImpact.BLOCKED, LaneImpact.BLOCKED, LaneImpact.AFFECTED)) for n in hit}
    return Report(place, impact, kind)


def heads_of(site: Site, carriageway: str) -> list[Device]:
    """Return the heads of a carriageway in the order traffic meets them."""
    return list(site.devices_along(carriageway, DeviceType.HEAD))
