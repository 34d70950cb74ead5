"""Which recorded clip says more than another, and which of a speaker's clips fits a purpose."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from config.site import ClipSays, Device, Site
from controller.plan.bands import Stretch
from controller.plan.scope import bores_within
from devices.values import MAX_REPEATS, DeviceType, SpeakerState

URGENCY: Mapping[ClipSays, int] = {
    ClipSays.DRIVE_OUT: 1,
    ClipSays.SLOW_DOWN: 2,
    ClipSays.KEEP_SIDE: 3,
    ClipSays.DO_NOT_ENTER: 4,
}
"""Who hears two things must obey the second where he is: nobody is driven out into a closure ahead."""


def urgency(site: Site, clip: str) -> int:
    """Return how much a clip matters beside another; 0 for one the site does not know."""
    known = site.clips.get(clip)
    return 0 if known is None else URGENCY[known.says]


def milder(says: ClipSays) -> tuple[ClipSays, ...]:
    """Return what may be said in its place where a speaker has no clip for it: to slow down, or nothing."""
    return (ClipSays.SLOW_DOWN,) if says in (ClipSays.DO_NOT_ENTER, ClipSays.KEEP_SIDE) else ()


def clip_for(site: Site, speaker: Device, says: ClipSays, group: str) -> str | None:
    """Return the clip a speaker plays for a purpose: one for this group of incidents, else one for all.

    Args:
        site: the clips it knows.
        speaker: which of them it holds.
        says: what is to be said.
        group: of the incident's type.
    """
    fit = [c for name, c in site.clips.items() if name in speaker.clips and c.says is says]
    own = [c.id for c in fit if group in c.groups]
    return next(iter([*own, *(c.id for c in fit if not c.groups)]), None)


def played(site: Site, clip: str) -> SpeakerState:
    """Return a clip as it is ordered: loud as the policy says, and at least as long as speakers may speak."""
    repeats = -(-site.policy.speaker_s // site.clips[clip].length_s)
    return SpeakerState(clip, min(max(repeats, 1), MAX_REPEATS), site.policy.speaker_volume)


def before(site: Site, carriageway: str, at_m: int, closed: tuple[int, int], *, else_m: int) -> int | None:
    """Return the place ahead that nobody may pass, None for who is behind it or in the bore behind it.

    Args:
        site: the bores; whoever stands before the entrance of one may still not drive in.
        carriageway: its id.
        at_m: where somebody is.
        closed: a stretch nobody gets past.
        else_m: where traffic stops where no entrance lies in it.
    """
    bores = [b for b in bores_within(site, carriageway, *closed) if b.entry_m >= closed[0]]
    if any(bore.entry_m < at_m <= bore.exit_m for bore in bores):
        return None
    return next((m for m in [bore.entry_m for bore in bores] or [else_m] if at_m <= m), None)


def into_a_stop(
    site: Site, carriageway: str, stretches: Iterable[Stretch], missing: Collection[str] = ()
) -> Iterator[tuple[Device, str | None]]:
    """Yield the speakers that must not drive people out, since nobody gets past ahead of them.

    With the clip that says to slow down; None where a speaker holds none, and has to be silent.
    """
    stops = [(s.from_m, s.to_m) for s in stretches if s.all_lanes]
    for device in site.devices_along(carriageway, DeviceType.SPEAKER):
        ahead = (a - site.policy.speaker_m <= device.at_m <= b for a, b in stops)
        if device.id not in missing and any(ahead):
            yield device, clip_for(site, device, ClipSays.SLOW_DOWN, "")


def before_a_stop(
    site: Site, carriageway: str, stretches: Iterable[Stretch], missing: Collection[str] = ()
) -> Iterator[tuple[Device, str]]:
    """Yield speaker and clip where joined facts let nobody past, whatever each incident alone says (S5)."""
    row = [d for d in site.devices_along(carriageway, DeviceType.SPEAKER) if d.id not in missing]
    stops = [(s.from_m, s.to_m) for s in stretches if s.all_lanes]
    for device in row:
        clip = clip_for(site, device, ClipSays.DO_NOT_ENTER, "")
        near = (s for s in stops if device.at_m >= s[0] - site.policy.speaker_m)
        if clip is not None and any(
            before(site, carriageway, device.at_m, stop, else_m=stop[0]) is not None for stop in near
        ):
            yield device, clip
