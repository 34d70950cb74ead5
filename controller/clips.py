"""Which recorded clip says more than another, and which of a speaker's clips fits a purpose."""

from collections.abc import Mapping

from config.site import ClipSays, Device, Site

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
