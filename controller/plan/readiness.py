"""What would not work if the key were pressed now, device by device, and what nothing would warn of."""

from collections.abc import Mapping
from typing import Any

from controller.incident import Plan
from controller.room import ControlRoom
from controller.walking import uncommissioned_of

UNCOVERED = frozenset({"not_covered", "no_coverage", "site_edge", "place_unknown"})
"""Findings about the road rather than about a device."""


def readiness(room: ControlRoom, plan: Plan) -> list[dict[str, Any]]:
    """Return the devices that would not be proved, at most one row each.

    `unreachable` does not answer, `unknown` was never heard, `stale` not for three intervals, `local` and
    `fault` say so themselves, `failed` has failed before and is planned around, `out_of_service`, `dropped`
    and `missing` are left out of the plan though it needs them; `latched` ones are held at their most
    restrictive by an interlock that was seen violated (S9); `uncommissioned` ones are driven, but nobody
    has looked whether their lamps are what they say.
    """
    problems: dict[str, tuple[str, str]] = {}
    for finding in plan.findings:
        if finding.device is not None and finding.code in ("out_of_service", "missing", "dropped"):
            row = room.book.services.get(finding.device)
            reason = f"{row.reason}; {finding.text}" if row is not None else finding.text
            problems[finding.device] = (finding.code, reason)
    for demand in plan.demands:
        failed = room.book.faults.get(demand.device)
        if failed is not None:
            problems[demand.device] = "failed", failed.reason
        elif (problem := _problem(room, demand.device)) is not None:
            problems[demand.device] = problem
    asked = {demand.device for demand in plan.demands}
    for latch in room.book.latches.values():
        for device in latch.interlock.never.keys() & asked:
            problems.setdefault(device, ("latched", f"interlock {latch.interlock.id}: {latch.text}"))
    for device, why in uncommissioned_of(room, plan).items():
        problems.setdefault(device, ("uncommissioned", why))
    order = {device: number for number, device in enumerate(room.site.devices)}
    rows = sorted(problems.items(), key=lambda row: order.get(row[0], -1))
    return [{"device": device, "problem": code, "reason": why} for device, (code, why) in rows]


def uncovered(plan: Plan) -> list[str]:
    """Return what nobody is warned of: stretches without a device, and what lies before the site."""
    return [f.text for f in plan.findings if f.code in UNCOVERED and f.device is None]


def _problem(room: ControlRoom, device: str) -> tuple[str, str] | None:
    reconciler = room.fleet.reconcilers[device]
    heard = reconciler.known()  # takes the newest report first
    condition = reconciler.condition
    reading = condition.reading
    if condition.reachable is False:
        return "unreachable", condition.reason
    if reading is None:
        return "unknown", "never heard yet"
    if reading.local or reading.fault:
        problem = "local" if reading.local else "fault"
        return problem, condition.reason or _TOLD[problem]
    if not heard:
        age_s = room.clock.mono_s() - reading.at_s
        return "stale", f"last heard {age_s:.0f} s ago"
    return None


_TOLD: Mapping[str, str] = {
    "local": "in local mode at its panel: not written",
    "fault": "the device reports a fault",
}
