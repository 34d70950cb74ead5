"""What portal signals and speakers show where joined facts ask for more than any single incident (S5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from config.site import Site
from controller.incident import LaneFact
from controller.plan import clips
from controller.plan.portals import lit
from controller.states.interlock import derive_with, walls
from controller.states.stricter import strictness
from devices.values import DeviceType, SpeakerState, Value


def from_joined(
    site: Site,
    carriageway: str,
    held: Mapping[str, Value],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Value, str]]:
    """Yield device, value and reason of everything that has to be stricter than `held`. Pure.

    Two incidents that leave no lane together close an entrance that each alone leaves open: its signal is
    red, and speakers before it say so.

    Args:
        site: tunnels, signals and speakers.
        carriageway: its id.
        held: device → value after heads and signs are lawful; a device not named shows its base.
        facts, points, missing: see `interlock.violations`.
    """
    if not any(site.devices_along(carriageway, kind) for kind in (DeviceType.PORTAL, DeviceType.SPEAKER)):
        return
    derivation = derive_with(site, carriageway, held, facts, points, missing)
    closed_off = walls(site, held, derivation)
    for one in lit(site, carriageway, derivation.stretches, walls=closed_off, missing=missing):
        shown = held.get(one.device.id)
        if one.light is not None and (shown is None or strictness(shown) < strictness(one.light)):
            yield one.device.id, one.light, one.reason
    for speaker, clip in clips.before_a_stop(site, carriageway, derivation.stretches, missing):
        said = held.get(speaker.id)
        # A speaker that is silent by now, or that nobody asks to speak, stays silent (S13).
        if not isinstance(said, SpeakerState) or said.silent:
            continue
        if clips.urgency(site, said.clip) < clips.urgency(site, clip):
            yield speaker.id, replace(clips.played(site, clip), volume=said.volume), "nobody gets past"
