"""S9: whatever stands together, and whatever interlocks a site has, none of them is violated at the end."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from controller.incident import LaneFact
from controller.interlocks.interlock_table import conflicts
from controller.states.stricter import strictness
from devices.values import Aspect, DeviceType
from tests.prove.laws import judged
from tests.prove.standing import Standing
from tests.unit.interlocks import drawn_rules

KINDS = (DeviceType.HEAD, DeviceType.SIGN, DeviceType.BEACON)
RULES = 12


def broken(standing: Standing, seed: int) -> Iterator[str]:
    """Yield every interlock violated, of those the site has anyway and of some that are drawn besides."""
    yield from _violated(standing)
    other = with_drawn_rules(standing, seed)
    yield from _violated(other)
    facts = [fact for plan in other.plans for fact in plan.lane_facts]
    facts += [
        LaneFact(head.carriageway, head.lane, head.at_m, head.at_m)
        for name, state in other.states.items()
        if state.value is Aspect.CLOSED and state.raised_by.startswith("interlock")
        if (head := other.site.devices[name]).lane is not None
    ]
    for text in judged(other, facts, other.shown):
        if text.startswith(("S2", "S4", "S8")):
            yield f"S9 raised, but {text}"
    for plan in other.plans:
        for demand in plan.demands:
            if strictness(other.shown[demand.device]) < strictness(demand.value):
                yield f"S9 {demand.device} shows {other.shown[demand.device]}, less than {demand.value}"


def with_drawn_rules(standing: Standing, seed: int) -> Standing:
    """Return the same with interlocks such as somebody might write into the site file."""
    site = standing.site
    rules = {one.id: one for one in drawn_rules(Random(seed), site, RULES, of=KINDS)}
    other = replace(standing, site=replace(site, interlocks={**rules, **site.interlocks}))
    # Half of them were planned before anybody wrote the rules: stored demands outlive the site file.
    return other if seed % 2 else replace(other, stored=standing.plans)


def raised(standing: Standing) -> bool:
    """Return whether an interlock made anything stricter."""
    states = standing.states.values()
    demands = (demand for plan in standing.plans for demand in plan.demands)
    by_joining = any(s.raised_by.startswith("interlock") for s in states)
    return by_joining or any(d.rule.startswith("interlock") for d in demands)


def _violated(standing: Standing) -> Iterator[str]:
    site, shown = standing.site, standing.shown
    facts = {
        device: frozenset()
        if (value := shown.get(device, site.devices[device].base)) is None
        else frozenset({value})
        for device in site.interlocks_of
    }
    for conflict in conflicts(site, facts):
        if not conflict.interlock.never.keys() & standing.missing:
            yield f"S9 {conflict.interlock.id} is violated"
