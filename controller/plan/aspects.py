"""Which aspect each head of a carriageway shows, derived from closed stretches alone.

One derivation serves a single plan and several incidents joined, so that both say the same (S5).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from config.site import Bore, Carriageway, Device, Site
from controller.incident import SHOULDER, Finding, LaneFact
from controller.plan.bands import Role, Stretch, lane_heads, post, roles_upstream, settled
from controller.plan.spans import covers, joined, nowhere, runs_before, touches
from devices.values import ASPECT_RANK, Aspect

ARROWS = (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)


@dataclass(frozen=True, slots=True)
class Derived:
    """What one head is to show and why."""

    aspect: Aspect
    reason: str


@dataclass(frozen=True)
class Derivation:
    """The heads of one carriageway for one set of facts.

    Attributes:
        road: with its shoulder where that is open by order (see `shoulder.road_with`).
        stretches: the facts after `bands.settle`.
        heads: device → aspect; heads of open lanes are absent.
        shut: lane → every span nobody may be sent into: closed, closed only because a head can show no
            warning, or where the lane does not run.
        findings: what was substituted (S8).
    """

    site: Site
    carriageway: str
    road: Carriageway
    stretches: tuple[Stretch, ...]
    heads: Mapping[str, Derived]
    shut: Mapping[int, list[tuple[int, int]]]
    findings: tuple[Finding, ...]

    def arrows(self, lane: int, at_m: int, start_m: int, end_m: int) -> tuple[Aspect, ...]:
        """Return the arrows that may stand over `lane` at `at_m` for a closure `start_m..end_m` (S2)."""
        ground = _ground(self.site, self.road, self.shut)
        return tuple(ground.arrows(lane, at_m, start_m, end_m))


def derive(
    site: Site,
    carriageway: str,
    facts: Iterable[LaneFact],
    *,
    points: Iterable[LaneFact] = (),
    crosses: Iterable[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
) -> Derivation:
    """Derive what the heads of one carriageway show from the joined facts.

    Args:
        site: heads, their capabilities and the lengths of the bands.
        carriageway: its id.
        facts: closed stretches; those of other carriageways are ignored.
        points: closed heads that stand for no incident (locks, adopted): they may leave a closure
            without a way out.
        crosses: closed heads left over from a release: no arrow points to them, and that is all.
        missing: devices that get no aspect; their role moves upstream.
    """
    return _derived(site, carriageway, tuple(facts), tuple(points), tuple(crosses), missing)


@lru_cache(maxsize=512)
def _derived(
    site: Site,
    carriageway: str,
    facts: tuple[LaneFact, ...],
    points: tuple[LaneFact, ...],
    crosses: tuple[LaneFact, ...],
    missing: frozenset[str],
) -> Derivation:
    """Derive once: arbitration asks of the same facts again until nothing unlawful is left."""
    joined_up = settled(site, carriageway, facts, points)
    road, stretches, single = joined_up.road, joined_up.stretches, (*points, *crosses)
    shut: dict[int, list[tuple[int, int]]] = {
        lane: [(s.from_m, s.to_m) for s in stretches if s.lane == lane]
        + joined_up.shut.get(lane, [])
        + [(p.from_m, p.to_m) for p in single if p.lane == lane and p.carriageway == carriageway]
        + nowhere(road, lane)
        for lane in sorted(road.lane_numbers)
    }
    asked = _asked(site, carriageway, stretches, missing)
    ground = _ground(site, road, shut)
    early = _close_early(asked, ground)
    heads: dict[str, Derived] = {}
    findings: list[Finding] = []
    for device, asks in asked:
        assert device.lane is not None
        role, stretch = max(asks, key=lambda ask: ask[0])
        if device.id in early and role is not Role.CLOSED:
            findings.append(early[device.id])
        if touches(shut[device.lane], device.at_m, device.at_m):
            role = Role.CLOSED
        wishes = ground.wishes(device, role, stretch, may_close=device.id in early)
        aspect = next((wish for wish in wishes if wish in device.aspects), None)
        if aspect is not wishes[0]:
            findings.append(_substituted(device, wishes[0], aspect))
        if aspect is not None:
            heads[device.id] = Derived(aspect, _reason(site, device, aspect, stretch))
    return Derivation(site, carriageway, road, stretches, heads, shut, tuple(findings))


def uncovered(
    site: Site, carriageway: str, stretch: Stretch, missing: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """Yield what no head says about a closed stretch, with chainages."""
    policy = site.policy
    start = post(site, carriageway, stretch.from_m)
    heads = lane_heads(site, carriageway, stretch.lane)
    bands_m = policy.merge_m + policy.closed_ahead_m
    used = runs_before(site.carriageways[carriageway], stretch.lane, stretch.from_m)
    if used and stretch.from_m < bands_m:
        first = post(site, carriageway, 0)
        text = (
            f"lane {stretch.lane}: only {stretch.from_m} m of the {bands_m} m of merge and closed-ahead "
            f"bands before {start} lie on this carriageway, which begins at {first}"
        )
        yield Finding("not_covered", text)
    roles = set(roles_upstream(heads, stretch.from_m, policy, missing).values())
    for role, name in ((Role.MERGE, "merge"), (Role.AHEAD, "closed-ahead")):
        if used and role not in roles:
            reach = post(site, carriageway, stretch.from_m - policy.nearest_gantry_within_m)
            text = f"lane {stretch.lane}: no head from {reach} to {start} for the {name} band"
            yield Finding("not_covered", text)
    if not any(stretch.from_m <= h.at_m <= stretch.to_m and h.id not in missing for h in heads):
        end = post(site, carriageway, stretch.to_m)
        yield Finding("not_covered", f"lane {stretch.lane}: no head over the closed stretch {start} to {end}")


_Asked: TypeAlias = list[tuple[Device, list[tuple[Role, Stretch]]]]


def _asked(site: Site, carriageway: str, stretches: tuple[Stretch, ...], missing: frozenset[str]) -> _Asked:
    """Return the usable heads along each lane, with the role every stretch gives them."""
    asked: _Asked = []
    for lane in sorted({s.lane for s in stretches}):
        heads = lane_heads(site, carriageway, lane)
        asks: dict[str, list[tuple[Role, Stretch]]] = {}
        for stretch in (s for s in stretches if s.lane == lane):
            roles = roles_upstream(heads, stretch.from_m, site.policy, missing)
            roles |= {h.id: Role.CLOSED for h in heads if stretch.from_m <= h.at_m <= stretch.to_m}
            for device, role in roles.items():
                asks.setdefault(device, []).append((role, stretch))
        asked += [(h, asks[h.id]) for h in heads if h.id in asks and h.id not in missing]
    return asked


@dataclass(frozen=True, slots=True)
class _Ground:
    """What arrows are judged by on one carriageway.

    Attributes:
        shut: see `Derivation`; grows while early crosses are looked for.
        unchanging: bores in which nobody may change lanes.
    """

    road: Carriageway
    columns: Mapping[int, int]
    shut: Mapping[int, list[tuple[int, int]]]
    unchanging: tuple[Bore, ...]

    def arrows(self, lane: int, at_m: int, start_m: int, end_m: int) -> Iterator[Aspect]:
        """Yield lawful arrows, to the nearest lane first; of two equally near to the right, slower one.

        The shoulder comes last.
        """
        if any(bore.entry_m <= at_m < bore.exit_m for bore in self.unchanging):
            return
        seen = set()
        columns, own = self.columns, self.columns[lane]
        others = (t for t in self.shut if columns[t] != own)
        for target in sorted(others, key=lambda t: (t < SHOULDER, abs(columns[t] - own), -columns[t])):
            left, right = sorted((own, columns[target]))
            arrow = Aspect.MERGE_RIGHT if columns[target] > own else Aspect.MERGE_LEFT
            between = [n for n, column in columns.items() if left < column < right]
            if (
                arrow not in seen
                and not touches(self.shut[target], at_m, end_m)
                and not any(touches(self.shut[b], at_m, max(start_m - 1, at_m)) for b in between)
            ):
                seen.add(arrow)
                yield arrow

    def wishes(
        self, device: Device, role: Role, stretch: Stretch, *, may_close: bool = False
    ) -> tuple[Aspect, ...]:
        """Return what a head may show for a stretch, best first.

        A cross in place of a warning is none where it would stop everybody before a closure that others
        can pass.
        """
        assert device.lane is not None
        if role is Role.CLOSED and Aspect.CLOSED in device.aspects:
            return (Aspect.CLOSED,)  # most heads of a long closure: nothing else has to be looked for
        wishes = _wishes(role, tuple(self.arrows(device.lane, device.at_m, stretch.from_m, stretch.to_m)))
        if role is Role.CLOSED or may_close or stretch.all_lanes:
            return wishes
        there = self.road.lanes_between(device.at_m, device.at_m)
        if any(n != device.lane and not touches(self.shut[n], device.at_m, device.at_m) for n in there):
            return wishes
        return tuple(wish for wish in wishes if wish is not Aspect.CLOSED)


def _ground(site: Site, road: Carriageway, shut: Mapping[int, list[tuple[int, int]]]) -> _Ground:
    bores = (t.bore(road.id) for t in site.tunnels.values() if not t.lane_change_inside)
    return _Ground(road, road.columns, shut, tuple(bore for bore in bores if bore is not None))


def _close_early(asked: _Asked, ground: _Ground) -> dict[str, Finding]:
    """Add to what is shut where a head can warn only by a cross; return those heads.

    The lane is closed from such a head on, so that no milder head follows it (S3) and nobody is sent
    into it (S2). That may take the last lawful arrow from another head, so look until nothing grows.
    """
    crosses: dict[str, Finding] = {}
    grown = True
    while grown:
        grown = False
        for device, asks in asked:
            assert device.lane is not None
            for role, stretch in asks:
                wishes = ground.wishes(device, role, stretch)
                aspect = next((wish for wish in wishes if wish in device.aspects), None)
                early = role is not Role.CLOSED and aspect is Aspect.CLOSED
                if early and not covers(ground.shut[device.lane], device.at_m, stretch.from_m):
                    row = ground.shut[device.lane]
                    row[:] = joined([*row, (device.at_m, stretch.from_m)])
                    crosses[device.id] = _substituted(device, wishes[0], aspect)
                    grown = True
    return crosses


def _wishes(role: Role, arrows: tuple[Aspect, ...]) -> tuple[Aspect, ...]:
    """Return what a head may show for a role, best first: rather stricter than milder (S8)."""
    match role:
        case Role.CLOSED:
            return (Aspect.CLOSED, Aspect.CLOSED_AHEAD, *arrows, Aspect.CAUTION)
        case Role.MERGE:
            return (*arrows, Aspect.CLOSED_AHEAD, Aspect.CLOSED, Aspect.CAUTION)
        case Role.AHEAD:
            return (Aspect.CLOSED_AHEAD, *arrows, Aspect.CLOSED, Aspect.CAUTION)


def _substituted(device: Device, wish: Aspect, aspect: Aspect | None) -> Finding:
    if aspect is None:
        text = f"{device.id} can show neither {wish} nor anything near it: it gets no demand"
        return Finding("not_covered", text, device.id)
    return Finding("substituted", f"{device.id} cannot show {wish}: {aspect} instead", device.id)


def _reason(site: Site, device: Device, aspect: Aspect, stretch: Stretch) -> str:
    start = post(site, device.carriageway, stretch.from_m)
    what = "all lanes" if stretch.all_lanes else f"lane {stretch.lane}"
    if device.at_m >= stretch.from_m:
        end = post(site, device.carriageway, stretch.to_m)
        return f"{what} closed from {start} to {end}"
    ahead_m = stretch.from_m - device.at_m
    text = f"{what} closed from {start}, {ahead_m} m ahead"
    if aspect in ARROWS:
        return f"{text}: merge {'left' if aspect is Aspect.MERGE_LEFT else 'right'}"
    if ASPECT_RANK[aspect] == ASPECT_RANK[Aspect.CLOSED]:
        return f"{text}: closed from here on, since not every head before it can warn"
    return text
