"""Where a closure starts, how far it reaches and which gantries warn before it: the geometry of S2 and S3.

Alone in knowing distances. Positions are metres along one carriageway, rising with its traffic.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property, lru_cache

from config.site import Carriageway, Device, Policy, Site
from controller.incident import SHOULDER, LaneFact, Place
from controller.plan.responses import Response
from controller.plan.shoulder import road_with
from controller.plan.spans import covers, joined, nowhere, runs_before, touches, within_lane, without


class Role(IntEnum):
    """What a head has to say about a closure of its lane; the larger one wins."""

    AHEAD = 1
    MERGE = 2
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class LetOut:
    """The part of a bore whose traffic drives out while nobody may come in.

    Attributes:
        certain: True downstream of a known place, where lanes are open; False where the place may be
            anywhere in it, so that traffic drives with caution.
    """

    from_m: int
    to_m: int
    certain: bool


@dataclass(frozen=True)
class Facts:
    """What every rule is told besides the report.

    Attributes:
        lanes: the closed stretches of running lanes, settled (see `settle`); empty where none is closed.
        missing: devices that are out of service or gone; they get no demand (S14).
        response: the row of the table for the report's type.
        let_out: inside tunnels whose entrance is closed.
        warned: the stretch in which a wrong-way driver may come, cut at the ends of the road; None for
            anything else.
        other_bore: the report is of another bore; here only its entrance is closed.
        shoulder: where the hard shoulder is ordered open and leads past what is closed.
    """

    lanes: tuple[LaneFact, ...] = ()
    missing: frozenset[str] = frozenset()
    response: Response = field(default_factory=Response)
    let_out: tuple[LetOut, ...] = ()
    warned: tuple[int, int] | None = None
    other_bore: bool = False
    shoulder: tuple[LaneFact, ...] = ()

    @cached_property
    def start_m(self) -> int | None:
        """The upstream end of the whole closure, None where nothing is closed."""
        return min((fact.from_m for fact in self.lanes), default=None)

    def all_closed(self, carriageway: Carriageway) -> bool:
        """Return whether somewhere nobody gets past; stretches of such a place have the same ends."""
        return any(self.closed_at(carriageway, fact.from_m) for fact in self.lanes)

    def on_the_shoulder(self, carriageway: Carriageway) -> bool:
        """Return whether somewhere traffic gets past on the shoulder only."""
        without = replace(self, shoulder=())
        return bool(self.shoulder) and not self.all_closed(carriageway) and without.all_closed(carriageway)

    def closed_ahead_of(self, at_m: int, within_m: int) -> bool:
        """Return whether a closure starts within a distance ahead of a place, or holds it."""
        return any(fact.from_m - within_m <= at_m <= fact.to_m for fact in self.lanes)

    def closed_at(self, carriageway: Carriageway, at_m: int) -> bool:
        """Return whether every lane that runs at a place is closed there, and the shoulder not open."""
        if any(f.from_m <= at_m <= f.to_m for f in self.shoulder):
            return False
        closed = {f.lane for f in self.lanes if f.from_m <= at_m <= f.to_m}
        return closed >= set(carriageway.lanes_between(at_m, at_m))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One closed stretch of one lane after joining; `all_lanes`: nobody gets past it."""

    lane: int
    from_m: int
    to_m: int
    all_lanes: bool


def post(site: Site, carriageway: str, at_m: int) -> str:
    """Return what the roadside post says there, at the nearest end for a place past the carriageway."""
    along = site.carriageways[carriageway]
    return str(along.chainage.at(min(max(at_m, 0), along.length_m)))


def lane_heads(site: Site, carriageway: str, lane: int) -> tuple[Device, ...]:
    """Return the heads over one lane in the order traffic meets them."""
    return site.heads_over(carriageway, lane)


