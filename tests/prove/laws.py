"""S1 to S4, S8 and S9 of the final desired state, judged from the showings alone, not by the planner."""

from collections.abc import Iterable, Iterator, Mapping

from config.sign_meaning import Level, level
from config.site import Device, Site
from controller.incident import SHOULDER, LaneFact, LaneImpact, Report
from controller.plan.responses import Closes, response_to
from controller.signs.sign_texts import sends_to
from controller.states.interlock import violations
from devices.sign_layout import why_unfit
from devices.values import (
    ASPECT_RANK,
    Aspect,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
)
from tests.prove.roads import heads_of
from tests.prove.standing import Standing

Shown = Mapping[str, Value]
ARROWS = {Aspect.MERGE_LEFT: -1, Aspect.MERGE_RIGHT: 1}
FAR_M = 13_000
"""Signs count from the start of closure; a cross in place of a warning may stand 2 km before it."""


def broken(standing: Standing) -> Iterator[str]:
    """Yield every law the final desired state breaks, with the device."""
    facts = [fact for plan in standing.plans for fact in plan.lane_facts]
    yield from judged(standing, facts, standing.shown)
    site, shown, missing = standing.site, standing.shown, standing.missing
    points = [
        LaneFact(head.carriageway, head.lane, head.at_m, head.at_m)
        for name, value in (*standing.locks.items(), *standing.adopted.items())
        if (head := site.devices[name]).lane is not None and value is Aspect.CLOSED
    ]
    for carriageway in site.carriageways:
        yield from _portals(standing, carriageway, shown, facts)
    for report in standing.reports:
        yield from _closed(site, report, shown, missing)
    if not standing.held and len(standing.reports) == 1:
        for carriageway in site.carriageways:
            yield from _ways_out(site, carriageway, [f for f in facts if f.carriageway == carriageway])
        yield from _order(site, standing.reports[0], shown, missing)
    for violation in violations(site, shown, facts, points=points, missing=missing):
        alone = untouched(standing, site.devices[violation.device].carriageway)
        if violation.instead is not None and not alone:
            yield f"S9 {violation.rule} {violation.text}"


def judged(standing: Standing, facts: list[LaneFact], shown: Shown) -> Iterator[str]:
    """Yield what is wrong with any set of showings that tells about these closures."""
    site = standing.site
    yield from _able(standing, shown)
    for carriageway in site.carriageways:
        yield from _arrows(standing, carriageway, shown, facts)
        yield from _signs(standing, carriageway, shown, facts)
    for fact in facts:
        yield from _unbroken(site, fact, shown, standing.missing)


def on_the_shoulder(facts: Iterable[LaneFact], carriageway: str, from_m: int, to_m: int) -> bool:
    """Return whether traffic may use the shoulder all along: an order opens it there and nothing shuts it."""
    mine = [f for f in facts if f.lane == SHOULDER and f.carriageway == carriageway]
    shut = any(not f.open and f.from_m <= to_m and f.to_m >= from_m for f in mine)
    return not shut and any(f.open and f.from_m <= from_m and f.to_m >= to_m for f in mine)


def _ways_out(site: Site, carriageway: str, facts: list[LaneFact]) -> Iterator[str]:
    """S2: whoever must leave a lane finds an open one in time, or every lane is closed, before a bore."""
    road, weave_m = site.carriageways[carriageway], site.policy.min_weave_m
    orders, facts = facts, [fact for fact in facts if fact.lane != SHOULDER]
    columns = road.columns
    beside = max(columns.values()) + 1 if site.drives == "right" else min(columns.values()) - 1

    def shut(lane: int, from_m: int, to_m: int) -> bool:
        runs = next(one for one in road.lanes if one.number == lane)
        absent = not (runs.at(max(from_m, 0)) and runs.at(to_m))
        return absent or any(f.lane == lane and f.from_m <= to_m and f.to_m >= from_m for f in facts)

    def reached(lane: int, target: int, from_m: int, to_m: int) -> bool:
        low, high = sorted((columns[lane], beside if target == SHOULDER else columns[target]))
        between = [n for n, column in columns.items() if low < column < high]
        return not any(f.lane in between and f.from_m < to_m and f.to_m >= from_m for f in facts)

    for fact in facts:
        own = next(one for one in road.lanes if one.number == fact.lane)
        if own.from_m is not None and own.from_m >= fact.from_m:
            continue
        before_m = fact.from_m - weave_m
        if any(
            n != fact.lane
            and not shut(n, before_m, fact.to_m)
            and reached(fact.lane, n, before_m, fact.from_m)
            for n in columns
        ):
            continue
        by_order = on_the_shoulder(orders, carriageway, before_m, fact.to_m)
        if by_order and reached(fact.lane, SHOULDER, before_m, fact.from_m):
            continue
        for bore in (b for t in site.tunnels.values() if (b := t.bore(carriageway))):
            if bore.entry_m <= fact.from_m <= bore.exit_m and bore.entry_m > 0:
                yield f"S3 nobody gets past {fact.from_m} and traffic stops inside a bore"
        there = road.lanes_between(fact.from_m, fact.to_m)
        if not all(shut(n, fact.from_m, fact.to_m) for n in there):
            yield f"S2 lane {fact.lane} closed at {fact.from_m} has no way out and not every lane is closed"
    for lane in road.lanes:
        end_m = lane.to_m
        if end_m is None or any(f.lane == lane.number and f.to_m >= end_m - weave_m for f in facts):
            continue
        near_m = end_m - weave_m + 1
        ways = [n for n in columns if n != lane.number and not shut(n, near_m, end_m + 1)]
        if on_the_shoulder(orders, carriageway, near_m, end_m + 1):
            ways.append(SHOULDER)
        if not any(reached(lane.number, n, near_m, end_m + 1) for n in ways):
            yield f"S2 lane {lane.number} ends at {end_m} beside closed lanes only"


