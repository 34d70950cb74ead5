"""In which order a plan is taken back, cross-section by cross-section (S6). Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from config.site import Device, Site
from controller.incident import Demand, LaneFact, Plan
from devices.values import Aspect, BeaconState, DeviceType

CROSSES = frozenset({Aspect.CLOSED})
WARNINGS = frozenset({Aspect.CLOSED_AHEAD, Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT})


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a release.

    Attributes:
        name: `sirens`, `lanes G-…`, `warnings G-…` or `signs and beacons`.
        plan: what stands after it; the plan of the next revision.
        released: devices whose demand falls in it, in site order.
        wait_heads: every head of that cross-section; each needs a fresh read-back before (S6).
    """

    name: str
    plan: Plan
    released: tuple[str, ...]
    wait_heads: tuple[str, ...]


def release_phases(plan: Plan, site: Site) -> tuple[Phase, ...]:
    """Return the phases from this plan to nothing; empty for an empty plan.

    Sirens fall silent; lanes open gantry by gantry from the incident upstream, and the lane facts
    shrink with them; then the warnings before the closure; advisories (caution, signs, flashes) last.
    The phases of what is left after one phase are the remaining ones, so that a restart goes on where it
    stopped. Demands for devices the site no longer has go with the last phase.
    """
    return tuple(_phases(plan, site))


def _phases(plan: Plan, site: Site) -> Iterator[Phase]:
    loud = {d.device for d in plan.demands if isinstance(d.value, BeaconState) and d.value.siren}
    if loud:
        demands = tuple(_silent(d) if d.device in loud else d for d in plan.demands)
        plan = replace(plan, demands=demands)
        yield Phase("sirens", plan, tuple(d.device for d in demands if d.device in loud), ())
    for stage, wanted in (("lanes", CROSSES), ("warnings", WARNINGS)):
        for gantry in _gantries(plan, site, wanted):
            heads = {h.id for h in site.heads(gantry).values()}
            gone = [d.device for d in plan.demands if d.device in heads and d.value in wanted]
            plan = _without(plan, gone, site)
            yield Phase(f"{stage} {gantry}", plan, tuple(gone), _cross_section(site, gantry))
    if plan.demands or plan.lane_facts:
        rest = tuple(d.device for d in plan.demands)
        yield Phase("signs and beacons", replace(plan, demands=(), lane_facts=()), rest, ())


def _silent(demand: Demand) -> Demand:
    assert isinstance(demand.value, BeaconState)
    return replace(demand, value=replace(demand.value, siren=False))


def _gantries(plan: Plan, site: Site, wanted: Collection[Aspect]) -> list[str]:
    """Return the gantries with heads to release in one stage, the farthest downstream first."""
    gantries = {
        head.gantry
        for demand in plan.demands
        if (head := _head(demand, site)) is not None and demand.value in wanted
    }
    along = [site.gantries[gantry] for gantry in gantries if gantry is not None]
    return [g.id for g in sorted(along, key=lambda g: (-g.at_m, g.id))]


def _head(demand: Demand, site: Site) -> Device | None:
    device = site.devices.get(demand.device)
    return device if device is not None and device.type is DeviceType.HEAD else None


def _cross_section(site: Site, gantry: str) -> tuple[str, ...]:
    return tuple(head.id for _, head in sorted(site.heads(gantry).items()))


def _without(plan: Plan, gone: Collection[str], site: Site) -> Plan:
    demands = tuple(d for d in plan.demands if d.device not in gone)
    facts = (_shrunk(fact, demands, site) for fact in plan.lane_facts)
    return replace(plan, demands=demands, lane_facts=tuple(f for f in facts if f is not None))


def _shrunk(fact: LaneFact, demands: Collection[Demand], site: Site) -> LaneFact | None:
    """Return the fact up to the last cross-section that still stands in it, None when none does.

    A lane without heads of its own stays closed as long as its neighbours do.
    """
    standing = [
        head.at_m
        for demand in demands
        if demand.value is Aspect.CLOSED
        and (head := _head(demand, site)) is not None
        and head.carriageway == fact.carriageway
        and fact.from_m <= head.at_m <= fact.to_m
    ]
    return replace(fact, to_m=max(standing)) if standing else None
