"""Stored rows back into an incident: for a start, and for an order on one that is no longer in memory."""

from collections.abc import Sequence

from controller.alarms.alarm import AlarmKind
from controller.book import Incident, ReleaseProgress, Undo, actor_from_json
from controller.incident import IncidentState, Plan, RevisionKind
from controller.incidents.course import Course
from controller.incidents.outdated import basis, differences
from controller.plan import plan_json
from controller.room import ControlRoom
from controller.store.reads import StoredIncident
from controller.store.rows import RevisionRow

PRESSED = frozenset({RevisionKind.ACTIVATION, RevisionKind.CORRECTION, RevisionKind.HOLD})
"""Kinds of revision that a person's order drove whole."""

FULL = PRESSED | {RevisionKind.REPLAN}
"""Kinds of revision whose plan is whole, not what a release has left of it."""


async def recall(room: ControlRoom, stored: StoredIncident) -> Incident:
    """Return a stored incident as the brain holds it; its windows are opened by whoever needs them."""
    row = stored.incident
    revisions = await room.store.revisions(row.id)
    full = latest_of(revisions, FULL)
    activated = latest_of(revisions, frozenset({RevisionKind.ACTIVATION}))
    pressed = latest_of(revisions, PRESSED)
    since = [r for r in revisions if pressed is not None and r.number >= pressed.number]
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
    incident.undo = _undo(room, incident, revisions)
    for verdict in await room.store.verdicts(row.id):
        incident.verdicts[verdict.number] = plan_json.verdict_from_json(verdict.verdict)
    if incident.state.open and incident.site_digest != basis(room.site):
        _compare(room, incident, _plan(pressed))
    return incident


def _undo(room: ControlRoom, incident: Incident, revisions: Sequence[RevisionRow]) -> Undo | None:
    """Return what may be taken back of what a person ordered before the restart; its time runs on."""
    newest = latest_of(revisions, PRESSED | {RevisionKind.RELEASE})
    if newest is None:
        return None
    limit_ms, replaced = room.site.policy.undo_s * 1000, incident.course.replaced
    by = next((r for r in revisions if replaced is not None and r.number == replaced.revision), None)
    if replaced is not None and by is not None and newest.number <= replaced.revision:
        before = latest_of([r for r in revisions if r.number < replaced.revision], FULL)
        if before is None:
            return None
        plan, digest = _plan(before), before.site_digest
        same = digest == basis(room.site) or replaced.report.carriageway not in room.site.carriageways
        differs = () if same else differences(room.site, replaced.report, plan, plan)
        until_ms = by.at_ms + limit_ms
        return Undo(replaced.what, until_ms, replaced.report, plan, replaced.seen_ms, digest, differs)
    if newest.kind == RevisionKind.ACTIVATION.value:
        return Undo("press", newest.at_ms + limit_ms, incident.report, None, incident.course.seen_ms)
    return None


def _compare(room: ControlRoom, incident: Incident, pressed: Plan) -> None:
    """Say "plan outdated" where today's site and rules would give it something else; its demands stand."""
    if incident.report.carriageway not in room.site.carriageways:
        return
    incident.differs = differences(room.site, incident.report, pressed, incident.full_plan)
    if not incident.differs:
        incident.site_digest = basis(room.site)
        return
    text = (
        f"plan outdated: site or rules have changed since it was activated, {len(incident.differs)} devices "
        "would be asked for something else; its stored demands stand until a person updates it"
    )
    room.alarms.raise_(AlarmKind.OUTDATED, incident.id, text, room.clock.wall_ms())


def _plan(revision: RevisionRow | None) -> Plan:
    return plan_json.plan_from_json(revision.plan) if revision is not None else Plan((), ())


def latest_of(revisions: Sequence[RevisionRow], kinds: frozenset[RevisionKind]) -> RevisionRow | None:
    """Return the newest revision of one of these kinds, None if there is none."""
    return next((r for r in reversed(revisions) if RevisionKind(r.kind) in kinds), None)
