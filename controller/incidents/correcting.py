"""Moving an open incident to another plan: what is new stands and is proved before the old is released (S6).

A correction, an update to today's rules and an undone correction are the same move.
"""

from collections.abc import Sequence
from dataclasses import replace

from controller.book import Incident, ReleaseProgress, Undo
from controller.events import IncidentChanged
from controller.incident import IncidentState, Plan, Report, Revision, RevisionKind
from controller.incidents.course import Replaced
from controller.incidents.driving import drive_plan
from controller.incidents.growth import additions
from controller.incidents.lifecycle import NotPossible
from controller.incidents.outdated import basis
from controller.incidents.release import advisory, merged, with_raised
from controller.incidents.releasing import Releasing
from controller.incidents.revisions import revision_row
from controller.key import Key
from controller.plan import plan_json
from controller.plan.planning import plan_now, unanswering
from controller.room import ControlRoom
from controller.states.because import LEAVING
from controller.store.rows import Change, Record


class Correcting:
    """Corrections, updates and what undoes them."""

    def __init__(self, room: ControlRoom, releasing: Releasing) -> None:
        self._room = room
        self._releasing = releasing

    async def correct(
        self, incident: Incident, report: Report, key: Key, changes: Sequence[Change] = ()
    ) -> None:
        """Drive the plan of a corrected report; a new place is a new sighting.

        Raises:
            NotPossible: the place is in another section, or the journal cannot carry a release.
        """
        room = self._room
        self._same_section(incident, report)
        body = {"incident": incident.id, "report": plan_json.report_to_json(report), "text": report.text}
        record = room.record("correction", key.actor, incident.section, body)
        if incident.state is IncidentState.PREPARED:
            incident.report, incident.updated_ms = report, key.at_ms
            incident.course = replace(incident.course, seen_ms=key.at_ms)
            await room.store.commit([incident.row(), *changes], [record])
            room.events.publish(IncidentChanged(incident.id))
            return
        plan = plan_now(room, report, dropped=incident.course.dropped, lost=unanswering(room))
        self._may_move(incident, plan)
        await self._move(incident, report, plan, key, record, changes, seen_ms=key.at_ms)

    async def update(self, incident: Incident, key: Key) -> None:
        """Drive what today's site and rules give for its report.

        Raises:
            NotPossible: that is what stands already, or the journal cannot carry a release.
        """
        room = self._room
        if not incident.differs:
            raise NotPossible("its plan is what today's site and rules give: there is nothing to update")
        since_s = (key.at_ms - incident.course.seen_ms) // 1000
        plan = plan_now(
            room,
            incident.report,
            dropped=incident.course.dropped,
            lost=unanswering(room),
            since_s=since_s,
        )
        self._may_move(incident, plan)
        body = {"incident": incident.id, "differs": list(incident.differs)}
        record = room.record("update", key.actor, incident.section, body)
        await self._move(incident, incident.report, plan, key, record)

    async def back(self, incident: Incident, undo: Undo, key: Key) -> None:
        """Drive what stood before a correction, an update or a joined report.

        Raises:
            NotPossible: the journal cannot carry a release.
        """
        assert undo.plan is not None
        self._may_move(incident, undo.plan)
        body = {"incident": incident.id, "undone": undo.what}
        record = self._room.record("undo", key.actor, incident.section, body)
        seen_ms, digest = undo.seen_ms, undo.digest
        await self._move(incident, undo.report, undo.plan, key, record, seen_ms=seen_ms, digest=digest)
        incident.undo, incident.differs = None, undo.differs

    def _same_section(self, incident: Incident, report: Report) -> None:
        section = self._room.site.carriageways[report.carriageway].section
        if section != incident.section:
            raise NotPossible(
                f"{report.carriageway} belongs to section {section}, this incident to {incident.section}: "
                f"press the right place as a new incident, and when it is proved cancel {incident.id}"
            )

    def _may_move(self, incident: Incident, plan: Plan) -> None:
        """Pass where the journal works, or where the move releases nothing (P1)."""
        degraded = self._room.store.degraded
        if degraded and additions(plan, merged(incident.leaving, incident.plan)):
            raise NotPossible(
                f"JOURNAL DEGRADED ({degraded}): a correction releases what it replaces; "
                "raise a new incident and leave this one standing"
            )

    async def _move(
        self,
        incident: Incident,
        report: Report,
        plan: Plan,
        key: Key,
        record: Record,
        changes: Sequence[Change] = (),
        *,
        seen_ms: int | None = None,
        digest: str | None = None,
    ) -> None:
        room, before = self._room, incident.course
        self._releasing.stop(incident)
        what = record.kind
        undo = Undo(
            what,
            key.at_ms + room.site.policy.undo_s * 1000,
            incident.report,
            incident.full_plan,
            before.seen_ms,
            incident.site_digest,
            incident.differs,
        )
        names = incident.id, f"{incident.id}{LEAVING}"
        old = with_raised(merged(incident.leaving, incident.plan), room.states.values(), names)
        releases = bool(additions(plan, old))
        number = incident.revision + 1
        incident.revision += 2  # both reserved: nothing added meanwhile may take them
        replaced = None if what == "undo" else Replaced(what, number, incident.report, before.seen_ms)
        seen_ms = before.seen_ms if seen_ms is None else seen_ms
        incident.course = replace(before, seen_ms=seen_ms, replaced=replaced)
        leaving = Revision(
            incident.id,
            number + 1,
            RevisionKind.LEAVING,
            f"replaced by {what}",
            key.actor,
            key.at_ms,
            old if releases else Plan((), ()),
            0,
            basis(room.site),
        )
        incident.report, incident.leaving = report, leaving.plan
        progress = ReleaseProgress(key.actor, what, IncidentState.ACTIVE, dwells=advisory(old, plan))
        incident.release = progress if releases else None
        incident.state = IncidentState.ACTIVATING
        rows = [revision_row(leaving), *changes]
        kind = RevisionKind.CORRECTION
        await drive_plan(room, incident, plan, kind, key, rows, [record], number=number, digest=digest)
        incident.undo = undo
        if releases:
            self._releasing.start_correction(incident, progress, key.at_s)
