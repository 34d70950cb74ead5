"""Small sites built by hand, so that a test needs neither a site file nor its loader."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.chainage import ChainageTable, Piece, parse_chainage
from config.site import (
    Bore,
    Carriageway,
    Clip,
    ClipSays,
    Device,
    Gantry,
    Lane,
    Link,
    LinkKind,
    ModbusAddress,
    MqttAddress,
    SignShape,
    Site,
    SiteKind,
    Text,
    Tunnel,
)
from devices.models import load_models
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
)

FU = "FU"
PLC = "plc-1"
GATEWAY = "gw-1"
BROKER = "mqtt"

_EVERY_ASPECT = frozenset(Aspect)


def head(
    device_id: str,
    *,
    link: str,
    address: ModbusAddress | MqttAddress,
    at_m: int = 0,
    gantry: str | None = None,
    lane: int | None = None,
    model: str = "plc-lane-light",
    base: Aspect = Aspect.OPEN,
) -> Device:
    """Return a head that can show every aspect and holds it on comm loss."""
    return Device(
        id=device_id,
        type=DeviceType.HEAD,
        carriageway=FU,
        section="S-FU",
        at_m=at_m,
        model=load_models()[model],
        link=link,
        address=address,
        base=base,
        fallback=None,
        gantry=gantry,
        lane=lane,
        aspects=_EVERY_ASPECT,
    )


def sign(device_id: str, *, link: str = BROKER, name: str | None = None, at_m: int = 0) -> Device:
    """Return a native MQTT sign of 8 by 2 characters, blank at rest, that holds its text on comm loss."""
    return Device(
        id=device_id,
        type=DeviceType.SIGN,
        carriageway=FU,
        section="S-FU",
        at_m=at_m,
        model=load_models()["native-mqtt"],
        link=link,
        address=MqttAddress(name or device_id),
        base=Message(),
        fallback=None,
        shape=SignShape(width_px=256, height_px=32, glyph_px=16),
    )


def beacon(
    device_id: str,
    *,
    link: str,
    address: ModbusAddress | MqttAddress,
    model: str = "beacon-coils",
    at_m: int = 0,
) -> Device:
    """Return a beacon with siren, silent and dark at rest and on comm loss."""
    return Device(
        id=device_id,
        type=DeviceType.BEACON,
        carriageway=FU,
        section="S-FU",
        at_m=at_m,
        model=load_models()[model],
        link=link,
        address=address,
        base=BeaconState(),
        fallback=BeaconState(),
        siren=True,
    )


CLIPS = {
    "drive_out": Clip("drive_out", ClipSays.DRIVE_OUT, 6, Text("请驶离隧道", "Drive out of the tunnel")),
    "slow_down": Clip(
        "slow_down", ClipSays.SLOW_DOWN, 5, Text("前方事故,减速慢行", "Accident ahead, slow down")
    ),
}
"""What the speakers of a test hold."""


def portal(device_id: str, *, link: str, address: ModbusAddress | MqttAddress, model: str) -> Device:
    """Return a portal signal before T1, green at rest, that holds on comm loss."""
    rest = PortalAspect.GREEN
    plain = _plain(device_id, DeviceType.PORTAL, link, address, model, rest, fallback=None, at_m=1_950)
    return replace(plain, tunnel="T1", lights=frozenset(PortalAspect))


def speaker(device_id: str, *, link: str, address: ModbusAddress | MqttAddress, model: str) -> Device:
    """Return a speaker with the clips of `CLIPS`, silent at rest and on comm loss."""
    rest = SpeakerState()
    plain = _plain(device_id, DeviceType.SPEAKER, link, address, model, rest, fallback=rest, at_m=2_600)
    return replace(plain, clips=frozenset(CLIPS))


def speed_sign(device_id: str, *, link: str, address: ModbusAddress | MqttAddress, model: str) -> Device:
    """Return a speed sign for 40 to 100 km/h, blank at rest and on comm loss."""
    rest = SpeedLimit()
    plain = _plain(device_id, DeviceType.SPEED, link, address, model, rest, fallback=rest, at_m=600)
    return replace(plain, speeds=(40, 60, 80, 100))


def _plain(
    device_id: str,
    kind: DeviceType,
    link: str,
    address: ModbusAddress | MqttAddress,
    model: str,
    base: Value,
    *,
    fallback: Value | None,
    at_m: int,
) -> Device:
    return Device(
        id=device_id,
        type=kind,
        carriageway=FU,
        section="S-FU",
        at_m=at_m,
        model=load_models()[model],
        link=link,
        address=address,
        base=base,
        fallback=fallback,
    )


def tiny_site(
    *,
    ports: Mapping[str, int] | None = None,
    link: Mapping[str, Mapping[str, Any]] | None = None,
    device: Mapping[str, Mapping[str, Any]] | None = None,
    drop: Collection[str] = (),
    add: Iterable[Device] = (),
    add_links: Iterable[Link] = (),
    **changes: Any,
) -> Site:
    """Return one carriageway, one tunnel, ten devices over three links.

    Traffic meets VMS-1, BCN-1, gantries G1 and G2 (PLC, lanes 1 and 2: LCS-G1-1 … LCS-G2-2), the tunnel
    portal at 2,000 m, gantry G3 (LCS-G3-1 unit 11, LCS-G3-2 unit 12 and BCN-2 unit 13, all behind one
    serial gateway) and gantry G4 (LCS-G4-1, MQTT). VMS-1 and BCN-1 are MQTT.

    Args:
        ports: link id → port, e.g. from the endpoints of the simulated devices.
        link, device: id → fields to replace in that link or device.
        drop: ids of devices to leave out.
        add, add_links: more devices and links, after the ten and the three.
        changes: fields to replace in the site itself, e.g. `kind`, `policy`, `id`.
    """
    gantries = {g.id: g for g in (Gantry(f"G{n}", FU, at) for n, at in enumerate((800, 1600, 2400, 3200), 1))}
    links = [
        Link(PLC, LinkKind.MODBUS_TCP, "127.0.0.1", 5021),
        Link(GATEWAY, LinkKind.MODBUS_TCP, "127.0.0.1", 5022, serial=True),
        Link(BROKER, LinkKind.MQTT, "127.0.0.1", 1883),
        *add_links,
    ]
    devices = [
        sign("VMS-1", at_m=300),
        beacon("BCN-1", link=BROKER, address=MqttAddress("BCN-1"), model="native-mqtt", at_m=500),
        *(
            head(
                f"LCS-G{g}-{lane}",
                link=PLC,
                address=ModbusAddress(1, 100 + n, 200 + n),
                at_m=gantries[f"G{g}"].at_m,
                gantry=f"G{g}",
                lane=lane,
            )
            for n, (g, lane) in enumerate(((1, 1), (1, 2), (2, 1), (2, 2)))
        ),
        *(
            head(
                f"LCS-G3-{lane}",
                link=GATEWAY,
                address=ModbusAddress(10 + lane, 0, 0),
                at_m=2400,
                gantry="G3",
                lane=lane,
                model="lamp-coils",
            )
            for lane in (1, 2)
        ),
        beacon("BCN-2", link=GATEWAY, address=ModbusAddress(13, 0, 0), at_m=2500),
        head(
            "LCS-G4-1",
            link=BROKER,
            address=MqttAddress("LCS-G4-1"),
            at_m=3200,
            gantry="G4",
            lane=1,
            model="native-mqtt",
        ),
        *add,
    ]
    link_changes = {k: dict(v) for k, v in (link or {}).items()}
    for link_id, port in (ports or {}).items():
        link_changes.setdefault(link_id, {})["port"] = port
    site = Site(
        id="tiny",
        name=Text("试验路段", "Test stretch"),
        kind=SiteKind.SIMULATED,
        note="for tests",
        digest=hashlib.sha256(b"tiny").hexdigest(),
        carriageways={
            FU: Carriageway(
                id=FU,
                road="G15",
                direction=Text("福建方向", "Fujian-bound"),
                aliases=("福向", "往福建方向"),
                section="S-FU",
                chainage=ChainageTable(
                    [Piece(parse_chainage("K1890+000"), parse_chainage("K1894+000"))],
                ),
                lanes=(
                    Lane(1, Text("内快车道", "fast lane"), ("快车道",)),
                    Lane(2, Text("外慢车道", "slow lane"), ("慢车道",)),
                ),
            )
        },
        tunnels={
            "T1": Tunnel(
                "T1", Text("试验隧道", "Test tunnel"), ("试验",), False, (Bore("T1", FU, 2000, 3600),)
            )
        },
        gantries=gantries,
        links={item.id: replace(item, **link_changes.get(item.id, {})) for item in links},
        devices={
            item.id: replace(item, **(device or {}).get(item.id, {}))
            for item in devices
            if item.id not in drop
        },
        clips=CLIPS,
    )
    return replace(site, **changes)
