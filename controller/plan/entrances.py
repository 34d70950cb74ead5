"""What signals, speakers, speed signs and beacons show where joined facts ask for more than each (S5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from config.site import ClipSays, Device, Site
from controller.incident import LaneFact, Plan
from controller.plan import beacons, clips, speeds
from controller.plan.portals import lit
from controller.states.interlock import derive_with, walls
from controller.states.stricter import strictness
from devices.values import DeviceType, SpeakerState, SpeedLimit, Value

KINDS = (DeviceType.PORTAL, DeviceType.SPEAKER, DeviceType.SPEED, DeviceType.BEACON)


def from_joined(
    site: Site,
    carriageway: str,
    held: Mapping[str, Value],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
    plans: Sequence[Plan] = (),
) -> Iterator[tuple[str, Value, str]]:
    """Yield device, value and reason of everything that has to be stricter than `held`. Pure.

    Two incidents that leave no lane together close an entrance that each alone leaves open: its signal is
    red, and speakers before it say so. Nobody is driven out into what another incident closes, and where
    nobody gets past speeds are those of a closed road. Beacons flash from before the joined closure.

    Args:
        site: tunnels, signals, speakers, speed signs and beacons.
        carriageway: its id.
        held: device → value after heads and signs are lawful; a device not named shows its base.
        facts, points, missing: see `interlock.violations`.
        plans: of the incidents whose facts these are.
    """
    if not any(site.devices_along(carriageway, kind) for kind in KINDS):
        return
    derivation = derive_with(site, carriageway, held, facts, points, missing)
    closed_off = walls(site, held, derivation)
    for one in lit(site, carriageway, derivation.stretches, walls=closed_off, missing=missing):
        shown = held.get(one.device.id)
        if one.light is not None and (shown is None or strictness(shown) < strictness(one.light)):
            yield one.device.id, one.light, one.reason
    for speaker, slow in clips.into_a_stop(site, carriageway, derivation.stretches, missing):
        said = held.get(speaker.id)
        if not isinstance(said, SpeakerState) or said.silent:
            continue
        known = site.clips.get(said.clip)
        if known is not None and known.says is ClipSays.DRIVE_OUT:
            instead = SpeakerState() if slow is None else clips.played(site, slow)
            louder = instead if instead.silent else replace(instead, volume=said.volume)
            yield speaker.id, louder, "nobody is driven out into a closure"
    for speaker, clip in clips.before_a_stop(site, carriageway, derivation.stretches, missing):
        said = held.get(speaker.id)
        # A speaker that is silent by now, or that nobody asks to speak, stays silent (S13).
        if not isinstance(said, SpeakerState) or said.silent:
            continue
        if clips.urgency(site, said.clip) < clips.urgency(site, clip):
            yield speaker.id, replace(clips.played(site, clip), volume=said.volume), "nobody gets past"
    slower = speeds.before_a_stop(site, carriageway, derivation.stretches, plans, missing, held, points)
    yield from _lowest(held, slower)
    for beacon, state, reason in beacons.before_joined(
        site, carriageway, held, derivation.stretches, missing
    ):
        yield beacon.id, state, reason


def _lowest(
    held: Mapping[str, Value], asked: Iterable[tuple[Device, int, str]]
) -> Iterator[tuple[str, Value, str]]:
    lowest = dict[str, tuple[int, str]]()
    for sign, kmh, reason in asked:
        lowest[sign.id] = min(lowest.get(sign.id, (kmh, reason)), (kmh, reason))
    for name, (kmh, reason) in lowest.items():
        if strictness(held.get(name, SpeedLimit(0))) < strictness(SpeedLimit(kmh)):
            yield name, SpeedLimit(kmh), reason
