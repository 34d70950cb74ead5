"""From a checked draft to the frozen `Site`: resolves references and chainages, decides nothing."""

from dataclasses import replace

from config.built_in_interlocks import built_in, settle_ms
from config.draft import Draft, Row
from config.interlocks import Interlock
from config.lane_checks import shoulder_runs
from config.messages import Language, MessagePolicy, Position, SignText, Situation
from config.schema import InterlockFile, MessagesFile, QuietHoursFile
from config.schema_road import JunctionFile, LaneFile, NameFile, TunnelFile
from config.showing import base_value, fallback_value
from config.site import (
    Bore,
    Camera,
    Carriageway,
    Clip,
    ClipSays,
    Device,
    Gantry,
    Junction,
    JunctionSide,
    Lane,
    Link,
    LinkKind,
    ModbusAddress,
    MqttAddress,
    Policy,
    QuietHours,
    Ramp,
    ResponseChange,
    SignShape,
    Site,
    SiteKind,
    Text,
    Tunnel,
)
from devices.models import ModbusModel, MqttModel
from devices.values import Aspect, DeviceType, PortalAspect


def build(draft: Draft, digest: str) -> Site:
    """Return the site of a draft without errors, with the interlocks that follow from it."""
    site = _site(draft, digest)
    written = {name: _interlock(site, name, file) for name, file in draft.file.interlocks.items()}
    return replace(site, interlocks={**written, **built_in(site)})


def _interlock(site: Site, name: str, file: InterlockFile) -> Interlock:
    devices = [site.devices[device] for device in file.never]
    return Interlock(
        id=name,
        never={device: frozenset(words) for device, words in file.never.items()},
        reason_zh=file.reason.zh,
        reason_en=file.reason.en,
        settle_ms=settle_ms(devices) if file.settle_ms is None else file.settle_ms,
    )


def _site(draft: Draft, digest: str) -> Site:
    file = draft.file
    policy = file.policy.model_dump(exclude={"messages", "quiet_hours"})
    return Site(
        id=file.site,
        name=_text(file.name),
        kind=SiteKind(file.kind),
        note=file.note,
        phone=file.phone,
        digest=digest,
        carriageways={name: _carriageway(draft, name) for name in file.carriageways},
        tunnels={name: _tunnel(draft, name, tunnel) for name, tunnel in file.tunnels.items()},
        gantries={
            name: Gantry(name, gantry.carriageway, _sound(draft.at_m(gantry.carriageway, gantry.at)))
            for name, gantry in file.gantries.items()
        },
        links={
            name: Link(name, LinkKind(link.kind), link.host, link.port, link.serial, link.request_timeout_ms)
            for name, link in file.links.items()
        },
        devices={row.file.id: _device(draft, row) for row in draft.rows},
        cameras=tuple(
            Camera(
                camera.id, camera.carriageway, _sound(draft.at_m(camera.carriageway, camera.at)), camera.url
            )
            for camera in file.cameras
        ),
        policy=Policy(
            **{
                **policy,
                "sign_bands_m": tuple(policy["sign_bands_m"]),
                "responses": {kind: ResponseChange(**change) for kind, change in policy["responses"].items()},
            },
            messages=_messages(file.policy.messages),
            quiet_hours=_quiet_hours(file.policy.quiet_hours),
        ),
        drill=file.drill,
        drives=file.drives,
        junctions={name: _junction(draft, name, junction) for name, junction in file.junctions.items()},
        clips={
            name: Clip(name, ClipSays(clip.says), clip.length_s, Text(clip.zh, clip.en), tuple(clip.groups))
            for name, clip in file.clips.items()
        },
    )


def _quiet_hours(file: QuietHoursFile | None) -> QuietHours | None:
    return None if file is None else QuietHours(_minutes(file.from_), _minutes(file.to), file.zone)


def _minutes(of_day: str) -> int:
    hours, minutes = of_day.split(":")
    return int(hours) * 60 + int(minutes)


def _sound(metres: int | None) -> int:
    assert metres is not None, "the checks refuse a place that is off its table"
    return metres


def _text(name: NameFile) -> Text:
    return Text(name.zh, name.en)


def _messages(file: MessagesFile) -> MessagePolicy:
    texts = (
        SignText(
            Situation(text.situation),
            text.text,
            tuple(text.groups),
            tuple(map(Position, text.positions)),
            tuple(text.signs),
        )
        for text in file.texts
    )
    return MessagePolicy(Language(file.language), tuple(texts), tuple(file.banned), tuple(file.approved))


def _spellings(name: NameFile, aliases: list[str]) -> tuple[str, ...]:
    """Names are spellings too, so that whoever reads reports has one list."""
    return tuple(dict.fromkeys((name.zh, name.en, *aliases)))