def untouched(standing: Standing, carriageway: str) -> bool:
    """Return whether nothing of ours stands on a carriageway: what was found there stays as it is."""
    ours = {d.device for plan in standing.plans for d in plan.demands} | standing.locks.keys()
    return all(standing.site.devices[device].carriageway != carriageway for device in ours)


def _able(standing: Standing, shown: Shown) -> Iterator[str]:
    for name, value in shown.items():
        device = standing.site.devices[name]
        if name in standing.missing:
            yield f"S14 {name} is missing and asked"
        if (base := device.base) is not None and type(value) is not type(base):
            yield f"S1 {name} is asked for {value}, which is nothing it shows"
        if isinstance(value, Aspect) and value not in device.aspects:
            yield f"S8 {name} cannot show {value}"
        if isinstance(value, PortalAspect) and value not in device.lights:
            yield f"S8 {name} cannot show {value}"
        if isinstance(value, SpeakerState) and not value.silent and value.clip not in device.clips:
            yield f"S8 {name} holds no {value.clip}"
        if isinstance(value, SpeedLimit) and value.kmh not in (0, *device.speeds):
            yield f"S8 {name} cannot show {value.kmh}"
        if isinstance(value, Message) and device.shape is not None and why_unfit(value.multi, device.shape):
            yield f"S4 {name} cannot hold {value.multi}"


def _held_closed(standing: Standing, head: Device) -> bool:
    return Aspect.CLOSED in (standing.locks.get(head.id), standing.adopted.get(head.id))


def _runs(site: Site, carriageway: str, lane: int, from_m: int, to_m: int) -> bool:
    one = next(x for x in site.carriageways[carriageway].lanes if x.number == lane)
    return one.at(from_m) and one.at(to_m)


def _blocked(report: Report, site: Site) -> frozenset[int]:
    """Return the lanes nobody can drive in at the place, by the table."""
    response = response_to(report.type, site.policy)
    road = site.carriageways[report.carriageway]
    in_bore = any(
        b is not None and b.entry_m <= report.place.to_m and b.exit_m >= report.place.from_m
        for t in site.tunnels.values()
        for b in [t.bore(report.carriageway)]
    )
    closes = response.closes_in_tunnel if in_bore else response.closes
    if closes is Closes.NONE:
        return frozenset()
    there = frozenset(
        lane.number
        for lane in road.lanes
        if (lane.from_m or 0) <= report.place.to_m and (lane.to_m is None or report.place.from_m <= lane.to_m)
    )
    columns = road.columns
    named = {
        n if n in there else min(there, key=lambda m: (abs(columns[m] - columns[n]), m))
        for n, impact in report.lanes.items()
        if impact is LaneImpact.BLOCKED and n in columns and there
    }  # a lane that does not run there is taken as the nearest that does
    whole = closes is Closes.ROAD or named >= there
    if whole and not report.place.known and site.policy.unknown_place_all_lanes == "portals_only":
        return frozenset()  # people inside are let out with caution
    if closes is Closes.ROAD:
        return there
    return there & named


