"""From one report to the plan of one incident: lane facts first, then every rule in `controller.rules`."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from config.site import Device, Site
from controller import rules
from controller.bands import Facts, lane_facts, lane_heads
from controller.incident import Demand, Finding, Plan, Report
from controller.stricter import strictness
from devices.values import BeaconState, DeviceType


class Rule(Protocol):
    """What a module of `controller.rules` offers."""

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
) -> Plan:
    """Return all demands for one report, as if it were the only incident. Pure.

    Args:
        report: a place on a carriageway of `site`. Lanes the carriageway does not have get a finding.
        site: where what stands, what it can show, and how long the bands are.
        out_of_service: devices an operator took out; they get no demand and their role moves one
            gantry upstream (S14).
        missing: the same for devices that are known not to answer.

    Raises:
        KeyError: the carriageway is not of this site.
    """
    gone = out_of_service | missing
    demands, findings, facts = _apply(report, site, gone)
    if gone:
        wanted = {demand.device for demand in _apply(report, site, frozenset())[0]}
        findings += [
            _absent(
                site.devices[device], site, gone, "out_of_service" if device in out_of_service else "missing"
            )
            for device in site.devices
            if device in gone and device in wanted
        ]
    lanes = site.carriageways[report.carriageway].lane_numbers
    findings += [
        Finding("not_covered", f"lane {lane} is not a lane of {report.carriageway}: nothing closes it")
        for lane in sorted(report.lanes.keys() - lanes)
    ]
    seen = {site.devices[demand.device].type for demand in demands}
    if not seen & {DeviceType.HEAD, DeviceType.SIGN}:
        findings.append(Finding("no_coverage", "no head and no sign stands where this incident needs one"))
    return Plan(tuple(demands), facts.lanes, tuple(findings))


def _apply(report: Report, site: Site, gone: frozenset[str]) -> tuple[list[Demand], list[Finding], Facts]:
    facts = Facts(lane_facts(report, site, gone), gone)
    demands: dict[str, Demand] = {}
    findings: list[Finding] = []
    for rule in rule_modules():
        for item in rule.demands(report, facts, site):
            if isinstance(item, Finding):
                findings.append(item)
            elif item.device in demands:
                demands[item.device] = _one(demands[item.device], item)
            else:
                demands[item.device] = item
    order = {device: i for i, device in enumerate(site.devices)}
    return sorted(demands.values(), key=lambda d: order[d.device]), findings, facts


def _one(first: Demand, second: Demand) -> Demand:
    """Return what two rules together wish for one device: both lights and sounds, else the stricter."""
    stricter = second if strictness(second.value) > strictness(first.value) else first
    reason = f"{first.reason}; {second.reason}"
    if isinstance(first.value, BeaconState) and isinstance(second.value, BeaconState):
        both = BeaconState(first.value.flash or second.value.flash, first.value.siren or second.value.siren)
        return Demand(first.device, both, stricter.rule, reason)
    return Demand(first.device, stricter.value, stricter.rule, reason)


def _absent(device: Device, site: Site, gone: frozenset[str], code: str) -> Finding:
    """Say which device is left out and who takes its role."""
    if device.lane is not None:
        row = lane_heads(site, device.carriageway, device.lane)
    else:
        row = site.devices_along(device.carriageway, device.type)
    upstream = [d.id for d in row if d.at_m < device.at_m and d.id not in gone]
    moved = f"its role moves to {upstream[-1]}" if upstream else "nothing upstream can take its role"
    return Finding(code, f"{device.id} is {code.replace('_', ' ')}: {moved}", device.id)
