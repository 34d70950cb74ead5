"""Small roads built by hand: one carriageway `E`, as many lanes, gantries and tunnels as a test needs."""

from collections.abc import Collection, Mapping, Sequence

from config.chainage import ChainageTable, Piece, parse_chainage
from config.site import (
    Bore,
    Carriageway,
    Device,
    Gantry,
    Lane,
    MqttAddress,
    Policy,
    SignShape,
    Site,
    SiteKind,
    Text,
    Tunnel,
)
from controller.incident import IncidentType, LaneImpact, Place, Plan, Report
from controller.states.arbitration import Source
from devices.models import load_models
from devices.values import Aspect, BeaconState, DeviceType, Message, Value

ALL = frozenset(Aspect)
TWO_COLOURS = frozenset({Aspect.DARK, Aspect.OPEN, Aspect.CLOSED})
NO_ARROWS = ALL - {Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT}
NAMES = ("快车道", "行车道", "慢车道", "加宽车道", "辅助车道", "外侧车道")


def road(
    *,
    lanes: int = 2,
    gantries: Sequence[int] = (),
    signs: Mapping[int, SignShape] | Sequence[int] = (),
    beacons: Sequence[int] = (),
    bores: Sequence[tuple[int, int]] = (),
    change_inside: bool = False,
    aspects: Mapping[str, frozenset[Aspect]] | None = None,
    without: Collection[str] = (),
    silent: Collection[str] = (),
    policy: Policy | None = None,
    length_m: int = 20_000,
    extents: Mapping[int, tuple[int | None, int | None]] | None = None,
    columns: Mapping[int, int] | None = None,
) -> Site:
    """Return a site; heads are `H<at>-<lane>`, signs `S<at>`, beacons `B<at>`, tunnels `T1`, `T2`, …

    Args:
        aspects: what single heads can show, all aspects by default.
        without: heads that are not built.
        silent: beacons without siren.
        extents: where single lanes begin and end; they have no heads elsewhere.
        columns: where single lanes lie.
    """
    devices: dict[str, Device] = {}
    rows = tuple(
        Lane(
            n,
            Text(NAMES[n - 1], f"lane {n}"),
            (NAMES[n - 1],),
            *(extents or {}).get(n, (None, None)),
            (columns or {}).get(n),
        )
        for n in range(1, lanes + 1)
    )

    def add(device: Device) -> None:
        if device.id not in without:
            devices[device.id] = device

    for at in gantries:
        for lane in (row.number for row in rows if row.at(at)):
            name = f"H{at}-{lane}"
            add(
                _device(
                    name,
                    DeviceType.HEAD,
                    at,
                    Aspect.OPEN,
                    gantry=f"G{at}",
                    lane=lane,
                    aspects=(aspects or {}).get(name, ALL),
                )
            )
    shapes = signs if isinstance(signs, Mapping) else dict.fromkeys(signs, SignShape(320, 64, 16))
    for at, shape in shapes.items():
        add(_device(f"S{at}", DeviceType.SIGN, at, Message(), shape=shape))
    for at in beacons:
        add(_device(f"B{at}", DeviceType.BEACON, at, BeaconState(), siren=f"B{at}" not in silent))
    start, end = parse_chainage("K100+000"), parse_chainage(f"K{100 + length_m // 1000}+{length_m % 1000}")
    along = Carriageway(
        id="E",
        road="G1",
        direction=Text("东向", "Eastbound"),
        aliases=(),
        section="e",
        chainage=ChainageTable([Piece(start, end)]),
        lanes=rows,
    )
    tunnels = {
        f"T{i}": Tunnel(
            f"T{i}", Text("小山隧道", "Hill tunnel"), (), change_inside, (Bore(f"T{i}", "E", entry, exit_),)
        )
        for i, (entry, exit_) in enumerate(bores, start=1)
    }
    return Site(
        id="trial",
        name=Text("试验", "Trial"),
        kind=SiteKind.SIMULATED,
        note="",
        digest="",
        carriageways={"E": along},
        tunnels=tunnels,
        gantries={f"G{at}": Gantry(f"G{at}", "E", at) for at in gantries},
        links={},
        devices=devices,
        policy=policy or Policy(),
    )


def _device(
    name: str,
    kind: DeviceType,
    at: int,
    base: Aspect | Message | BeaconState,
    *,
    gantry: str | None = None,
    lane: int | None = None,
    aspects: frozenset[Aspect] = frozenset(),
    siren: bool = False,
    shape: SignShape | None = None,
) -> Device:
    return Device(
        id=name,
        type=kind,
        carriageway="E",
        section="e",
        at_m=at,
        model=load_models()["native-mqtt"],
        link="MQTT",
        address=MqttAddress(name),
        base=base,
        fallback=None,
        gantry=gantry,
        lane=lane,
        aspects=aspects,
        siren=siren,
        shape=shape,
    )


def crash(
    at: int,
    to: int | None = None,
    *,
    lanes: Collection[int] = (1,),
    known: bool = True,
    tunnel: str | None = None,
    kind: IncidentType = IncidentType.REAR_END,
) -> Report:
    """Return a report of a crash that blocks lanes."""
    place = Place("E", at, at if to is None else to, known, tunnel)
    return Report(place, dict.fromkeys(sorted(lanes), LaneImpact.BLOCKED), kind)


def heads(plan: Plan) -> dict[str, Aspect]:
    """Return head → aspect of a plan."""
    return {d.device: d.value for d in plan.demands if isinstance(d.value, Aspect)}


def closing(plan: Plan) -> dict[str, Aspect]:
    """Return head → aspect without the cautions beside a closure."""
    return {head: aspect for head, aspect in heads(plan).items() if aspect is not Aspect.CAUTION}


def faults(plan: Plan) -> list[tuple[str, str | None]]:
    """Return code and device of what a plan says about itself, without the coverage every plan states."""
    said = [f for f in plan.findings if f.code not in ("coverage", "site_edge")]
    return [(finding.code, finding.device) for finding in said]


def texts(plan: Plan) -> dict[str, str]:
    """Return sign → text of a plan."""
    return {d.device: d.value.multi for d in plan.demands if isinstance(d.value, Message)}


def codes(plan: Plan) -> set[str]:
    """Return the codes of its findings."""
    return {finding.code for finding in plan.findings}


def incident(name: str, plan: Plan, at_ms: int = 1_000, siren_until_ms: int | None = 61_000) -> Source:
    """Return the source arbitration takes for an incident."""
    return Source(name, plan, at_ms, siren_until_ms)


def multi(value: Value | None) -> str:
    """Return the text of a sign's value."""
    assert isinstance(value, Message)
    return value.multi


def column(site: Site, states: Mapping[str, object], lane: int) -> list[str]:
    """Return what a driver in a lane reads, one word a gantry; `-` where the head shows its base."""
    row = []
    for gantry in site.gantries_along("E"):
        head = site.heads(gantry.id).get(lane)
        if head is not None:
            shown = states.get(head.id)
            row.append("-" if shown is None else str(shown))
    return row