def _arrows(standing: Standing, carriageway: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """S2: on the arrow's side some lane runs, without a cross and unblocked, up to the end of the closure."""
    site, reports = standing.site, standing.reports
    if untouched(standing, carriageway):
        return
    columns = site.carriageways[carriageway].columns
    heads = heads_of(site, carriageway)
    for head in heads:
        side = ARROWS.get(shown.get(head.id))  # type: ignore[arg-type]
        if side is None or head.lane is None:
            continue
        held = head.id in standing.locks or head.id in standing.adopted
        reach_m = head.at_m + (site.policy.nearest_gantry_within_m if held else FAR_M)
        ahead = [
            h
            for h in heads
            if h.lane == head.lane and head.at_m < h.at_m <= reach_m and shown.get(h.id) is Aspect.CLOSED
        ]
        crosses = {h.at_m: h.id in standing.locks or h.id in standing.adopted for h in ahead}
        next_m = min(crosses, default=head.at_m)
        closures = [
            (f.from_m, f.to_m)
            for f in facts
            if (f.carriageway, f.lane) == (carriageway, head.lane) and head.at_m < f.from_m <= reach_m
        ]
        end_m = min((to_m for _, to_m in closures), default=next_m)
        if crosses.get(next_m) and all(from_m > next_m for from_m, _ in closures):
            end_m = next_m  # what comes next is held by a person, whatever closes the lane farther on
        open_ = [
            n
            for n in columns
            if (columns[n] - columns[head.lane]) * side > 0
            and _runs(site, carriageway, n, head.at_m, end_m)
            and not any(
                h.lane == n and head.at_m <= h.at_m <= end_m and shown.get(h.id) is Aspect.CLOSED
                for h in heads
            )
            and not any(
                h.lane is not None
                and h.at_m == head.at_m
                and shown.get(h.id) is Aspect.CLOSED
                and min(columns[n], columns[head.lane])
                < columns[h.lane]
                < max(columns[n], columns[head.lane])
                for h in heads
            )
            and not any(
                r.carriageway == carriageway
                and n in _blocked(r, site)
                and r.place.from_m <= end_m
                and r.place.to_m >= head.at_m
                for r in reports
            )
        ]
        outside = (max if side > 0 else min)(columns.values())
        by_order = (
            side == (1 if site.drives == "right" else -1)
            and on_the_shoulder(facts, carriageway, head.at_m, end_m)
            and not any(
                h.lane is not None
                and h.at_m == head.at_m
                and shown.get(h.id) is Aspect.CLOSED
                and columns[head.lane] * side < columns[h.lane] * side <= outside * side
                for h in heads
            )
        )
        if not open_ and not by_order:
            yield f"S2 {head.id} shows {shown[head.id]} and no lane that way stays open to {end_m}"


def _closed(site: Site, report: Report, shown: Shown, missing: frozenset[str]) -> Iterator[str]:
    """S3: heads over a blocked lane are closed from 800 m before a known place to it."""
    place = report.place
    if not place.known:
        return
    blocked = _blocked(report, site)
    for head in heads_of(site, report.carriageway):
        within = place.from_m - site.policy.closure_before_m <= head.at_m <= place.to_m
        able = head.id not in missing and Aspect.CLOSED in head.aspects
        if within and able and head.lane in blocked and shown.get(head.id) is not Aspect.CLOSED:
            yield f"S3 {head.id} over a blocked lane shows {shown.get(head.id)}"


def _order(site: Site, report: Report, shown: Shown, missing: frozenset[str]) -> Iterator[str]:
    """S3: in each lane warnings, then crosses, then nothing; behind a known place nothing but caution."""
    if report.type.value == "wrong_way":
        return  # closes the entrance of several tunnels in a row
    bores = [bore for t in site.tunnels.values() if (bore := t.bore(report.carriageway)) is not None]
    held = sum(b.entry_m <= report.place.to_m and b.exit_m >= report.place.from_m for b in bores)
    for carriageway in site.carriageways:
        if carriageway != report.carriageway and held > 1:
            continue  # so does a fire that may be in several tunnels, on the other carriageway
        for lane in site.carriageways[carriageway].lane_numbers:
            row = [
                (head, _stage(shown.get(head.id)))
                for head in heads_of(site, carriageway)
                if head.lane == lane and head.id not in missing
            ]
            asked = [i for i, (_, stage) in enumerate(row) if stage]
            crosses = [i for i, (_, stage) in enumerate(row) if stage == 2]
            for i, (head, stage) in enumerate(row):
                value = shown.get(head.id)
                warns = any(_stage(aspect) == 1 for aspect in head.aspects)
                # A cross instead of a warning would stop everybody where no other lane passes it.
                able = warns or (Aspect.CLOSED in head.aspects and _passed(site, head, shown))
                if crosses and not stage and able and asked[0] < i < crosses[-1]:
                    yield f"S3 {head.id} shows {value} between a warning and its cross"
                if crosses and stage == 1 and i > crosses[0] and Aspect.CLOSED in head.aspects:
                    yield f"S3 {head.id} shows {value} behind a cross"
                own = carriageway == report.carriageway
                if stage and own and report.place.known and head.at_m > report.place.to_m:
                    yield f"S3 {head.id} shows {value} behind the place"


def _passed(site: Site, head: Device, shown: Shown) -> bool:
    """Return whether another lane runs beside a head, without a cross at its cross-section."""
    there = site.carriageways[head.carriageway].lanes_between(head.at_m, head.at_m)
    beside = site.heads(head.gantry) if head.gantry is not None else {}
    crossed = {n for n, other in beside.items() if shown.get(other.id) is Aspect.CLOSED}
    return any(n != head.lane and n not in crossed for n in there)


def _stage(value: Value | None) -> int:
    """Return 2 for a cross, 1 for a warning, 0 for what leaves the lane open."""
    rank = ASPECT_RANK[value] if isinstance(value, Aspect) else 0
    return {4: 2, 3: 1}.get(rank, 0)


def _unbroken(site: Site, fact: LaneFact, shown: Shown, missing: frozenset[str]) -> Iterator[str]:
    """S3: no open or dark head inside a closure."""
    for head in heads_of(site, fact.carriageway):
        if head.lane == fact.lane and fact.from_m <= head.at_m <= fact.to_m and head.id not in missing:
            value = shown.get(head.id)
            if Aspect.CLOSED in head.aspects and value is not Aspect.CLOSED:
                yield f"S3 {head.id} inside a closure shows {value}"


def _signs(standing: Standing, carriageway: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """S4: a sign is never milder than the next cross-section with a cross, and sends nobody under one.

    Crosses that only a lock or a find keeps closed, far from every closure, are no reason for a text.
    """
    site, missing = standing.site, standing.missing
    road = site.carriageways[carriageway]
    gantries = list(site.gantries_along(carriageway))
    for sign in site.devices_along(carriageway, DeviceType.SIGN):
        if sign.id in missing:
            continue
        far_m = sign.at_m + FAR_M - sign.ahead_m(sign.at_m)  # the way down a ramp counts
        ahead = (g for g in gantries if sign.at_m <= g.at_m <= far_m)
        for gantry in ahead:
            heads: Mapping[int, Device] = site.heads(gantry.id)
            closed = {n for n, h in heads.items() if shown.get(h.id) is Aspect.CLOSED}
            if not closed:
                continue
            if any(
                f.lane != SHOULDER and f.carriageway == carriageway and sign.at_m <= f.to_m < gantry.at_m
                for f in facts
            ):
                break  # a nearer closure without a head: that is the next one
            value = shown.get(sign.id)
            text = value.multi if isinstance(value, Message) else ""
            only_held = all(_held_closed(standing, heads[n]) for n in closed)
            if only_held:
                pass
            elif (
                closed >= set(road.lanes_between(gantry.at_m, gantry.at_m))
                and not on_the_shoulder(facts, carriageway, gantry.at_m, gantry.at_m)
                and level(text) is not Level.CLOSURE
            ):
                yield f"S4 {sign.id} says {text!r} before {gantry.id}, where every lane is closed"
            elif not text:
                yield f"S4 {sign.id} is blank before {gantry.id}, where lanes {sorted(closed)} are closed"
            if sends_to(text, road) & closed:
                yield f"S4 {sign.id} sends to a lane closed at {gantry.id}"
            break


def _portals(standing: Standing, carriageway: str, shown: Shown, facts: list[LaneFact]) -> Iterator[str]:
    """S4 of portal signals: red before a wall of crosses in their bore, lit before any closure there."""
    site = standing.site
    road = site.carriageways[carriageway]
    if untouched(standing, carriageway):
        return
    for signal in site.devices_along(carriageway, DeviceType.PORTAL):
        tunnel = site.tunnels.get(signal.tunnel or "")
        bore = tunnel.bore(carriageway) if tunnel is not None else None
        if bore is None or signal.id in standing.missing:
            continue
        value = shown.get(signal.id)
        walls = [
            gantry.id
            for gantry in site.gantries_between(carriageway, signal.at_m, bore.exit_m)
            if (closed := {n for n, h in site.heads(gantry.id).items() if shown.get(h.id) is Aspect.CLOSED})
            and closed >= set(road.lanes_between(gantry.at_m, gantry.at_m))
            and not on_the_shoulder(facts, carriageway, gantry.at_m, gantry.at_m)
        ]
        if walls and PortalAspect.RED in signal.lights and value is not PortalAspect.RED:
            yield f"S4 {signal.id} shows {value} before {walls[0]}, where every lane is closed"
        ahead = any(
            f.lane != SHOULDER
            and f.carriageway == carriageway
            and f.from_m <= bore.exit_m
            and f.to_m >= signal.at_m
            for f in facts
        )
        able = PortalAspect.YELLOW in signal.lights
        if ahead and able and value not in (PortalAspect.YELLOW, PortalAspect.RED):
            yield f"S4 {signal.id} shows {value} before a closure"
