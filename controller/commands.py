"""What people order: each command is checked, journalled in one awaited transaction, then driven."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.alarms.alarm_orders import AlarmOrders
from controller.book import Incident, ReleaseProgress
from controller.device_orders import DeviceOrders
from controller.events import IncidentChanged
from controller.incident import IncidentState, Plan, Report, RevisionKind
from controller.incidents.correcting import Correcting
from controller.incidents.correlate import correlate, widened
from controller.incidents.course import Course
from controller.incidents.driving import drive_plan
from controller.incidents.dropping import may_drop, works
from controller.incidents.joining import Joining
from controller.incidents.lifecycle import Command, NotPossible, check
from controller.incidents.outdated import basis
from controller.incidents.recall import recall
from controller.incidents.releasing import Releasing, needs_two_people
from controller.incidents.undoing import Undoing
from controller.interlocks.interlock_orders import InterlockOrders
from controller.key import Key, Unknown
from controller.plan import plan_json
from controller.plan.planning import plan_now, unanswering
from controller.room import ControlRoom
from controller.store.rows import (
    Change,
    IdempotencyRow,
)
from controller.walking import Walks

PREPARED_KEPT = 1_000
"""Prepared or ended incidents kept in memory; older ones are read from the store."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What a press did: a new incident, or an open one it was joined to (P5)."""

    incident: Incident
    joined: bool = False


def people(names: Sequence[str]) -> list[str]:
    """Return the names without blanks and repeats: two spellings of one name are one person (P1)."""
    seen = {" ".join(name.split()).casefold(): " ".join(name.split()) for name in names}
    return [name for key, name in seen.items() if key]


