"""In which order a plan is taken back, cross-section by cross-section (S6). Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from config.site import Device, Site
from controller.incident import Demand, LaneFact, Plan
from controller.states.desired import DeviceState
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, DeviceType, PortalAspect, SpeakerState, Value, sounds

CROSSES: Collection[Value] = frozenset({Aspect.CLOSED, PortalAspect.RED})
WARNINGS: Collection[Value] = frozenset({Aspect.CLOSED_AHEAD, Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT})
ADVISORY: Collection[Value] = frozenset(
    {Aspect.DARK, Aspect.OPEN, Aspect.CAUTION, PortalAspect.DARK, PortalAspect.GREEN, PortalAspect.YELLOW}
)
"""What a lamp may show that closes nothing."""

CLOSING = frozenset({DeviceType.HEAD, DeviceType.PORTAL})
"""What holds traffic back: a move waits for these, not for what only tells of it."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a release.

    Attributes:
        name: `sirens`, `lanes G-…`, `portal PS-…`, `warnings G-…` or `signs and beacons`.
        plan: what stands after it; the plan of the next revision.
        released: devices whose demand falls in it, in site order.
        wait_heads: every head of that cross-section, or the portal signal; each needs a fresh read-back
            before (S6).
    """

    name: str
    plan: Plan
    released: tuple[str, ...]
    wait_heads: tuple[str, ...]


def release_phases(plan: Plan, site: Site) -> tuple[Phase, ...]:
    """Return the phases from this plan to nothing; empty for an empty plan.

    Sirens and speakers fall silent; lanes open gantry by gantry from the incident upstream, and the lane
    facts shrink with them; then the warnings before the closure; what only advises (caution, signs, flashes,
    speed) last. A portal signal leaves red in its place among the gantries: whoever drives on past it meets
    no cross inside, and nobody is let on to it before it has left red.
    The phases of what is left after one phase are the remaining ones, so that a restart goes on where it
    stopped. Demands for devices the site no longer has go with the last phase.
    """
    return tuple(_phases(plan, site))


def _phases(plan: Plan, site: Site) -> Iterator[Phase]:
    loud = {d.device for d in plan.demands if sounds(d.value)}
    if loud:
        demands = tuple(_silent(d) if d.device in loud else d for d in plan.demands)
        plan = replace(plan, demands=demands)
        yield Phase("sirens", plan, tuple(d.device for d in demands if d.device in loud), ())
    for stage, wanted in (("lanes", CROSSES), ("warnings", WARNINGS)):
        for name, there, wait in _cross_sections(plan, site, wanted):
            gone = [d.device for d in plan.demands if d.device in there and d.value in wanted]
            plan = _without(plan, gone, site)
            yield Phase(name.format(stage), plan, tuple(gone), wait)
    if plan.demands or plan.lane_facts:
        rest = tuple(d.device for d in plan.demands)
        yield Phase("signs and beacons", replace(plan, demands=(), lane_facts=()), rest, ())


def dwelt_phase(
    plan: Plan, site: Site, stood_ms: Mapping[str, int], now_ms: int, dwell_ms: int
) -> Phase | None:
    """Return the phase of the advisories that have stood long enough to fall, None while none has (S6).

    Args:
        plan: what was replaced; advisories only.
        site: for the order of what is released.
        stood_ms: device → since when it stands, UTC milliseconds; what is not named stands long enough.
        now_ms: UTC milliseconds.
        dwell_ms: how long an advisory stands at least.
    """
    due = {d.device for d in plan.demands if now_ms - stood_ms.get(d.device, 0) >= dwell_ms}
    if not due and plan.demands:
        return None
    left = replace(plan, demands=tuple(d for d in plan.demands if d.device not in due), lane_facts=())
    released = tuple(device for device in site.devices if device in due)
    return Phase("advisories", left, released, ())


def _silent(demand: Demand) -> Demand:
    if isinstance(demand.value, BeaconState):
        return replace(demand, value=replace(demand.value, siren=False))
    return replace(demand, value=SpeakerState())


def _cross_sections(
    plan: Plan, site: Site, wanted: Collection[Value]
) -> list[tuple[str, frozenset[str], tuple[str, ...]]]:
    """Return where something is released in one stage, the farthest downstream first.

    Each is a name with a blank for the stage, its devices, and those that need a fresh read-back.
    """
    devices = [site.devices[d.device] for d in plan.demands if d.value in wanted and d.device in site.devices]
    gantries = {d.gantry for d in devices if d.type is DeviceType.HEAD and d.gantry is not None}
    rows: list[tuple[float, str, str, tuple[str, ...]]] = []
    for gantry in (site.gantries[name] for name in gantries):
        heads = tuple(head.id for _, head in sorted(site.heads(gantry.id).items()))
        rows.append((gantry.at_m, gantry.id, f"{{}} {gantry.id}", heads))
    # Of a gantry and a portal signal at one place the gantry comes first: it stands behind the signal.
    portals = [d for d in devices if d.type is DeviceType.PORTAL]
    rows += [(d.at_m - 0.5, d.id, f"portal {d.id}", (d.id,)) for d in portals]
    rows.sort(key=lambda row: (-row[0], row[1]))
    return [(name, frozenset(there), there) for _, _, name, there in rows]


def _head(demand: Demand, site: Site) -> Device | None:
    device = site.devices.get(demand.device)
    return device if device is not None and device.type is DeviceType.HEAD else None


def _without(plan: Plan, gone: Collection[str], site: Site) -> Plan:
    demands = tuple(d for d in plan.demands if d.device not in gone)
    facts = (_shrunk(fact, demands, site) for fact in plan.lane_facts)
    return replace(plan, demands=demands, lane_facts=tuple(f for f in facts if f is not None))


def _shrunk(fact: LaneFact, demands: Collection[Demand], site: Site) -> LaneFact | None:
    """Return the fact up to the last cross-section that still stands in it, None when none does.

    A lane without heads of its own stays closed as long as its neighbours do; an open shoulder stays as it
    is, or traffic would be sent on it to a new end.
    """
    if fact.open:
        return fact
    standing = [
        head.at_m
        for demand in demands
        if demand.value is Aspect.CLOSED
        and (head := _head(demand, site)) is not None
        and head.carriageway == fact.carriageway
        and fact.from_m <= head.at_m <= fact.to_m
    ]
    return replace(fact, to_m=max(standing)) if standing else None


def advisory(*plans: Plan) -> bool:
    """Return whether plans close nothing: what they demand may fall by rule after its shortest time (S6)."""
    return not any(plan.lane_facts for plan in plans) and not any(
        isinstance(demand.value, Aspect | PortalAspect) and demand.value not in ADVISORY
        for plan in plans
        for demand in plan.demands
    )


def merged(one: Plan, other: Plan) -> Plan:
    """Return both plans' demands, the stricter where both have one; for following, not for arbitration."""
    demands = {demand.device: demand for demand in one.demands}
    for demand in other.demands:
        held = demands.get(demand.device)
        if held is None or strictness(demand.value) >= strictness(held.value):
            demands[demand.device] = demand
    return Plan(tuple(demands.values()), tuple(dict.fromkeys((*one.lane_facts, *other.lane_facts))))


def with_raised(plan: Plan, states: Iterable[DeviceState], sources: Collection[str]) -> Plan:
    """Return a plan that also demands what its incident and others together raised devices to (S5, S9).

    A correction changes the joined facts at once: what stood by them alone is let go of in its turn, like
    everything else that is replaced (S6), or it would stay as something nobody ordered (S11).

    Args:
        plan: the stored demands of the incident.
        states: what stands now.
        sources: the incident by the names arbitration has for it.
    """
    raised = [s for s in states if s.raised_by and not set(sources).isdisjoint(s.sources)]
    return merged(plan, Plan(tuple(Demand(s.device, s.value, s.raised_by, s.reason) for s in raised), ()))