def _carriageway(draft: Draft, name: str) -> Carriageway:
    file = draft.file.carriageways[name]
    lanes = sorted((int(number), lane) for number, lane in file.lanes.items())
    return Carriageway(
        id=name,
        road=file.road,
        direction=_text(file.direction),
        aliases=_spellings(file.direction, file.aliases),
        section=file.section,
        chainage=draft.tables[name],
        lanes=tuple(_lane(draft, name, number, lane) for number, lane in lanes),
        queue_reach_m=file.queue_reach_m,
        speed_kmh=file.speed_kmh,
        shoulder=tuple(shoulder_runs(draft, name)),
    )


def _lane(draft: Draft, carriageway: str, number: int, file: LaneFile) -> Lane:
    return Lane(
        number=number,
        name=_text(file),
        aliases=_spellings(file, file.aliases),
        from_m=None if file.from_ is None else _sound(draft.at_m(carriageway, file.from_)),
        to_m=None if file.to is None else _sound(draft.at_m(carriageway, file.to)),
        column=file.column,
    )


def _tunnel(draft: Draft, name: str, file: TunnelFile) -> Tunnel:
    bores = (
        Bore(
            name, carriageway, _sound(draft.at_m(carriageway, b.from_)), _sound(draft.at_m(carriageway, b.to))
        )
        for carriageway, b in file.bores.items()
    )
    return Tunnel(
        id=name,
        name=_text(file.name),
        aliases=_spellings(file.name, file.aliases),
        lane_change_inside=file.lane_change_inside,
        bores=tuple(bores),
    )


def _junction(draft: Draft, name: str, file: JunctionFile) -> Junction:
    sides = (
        JunctionSide(
            carriageway,
            None if side.exit is None else _sound(draft.at_m(carriageway, side.exit)),
            None if side.entry is None else _sound(draft.at_m(carriageway, side.entry)),
        )
        for carriageway, side in file.carriageways.items()
    )
    return Junction(name, _text(file.name), tuple(sides))


def _ramp(draft: Draft, name: str | None) -> Ramp | None:
    if name is None:
        return None
    row = draft.ramps[name]
    return Ramp(name, row.junction, row.file.length_m)


def _device(draft: Draft, row: Row) -> Device:
    model = draft.model_of(row)
    carriageway = draft.carriageway_of(row)
    base, fallback = draft.base_of(row)[1], draft.fallback_of(row)[1]
    assert model is not None, "the checks refuse an unknown model"
    assert carriageway is not None, "the checks refuse a device without a carriageway"
    assert base is not None, "the checks refuse a device without a base"
    assert fallback is not None, "the checks refuse a device without a fallback"
    matrix = draft.matrix_of(row)
    return Device(
        id=row.file.id,
        type=row.type,
        carriageway=carriageway,
        section=draft.file.carriageways[carriageway].section,
        at_m=_sound(draft.place_m(row)),
        model=model,
        link=row.file.link,
        address=_address(row, model),
        base=base_value(row.type, base),
        fallback=fallback_value(row.type, fallback),
        gantry=row.file.gantry if row.type is DeviceType.HEAD else None,
        lane=row.file.lane,
        aspects=_aspects(draft, row, model),
        siren=draft.siren_of(row),
        shape=SignShape(matrix.width_px, matrix.height_px, matrix.glyph_px, matrix.colour)
        if matrix
        else None,
        ramp=_ramp(draft, row.file.ramp),
        tunnel=draft.tunnel_of(row),
        lights=_lights(draft, row, model),
        clips=_clips(draft, row, model),
        speeds=draft.speeds_of(row),
    )


def _address(row: Row, model: ModbusModel | MqttModel) -> ModbusAddress | MqttAddress:
    address = row.file.address
    if isinstance(model, MqttModel):
        return MqttAddress(address.name or row.file.id)
    return ModbusAddress(_sound(address.unit), _sound(address.command), _sound(address.feedback))


def _aspects(draft: Draft, row: Row, model: ModbusModel | MqttModel) -> frozenset[Aspect]:
    if row.type is not DeviceType.HEAD:
        return frozenset()
    named = draft.aspects_of(row)
    if named is None:
        named = tuple(model.value_keys() or Aspect)
    return frozenset(Aspect(name) for name in named)


def _lights(draft: Draft, row: Row, model: ModbusModel | MqttModel) -> frozenset[PortalAspect]:
    if row.type is not DeviceType.PORTAL:
        return frozenset()
    named = draft.lights_of(row)
    if named is None:
        named = tuple(model.value_keys() or PortalAspect)
    return frozenset(PortalAspect(name) for name in named)


def _clips(draft: Draft, row: Row, model: ModbusModel | MqttModel) -> frozenset[str]:
    if row.type is not DeviceType.SPEAKER:
        return frozenset()
    named, can = draft.clips_of(row), model.clips()
    return frozenset(name for name in draft.file.clips if (named is None or name in named)) & (
        frozenset(draft.file.clips) if can is None else can
    )
