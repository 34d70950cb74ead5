"""A closure on the move: what a correction replaced stands beside the new plan until released (S4, S6). Pure.

The new plan alone says what is closed for whom. What it replaced only keeps devices from falling; the crosses
it still holds are no closure of their own, so every cross-section of the old lane opens by itself, as soon as
its turn comes, and signs do not say that the road is closed for the seconds both lanes show a cross.
"""

from collections.abc import Iterable, Mapping, Sequence

from config.sign_meaning import Level, level
from config.site import Site
from controller.incident import LaneFact
from controller.states.desired import DeviceState, Source
from controller.states.interlock import Violation, violations
from controller.states.stricter import strictness
from devices.values import BeaconState, Message, SpeakerState, Value

OVERLAP_S = 10
"""Signs say that nobody gets past only where crosses over every lane stand longer than this."""


def held_up(values: Mapping[str, Value], replaced: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return the devices that would fall if what was replaced were dropped, with what they are held at.

    Args:
        values: device → what everything else asks for.
        replaced: device and value of each replaced demand.
    """
    held: dict[str, Value] = {}
    for device, value in replaced:
        now = held.get(device, values.get(device))
        match value:
            case SpeakerState():
                continue  # what is said is of the new plan only
            case BeaconState(flash=flash):
                before = now if isinstance(now, BeaconState) else BeaconState()
                if flash and not before.flash:
                    held[device] = BeaconState(flash=True, siren=before.siren)
            case _ if now is None or strictness(value) > strictness(now):
                held[device] = value
    return held


def made_lawful(
    site: Site,
    values: Mapping[str, Value],
    facts: Sequence[LaneFact],
    *,
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
    brief: bool,
) -> tuple[dict[str, Value], tuple[Violation, ...]]:
    """Return the values with what contradicts the crosses still held made stricter, and what was.

    Args:
        values: everything, what is held up included.
        facts: closures of the new plan and of other incidents.
        points, missing: as for `interlock.violations`.
        brief: the overlap is short so far: signs need not say that nobody gets past.
    """
    raised, log = dict(values), list[Violation]()
    for _ in range(4 * len(site.devices)):
        found = [
            violation
            for violation in violations(site, raised, facts, points=points, missing=missing)
            if violation.instead is not None
            and violation.instead != raised.get(violation.device)
            and not (brief and says_closed(violation.instead))
        ]
        once = {violation.device: violation for violation in reversed(found)}
        if not once:
            break
        log += once.values()
        raised |= {v.device: v.instead for v in once.values() if v.instead is not None}
    return raised, tuple(log)


def is_brief(replaced: Iterable[Source], now_ms: int) -> bool:
    """Return whether something was replaced, and all of it a moment ago."""
    limits = [source.brief_until_ms for source in replaced]
    return bool(limits) and all(limit is not None and now_ms < limit for limit in limits)


def says_closed(value: Value) -> bool:
    """Return whether a value is a text that says nobody gets past."""
    return isinstance(value, Message) and level(value.multi) is Level.CLOSURE


def moved(
    site: Site,
    states: Mapping[str, DeviceState],
    replaced: Sequence[Source],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact],
    *,
    now_ms: int,
    missing: frozenset[str],
) -> dict[str, DeviceState]:
    """Return the states that differ because of what corrections replaced and have still to release."""
    values = {device: state.value for device, state in states.items()}
    changed: dict[str, DeviceState] = {}
    for source in sorted(replaced, key=lambda s: s.precedence):
        asked = {d.device: d for d in source.plan.demands if d.device in site.devices}
        for device, value in held_up(values, ((d, demand.value) for d, demand in asked.items())).items():
            before = states[device].sources if device in states else ()
            reason = f"until the corrected closure stands: {asked[device].reason}"
            changed[device] = DeviceState(device, value, (source.id,), reason, before)
            values[device] = value
    brief = is_brief(replaced, now_ms)
    _, log = made_lawful(site, values, facts, points=points, missing=missing, brief=brief)
    for violation in log:
        if violation.instead is not None:
            device, standing = violation.device, changed.get(violation.device) or states.get(violation.device)
            behind = standing.sources if standing is not None else (replaced[0].id,)
            reason = f"{violation.rule}: {violation.text}"
            changed[device] = DeviceState(device, violation.instead, behind, reason, (), violation.rule)
    return changed