def start_of_closure(site: Site, place: Place, lane: int, missing: Collection[str] = frozenset()) -> int:
    """Return where the closure of one lane starts (S3); below 0 where it would start before the road.

    An unknown place counts from the upstream end of its stretch, so that the closure is never
    shorter than it would be for any place inside it (S7).
    """
    policy, place_m = site.policy, place.from_m
    start_m = place_m - policy.closure_before_m
    heads = lane_heads(site, place.carriageway, lane)
    within_m = place_m - policy.closure_gantries_within_m
    near = [h for h in heads if within_m <= h.at_m < place_m]
    # Counted with and without the missing: one that is gone may only make the closure longer.
    for row in (near, [h for h in near if h.id not in missing]):
        if row and policy.closure_gantries > 0:
            start_m = min(start_m, row[-policy.closure_gantries :][0].at_m)
    start_m = _clear_of_tunnels(site, place.carriageway, start_m)
    covered = [h for h in heads if start_m <= h.at_m <= place.to_m]
    if covered and covered[0].id in missing:
        # S14: the cross of the first gantry moves to the one before it.
        reach_m = start_m - policy.nearest_gantry_within_m
        spare = [h.at_m for h in heads if reach_m <= h.at_m < start_m and h.id not in missing]
        if spare:
            start_m = _clear_of_tunnels(site, place.carriageway, spare[-1])
    return start_m


def settle(
    site: Site, carriageway: str, facts: Iterable[LaneFact], points: Iterable[LaneFact] = ()
) -> tuple[Stretch, ...]:
    """Join closed stretches of one carriageway until every one can be left in time, or nobody gets past.

    Stretches only grow. One whose lane change would fall into a tunnel without lane changes starts
    before that tunnel; one trapped beside a closed neighbour starts with that neighbour; gaps too
    short to weave are closed; and where no lane stays open, all lanes are closed (S2).

    Args:
        site: whose `min_weave_m` decides what is too short.
        carriageway: its id; facts of others are ignored.
        facts: the closed stretches, of any number of incidents.
        points: closed heads that stand for no incident (locks, adopted): nobody is sent to them,
            but they get no stretch of their own.

    Returns:
        Disjoint stretches by lane, then position. Settling a settled set changes nothing.
    """
    return settled(site, carriageway, facts, points).stretches


@dataclass(frozen=True, slots=True)
class Settled:
    """What is closed after joining.

    Attributes:
        road: with its shoulder where that is open by order (see `shoulder.road_with`).
        stretches: of running lanes.
        shut: shoulder lane (see `shoulder.road_with`) → where it is closed as well.
        shoulder: where the shoulder stays open.
    """

    road: Carriageway
    stretches: tuple[Stretch, ...]
    shut: Mapping[int, list[tuple[int, int]]]
    shoulder: tuple[LaneFact, ...] = ()


def settled(
    site: Site, carriageway: str, facts: Iterable[LaneFact], points: Iterable[LaneFact] = ()
) -> Settled:
    """Do what `settle` says for a carriageway with its shoulder, where that is open."""
    return _settled(site, carriageway, tuple(facts), tuple(points))


