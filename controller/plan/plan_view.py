"""A plan for people: every demand with its rule, its reason and what it stands in for; what is closed."""

from collections.abc import Mapping
from typing import Any

from config.site import Device, Site
from controller.incident import Demand, Finding, Plan
from controller.plan.plan_json import beyond_to_json
from controller.plan.shoulder import running
from devices.values import value_to_json


def plan_view(site: Site, plan: Plan) -> dict[str, Any]:
    """Return a plan for people: demands with reasons, closed stretches, findings."""
    instead = substitutions(plan)
    return {
        "demands": [_demand(site, demand, instead) for demand in plan.demands],
        "closures": [
            {
                "carriageway": fact.carriageway,
                "lane": fact.lane,
                "from": str(site.carriageways[fact.carriageway].chainage.at(fact.from_m)),
                "to": str(site.carriageways[fact.carriageway].chainage.at(fact.to_m)),
                "from_m": fact.from_m,
                "to_m": fact.to_m,
            }
            for fact in running(plan.lane_facts)
        ],
        "shoulder": [
            {
                "carriageway": fact.carriageway,
                "from": str(site.carriageways[fact.carriageway].chainage.at(fact.from_m)),
                "to": str(site.carriageways[fact.carriageway].chainage.at(fact.to_m)),
            }
            for fact in plan.lane_facts
            if fact.open
        ],
        "findings": [finding_view(finding) for finding in plan.findings],
    }


def substitutions(plan: Plan) -> Mapping[str, str]:
    """Return device → what it shows in place of something better it cannot show (S4, S8)."""
    said: dict[str, list[str]] = {}
    for finding in plan.findings:
        if finding.device is not None and finding.code in ("substituted", "shortened"):
            said.setdefault(finding.device, []).append(finding.text)
    return {device: "; ".join(texts) for device, texts in said.items()}


def _demand(site: Site, demand: Demand, instead: Mapping[str, str]) -> dict[str, Any]:
    device = site.devices[demand.device]
    return {
        "device": demand.device,
        "type": device.type.value,
        "chainage": str(site.carriageways[device.carriageway].chainage.at(device.at_m)),
        "ramp": ramp_view(device),
        "value": value_to_json(demand.value),
        "rule": demand.rule,
        "reason": demand.reason,
        "substitution": instead.get(demand.device),
    }


def ramp_view(device: Device) -> dict[str, Any] | None:
    """Return the ramp a device stands on; its chainage is then where that joins."""
    if device.ramp is None:
        return None
    return {"id": device.ramp.id, "junction": device.ramp.junction, "length_m": device.ramp.length_m}


def finding_view(finding: Finding) -> dict[str, Any]:
    """Return a finding of a plan."""
    beyond = None if finding.beyond is None else beyond_to_json(finding.beyond)
    return {"code": finding.code, "text": finding.text, "device": finding.device, "beyond": beyond}
