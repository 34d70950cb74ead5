"""What a site file may mean wrongly about portal signals, speakers with their clips, and speed signs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from config.draft import Draft, Row
from config.finding import Finding, Level, Path
from config.references import unknown
from devices.values import DeviceType

PORTAL_NEAR_M = 500
"""A portal signal farther than this from its entrance is rather a mistake than one."""


def _entrances(draft: Draft) -> Iterator[Finding]:
    """A portal signal names a tunnel with a bore on its carriageway, and stands before its entrance."""
    for row in _of(draft, DeviceType.PORTAL):
        path: Path = (*row.path, "tunnel")
        name, carriageway = draft.tunnel_of(row), draft.carriageway_of(row)
        if name is None:
            yield draft.report(path, "needed for a portal signal", "add `tunnel: ...`")
            continue
        yield from unknown(draft, path, "tunnels", name, draft.file.tunnels)
        tunnel = draft.file.tunnels.get(name)
        if tunnel is None or carriageway not in draft.file.carriageways:
            continue
        assert carriageway is not None
        bore = tunnel.bores.get(carriageway)
        if bore is None:
            tubes = ", ".join(tunnel.bores)
            yield draft.report(path, f"has no bore on {carriageway}", f"it has one on {tubes}")
            continue
        at_m, entry_m = draft.place_m(row), draft.at_m(carriageway, bore.from_)
        if at_m is None or entry_m is None:
            continue
        there: Path = (*row.path, "at")
        if at_m > entry_m:
            problem = f"stands behind the entrance of {name}, {bore.from_}"
            yield draft.report(there, problem, "a portal signal stands before it")
        elif entry_m - at_m > PORTAL_NEAR_M:
            problem = f"stands {entry_m - at_m} m before the entrance of {name}"
            yield draft.report(there, problem, "is it the right place and tunnel?", Level.WARNING)


def _bare_entrances(draft: Draft) -> Iterator[Finding]:
    """Warn of a bore without a portal signal on a site that has some: it is rather forgotten than absent."""
    guarded = {(draft.tunnel_of(row), draft.carriageway_of(row)) for row in _of(draft, DeviceType.PORTAL)}
    bores = {(name, road) for name, tunnel in draft.file.tunnels.items() for road in tunnel.bores}
    if not guarded or not guarded <= bores or any(kind == "devices" for kind, _ in draft.broken):
        return  # none at all, or the one that is missing may be the one that is wrong
    for name, road in sorted(bores - guarded):
        path: Path = ("tunnels", name, "bores", road)
        yield draft.report(path, "no portal signal guards it", "others have one", Level.WARNING)


def _clips(draft: Draft) -> Iterator[Finding]:
    """A speaker holds clips the site knows and its model can play, and at least one."""
    for row in _of(draft, DeviceType.SPEAKER):
        model, named = draft.model_of(row), draft.clips_of(row)
        inherited = row.file.clips is None and named is not None
        path: Path = ("defaults", "speaker", "clips") if inherited else (*row.path, "clips")
        if named is None and not draft.file.clips and not _lost_clips(draft):
            yield draft.report(path, "the site has no clips for it", "add them under `clips`")
        for i, clip in enumerate(named or ()):
            yield from unknown(draft, (*path, i), "clips", clip, draft.file.clips)
        can = None if model is None or row.type not in model.types else model.clips()
        if can is None:
            continue
        stray = sorted(set(draft.file.clips if named is None else named) - can)
        if named is None and len(stray) == len(draft.file.clips) and stray:
            problem = f"{model.model if model else ''} can play no clip of this site"
            yield draft.report((*row.path, "model"), problem, f"it can play {', '.join(sorted(can))}")
        elif named is not None and stray:
            problem = f"{row.file.model} cannot play {', '.join(stray)}"
            yield draft.report(path, problem, f"it can play {', '.join(sorted(can))}")


def _lost_clips(draft: Draft) -> bool:
    """Whether what speakers lack may stand under `clips` in the wrong form."""
    return any(kind == "clips" for kind, _ in draft.broken)


def _unsaid(draft: Draft) -> Iterator[Finding]:
    """Warn of a site with speakers that cannot say what people in a closed tunnel must hear."""
    if not _of(draft, DeviceType.SPEAKER) or not draft.file.clips or _lost_clips(draft):
        return
    said = {clip.says for clip in draft.file.clips.values() if not clip.groups}
    for says in ("drive_out", "slow_down", "do_not_enter"):
        if says not in said:
            problem = f"no clip for every type of incident says {says}"
            yield draft.report(("clips",), problem, "speakers stay silent then", Level.WARNING)


def _speeds(draft: Draft) -> Iterator[Finding]:
    """A speed sign has speeds to show, in steps a driver can follow."""
    step_kmh = draft.file.policy.speed_step_kmh
    for row in _of(draft, DeviceType.SPEED):
        speeds, inherited = draft.speeds_of(row), row.file.speeds is None
        path: Path = (*row.path, "speeds")
        if not speeds:
            yield draft.report(path, "needed for a speed sign", "add `speeds: [40, 60, 80, 100]`")
            continue
        if inherited:
            path = ("defaults", "speed", "speeds")
        carriageway = draft.file.carriageways.get(draft.carriageway_of(row) or "")
        top = speeds[-1] if carriageway is None else carriageway.speed_kmh
        row_kmh = sorted({*(kmh for kmh in speeds if kmh < top), top})
        gaps = [(low, high) for low, high in pairwise(row_kmh) if high - low > step_kmh]
        if gaps:
            low, high = gaps[-1]
            yield draft.report(
                path,
                f"nothing between {high} and {low} km/h, more than policy.speed_step_kmh",
                f"{low} km/h can never be asked for",
                Level.WARNING,
            )


def _of(draft: Draft, device_type: DeviceType) -> list[Row]:
    return [row for row in draft.rows if row.type is device_type]


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (
    _entrances,
    _bare_entrances,
    _clips,
    _unsaid,
    _speeds,
)
