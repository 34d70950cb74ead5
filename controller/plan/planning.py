"""Today's plan of a report: around devices that failed, are out of service, left out or do not answer."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from controller.fleet.reconciler import ALARM_FAILURES
from controller.incident import Finding, Plan, Report
from controller.incidents.growth import grown
from controller.plan.planner import plan_incident
from controller.room import ControlRoom

DROPPED = "dropped"


def plan_now(
    room: ControlRoom,
    report: Report,
    *,
    dropped: Collection[str] = (),
    lost: Collection[str] = (),
    since_s: int = 0,
) -> Plan:
    """Return the plan of a report with the road as it is now.

    What is out of service or left out gets no demand. What has failed or does not answer hands its role one
    gantry upstream and keeps its own demand as well, so that it is driven the moment it works (S14, P3).

    Args:
        dropped: devices a person left out.
        lost: devices that do not answer, or were not proved when they should have been.
        since_s: seconds since it was last seen.
    """
    book, site = room.book, room.site
    out = frozenset((*book.services, *dropped))
    missing = frozenset((*book.faults, *lost)) - out
    plan = plan_incident(report, site, out_of_service=out, missing=missing, since_s=since_s)
    if missing:
        whole = plan_incident(report, site, out_of_service=out, since_s=since_s)
        if missing & {demand.device for demand in whole.demands}:
            plan = grown(site, whole, plan, missing=out)
    return replace(plan, findings=tuple(named(finding, dropped) for finding in plan.findings))


def unanswering(room: ControlRoom) -> frozenset[str]:
    """Return the devices that are alarmed because they do not answer."""
    conditions = {device: r.condition for device, r in room.fleet.reconcilers.items()}
    return frozenset(
        device for device, c in conditions.items() if c.reachable is False and c.failures >= ALARM_FAILURES
    )


def apart(room: ControlRoom, plan: Plan, dropped: Collection[str]) -> Mapping[str, str]:
    """Return device → why it does not count in a verdict over this plan, though the plan is about it."""
    asked = {demand.device for demand in plan.demands}
    named = {f.device for f in plan.findings if f.device is not None}
    left = dict.fromkeys(dropped, f"left out of this incident ({DROPPED})")
    out = {d: f"out of service: {row.reason}" for d, row in room.book.services.items() if d in named - asked}
    failed = {d: f"failed: {row.reason}" for d, row in room.book.faults.items() if d in asked}
    return {**failed, **out, **left}


def named(finding: Finding, dropped: Collection[str]) -> Finding:
    """Return a finding about a device that is left out with that word; any other as it is."""
    if finding.code == "out_of_service" and finding.device in dropped:
        text = finding.text.replace("is out of service", "is left out")
        return Finding(DROPPED, text, finding.device)
    return finding
