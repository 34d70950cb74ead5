"""The stored form of reports, plans, revisions and verdicts: JSON without floats, lengths in millimetres."""

from collections.abc import Mapping
from typing import Any

from controller.incident import (
    Actor,
    Beyond,
    Demand,
    Finding,
    IncidentType,
    LaneFact,
    LaneImpact,
    Place,
    Plan,
    Report,
    Revision,
    RevisionKind,
    Verdict,
)
from devices.values import DeviceType, type_of, value_from_json, value_to_json

MM = 1000
"""Millimetres of a metre."""


def report_to_json(report: Report) -> dict[str, Any]:
    """Return the stored form of a report."""
    place = report.place
    return {
        "place": {
            "carriageway": place.carriageway,
            "from_mm": place.from_m * MM,
            "to_mm": place.to_m * MM,
            "known": place.known,
            "tunnel": place.tunnel,
        },
        "lanes": {str(lane): impact.value for lane, impact in sorted(report.lanes.items())},
        "type": report.type.value,
        "severity": report.severity,
        "text": report.text,
        "shoulder": report.shoulder,
    }


def report_from_json(raw: Mapping[str, Any]) -> Report:
    """Read a report back.

    Raises:
        KeyError, ValueError: it is not the stored form of a report.
    """
    place = raw["place"]
    return Report(
        place=Place(
            place["carriageway"],
            place["from_mm"] // MM,
            place["to_mm"] // MM,
            place["known"],
            place["tunnel"],
        ),
        lanes={int(lane): LaneImpact(impact) for lane, impact in raw["lanes"].items()},
        type=IncidentType(raw["type"]),
        severity=raw["severity"],
        text=raw["text"],
        shoulder=raw.get("shoulder", False),
    )


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return the stored form of a plan; demands name the kind of their device, so no site is needed."""
    return {
        "demands": [
            {
                "device": demand.device,
                "type": type_of(demand.value).value,
                "value": value_to_json(demand.value),
                "rule": demand.rule,
                "reason": demand.reason,
            }
            for demand in plan.demands
        ],
        "lane_facts": [
            {
                "carriageway": fact.carriageway,
                "lane": fact.lane,
                "from_mm": fact.from_m * MM,
                "to_mm": fact.to_m * MM,
                "open": fact.open,
            }
            for fact in plan.lane_facts
        ],
        "findings": [_finding(finding) for finding in plan.findings],
    }


def plan_from_json(raw: Mapping[str, Any]) -> Plan:
    """Read a plan back.

    Raises:
        KeyError, ValueError: it is not the stored form of a plan.
    """
    return Plan(
        demands=tuple(
            Demand(d["device"], value_from_json(DeviceType(d["type"]), d["value"]), d["rule"], d["reason"])
            for d in raw["demands"]
        ),
        lane_facts=tuple(
            LaneFact(f["carriageway"], f["lane"], f["from_mm"] // MM, f["to_mm"] // MM, f.get("open", False))
            for f in raw["lane_facts"]
        ),
        findings=tuple(
            Finding(f["code"], f["text"], f["device"], _beyond(f.get("beyond"))) for f in raw["findings"]
        ),
    )


def _finding(finding: Finding) -> dict[str, Any]:
    said = {"code": finding.code, "text": finding.text, "device": finding.device}
    if finding.beyond is None:
        return said
    return {**said, "beyond": beyond_to_json(finding.beyond)}


def beyond_to_json(beyond: Beyond) -> dict[str, Any]:
    """Return a stretch before the site as stored, journalled and shown."""
    return {
        "carriageway": beyond.carriageway,
        "from": beyond.from_post,
        "to": beyond.to_post,
        "length_m": beyond.length_m,
    }


def _beyond(raw: Mapping[str, Any] | None) -> Beyond | None:
    return None if raw is None else Beyond(raw["carriageway"], raw["from"], raw["to"], raw["length_m"])


def revision_to_json(revision: Revision) -> dict[str, Any]:
    """Return the stored form of a revision with its plan."""
    actor = revision.actor
    return {
        "incident": revision.incident_id,
        "number": revision.number,
        "kind": revision.kind.value,
        "phase": revision.phase,
        "actor": {"id": actor.id, "role": actor.role, "via": actor.via},
        "at_ms": revision.at_ms,
        "plan": plan_to_json(revision.plan),
        "budget_ms": revision.budget_ms,
        "site_digest": revision.site_digest,
    }


def revision_from_json(raw: Mapping[str, Any]) -> Revision:
    """Read a revision back.

    Raises:
        KeyError, ValueError: it is not the stored form of a revision.
    """
    actor = raw["actor"]
    return Revision(
        incident_id=raw["incident"],
        number=raw["number"],
        kind=RevisionKind(raw["kind"]),
        phase=raw["phase"],
        actor=Actor(actor["id"], actor["role"], actor["via"]),
        at_ms=raw["at_ms"],
        plan=plan_from_json(raw["plan"]),
        budget_ms=raw["budget_ms"],
        site_digest=raw["site_digest"],
    )


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Return the stored form of a verdict."""
    return {
        "outcome": verdict.outcome,
        "verified": verdict.verified,
        "acked_only": verdict.acked_only,
        "total": verdict.total,
        "budget_ms": verdict.budget_ms,
        "last_ms": verdict.last_ms,
        "failed": dict(verdict.failed),
        "apart": dict(verdict.apart),
        "coverage_lost": verdict.coverage_lost,
    }


def verdict_from_json(raw: Mapping[str, Any]) -> Verdict:
    """Read a verdict back.

    Raises:
        KeyError: it is not the stored form of a verdict.
    """
    return Verdict(
        outcome=raw["outcome"],
        verified=raw["verified"],
        acked_only=raw["acked_only"],
        total=raw["total"],
        budget_ms=raw["budget_ms"],
        last_ms=raw["last_ms"],
        failed=dict(raw["failed"]),
        apart=dict(raw.get("apart", {})),
        coverage_lost=raw.get("coverage_lost", ""),
    )
