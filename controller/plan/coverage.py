"""What of the road a plan warns on and what not: a closure known only before a portal is worse than none."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from config.site import Carriageway, Device, Site
from controller.incident import Beyond, Demand, Finding
from controller.plan.bands import post
from controller.plan.queue import tail_of
from controller.plan.scope import Part, bores_within, wrong_way_stretch
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    sounds,
)

KINDS = ("head", "sign", "sound")
"""What reaches a driver, each told apart."""


def findings(part: Part, site: Site, demands: Sequence[Demand], since_s: int = 0) -> Iterator[Finding]:
    """Yield the coverage statement of one part of a plan, and what nothing covers.

    Codes: `coverage` states every how many metres a driver on the way to the place meets a head, a sign, a
    sound; `not_covered` names stretches inside a tunnel without any; `no_coverage` a plan without head and
    sign; `site_edge` what lies before this site begins and is a matter for the neighbour.
    """
    road = site.carriageways[part.report.carriageway]
    own = [d for d in demands if site.devices[d.device].carriageway == road.id]
    seen = {d.type for demand in own if (d := site.devices[demand.device]).ramp is None}
    if not seen & {DeviceType.HEAD, DeviceType.SIGN}:
        yield Finding("no_coverage", "no head and no sign stands where this incident needs one")
    first_m, last_m = _stretch(part, site)
    rows = by_kind(own, site)
    said = ", ".join(_every(kind, rows[kind], first_m, last_m) for kind in KINDS)
    where = f"{post(site, road.id, first_m)} to {post(site, road.id, last_m)}"
    yield Finding("coverage", f"on the way to the place, {where}: {said}")
    anything = sorted(at for row in rows.values() for at in row)
    for bore in bores_within(site, road.id, first_m, last_m):
        inside = (max(bore.entry_m, first_m), min(bore.exit_m, last_m))
        for from_m, to_m in bare(anything, *inside, site.policy.coverage_gap_m):
            stretch = f"{post(site, road.id, from_m)} to {post(site, road.id, to_m)}"
            name = site.tunnels[bore.tunnel].name.en
            yield Finding("not_covered", f"nothing warns inside {name} from {stretch}, {to_m - from_m} m")
    beyond_m = _upstream_end(part, site, since_s)
    if beyond_m < 0:
        beyond = Beyond(road.id, post_before(road, -beyond_m), post(site, road.id, 0), -beyond_m)
        yield Finding(
            "site_edge",
            f"not covered: {beyond.from_post} to {beyond.to_post}, "
            f"{beyond.length_m} m before this site begins: tell the neighbour",
            beyond=beyond,
        )


def lost(demands: Iterable[Demand], site: Site, failed: Collection[str]) -> str:
    """Return what of a plan's coverage failed, for the verdict; empty where nothing of it did.

    Args:
        demands: of the plan, on any carriageway.
        site: where the devices stand; devices it no longer has do not count.
        failed: ids of the devices that were not proved.
    """
    demands = [d for d in demands if d.device in site.devices]
    said = []
    for road in site.carriageways:
        own = [d for d in demands if site.devices[d.device].carriageway == road]
        whole, left = by_kind(own, site), by_kind([d for d in own if d.device not in failed], site)
        for kind in KINDS:
            gone = sorted(set(whole[kind]) - set(left[kind]))
            if not gone:
                continue
            where = post(site, road, gone[0])
            if gone[-1] != gone[0]:
                where = f"{where} to {post(site, road, gone[-1])}"
            now = f"now every {_gap(left[kind])} m" if len(left[kind]) > 1 else f"{len(left[kind])} left"
            said.append(f"{road}: {len(gone)} of {len(whole[kind])} places with a {kind} ({where}), {now}")
    return "; ".join(said)


def by_kind(demands: Iterable[Demand], site: Site) -> dict[str, list[int]]:
    """Return where along the road each kind speaks, each place once."""
    rows: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for demand in demands:
        device = site.devices[demand.device]
        kind = _kind(device, demand)
        if kind and device.ramp is None:  # who is on the carriageway already does not see it
            rows[kind].add(device.at_m)
    return {kind: sorted(row) for kind, row in rows.items()}


def bare(places: Sequence[int], from_m: int, to_m: int, gap_m: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of `from_m..to_m` longer than `gap_m` in which no place lies."""
    row = [from_m, *(at for at in places if from_m < at < to_m), to_m]
    for first, second in pairwise(row):
        if second - first > gap_m:
            yield first, second


def post_before(road: Carriageway, before_m: int) -> str:
    """Return the chainage so far before the first post of a carriageway, counting on as its posts do."""
    piece = road.chainage.pieces[0]
    metres = max(piece.start.metres - piece.sense * before_m, 0)
    return f"{piece.start.prefix}{metres // 1000}+{metres % 1000:03d}"


def _kind(device: Device, demand: Demand) -> str:
    match demand.value:
        case Aspect() | Message():
            return str(device.type)
        case BeaconState() | SpeakerState():
            return "sound" if sounds(demand.value) else ""
        case PortalAspect() | SpeedLimit():
            return ""


def _every(kind: str, places: Sequence[int], first_m: int, last_m: int) -> str:
    inside = [at for at in places if first_m <= at <= last_m]
    if not inside:
        return f"no {kind}"
    return f"a {kind} at least every {_gap([first_m, *inside, last_m])} m"


def _gap(places: Sequence[int]) -> int:
    return max((second - first for first, second in pairwise(places)), default=0)


def _stretch(part: Part, site: Site) -> tuple[int, int]:
    """Return what traffic drives through on its way: from the first band to the far end of the place."""
    road, place, facts = site.carriageways[part.report.carriageway], part.report.place, part.facts
    if facts.warned is not None:
        return facts.warned
    start_m = place.from_m if facts.start_m is None else facts.start_m
    first_m = max(start_m - site.policy.merge_m - site.policy.closed_ahead_m, 0)
    return first_m, max(min(place.to_m, road.length_m), first_m)


def _upstream_end(part: Part, site: Site, since_s: int) -> int:
    """Return how far upstream anything is asked for, below 0 where that is before the site."""
    facts, place, policy = part.facts, part.report.place, site.policy
    start_m = place.from_m if facts.start_m is None else facts.start_m
    tail = tail_of(part.report, facts, site)
    if tail is not None:
        start_m = min(start_m, tail.at_m)
    first_m = start_m - policy.sign_bands_m[-1]
    if facts.response.oncoming:
        first_m = min(first_m, wrong_way_stretch(place, since_s, policy)[0])
    return first_m
