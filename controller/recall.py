"""Stored rows back into an incident: for a start, and for an order on one that is no longer in memory."""

from collections.abc import Sequence

from controller import plan_json
from controller.alarms import AlarmKind
from controller.book import Incident, ReleaseProgress, actor_from_json
from controller.course import Course
from controller.incident import IncidentState, Plan, RevisionKind
from controller.room import ControlRoom
from controller.store.reads import StoredIncident
from controller.store.rows import RevisionRow

FULL = frozenset({RevisionKind.ACTIVATION, RevisionKind.CORRECTION, RevisionKind.HOLD, RevisionKind.REPLAN})
"""Kinds of revision whose plan is whole, not what a release has left of it."""


async def recall(room: ControlRoom, stored: StoredIncident) -> Incident:
    """Return a stored incident as the brain holds it; its windows are opened by whoever needs them."""
    row = stored.incident
    revisions = await room.store.revisions(row.id)
    full = latest_of(revisions, FULL)
    activated = latest_of(revisions, frozenset({RevisionKind.ACTIVATION}))
    since = [r for r in revisions if full is not None and r.number >= full.number]
    activated_ms = activated.at_ms if activated else 0
    course = Course.from_json(row.course) if row.course else Course(row.created_ms, activated_ms)
    incident = Incident(
        id=row.id,
        section=row.section,
        report=plan_json.report_from_json(row.report),
        state=IncidentState(row.state),
        actor=actor_from_json(dict(row.actor)),
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        revision=row.revision,
        plan=_plan(latest_of(since, FULL | {RevisionKind.RELEASE})),
        full_plan=_plan(full),
        leaving=_plan(latest_of(since, frozenset({RevisionKind.LEAVING}))),
        activated_ms=activated_ms,
        committed=True,
        site_digest=full.site_digest if full else "",
        release=ReleaseProgress.from_json(dict(row.release)) if row.release else None,
        course=course,
    )
    for verdict in await room.store.verdicts(row.id):
        incident.verdicts[verdict.number] = plan_json.verdict_from_json(verdict.verdict)
    if incident.site_digest and incident.site_digest != room.site.digest:
        text = "plan outdated: the site file has changed since it was activated; its stored demands stand"
        room.alarms.raise_(AlarmKind.OUTDATED, incident.id, text, room.clock.wall_ms())
    return incident


def _plan(revision: RevisionRow | None) -> Plan:
    return plan_json.plan_from_json(revision.plan) if revision is not None else Plan((), ())


def latest_of(revisions: Sequence[RevisionRow], kinds: frozenset[RevisionKind]) -> RevisionRow | None:
    """Return the newest revision of one of these kinds, None if there is none."""
    return next((r for r in reversed(revisions) if RevisionKind(r.kind) in kinds), None)
