"""What several things that stand at once must not do to each other: S5, S11 to S14."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, permutations

from config.sign_meaning import Level
from controller.fleet.fleet import target_of
from controller.incident import Plan
from controller.plan.aspects import ARROWS
from controller.states.arbitration import Source
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, DeviceType, Message, SpeakerState, Value, dark
from tests.prove.standing import SIREN_MS, Standing, values

AFTER_MS = SIREN_MS * 10
"""The time of every siren and speaker is over."""
ADVISORIES = frozenset({DeviceType.BEACON, DeviceType.SPEAKER})
"""Of these the next may be another thing, not a milder one."""


def broken(standing: Standing, seed: int) -> Iterator[str]:
    """Yield every law broken, with the device; the seed decides which incident goes."""
    yield from _joined(standing, seed)
    yield from _found_and_locked(standing)
    yield from _base(standing)
    yield from _sirens(standing)


def milder(standing: Standing, than: Mapping[str, Value], shown: Mapping[str, Value]) -> Iterator[str]:
    """Yield heads and signs that show less than they do in `than`."""
    for name, value in than.items():
        device = standing.site.devices[name]
        now = shown.get(name, device.base) or dark(device.type)
        if device.type not in ADVISORIES and strictness(now) < strictness(value):
            yield f"{name} shows {now}, less than {value}"


def settles_alike(standing: Standing, name: str) -> bool:
    """Return whether more closures always close more at a device.

    They do at everything but a head, unless one opens the shoulder by a person's order past two others or
    past what is held, which is a way more and not a closure. At a head they do not where a lane begins,
    beside held heads, and where three closures meet: a lane that had to be left early need not be where a
    further closure stops everybody. What falls by that alone is no matter of the laws that ask; a head is
    kept by S11 until a person releases it (docs/decisions/0022).
    """
    device = standing.site.devices[name]
    if device.type is not DeviceType.HEAD:
        facts = [fact for plan in standing.plans for fact in plan.lane_facts]
        ordered = any(fact.open and fact.carriageway == device.carriageway for fact in facts)
        return not ordered or (len(standing.incidents) < 3 and not standing.held)
    road = standing.site.carriageways[device.carriageway]
    return len(standing.incidents) < 3 and not standing.held and not any(lane.from_m for lane in road.lanes)


def _joined(standing: Standing, seed: int) -> Iterator[str]:
    """S5: the order does not matter, nobody loses by company, and whoever goes leaves the rest as it was."""
    sources = (*standing.incidents, *standing.held)
    for row in islice(permutations(sources), 1, 2):
        if standing.joined(*row) != standing.states:
            yield f"S5 the order {[source.id for source in row]} gives another state"
    goes = standing.leaving(seed)
    rest = [other for other in sources if other is not goes]
    left = values(standing.together(*rest))
    if values(standing.joined(replace(goes, plan=Plan((), ())), *rest)) != left:
        yield f"S5 the end of {goes.id} changes what the rest derive"
    for text in milder(standing, left, standing.shown):
        if settles_alike(standing, text.partition(" ")[0]):
            yield f"S5 with {goes.id} {text}"
    for plan in standing.plans:
        wished = {d.device: d.value for d in plan.demands}
        for text in milder(standing, wished, standing.shown):
            yield f"S5 together {text}"


def _found_and_locked(standing: Standing) -> Iterator[str]:
    """S11, S14: what is held is never milder than it was, and holding makes nothing else milder."""
    without = values(standing.together(*standing.incidents))
    for text in milder(standing, without, standing.shown):
        if not _last_way(standing, text.partition(" ")[0]):
            yield f"S14 with what is held {text}"
    for name, value in standing.adopted.items():
        for text in milder(standing, {name: value}, standing.shown):
            yield f"S11 found: {text}"
        alone = name not in without and name not in standing.locks and value not in ARROWS
        if alone and not standing.states[name].raised_by and standing.shown[name] != value:
            yield f"S11 {name} was found at {value} and is moved to {standing.shown[name]}"
    for name, value in standing.locks.items():
        if isinstance(value, Message):
            closure = strictness(without.get(name, Message())) == Level.CLOSURE
            if closure and strictness(standing.shown[name]) < Level.CLOSURE:
                yield f"S14 the lock of {name} hides a closure"
            continue
        for text in milder(standing, {name: value}, standing.shown):
            yield f"S14 locked: {text}"


def _last_way(standing: Standing, name: str) -> bool:
    """Return whether a head is over no closure and what is held leaves no other lane of its cross-section.

    A cross that only takes the place of a warning would stop everybody there (S2): it is not shown.
    """
    site, head = standing.site, standing.site.devices[name]
    if head.lane is None or head.gantry is None:
        return False
    row = {n: other.id for n, other in site.heads(head.gantry).items() if n != head.lane}
    held = standing.locks.keys() | standing.adopted.keys()
    closed = {n for n, other in row.items() if standing.shown.get(other) is Aspect.CLOSED}
    others = set(site.carriageways[head.carriageway].lanes_between(head.at_m, head.at_m)) - {head.lane}
    over = any(
        fact.carriageway == head.carriageway
        and fact.lane == head.lane
        and fact.from_m <= head.at_m <= fact.to_m
        for plan in standing.plans
        for fact in plan.lane_facts
    )
    return not over and closed >= others and any(row[n] in held for n in closed)


def _base(standing: Standing) -> Iterator[str]:
    """S12: what nothing stands for goes to its base, what something stands for does not."""
    if standing.joined():
        yield "S12 with nothing open something is demanded"
    for name, device in standing.site.devices.items():
        state = standing.states.get(name)
        target = target_of(device, state, ())
        if target.value != (device.base if state is None else state.value):
            yield f"S12 {name} is driven to {target.value}"
        if target.wanted != (state is not None and not state.source.startswith("adopted:")):
            yield f"S12 {name} is wanted: {target.wanted}, by {state and state.source}"
    asked = {d.device for source in (*standing.incidents, *standing.held) for d in source.plan.demands}
    for name in sorted(asked - standing.states.keys()):
        yield f"S12 {name} is asked for and goes to its base"


def _sirens(standing: Standing) -> Iterator[str]:
    """S13: a siren sounds while the time of an incident that wants it runs; flashes do not end with it."""
    sources = (*standing.incidents, *standing.held)
    wanted: dict[str, list[Source]] = {}
    for source in standing.incidents:
        for demand in source.plan.demands:
            if isinstance(demand.value, BeaconState) and demand.value.siren:
                wanted.setdefault(demand.device, []).append(source)
    asked = {d.device for source in sources for d in source.plan.demands}
    if not any(isinstance(value, BeaconState | SpeakerState) for value in standing.shown.values()):
        return
    ends = [source.siren_until_ms for source in standing.incidents if source.siren_until_ms is not None]
    for now_ms in (*ends[:1], AFTER_MS):
        for name, state in standing.joined(*sources, now_ms=now_ms).items():
            if isinstance(state.value, SpeakerState) and not state.value.silent and now_ms == AFTER_MS:
                yield f"S13 {name} still speaks"
            if not isinstance(state.value, BeaconState):
                continue
            sounds = any((s.siren_until_ms or 0) > now_ms for s in wanted.get(name, ()))
            if name not in asked:  # flashes before what several close together, and sounds with their own
                sounds = state.value.siren and any(
                    (s.siren_until_ms or 0) > now_ms for s in standing.incidents
                )
            if state.value.siren != sounds:
                yield f"S13 {name} sounds: {state.value.siren}, its time runs: {sounds} at {now_ms}"
            before = standing.shown[name]
            if isinstance(before, BeaconState) and before.flash != state.value.flash:
                yield f"S13 {name} stops flashing with its siren"
