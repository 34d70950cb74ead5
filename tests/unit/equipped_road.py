"""Portal signals, speakers and speed signs added to a small road, and what they are asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from config.site import Clip, ClipSays, Device, MqttAddress, Site, Text
from controller.incident import Plan
from devices.models import load_models
from devices.values import DeviceType, PortalAspect, SpeakerState, SpeedLimit, Value

CLIPS = {
    name: Clip(name, says, length_s, Text(zh, en), groups)
    for name, says, length_s, zh, en, groups in (
        ("out", ClipSays.DRIVE_OUT, 6, "请驶离隧道", "Drive out of the tunnel", ()),
        ("slow", ClipSays.SLOW_DOWN, 5, "前方事故,减速慢行", "Accident ahead, slow down", ()),
        ("stop", ClipSays.DO_NOT_ENTER, 5, "前方封闭,禁止驶入", "Closed ahead, do not enter", ()),
        ("fire", ClipSays.DO_NOT_ENTER, 7, "隧道火灾,禁止驶入", "Fire, do not enter", ("fire",)),
        ("side", ClipSays.KEEP_SIDE, 6, "前方逆行,靠右行驶", "Wrong-way driver, keep right", ()),
    )
}
SPEEDS = (20, 40, 60, 80, 100)


def equipped(
    site: Site,
    *,
    carriageway: str = "E",
    portals: Mapping[int, str] | None = None,
    speakers: Sequence[int] = (),
    speeds: Sequence[int] = (),
    lights: Collection[PortalAspect] = tuple(PortalAspect),
    clips: Collection[str] = tuple(CLIPS),
    kmh: Sequence[int] = SPEEDS,
) -> Site:
    """Return the site with portal signals `P<at>`, speakers `K<at>` and speed signs `V<at>` besides.

    Args:
        site: the road.
        carriageway: which one of it; its id stands in the names where it is not `E`.
        portals: place → the tunnel whose entrance is guarded.
        speakers, speeds: places.
        lights, clips, kmh: what each of a type can show or holds.
    """
    lead = "" if carriageway == "E" else carriageway

    def device(name: str, kind: DeviceType, at: int, base: Value) -> Device:
        return Device(
            id=f"{lead}{name}{at}",
            type=kind,
            carriageway=carriageway,
            section=site.carriageways[carriageway].section,
            at_m=at,
            model=load_models()["native-mqtt"],
            link="MQTT",
            address=MqttAddress(f"{lead}{name}{at}"),
            base=base,
            fallback=None if kind is DeviceType.PORTAL else base,
        )

    more = [
        replace(
            device("P", DeviceType.PORTAL, at, PortalAspect.GREEN), tunnel=tunnel, lights=frozenset(lights)
        )
        for at, tunnel in (portals or {}).items()
    ]
    more += [
        replace(device("K", DeviceType.SPEAKER, at, SpeakerState()), clips=frozenset(clips))
        for at in speakers
    ]
    more += [
        replace(device("V", DeviceType.SPEED, at, SpeedLimit()), speeds=tuple(sorted(kmh))) for at in speeds
    ]
    return replace(site, devices={**site.devices, **{d.id: d for d in more}}, clips={**site.clips, **CLIPS})


def portal_lights(plan: Plan) -> dict[str, str]:
    """Return portal signal → light of a plan."""
    return {d.device: d.value.value for d in plan.demands if isinstance(d.value, PortalAspect)}


def spoken(plan: Plan) -> dict[str, str]:
    """Return speaker → clip of a plan."""
    return {d.device: d.value.clip for d in plan.demands if isinstance(d.value, SpeakerState)}


def asked_kmh(plan: Plan) -> dict[str, int]:
    """Return speed sign → km/h of a plan, along the road."""
    return {d.device: d.value.kmh for d in plan.demands if isinstance(d.value, SpeedLimit)}