@lru_cache(maxsize=1_024)
def _settled(
    site: Site, carriageway: str, facts: tuple[LaneFact, ...], points: tuple[LaneFact, ...]
) -> Settled:
    """Settle once: rules, joining and every look for what is unlawful ask of the same facts again."""
    road = road_with(site, carriageway, facts)
    lanes = sorted(road.lane_numbers)
    spans: dict[int, list[tuple[int, int]]] = {lane: [] for lane in lanes}
    for fact in facts:
        if fact.carriageway == road.id and fact.lane in spans:
            spans[fact.lane] += within_lane(road, fact.lane, fact.from_m, fact.to_m)
    dots: dict[int, list[tuple[int, int]]] = {lane: [] for lane in lanes}
    for point in points:
        if point.carriageway == road.id and point.lane in dots:
            dots[point.lane].append((point.from_m, point.to_m))
    weave_m = site.policy.min_weave_m
    absent = {lane: nowhere(road, lane) for lane in lanes}
    entrances: dict[str, int] = {}
    while True:
        spans = {lane: joined(row, weave_m) for lane, row in spans.items()}
        wider = next(_growth(site, road, spans, dots, absent, entrances), None)
        if wider is None:
            break
        for lane, span in wider:
            spans[lane].append(span)
    stretches = (
        Stretch(
            lane,
            from_m,
            to_m,
            all(covers(joined([*spans[n], *absent[n]], 2), from_m, to_m) for n in lanes),
        )
        for lane, row in spans.items()
        for from_m, to_m in row
        if lane > SHOULDER
    )
    shut = {lane: row for lane, row in spans.items() if lane < SHOULDER}
    left = [span for lane in shut for span in without([(0, road.length_m)], [*absent[lane], *shut[lane]])]
    shoulder = tuple(LaneFact(road.id, SHOULDER, a, b, open=True) for a, b in sorted(left))
    return Settled(road, tuple(stretches), shut, shoulder)


def roles_upstream(
    heads: Iterable[Device], start_m: int, policy: Policy, missing: Collection[str]
) -> dict[str, Role]:
    """Return which heads of one lane warn of a closure that starts at `start_m`, and how (S3).

    Args:
        heads: those over the lane, in the order traffic meets them.
        start_m: start of closure.
        policy: the lengths of the bands.
        missing: devices whose role moves one gantry upstream (S14).
    """
    upstream = [head for head in heads if head.at_m < start_m][::-1]
    usable = [head for head in upstream if head.id not in missing]
    merge_from_m = start_m - policy.merge_m
    ahead_from_m = merge_from_m - policy.closed_ahead_m
    reach_m = start_m - policy.nearest_gantry_within_m

    def stand_ins(from_m: int, to_m: int) -> Iterator[Device]:
        for gone in upstream:
            if from_m <= gone.at_m < to_m and gone.id in missing:
                yield from [h for h in usable if reach_m <= h.at_m < gone.at_m][:1]

    merge = {h.id: h.at_m for h in usable if h.at_m >= merge_from_m}
    merge |= {h.id: h.at_m for h in stand_ins(merge_from_m, start_m)}
    if not merge:
        merge = {h.id: h.at_m for h in usable[:1] if h.at_m >= reach_m}
    first_m = min(merge.values(), default=start_m)
    beyond = [h for h in usable if h.at_m < first_m]
    ahead = {h.id for h in beyond if h.at_m >= ahead_from_m}
    ahead |= {h.id for h in stand_ins(ahead_from_m, merge_from_m) if h.id not in merge}
    if not ahead:
        ahead = {h.id for h in beyond[:1] if h.at_m >= reach_m}
    return dict.fromkeys(ahead, Role.AHEAD) | dict.fromkeys(merge, Role.MERGE)


def _clear_of_tunnels(site: Site, carriageway: str, start_m: int) -> int:
    """Move a start of closure before every tunnel in which its lane change would fall (S2)."""
    bores = [
        bore
        for tunnel in site.tunnels.values()
        if not tunnel.lane_change_inside and (bore := tunnel.bore(carriageway)) is not None
    ]
    for bore in sorted(bores, key=lambda b: -b.entry_m):
        if bore.entry_m < start_m and bore.exit_m > start_m - site.policy.min_weave_m:
            start_m = bore.entry_m
    return start_m


_Spans = Mapping[int, list[tuple[int, int]]]


