"""The critical path of the key: commit a plan as a revision, then give the fleet its targets (P1)."""

from collections.abc import Sequence
from dataclasses import replace

from controller.alarms.alarm import AlarmKind
from controller.book import Incident, Undo
from controller.events import IncidentChanged
from controller.incident import Plan, Revision, RevisionKind
from controller.incidents.outdated import basis
from controller.incidents.revisions import revision_row
from controller.key import Key
from controller.plan import neighbour, plan_json
from controller.plan.planning import apart
from controller.room import ControlRoom
from controller.store.rows import AdoptedRow, Change, Record
from devices.failpoints import failpoint
from devices.values import Aspect, value_to_json


async def drive_plan(
    room: ControlRoom,
    incident: Incident,
    plan: Plan,
    kind: RevisionKind,
    key: Key,
    changes: Sequence[Change] = (),
    records: Sequence[Record] = (),
    *,
    number: int | None = None,
    digest: str | None = None,
) -> None:
    """Make `plan` what the incident demands: journalled in one awaited transaction, then driven.

    Args:
        room: its book, store and fleet.
        incident: gets the next revision and a new window; windows of older ones are superseded.
        plan: stored as it is.
        kind: an activation also starts the sirens; so does a correction that closes more (S13).
        key: who and when; the window counts from it.
        changes: rows of the same transaction.
        records: journal records before the intent, in the same transaction.
        number: of its revision, where the caller has reserved one; the next otherwise.
        digest: what a plan that was stored earlier was made from; today's site and rules otherwise.
    """
    site = room.site
    if number is None:
        number = incident.revision = incident.revision + 1
    incident.updated_ms = key.at_ms
    incident.site_digest = digest or basis(site)
    if incident.site_digest == basis(site):
        incident.differs = ()
        room.alarms.end(AlarmKind.OUTDATED, incident.id)
    incident.driving = True
    if kind is RevisionKind.ACTIVATION:
        incident.activated_ms = key.at_ms
    if kind is RevisionKind.ACTIVATION or (kind is RevisionKind.CORRECTION and closes_more(plan, incident)):
        incident.course = replace(incident.course, sounding_ms=key.at_ms)
    if kind is RevisionKind.CORRECTION:
        incident.course = replace(incident.course, moved_ms=key.at_ms)
    budget_ms = site.policy.budget_ms
    revision = Revision(
        incident.id, number, kind, "", key.actor, key.at_ms, plan, budget_ms, incident.site_digest
    )
    body = {
        "incident": incident.id,
        "revision": revision.number,
        "kind": kind.value,
        "budget_ms": budget_ms,
        "plan": plan_json.plan_to_json(plan),
    }
    found = remember_external(room, plan, key.at_ms)
    started_s = room.clock.mono_s()
    failpoint("before_intent")
    try:
        done = await room.store.commit(
            [incident.row(), revision_row(revision), *found, *changes],
            [
                *records,
                room.record("intent", key.actor, incident.section, body),
                *neighbour.records(room, incident, plan, number, key.actor),
            ],
        )
    finally:
        incident.driving = False
    failpoint("after_intent")
    room.metrics.intent_commit.observe(room.clock.mono_s() - started_s)
    incident.durable = done.durable
    incident.committed = True
    _stand(room, incident, plan, kind, key, number)


def _stand(
    room: ControlRoom, incident: Incident, plan: Plan, kind: RevisionKind, key: Key, number: int
) -> None:
    """Let a journalled plan stand in place of the one before, and give the fleet its targets."""
    policy = room.site.policy
    held = {d.device for d in (*incident.leaving.demands, *incident.plan.demands)} & incident.stood_ms.keys()
    now_stands = {d.device for d in (*incident.leaving.demands, *plan.demands)}
    incident.stood_ms = {d: incident.stood_ms[d] if d in held else key.at_ms for d in sorted(now_stands)}
    neighbour.tell(room, incident, plan, number)
    incident.plan = incident.full_plan = plan
    if kind is RevisionKind.ACTIVATION:
        until_ms = key.at_ms + policy.undo_s * 1000
        incident.undo = Undo("press", until_ms, incident.report, None, incident.course.seen_ms)
    else:
        incident.undo = None
    if number > 1:
        room.withdraw_permits(incident)
    for window in (*incident.windows, incident.clear_window):
        if window is not None:
            window.supersede()
            room.fleet.forget(window)
    incident.later = []
    covered = not any(finding.code == "no_coverage" for finding in plan.findings)
    incident.window = room.windows.open(
        incident,
        plan,
        key_s=key.at_s,
        budget_ms=policy.budget_ms,
        revision=number,
        covered=covered,
        apart=apart(room, plan, incident.course.dropped),
    )
    room.apply(rewrite=[d.device for d in plan.demands], window=incident.window)
    room.windows.mark_outranked(incident, incident.window, room.states)
    room.windows.watch(incident, incident.window)
    room.alarms.end(AlarmKind.REVIEW, incident.id)
    room.events.publish(IncidentChanged(incident.id))


def closes_more(plan: Plan, incident: Incident) -> bool:
    """Return whether a plan puts a cross where none stands: an extension, for which sirens sound again."""
    crosses = {d.device for d in incident.plan.demands if d.value is Aspect.CLOSED}
    return any(d.value is Aspect.CLOSED and d.device not in crosses for d in plan.demands)


def remember_external(room: ControlRoom, plan: Plan, now_ms: int) -> list[Change]:
    """Keep what signs with an external base show now, to restore it at the clear (S12)."""
    rows: list[Change] = []
    for demand in plan.demands:
        device = room.site.devices[demand.device]
        reading = room.fleet.reconcilers[device.id].condition.reading
        known = reading is not None and reading.value is not None
        if device.base is None and known and device.id not in room.book.adopted:
            assert reading is not None
            assert reading.value is not None
            room.book.adopted[device.id] = (reading.value, now_ms)
            rows.append(AdoptedRow(device.id, value_to_json(reading.value), now_ms))
    return rows
