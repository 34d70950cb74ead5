"""From one report to the plan of one incident: lane facts first, then every rule in `controller.rules`."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, cast

from config.site import Device, Site
from controller import rules
from controller.incident import Demand, Finding, LaneFact, Plan, Report
from controller.interlocks.interlock_raise import Raised, crosses, keep_interlocks
from controller.plan import coverage, shoulder_order
from controller.plan.bands import Facts, lane_heads
from controller.plan.scope import Part, closed_lanes, parts_of
from controller.states.stricter import strictness
from devices.values import BeaconState, DeviceType, Value, in_words


class Rule(Protocol):
    """What a module of `controller.rules` offers.

    Attributes:
        NAME: of its demands. A rule may also say `PRECEDENCE`, 0 where it does not: of two texts for one
            sign the one of the higher stands, whichever is the stricter.
    """

    NAME: str

    def demands(self, report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
        """Yield what this rule wishes, at most one demand a device, and what it has to say about it."""
        ...


@cache
def rule_modules() -> tuple[Rule, ...]:
    """Return every rule, by file name."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return tuple(cast(Rule, importlib.import_module(f"{rules.__name__}.{name}")) for name in names)


def plan_incident(
    report: Report,
    site: Site,
    *,
    out_of_service: frozenset[str] = frozenset(),
    missing: frozenset[str] = frozenset(),
    since_s: int = 0,
) -> Plan:
    """Return all demands for one report, as if it were the only incident. Pure.

    Args:
        report: a place on a carriageway of `site`. Lanes the carriageway does not have get a finding.
        site: where what stands, what it can show, and how long the bands are.
        out_of_service: devices an operator took out; they get no demand and their role moves one
            gantry upstream (S14).
        missing: the same for devices that are known not to answer.
        since_s: seconds since it was last seen, for what drives on (a wrong-way driver): with time the
            plan only grows.

    Raises:
        KeyError: the carriageway is not of this site.
    """
    gone = out_of_service | missing
    drawn = _apply(report, site, gone, since_s)
    findings = drawn.findings
    if gone:
        wanted = {demand.device for demand in _apply(report, site, frozenset(), since_s).demands}
        findings += [
            _absent(
                site.devices[device], site, gone, "out_of_service" if device in out_of_service else "missing"
            )
            for device in site.devices
            if device in gone and device in wanted
        ]
    facts = [
        fact
        for part in drawn.parts
        for fact in (*part.facts.lanes, *shoulder_order.shoulder_facts(part, site))
    ]
    demands, log = _interlocked(site, drawn.demands, facts, gone)
    findings += [_raised(step) for step in log]
    findings += closed_lanes(report, site)[1]
    findings += shoulder_order.findings(drawn.parts[0], site)
    lanes = site.carriageways[report.carriageway].lane_numbers
    findings += [
        Finding("not_covered", f"lane {lane} is not a lane of {report.carriageway}: nothing closes it")
        for lane in sorted(report.lanes.keys() - lanes)
    ]
    for part in drawn.parts:
        findings += coverage.findings(part, site, demands, since_s)
    return Plan(
        tuple(demands),
        (*facts, *crosses(site, log)),
        tuple(findings),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the rules together say, before what is not there is named."""

    parts: tuple[Part, ...]
    demands: list[Demand]
    findings: list[Finding]


def _apply(report: Report, site: Site, gone: frozenset[str], since_s: int) -> _Drawn:
    parts = parts_of(report, site, missing=gone, since_s=since_s)
    best: dict[str, tuple[int, Demand]] = {}
    said: list[tuple[str, Finding]] = []
    wished: dict[tuple[str, str], Value] = {}
    for part in parts:
        for rule in rule_modules():
            precedence = getattr(rule, "PRECEDENCE", 0)
            for item in rule.demands(part.report, part.facts, site):
                if isinstance(item, Finding):
                    said.append((rule.NAME, item))
                    continue
                wished[rule.NAME, item.device] = item.value
                first = best.get(item.device)
                if first is None:
                    best[item.device] = precedence, item
                elif site.devices[item.device].type is DeviceType.SIGN and precedence != first[0]:
                    best[item.device] = max(first, (precedence, item), key=lambda one: one[0])
                else:
                    best[item.device] = max(first[0], precedence), _one(first[1], item)
    order = {device: i for i, device in enumerate(site.devices)}
    demands = sorted((demand for _, demand in best.values()), key=lambda d: order[d.device])
    # What a rule says of a device counts where its wish stands, also beside an equal one of another rule.
    findings = [
        f
        for rule, f in said
        if f.device not in best
        or rule == best[f.device][1].rule
        or wished.get((rule, f.device)) == best[f.device][1].value
    ]
    return _Drawn(parts, demands, list(dict.fromkeys(findings)))


def _interlocked(
    site: Site, demands: list[Demand], facts: Sequence[LaneFact], gone: frozenset[str]
) -> tuple[list[Demand], tuple[Raised, ...]]:
    """Return the demands, stricter where they would violate an interlock, and what was raised (S9)."""
    values = {demand.device: demand.value for demand in demands}
    kept, log = keep_interlocks(site, values, facts, missing=gone)
    by_device = {demand.device: demand for demand in demands}
    for step in log:
        by_device[step.device] = Demand(step.device, kept[step.device], step.rule, step.text)
    return [by_device[device] for device in site.devices if device in by_device] if log else demands, log


def _raised(step: Raised) -> Finding:
    text = f"{step.device} shows {in_words(step.value)}: {step.rule}: {step.text}"
    return Finding("raised", text, step.device)


def _one(first: Demand, second: Demand) -> Demand:
    """Return what two rules together wish for one device: both light and siren, else the stricter."""
    if isinstance(first.value, BeaconState) and isinstance(second.value, BeaconState):
        both = BeaconState(first.value.flash or second.value.flash, first.value.siren or second.value.siren)
        loudest = second if strictness(second.value) > strictness(first.value) else first
        return Demand(first.device, both, loudest.rule, f"{first.reason}; {second.reason}")
    if strictness(first.value) == strictness(second.value) and first.value == second.value:
        return replace(first, reason=f"{first.reason}; {second.reason}")
    return second if strictness(second.value) > strictness(first.value) else first


def _absent(device: Device, site: Site, gone: frozenset[str], code: str) -> Finding:
    """Say which device is left out and who takes its role."""
    if device.lane is not None:
        row = lane_heads(site, device.carriageway, device.lane)
    else:
        row = site.devices_along(device.carriageway, device.type)
    row = tuple(d for d in row if d.ramp is None and device.ramp is None and d.tunnel == device.tunnel)
    upstream = [d.id for d in row if d.at_m < device.at_m and d.id not in gone]
    moved = f"its role moves to {upstream[-1]}" if upstream else "nothing upstream can take its role"
    return Finding(code, f"{device.id} is {code.replace('_', ' ')}: {moved}", device.id)