def _growth(
    site: Site,
    road: Carriageway,
    spans: _Spans,
    dots: _Spans,
    absent: _Spans,
    entrances: dict[str, int],
) -> Iterator[list[tuple[int, tuple[int, int]]]]:
    """Yield what has to be added before the spans are settled; nothing when they are.

    Args:
        entrances: tunnel → where a stop before its entrance begins, as far as that was asked for.
    """
    weave_m = site.policy.min_weave_m
    shut = {lane: [*spans[lane], *dots[lane]] for lane in spans}
    columns = road.columns
    yield from _dead_ends(road, spans, shut, absent, weave_m)
    for lane, row in spans.items():
        for from_m, to_m in row:
            before_m = _clear_of_tunnels(site, road.id, from_m)
            if before_m < from_m and (longer := within_lane(road, lane, before_m, to_m)) != [(from_m, to_m)]:
                yield [(lane, span) for span in longer]
            beside = [t for t in spans if t != lane and not covers(absent[t], from_m - weave_m, to_m)]
            clear = [t for t in beside if not touches(shut[t], from_m - weave_m, to_m)]
            if clear and not runs_before(road, lane, from_m):
                continue  # nobody drives in it yet, so nobody has to leave it, and there is a way past it
            free = [t for t in clear if not touches(absent[t], from_m - weave_m, to_m)]
            trapped_by = [
                [
                    a
                    for between in _between(columns, lane, t)
                    for a, b in shut[between]
                    if a < from_m and b >= from_m - weave_m
                ]
                for t in free
            ]
            if free and not all(trapped_by):
                continue
            if free:
                yield [(lane, (max(min(row) for row in trapped_by), to_m))]
            # Nobody gets past: every lane is closed, and lanes closed shortly before run into it.
            stop_m = _stop_line(site, road, from_m, to_m, entrances)
            block = {other: within_lane(road, other, stop_m, to_m) for other in spans}
            if not all(covers(spans[other], *span) for other, cut in block.items() for span in cut):
                yield [(other, span) for other, cut in block.items() for span in cut]


def _stop_line(site: Site, road: Carriageway, from_m: int, to_m: int, entrances: dict[str, int]) -> int:
    """Return where traffic that cannot get past has to stop: before the entrance of a bore, never inside.

    A closure that reaches into a bore starts no later than one of its entrance, whatever moved its start.
    """
    starts = [from_m]
    for tunnel in site.tunnels.values():
        bore = tunnel.bore(road.id)
        if bore is not None and bore.entry_m <= to_m and bore.exit_m >= from_m:
            if tunnel.id not in entrances:
                portal = Place(road.id, bore.entry_m, bore.entry_m, True, tunnel.id)
                first_m = min(start_of_closure(site, portal, lane) for lane in road.lane_numbers)
                entrances[tunnel.id] = max(first_m, 0)
            starts.append(entrances[tunnel.id])
    return min(starts)


def _dead_ends(
    road: Carriageway, spans: _Spans, shut: _Spans, absent: _Spans, weave_m: int
) -> Iterator[list[tuple[int, tuple[int, int]]]]:
    """Yield a closure for a lane that ends where its traffic cannot go over to an open one."""
    columns = road.columns
    for lane in road.lanes:
        end_m = lane.to_m
        if end_m is None or end_m >= road.length_m:
            continue
        near_m, past_m = end_m - weave_m, end_m + 1
        ways: list[list[tuple[int, int]]] = []
        for t in spans:
            if t == lane.number or touches(absent[t], near_m, past_m):
                continue
            on_the_way = (t, *_between(columns, lane.number, t))
            ways.append([(a, b) for n in on_the_way for a, b in shut[n] if a <= past_m and b > near_m])
        if not ways or not all(ways):
            continue
        start_m = min(max(min(a for a, _ in way) for way in ways), end_m)
        # Behind the closures the lane is open again: nobody from upstream is in it any more.
        stop_m = min(max(b for way in ways for _, b in way), end_m)
        longer = within_lane(road, lane.number, start_m, max(start_m, stop_m))
        if not all(covers(spans[lane.number], *span) for span in longer):
            yield [(lane.number, span) for span in longer]


def _between(columns: Mapping[int, int], one: int, other: int) -> list[int]:
    """Return the lanes that lie between two lanes."""
    left, right = sorted((columns[one], columns[other]))
    return [n for n, column in columns.items() if left < column < right]
