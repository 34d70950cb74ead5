"""A report of an event that is already open: it is journalled with it, and what it adds is driven (P5).

Joining only adds. The exception is a queue, whose tail is where the newest report saw it.
"""

from collections.abc import Sequence
from dataclasses import replace

from controller.book import Incident, Undo
from controller.events import IncidentChanged
from controller.incident import IncidentState, Plan, Report
from controller.incidents.correcting import Correcting
from controller.incidents.correlate import is_queue, moved_queue, widened
from controller.incidents.course import Replaced
from controller.incidents.extending import STANDING, extend
from controller.incidents.growth import additions, grown
from controller.key import Key
from controller.plan import plan_json
from controller.plan.planning import plan_now, unanswering
from controller.room import ControlRoom
from controller.store.rows import Change, IdempotencyRow, Record


class Joining:
    """Joins reports to open incidents."""

    def __init__(self, room: ControlRoom, correcting: Correcting) -> None:
        self._room = room
        self._correcting = correcting

    async def join(
        self, incident: Incident, report: Report, key: Key, dropped: tuple[str, ...] | None = None
    ) -> None:
        """Journal the report with its incident; drive what it adds, or pause a release and ask.

        Args:
            dropped: every device that is left out of the incident from now on; None leaves that as it is.

        Raises:
            NotPossible: it moves the tail of a queue and the journal cannot carry that.
        """
        room = self._room
        if dropped is not None:
            incident.course = replace(incident.course, dropped=dropped)
        body = {
            "incident": incident.id,
            "report": plan_json.report_to_json(report),
            "text": report.text,
            "joined": True,
        }
        rows: list[Change] = []
        if key.idempotency is not None:
            rows.append(IdempotencyRow(*key.idempotency, incident.id, key.at_ms))
        record = room.record("report", key.actor, incident.section, body)
        if is_queue(incident.report, report) and incident.state in STANDING:
            moved = moved_queue(incident.report, report)
            if moved.place != incident.report.place:
                await room.store.commit([], [record])
                await self._correcting.correct(incident, moved, key, rows)
                return
        before, incident.report = incident.report, widened(incident.report, report)
        incident.course = replace(incident.course, seen_ms=key.at_ms)
        if incident.state in STANDING and await self._extended(incident, before, key, rows, record):
            return
        if incident.release is not None and incident.state is IncidentState.CLEARING:
            incident.release.paused = (
                f"a new report came in from {key.actor.id}: hold, or clear again to go on"
            )
            room.nudge.set()
        await room.store.commit([incident.row(), *rows], [record])
        room.events.publish(IncidentChanged(incident.id))

    async def _extended(
        self, incident: Incident, before: Report, key: Key, rows: Sequence[Change], record: Record
    ) -> bool:
        """Drive what the widened report asks for besides; False where it asks for nothing more."""
        if incident.report == before:
            return False
        plan = self.whole(incident)
        if not additions(incident.plan, plan):
            return False
        until_ms = key.at_ms + self._room.site.policy.undo_s * 1000
        undo = Undo(
            "joined",
            until_ms,
            before,
            incident.full_plan,
            incident.course.seen_ms,
            incident.site_digest,
            incident.differs,
        )
        replaced = Replaced(undo.what, incident.revision + 1, before, undo.seen_ms)
        incident.course = replace(incident.course, replaced=replaced)
        driven = await extend(
            self._room,
            incident,
            plan,
            actor=key.actor,
            reason=f"a report from {key.actor.id} says more",
            key_s=key.at_s,
            at_ms=key.at_ms,
            changes=rows,
            records=[record],
        )
        if driven:
            incident.undo = undo
        return True

    def whole(self, incident: Incident) -> Plan:
        """Return what an incident demands whole, joined with what its report asks for now."""
        room = self._room
        today = plan_now(room, incident.report, dropped=incident.course.dropped, lost=unanswering(room))
        out = frozenset((*room.book.services, *incident.course.dropped))
        return grown(room.site, incident.full_plan, today, missing=out)
