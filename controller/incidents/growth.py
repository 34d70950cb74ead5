"""A plan that only grows: what stands, joined with what today's facts ask for; nothing falls (S6). Pure."""

from collections.abc import Iterable

from config.site import Site
from controller.incident import Demand, LaneFact, Plan
from controller.plan.spans import joined
from controller.states.arbitration import Source, desired_states
from controller.states.stricter import strictness
from devices.values import BeaconState, DeviceType

STANDING, TODAY = "standing", "today"


def grown(site: Site, standing: Plan, today: Plan, *, missing: frozenset[str] = frozenset()) -> Plan:
    """Return the plan that demands everything both ask for, lawful as a whole.

    Devices that only what stands asks for keep their demand. Of two texts for one sign today's stands unless
    it is the milder one. Growing by the same plan again changes nothing.

    Args:
        site: whose devices they are; demands for devices it no longer has are left out.
        standing: what the incident demands now.
        today: what its report asks for now; its findings are those of the result.
        missing: devices out of service or left out: what they are not asked now they are not asked after.
    """
    texts = _texts(site, standing, today)
    both = [
        Source(name, Plan(_with_texts(plan.demands, texts), plan.lane_facts), at_ms)
        for at_ms, (name, plan) in enumerate(((TODAY, today), (STANDING, standing)))
    ]
    asked: dict[str, list[Demand]] = {}
    for demand in (*today.demands, *standing.demands):
        asked.setdefault(demand.device, []).append(demand)
    demands = []
    for device, state in desired_states(site, both, now_ms=0, missing=missing).items():
        same = next((d for d in asked.get(device, ()) if d.value == state.value), None)
        first = asked.get(device, [None])[0]
        rule = state.raised_by or (first.rule if first is not None else "joined")
        demands.append(same or Demand(device, state.value, rule, state.reason))
    facts = tuple(_joined((*standing.lane_facts, *today.lane_facts)))
    return Plan(tuple(demands), facts, today.findings)


def additions(before: Plan, after: Plan) -> tuple[Demand, ...]:
    """Return the demands that `after` adds: devices not asked before, or asked for less."""
    held = {demand.device: demand.value for demand in before.demands}

    def adds(demand: Demand) -> bool:
        was = held.get(demand.device)
        if was is None:
            return True
        if isinstance(was, BeaconState) and isinstance(demand.value, BeaconState):
            return (demand.value.flash and not was.flash) or (demand.value.siren and not was.siren)
        return strictness(demand.value) > strictness(was)

    return tuple(demand for demand in after.demands if adds(demand))


def _texts(site: Site, standing: Plan, today: Plan) -> dict[str, Demand]:
    """Return the one text each sign is to show, whoever asks for it."""
    texts: dict[str, Demand] = {}
    for demand in (*standing.demands, *today.demands):
        device = site.devices.get(demand.device)
        if device is None or device.type is not DeviceType.SIGN:
            continue
        held = texts.get(demand.device)
        if held is None or strictness(demand.value) >= strictness(held.value):
            texts[demand.device] = demand
    return texts


def _with_texts(demands: Iterable[Demand], texts: dict[str, Demand]) -> tuple[Demand, ...]:
    return tuple(texts.get(demand.device, demand) for demand in demands)


def _joined(facts: Iterable[LaneFact]) -> Iterable[LaneFact]:
    """Yield the closed stretches, those of one lane that touch made one."""
    spans: dict[tuple[str, int, bool], list[tuple[int, int]]] = {}
    for fact in facts:
        spans.setdefault((fact.carriageway, fact.lane, fact.open), []).append((fact.from_m, fact.to_m))
    for (carriageway, lane, is_open), row in spans.items():
        for from_m, to_m in joined(row, 2):
            yield LaneFact(carriageway, lane, from_m, to_m, is_open)
