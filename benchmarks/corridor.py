"""A made-up corridor of as many devices as asked: two carriageways, bores, gantries, signs, beacons."""

from collections.abc import Iterator

from config.chainage import Chainage, ChainageTable, Piece
from config.site import (
    Bore,
    Carriageway,
    Device,
    Gantry,
    Lane,
    MqttAddress,
    SignShape,
    Site,
    SiteKind,
    Text,
    Tunnel,
)
from devices.models import load_models
from devices.values import Aspect, BeaconState, DeviceType, Message, Value

LANES = 3
GANTRY_M, SIGN_M, BEACON_M = 250, 1_000, 500
BORE_M, OPEN_M = 3_000, 5_000
"""A bore of this length after each open stretch of that."""
CARRIAGEWAYS = ("E", "W")


def corridor(devices: int) -> Site:
    """Return a site with that many devices; the more there are, the longer it is."""
    per_km = LANES * 1_000 // GANTRY_M + 1_000 // SIGN_M + 1_000 // BEACON_M
    length_m = -(-devices * 1_000 // (per_km * len(CARRIAGEWAYS)) // 1_000) * 1_000 + 1_000
    every = [device for at_m in range(0, length_m, GANTRY_M) for device in _at(at_m)]
    kept = {device.id: device for device in every[:devices]}
    gantries = {
        f"G{road}{at_m}": Gantry(f"G{road}{at_m}", road, at_m)
        for at_m in range(0, length_m, GANTRY_M)
        for road in CARRIAGEWAYS
    }
    starts = range(OPEN_M, length_m - BORE_M, OPEN_M + BORE_M)
    tunnels = {f"T{at_m}": _tunnel(at_m) for at_m in starts}
    return Site(
        id=f"corridor-{devices}",
        name=Text("试验走廊", "Corridor"),
        kind=SiteKind.SIMULATED,
        note="made up",
        digest="",
        carriageways={road: _carriageway(road, length_m) for road in CARRIAGEWAYS},
        tunnels=tunnels,
        gantries=gantries,
        links={},
        devices=kept,
    )


def _carriageway(road: str, length_m: int) -> Carriageway:
    start = Chainage("K", 1_000_000)
    end = Chainage("K", 1_000_000 + length_m)
    return Carriageway(
        id=road,
        road="G1",
        direction=Text(road, road),
        aliases=(),
        section=road,
        chainage=ChainageTable([Piece(start, end)]),
        lanes=tuple(Lane(n, Text(f"{n}车道", f"lane {n}")) for n in range(1, LANES + 1)),
    )


def _tunnel(at_m: int) -> Tunnel:
    name = f"T{at_m}"
    bores = tuple(Bore(name, road, at_m, at_m + BORE_M) for road in CARRIAGEWAYS)
    return Tunnel(name, Text(f"{at_m}隧道", f"Tunnel {at_m}"), (), False, bores)


def _at(at_m: int) -> Iterator[Device]:
    for road in CARRIAGEWAYS:
        for lane in range(1, LANES + 1):
            yield _device(f"H{road}{at_m}-{lane}", DeviceType.HEAD, road, at_m, Aspect.OPEN, lane=lane)
        if at_m % SIGN_M == 0:
            yield _device(f"S{road}{at_m}", DeviceType.SIGN, road, at_m, Message())
        if at_m % BEACON_M == 0:
            yield _device(f"B{road}{at_m}", DeviceType.BEACON, road, at_m, BeaconState())


def _device(
    name: str, kind: DeviceType, road: str, at_m: int, base: Value, *, lane: int | None = None
) -> Device:
    head, sign = kind is DeviceType.HEAD, kind is DeviceType.SIGN
    return Device(
        id=name,
        type=kind,
        carriageway=road,
        section=road,
        at_m=at_m,
        model=load_models()["native-mqtt"],
        link="MQTT",
        address=MqttAddress(name),
        base=base,
        fallback=None,
        gantry=f"G{road}{at_m}" if head else None,
        lane=lane,
        aspects=frozenset(Aspect) if head else frozenset(),
        siren=kind is DeviceType.BEACON,
        shape=SignShape(320, 64, 16) if sign else None,
    )
