"""S6 of the pure part: the phases of a release, one after the other, while everything else stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from controller.incidents.release import Phase, release_phases
from controller.states.arbitration import DesiredStates
from controller.states.interlock import violations
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, DeviceType, Value, dark
from tests.prove.join_laws import settles_alike
from tests.prove.standing import Standing, values

LOOKED_AT = 3
"""Phases of one release, one after the other, whose whole state is derived; which ones, the seed decides."""

STAGES = ("sirens", "lanes", "warnings", "signs and beacons")


def broken(standing: Standing, seed: int) -> Iterator[str]:
    """Yield every law a release of one of the incidents breaks."""
    rng = Random(f"release {seed}")
    leaving = standing.leaving(seed)
    phases = release_phases(leaving.plan, standing.site)
    yield from _order(standing, phases)
    yield from _resumed(standing, phases)
    rest = [source for source in (*standing.incidents, *standing.held) if source is not leaving]
    floor = standing.together(*rest)
    first = rng.randint(0, max(len(phases) - LOOKED_AT, 0))
    for number in range(first, min(first + LOOKED_AT, len(phases))):
        before = leaving if number == 0 else replace(leaving, plan=phases[number - 1].plan)
        after = replace(leaving, plan=phases[number].plan)
        then, now = standing.together(before, *rest), values(standing.together(after, *rest))
        for text in _step(standing, phases[number], then, now, floor):
            yield f"S6 {phases[number].name}: {text}"
        facts = [fact for source in (after, *rest) for fact in source.plan.lane_facts]
        if not standing.held:
            for violation in violations(standing.site, now, facts, missing=standing.missing):
                if violation.instead is not None:
                    yield f"S6 {phases[number].name} leaves {violation.rule} {violation.text}"


def _order(standing: Standing, phases: Sequence[Phase]) -> Iterator[str]:
    """Sirens, lanes from the incident upstream, warnings, signs; each device falls once and to the end."""
    stages = [_stage(phase) for phase in phases]
    if stages != sorted(stages):
        yield f"S6 the phases come as {[phase.name for phase in phases]}"
    last: dict[tuple[int, str], int] = {}
    for stage, phase in zip(stages, phases, strict=True):
        places = {
            (standing.site.devices[d].carriageway, standing.site.devices[d].at_m)
            for d in phase.released
            if stage in (1, 2)
        }
        if len({road for road, _ in places}) > 1 or len(places) > 1:
            yield f"S6 {phase.name} releases more than one cross-section"
        for road, at_m in places:
            if at_m > last.get((stage, road), at_m):
                yield f"S6 {phase.name} opens downstream of what is open already"
            last[stage, road] = at_m
        gantry = {standing.site.devices[d].gantry for d in phase.released if stage in (1, 2)}
        section = {h.id for g in gantry if g for h in standing.site.heads(g).values()}
        signals = {d for d in phase.released if standing.site.devices[d].type is DeviceType.PORTAL}
        if stage in (1, 2) and not section | signals <= set(phase.wait_heads):
            yield f"S6 {phase.name} waits for too few heads"
    if phases and (phases[-1].plan.demands or phases[-1].plan.lane_facts):
        yield "S6 the last phase leaves something standing"


def _stage(phase: Phase) -> int:
    """Return the stage of a phase; a portal signal leaves red among the lanes."""
    name = "lanes" if phase.name.startswith("portal") else phase.name
    return next(i for i, stage in enumerate(STAGES) if name.startswith(stage))


def _resumed(standing: Standing, phases: Sequence[Phase]) -> Iterator[str]:
    for number, phase in enumerate(phases[:-1], start=1):
        if number % 4 == 1 and release_phases(phase.plan, standing.site) != tuple(phases[number:]):
            yield f"S6 a restart after {phase.name} goes on elsewhere"


def _step(
    standing: Standing,
    phase: Phase,
    before: DesiredStates,
    now: Mapping[str, Value],
    floor: DesiredStates,
) -> Iterator[str]:
    """Yield what one phase does that it must not.

    Args:
        before, now: what everything together shows before and after it.
        floor: what the rest derives without this incident.
    """
    then, rest = values(before), values(floor)
    heads_left = any(value is Aspect.CLOSED for value in _own(phase).values())
    for name in {**then, **now}:
        device = standing.site.devices[name]
        base = device.base or dark(device.type)
        first, second, least = then.get(name, base), now.get(name, base), rest.get(name, base)
        falls = strictness(second) < strictness(first)
        below = strictness(second) < min(strictness(first), strictness(least))
        # A beacon its own incident asks for sounds with that incident, not with what it joins (S13).
        by_joining = name in floor and floor[name].raised_by
        silenced = by_joining and name in _own(phase) and _flashes(second) and _flashes(least)
        if below and not silenced and settles_alike(standing, name):
            yield f"{name} falls to {second}, below {least} of the rest"
        if not falls:
            continue
        if before[name].raised_by:
            continue  # only the joined facts held it: it falls with them
        if name not in phase.released and _alone(standing):
            yield f"{name} falls from {first} to {second} outside the order"
        if device.type is DeviceType.SIGN and heads_left:
            yield f"{name} falls while crosses stand"
        if heads_left and _flashes(first) and not _flashes(second):
            yield f"{name} stops flashing while crosses stand"


def _alone(standing: Standing) -> bool:
    """Return whether nothing stands but the incident that is released."""
    return len(standing.incidents) == 1 and not standing.held


def _own(phase: Phase) -> dict[str, Value]:
    return {demand.device: demand.value for demand in phase.plan.demands}


def _flashes(value: Value) -> bool:
    return isinstance(value, BeaconState) and value.flash
