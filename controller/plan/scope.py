"""What one report means for the road, carriageway by carriageway: what is closed, let out and warned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from config.site import Bore, Carriageway, Policy, Site
from controller.incident import Finding, IncidentType, LaneFact, LaneImpact, Place, Report
from controller.plan.bands import Facts, LetOut, post, settle, settled, start_of_closure
from controller.plan.responses import Closes, Response, response_to
from controller.plan.shoulder import ordered


@dataclass(frozen=True, slots=True)
class Part:
    """What one carriageway is asked for: a report of its own and the facts that follow from it."""

    report: Report
    facts: Facts


def parts_of(
    report: Report, site: Site, *, missing: frozenset[str] = frozenset(), since_s: int = 0
) -> tuple[Part, ...]:
    """Return the parts of a plan, that of the report's own carriageway first. Pure.

    Args:
        report: lanes by the site's numbers.
        site: bores, lanes and the table of responses.
        missing: devices whose role moves upstream.
        since_s: seconds since it was last seen; only what drives towards the traffic needs it.
    """
    response = response_to(report.type, site.policy)
    own = _own(report, site, response, missing, since_s)
    bores = list(_other_bores(report, site)) if response.other_bores else []
    others = [
        _other_bore(report, site, response, [b for b in bores if b.carriageway == road], missing)
        for road in dict.fromkeys(bore.carriageway for bore in bores)
    ]
    return (own, *others)


def lane_facts(report: Report, site: Site, missing: frozenset[str] = frozenset()) -> tuple[LaneFact, ...]:
    """Return the stretches one report closes on its own carriageway; empty where it closes no lane."""
    return parts_of(report, site, missing=missing)[0].facts.lanes


def wrong_way_stretch(place: Place, since_s: int, policy: Policy) -> tuple[int, int]:
    """Return the stretch in which lawful traffic may meet a wrong-way driver; its start may be below 0.

    He drives against the traffic from where he was last seen, so it grows upstream as time passes.

    Args:
        place: where he was last seen; of an unknown place its downstream end counts (S7).
        since_s: seconds since then; negative counts as 0.
        policy: his speed, the lead and the least length.
    """
    seconds = max(since_s, 0) + policy.wrong_way_lead_min * 60
    ahead_m = -(-seconds * policy.wrong_way_kmh * 1000 // 3600)
    return place.to_m - max(ahead_m, policy.wrong_way_min_m), place.to_m


def bores_within(site: Site, carriageway: str, from_m: int, to_m: int) -> tuple[Bore, ...]:
    """Return the bores of a carriageway with a metre in `from_m..to_m`, in the order traffic meets them."""
    bores = (tunnel.bore(carriageway) for tunnel in site.tunnels.values())
    there = [b for b in bores if b is not None and b.entry_m <= to_m and b.exit_m >= from_m]
    return tuple(sorted(there, key=lambda b: b.entry_m))


def bores_of(site: Site, place: Place) -> tuple[Bore, ...]:
    """Return the bores a place lies in; the one it names, else those it touches."""
    tunnel = site.tunnels.get(place.tunnel or "")
    named = tunnel.bore(place.carriageway) if tunnel is not None else None
    if named is not None:
        return (named,)
    return bores_within(site, place.carriageway, place.from_m, place.to_m)


def beside_the_road(report: Report, response: Response) -> bool:
    """Return whether nothing on the running lanes is hindered: it stands on the shoulder."""
    return not report.lanes and response.closes is Closes.LANES and response.caution_before_m is None


def lanes_matter(kind: IncidentType, place: Place, site: Site) -> bool:
    """Return whether a report of this type has to say which lanes, for its plan to be known.

    Where the whole road is closed whatever was reported (a fire in a tunnel), or the danger drives towards
    the traffic, nobody needs to ask.
    """
    response = response_to(kind, site.policy)
    closes = response.closes_in_tunnel if bores_of(site, place) else response.closes
    return closes is not Closes.ROAD and not response.oncoming


def closed_lanes(report: Report, site: Site) -> tuple[frozenset[int], tuple[Finding, ...]]:
    """Return the lanes a report closes where it happened, and what has to be said about that.

    A lane that does not run there is taken as the one that lies nearest, never left open in silence.
    """
    road = site.carriageways[report.carriageway]
    response = response_to(report.type, site.policy)
    there = road.lanes_between(report.place.from_m, report.place.to_m) or tuple(sorted(road.lane_numbers))
    closes = response.closes_in_tunnel if bores_of(site, report.place) else response.closes
    findings = []
    match closes:
        case Closes.ROAD:
            return frozenset(there), ()
        case Closes.NONE:
            if report.blocked:
                text = f"{report.type.value} closes no lane here: it is an advisory"
                findings.append(Finding("advisory", text))
            return frozenset(), tuple(findings)
    lanes = set()
    for lane in sorted(report.blocked & road.lane_numbers):
        nearest = lane if lane in there else _nearest(road, lane, there)
        lanes.add(nearest)
        if nearest != lane:
            where = post(site, road.id, report.place.from_m)
            text = f"lane {lane} does not run at {where}: lane {nearest}, which lies nearest, is closed"
            findings.append(Finding("lane_taken", text))
    return frozenset(lanes), tuple(findings)


def _nearest(road: Carriageway, lane: int, there: tuple[int, ...]) -> int:
    columns = road.columns
    return min(there, key=lambda n: (abs(columns[n] - columns[lane]), n))


def _own(report: Report, site: Site, response: Response, missing: frozenset[str], since_s: int) -> Part:
    road, place = site.carriageways[report.carriageway], report.place
    warned = None
    lanes: frozenset[int] = frozenset()
    facts: list[LaneFact] = []
    let_out: list[LetOut] = []
    if response.oncoming:
        from_m, to_m = wrong_way_stretch(place, since_s, site.policy)
        warned = (max(from_m, 0), min(to_m, road.length_m))
        for bore in bores_within(site, road.id, *warned):
            facts += _entrance(site, road, bore, missing)
    else:
        lanes, _ = closed_lanes(report, site)
        stop, let_out = _stopped(site, road, place, lanes)
        facts += _closures(site, road, stop, lanes, missing)
    settled = _settled(site, road, facts)
    given = Facts(settled, missing, response, tuple(let_out), warned)
    if report.shoulder and given.all_closed(road) and may_use_shoulder(report, site):
        given = _past_on_the_shoulder(site, road, facts, given)
    return Part(_as_answered(report, lanes), given)


def _past_on_the_shoulder(site: Site, road: Carriageway, facts: Sequence[LaneFact], given: Facts) -> Facts:
    """Return the facts with the shoulder open, where it leads past everything that is closed."""
    told = (*facts, *ordered(site, road, facts))
    after = settled(site, road.id, told)
    if not after.shoulder or any(stretch.all_lanes for stretch in after.stretches):
        return given
    lanes = tuple(LaneFact(road.id, s.lane, s.from_m, s.to_m) for s in after.stretches)
    return replace(given, lanes=lanes, shoulder=after.shoulder)


def _settled(site: Site, road: Carriageway, facts: Sequence[LaneFact]) -> tuple[LaneFact, ...]:
    return tuple(LaneFact(road.id, s.lane, s.from_m, s.to_m) for s in settle(site, road.id, facts))


def may_use_shoulder(report: Report, site: Site) -> bool:
    """Return whether the site lets a dispatcher order the shoulder open for such a report."""
    response = response_to(report.type, site.policy)
    closes = response.closes_in_tunnel if bores_of(site, report.place) else response.closes
    return bool(site.carriageways[report.carriageway].shoulder) and closes is Closes.LANES


def _as_answered(report: Report, lanes: frozenset[int]) -> Report:
    """Return the report with the lanes that are closed for it as the blocked ones."""
    hindered = dict.fromkeys(report.lanes, LaneImpact.AFFECTED)
    return replace(report, lanes=hindered | dict.fromkeys(sorted(lanes), LaneImpact.BLOCKED))


def _stopped(
    site: Site, road: Carriageway, place: Place, lanes: frozenset[int]
) -> tuple[Place, list[LetOut]]:
    """Return the stretch nobody may drive in, and what of the bores behind it is let out.

    With every lane of a bore blocked traffic stops before its entrance. Where in it nobody knows, people
    inside are not stopped but driven out with caution, unless the site says `whole_bore`.
    """
    bores = bores_of(site, place)
    if not bores or not lanes >= set(road.lanes_between(place.from_m, place.to_m)):
        return place, []
    first, last = bores[0], bores[-1]
    if not place.known and site.policy.unknown_place_all_lanes == "portals_only":
        entrance = replace(place, from_m=min(place.from_m, first.entry_m), to_m=first.entry_m)
        return entrance, [LetOut(first.entry_m + 1, last.exit_m, certain=False)]
    stop = replace(place, from_m=min(place.from_m, first.entry_m))
    if place.to_m >= last.exit_m:
        return stop, []
    return stop, [LetOut(place.to_m + 1, last.exit_m, certain=True)]


def _closures(
    site: Site, road: Carriageway, place: Place, lanes: frozenset[int], missing: frozenset[str]
) -> Iterator[LaneFact]:
    to_m = min(max(place.to_m, 0), road.length_m)
    for lane in sorted(lanes):
        from_m = min(max(start_of_closure(site, place, lane, missing), 0), to_m)
        yield LaneFact(road.id, lane, from_m, to_m)


def _entrance(site: Site, road: Carriageway, bore: Bore, missing: frozenset[str]) -> Iterator[LaneFact]:
    """Close every lane before the entrance of a bore."""
    portal = Place(road.id, bore.entry_m, bore.entry_m, True, bore.tunnel)
    there = frozenset(road.lanes_between(bore.entry_m, bore.entry_m))
    yield from _closures(site, road, portal, there, missing)


def _other_bores(report: Report, site: Site) -> Iterator[Bore]:
    """Yield the bores that belong to those the place lies in, on other carriageways."""
    for bore in bores_of(site, report.place):
        for other in site.tunnels[bore.tunnel].bores:
            if other.carriageway != report.carriageway and other.carriageway in site.carriageways:
                yield other


def _other_bore(
    report: Report, site: Site, response: Response, bores: Sequence[Bore], missing: frozenset[str]
) -> Part:
    """Return the part that keeps traffic out of bores of another carriageway; who is inside drives out."""
    bores = sorted(bores, key=lambda b: b.entry_m)
    first, last = bores[0], bores[-1]
    road = site.carriageways[first.carriageway]
    place = Place(road.id, first.entry_m, last.exit_m, False, first.tunnel)
    lanes = dict.fromkeys(road.lanes_between(first.entry_m, first.entry_m), LaneImpact.BLOCKED)
    facts = [fact for bore in bores for fact in _entrance(site, road, bore, missing)]
    settled = _settled(site, road, facts)
    let_out = tuple(LetOut(bore.entry_m + 1, bore.exit_m, certain=False) for bore in bores)
    return Part(
        replace(report, place=place, lanes=lanes),
        Facts(settled, missing, response, let_out, other_bore=True),
    )