class Commands:
    """The verbs of the control room."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._releasing = Releasing(room)
        self._correcting = Correcting(room, self._releasing)
        self._joining = Joining(room, self._correcting)
        self._undoing = Undoing(room, self._releasing, self._correcting)
        self.devices = DeviceOrders(room)
        self.alarms = AlarmOrders(room)
        self.walks = Walks(room)
        self.interlocks = InterlockOrders(room)

    # The key ------------------------------------------------------------------------------------------

    def plan(self, report: Report, drop: Sequence[str] = ()) -> Plan:
        """Return the plan a press of this report would drive now; sends nothing.

        Args:
            report: what happened.
            drop: devices to leave out.

        Raises:
            Unknown: one of them is no device.
            NotPossible: the laws cannot be kept without them.
        """
        room, lost = self._room, unanswering(self._room)
        plan = plan_now(room, report, dropped=drop, lost=lost)
        if drop:
            whole = plan_now(room, report, lost=lost)
            known = [device for device in drop if device in room.site.devices]
            may_drop(room.site, drop, plan, whole, [device for device in known if works(room, device)])
        return plan

    async def raise_incident(
        self,
        report: Report,
        key: Key,
        *,
        activate: bool = True,
        separate: bool = False,
        drop: Sequence[str] = (),
    ) -> Raised:
        """Open an incident and drive its plan, or join the one that is already open (P5).

        Args:
            activate: False only prepares: nothing is sent.
            separate: the person says it is another event though it looks the same.
            drop: devices to leave out of this incident; of one that is joined, what it does not command yet.

        Raises:
            Unknown, NotPossible: see `plan`; nothing was opened.
        """
        room = self._room
        if not separate:
            open_ones = [(i.id, i.report, i.created_ms) for i in room.book.incidents.values() if i.state.open]
            match = correlate(report, key.at_ms, open_ones, room.site.policy)
            if match is not None:
                known = room.book.incidents[match.incident]
                dropped = self._in_order((*known.course.dropped, *drop))
                if drop:
                    self._may_join_without(known, report, drop, dropped)
                await self._joining.join(known, report, key, dropped)
                return Raised(known, joined=True)
        section = room.site.carriageways[report.carriageway].section
        state = IncidentState.ACTIVATING if activate else IncidentState.PREPARED
        incident = Incident(
            room.store.next_incident_id(), section, report, state, key.actor, key.at_ms, key.at_ms
        )
        incident.course = Course(seen_ms=key.at_ms, dropped=self._in_order(drop))
        plan = self.plan(report, drop)  # before it is known to anyone: a bug leaves nothing
        room.book.incidents[incident.id] = incident
        body = {"incident": incident.id, "report": plan_json.report_to_json(report), "text": report.text}
        records = [room.record("report", key.actor, section, body)]
        changes: list[Change] = []
        if key.idempotency is not None:
            changes.append(IdempotencyRow(*key.idempotency, incident.id, key.at_ms))
        if activate:
            await drive_plan(room, incident, plan, RevisionKind.ACTIVATION, key, changes, records)
        else:
            done = await room.store.commit([incident.row(), *changes], records)
            incident.durable = done.durable
            incident.committed = True
            room.events.publish(IncidentChanged(incident.id))
        self._trim()
        return Raised(incident)

    async def activate(self, incident_id: str, key: Key, drop: Sequence[str] = ()) -> Incident:
        """Press the key of a prepared incident; `drop` leaves out devices besides those dropped before.

        Raises:
            Unknown, NotPossible: see `plan`; it stays prepared.
        """
        incident = await self._find_ended(incident_id)
        check(Command.ACTIVATE, incident.state)
        dropped = self._in_order((*incident.course.dropped, *drop))
        plan = self.plan(incident.report, dropped)
        incident.course = replace(incident.course, dropped=dropped)
        incident.state = IncidentState.ACTIVATING
        await drive_plan(self._room, incident, plan, RevisionKind.ACTIVATION, key)
        return incident

    def _may_join_without(
        self, known: Incident, report: Report, drop: Sequence[str], dropped: Sequence[str]
    ) -> None:
        """Pass if a joined press may leave devices out: none is asked already, the laws hold without them."""
        asked = {demand.device for demand in (*known.plan.demands, *known.full_plan.demands)}
        for device in drop:
            if device not in self._room.site.devices:
                raise Unknown(f"no device {device}")
            if device in asked:
                raise NotPossible(
                    f"{device} is commanded already for {known.id}, and joining only adds: take it out of "
                    "service, or correct the incident"
                )
        self.plan(widened(known.report, report), dropped)

    def _in_order(self, devices: Sequence[str]) -> tuple[str, ...]:
        return tuple(device for device in self._room.site.devices if device in devices)

    async def reactivate(self, incident_id: str, key: Key) -> Incident:
        """Drive the last full plan of a just cleared incident again; its siren sounds again (S13)."""
        room = self._room
        incident = await self._find_ended(incident_id)
        ago_s = (key.at_ms - incident.updated_ms) / 1000
        limit_s = room.site.policy.reactivate_s
        check(Command.REACTIVATE, incident.state, cleared_ago_s=ago_s, reactivate_s=limit_s)
        incident.state = IncidentState.ACTIVATING
        stored, digest = incident.full_plan, incident.site_digest
        await drive_plan(room, incident, stored, RevisionKind.ACTIVATION, key, digest=digest)
        return incident

    async def correct(self, incident_id: str, report: Report, key: Key) -> Incident:
        """Drive the plan of a corrected report; what it replaces is released once the new one is proved (S6).

        Raises:
            NotPossible: the incident is being cleared or has ended, or the place is in another section.
        """
        incident = self.find(incident_id)
        check(Command.CORRECT, incident.state)
        await self._correcting.correct(incident, report, key)
        return incident

    async def update(self, incident_id: str, key: Key) -> Incident:
        """Drive today's plan of an incident whose stored plan is outdated; as safe as a correction.

        Raises:
            NotPossible: it is not outdated, is being cleared or has ended.
        """
        incident = self.find(incident_id)
        check(Command.UPDATE, incident.state)
        await self._correcting.update(incident, key)
        return incident

    async def undo(self, incident_id: str, key: Key) -> Incident:
        """Take back the newest press, correction or update, for `undo_s` seconds after it.

        Raises:
            NotPossible: that time is over, or nothing was driven; the text says what to do instead.
        """
        incident = self.find(incident_id)
        await self._undoing.undo(incident, key)
        return incident

    async def hold(self, incident_id: str, key: Key) -> Incident:
        """Stop a release where it is and drive the full plan again (S6)."""
        incident = self.find(incident_id)
        check(Command.HOLD, incident.state)
        self._releasing.stop(incident)
        incident.release = None
        incident.state = IncidentState.ACTIVATING
        # What was reported during the release counts too; rules that have changed since do not.
        current = incident.site_digest == basis(self._room.site)
        plan = self._joining.whole(incident) if current else incident.full_plan
        digest = incident.site_digest
        await drive_plan(self._room, incident, plan, RevisionKind.HOLD, key, digest=digest)
        return incident

    # The clear ----------------------------------------------------------------------------------------

    async def clear(
        self,
        incident_id: str,
        key: Key,
        *,
        reason: str = "",
        cancel: bool = False,
        without_proof: Sequence[str] = (),
        confirmed_by: Sequence[str] = (),
    ) -> Incident:
        """Start the staged release, go on with a paused one, or let it go on without proof (S6).

        Args:
            cancel: it was a false alarm; of a prepared incident this just ends it.
            without_proof: devices that cannot be read; needs a reason, and the release must be waiting
                for them.
            confirmed_by: two people, needed while the journal is degraded (P1).

        Raises:
            NotPossible: with what can be done instead.
        """
        incident = await self._find_ended(incident_id)
        confirmed_by = people(confirmed_by)
        command = Command.CANCEL if cancel else Command.CLEAR
        check(command, incident.state)
        if incident.state is IncidentState.PREPARED:
            incident.state = IncidentState.CANCELLED
            await self._end_prepared(incident, key, reason)
            return incident
        store = self._room.store
        if store.read_only:
            raise NotPossible(
                f"READ-ONLY: a release is refused until a start with a sound store: {store.read_only}"
            )
        if store.degraded and len(set(confirmed_by)) < 2:
            raise NotPossible(needs_two_people(self._room))
        waits = incident.release is not None and incident.release.correction and bool(without_proof)
        if incident.state is IncidentState.CLEARING or waits:
            await self._releasing.go_on(incident, key.actor, reason, without_proof, confirmed_by)
            return incident
        if without_proof:
            raise NotPossible(
                "without_proof is for a release that waits: clear first, then see what it waits for"
            )
        self._releasing.stop(incident)
        ends_as = IncidentState.CANCELLED if cancel else IncidentState.CLEARED
        reason = reason or ("false alarm" if cancel else "")
        progress = ReleaseProgress(key.actor, reason, ends_as)
        await self._releasing.start(incident, progress, key.at_s, key.at_ms, confirmed_by)
        return incident

    async def _end_prepared(self, incident: Incident, key: Key, reason: str) -> None:
        room = self._room
        incident.updated_ms = key.at_ms
        body = {"incident": incident.id, "reason": reason}
        await room.store.commit([incident.row()], [room.record("cancel", key.actor, incident.section, body)])
        room.events.publish(IncidentChanged(incident.id))

    def resume_releases(self) -> None:
        """Go on with releases that a restart interrupted."""
        for incident in self._room.book.open():
            if incident.release is not None and (
                incident.state is IncidentState.CLEARING or incident.release.correction
            ):
                self._releasing.resume(incident)

    # Look-ups -----------------------------------------------------------------------------------------

    def find(self, incident_id: str) -> Incident:
        """Return an incident held in memory.

        Raises:
            Unknown: there is none; the API then looks in the store for reading only.
        """
        try:
            return self._room.book.incidents[incident_id]
        except KeyError:
            raise Unknown(f"no incident {incident_id} is open or recent") from None

    async def _find_ended(self, incident_id: str) -> Incident:
        """Return an incident from memory or, after a restart, from the store."""
        book = self._room.book
        if incident_id not in book.incidents:
            stored = await self._room.store.incident(incident_id)
            if stored is not None:
                book.incidents.setdefault(incident_id, await recall(self._room, stored))
        return self.find(incident_id)

    def _trim(self) -> None:
        book = self._room.book
        ended = [i for i in book.incidents.values() if not i.state.open]
        for incident in ended[: max(0, len(ended) - PREPARED_KEPT)]:
            del book.incidents[incident.id]
