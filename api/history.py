"""An incident's past: older incidents and timelines, from the store with what memory knows laid over it."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from api.problems import Problem
from api.reading import report_view
from controller.book import Incident, actor_to_json
from controller.incident import RevisionKind
from controller.incidents import notes
from controller.incidents.outdated import basis
from controller.incidents.window import Window
from controller.plan import plan_json
from controller.plan.plan_view import plan_view
from controller.room import ControlRoom
from controller.store.rows import IncidentRow, RevisionRow, StepRow, VerdictRow

log = structlog.get_logger()
T = TypeVar("T")

READ_S = 3.0
"""How long an answer waits for the store; a hung disk must not hang the console."""

_FULL = frozenset(
    kind.value
    for kind in (RevisionKind.ACTIVATION, RevisionKind.CORRECTION, RevisionKind.HOLD, RevisionKind.REPLAN)
)


async def from_store(question: Awaitable[T]) -> T:
    """Return what the store answers.

    Raises:
        Problem: 503, it does not answer.
    """
    try:
        async with asyncio.timeout(READ_S):
            return await question
    except Exception as err:
        log.warning("the store could not be read", error=repr(err))
        detail = (
            "the store does not answer, so the past is not to be seen now; open incidents are: "
            "GET /api/v1/incidents?state=open"
        )
        raise Problem(503, "History not readable", detail) from err


def row_line(row: IncidentRow) -> dict[str, Any]:
    """Return a stored incident in the short form of lists."""
    report = plan_json.report_from_json(row.report)
    return {
        "id": row.id,
        "state": row.state,
        "carriageway": report.carriageway,
        "tunnel": report.place.tunnel,
        "lanes": {str(n): impact.value for n, impact in sorted(report.lanes.items())},
        "type": report.type.value,
        "text": report.text,
        "created_ms": row.created_ms,
        "updated_ms": row.updated_ms,
        "revision": row.revision,
    }


async def stored_incident(room: ControlRoom, incident_id: str) -> dict[str, Any] | None:
    """Return an incident that is no longer in memory, with the plan and verdict of its last full revision."""
    found = await from_store(room.store.incident(incident_id))
    if found is None:
        return None
    row = found.incident
    revisions = await from_store(room.store.revisions(incident_id))
    verdicts = await from_store(room.store.verdicts(incident_id))
    full = next((r for r in reversed(revisions) if r.kind in _FULL), None)
    steps = await from_store(room.store.steps(incident_id, full.number)) if full is not None else []
    verdict = next((v.verdict for v in verdicts if full is not None and v.number == full.number), None)
    clear = next((v.verdict for v in reversed(verdicts) if full is not None and v.number > full.number), None)
    return {
        **row_line(row),
        **_report(room, row),
        "durable": True,
        "simulation": room.site.kind.value == "simulated",
        "drill": room.site.drill,
        "actor": dict(row.actor),
        "plan": _plan(room, full),
        "plan_outdated": full is not None and full.site_digest != basis(room.site),
        "budget_ms": full.budget_ms if full is not None else room.site.policy.budget_ms,
        "steps": [_step(step) for step in steps],
        "verdict": dict(verdict) if verdict is not None else None,
        "release": dict(row.release) if row.release is not None else None,
        "clear_verdict": dict(clear) if clear is not None else None,
    }


def _report(room: ControlRoom, row: IncidentRow) -> dict[str, Any]:
    try:
        return report_view(plan_json.report_from_json(row.report), room.site)
    except (KeyError, ValueError):
        return {"place": None}  # the site file has changed since; what the store says of it stands above


def _plan(room: ControlRoom, revision: RevisionRow | None) -> dict[str, Any] | None:
    if revision is None:
        return None
    try:
        return plan_view(room.site, plan_json.plan_from_json(revision.plan))
    except (KeyError, ValueError):
        return dict(revision.plan)  # devices the site no longer has: the stored form says it all


def _step(step: StepRow) -> dict[str, Any]:
    return {
        "device": step.device,
        "revision": step.number,
        "state": step.state,
        "reason": step.reason,
        "t_ms": step.t_ms,
        "times": dict(step.times),
    }


async def timeline(room: ControlRoom, incident_id: str) -> list[dict[str, Any]] | None:
    """Return revisions, steps and verdicts of an incident in the order they happened; None if unknown."""
    live = room.book.incidents.get(incident_id)
    if live is None and await from_store(room.store.incident(incident_id)) is None:
        return None
    revisions = await from_store(room.store.revisions(incident_id))
    steps = {(s.number, s.device): s for s in await from_store(room.store.steps(incident_id))}
    verdicts = {v.number: v for v in await from_store(room.store.verdicts(incident_id))}
    for window in (*live.windows, live.clear_window) if live is not None else ():
        if window is not None:
            steps |= {(s.number, s.device): s for s in _window_rows(room, window)}
    # A press has one time: steps count from its revision, not from a clock read a millisecond later.
    keys_ms = {r.number: r.at_ms for r in revisions if r.budget_ms}
    entries = [*_revisions(revisions), *_steps(steps.values(), keys_ms), *_verdicts(verdicts.values())]
    entries += await _notes(room, incident_id)
    if live is not None and not revisions:
        entries.append(_created(live))
    entries.sort(key=lambda e: (e["at_ms"], _ORDER[e["what"]], e.get("device", "")))
    return entries


_ORDER = {"report": 0, "revision": 1, "step": 2, "verdict": 3, "note": 4}
_NOTES_READ = 5_000
"""Notes of all incidents, the newest ones, that are looked through for those of one."""


async def _notes(room: ControlRoom, incident_id: str) -> list[dict[str, Any]]:
    rows = await from_store(room.store.journal(limit=_NOTES_READ, kinds=(notes.KIND,), newest_first=True))
    return [
        {
            "at_ms": row.at_ms,
            "t_ms": None,
            "what": "note",
            "revision": 0,
            "actor": dict(row.actor),
            "text": row.body["text"],
            "task": row.body.get("task", ""),
            "done": row.body.get("done", True),
        }
        for row in rows
        if row.body["incident"] == incident_id
    ]


def _window_rows(room: ControlRoom, window: Window) -> Iterable[StepRow]:
    """Return the steps of a window in memory: the store may be half a second behind."""
    key_ms = room.clock.wall_ms() - round((room.clock.mono_s() - window.key_s) * 1000)
    for device, step in window.steps.items():
        times = {state.value: t_ms for state, t_ms in step.times.items()}
        state, at_ms = step.state.value, key_ms + step.t_ms
        yield StepRow(window.incident, window.revision, device, state, step.reason, step.t_ms, at_ms, times)


def _created(incident: Incident) -> dict[str, Any]:
    return {
        "at_ms": incident.created_ms,
        "t_ms": None,
        "what": "report",
        "revision": 0,
        "actor": actor_to_json(incident.actor),
        "text": incident.report.text,
    }


def _revisions(rows: Sequence[RevisionRow]) -> Iterable[dict[str, Any]]:
    for row in rows:
        yield {
            "at_ms": row.at_ms,
            "t_ms": 0 if not row.phase else None,
            "what": "revision",
            "revision": row.number,
            "kind": row.kind,
            "phase": row.phase,
            "actor": dict(row.actor),
            "devices": len(row.plan["demands"]),
        }


def _steps(rows: Iterable[StepRow], keys_ms: Mapping[int, int]) -> Iterable[dict[str, Any]]:
    for row in rows:
        key_ms = keys_ms.get(row.number, row.at_ms - row.t_ms)
        for state, t_ms in {**row.times, row.state: row.t_ms}.items():
            yield {
                "at_ms": key_ms + t_ms,
                "t_ms": t_ms,
                "what": "step",
                "revision": row.number,
                "device": row.device,
                "state": state,
                "reason": row.reason if state == row.state else "",
            }


def _verdicts(rows: Iterable[VerdictRow]) -> Iterable[dict[str, Any]]:
    for row in rows:
        yield {
            "at_ms": row.at_ms,
            "t_ms": None,
            "what": "verdict",
            "revision": row.number,
            "verdict": dict(row.verdict),
        }
