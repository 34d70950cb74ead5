"""What people order of alarms: seen, hidden for a while, shown again; journalled before the answer."""

from controller.alarms.alarm import TRAITS, Ack, Alarm, Priority, Shelf
from controller.alarms.alarm_log import change_of
from controller.alarms.alarms import SHELF_MAX_MIN
from controller.incidents.lifecycle import NotPossible
from controller.key import Key, Unknown
from controller.room import ControlRoom


class AlarmOrders:
    """The verbs on alarms. None of them changes what is shown on the road."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room

    async def ack(self, alarm_id: str, key: Key, note: str = "") -> Alarm:
        """Note that this person has seen it; of a critical one they say what they do about it.

        A second acknowledgement replaces the note and is journalled too.

        Raises:
            NotPossible: it is critical and nothing was noted.
            Unknown: no such alarm is listed.
        """
        alarm = self._find(alarm_id)
        note = note.strip()
        if alarm.priority is Priority.CRITICAL and not note:
            raise NotPossible(f"{alarm_id} is critical: acknowledge it with a note of what is being done")
        alarm = self._room.alarms.ack(alarm_id, Ack(key.actor, note, key.at_ms))
        await self._commit("alarm_ack", alarm, key, note=note)
        return alarm

    async def shelve(self, alarm_id: str, key: Key, minutes: int, reason: str) -> Alarm:
        """Hide it for some minutes; it comes back by itself.

        Raises:
            NotPossible: its kind is never hidden, or not for so long.
            Unknown: no such alarm is listed.
        """
        alarm = self._find(alarm_id)
        if not TRAITS[alarm.kind].shelvable:
            raise NotPossible(f"an alarm of kind {alarm.kind} is never shelved: acknowledge it and act on it")
        if not 1 <= minutes <= SHELF_MAX_MIN:
            raise NotPossible(f"an alarm is shelved for 1 to {SHELF_MAX_MIN} minutes, not {minutes}")
        until_ms = key.at_ms + minutes * 60_000
        alarm = self._room.alarms.shelve(alarm_id, Shelf(key.actor, reason, key.at_ms, until_ms))
        await self._commit("alarm_shelved", alarm, key, reason=reason, until_ms=until_ms)
        return alarm

    async def unshelve(self, alarm_id: str, key: Key) -> Alarm:
        """Show it again before its time.

        Raises:
            NotPossible: it is not shelved. Unknown: no such alarm is listed.
        """
        if self._find(alarm_id).shelf is None:
            raise NotPossible(f"{alarm_id} is not shelved")
        alarm = self._room.alarms.unshelve(alarm_id)
        await self._commit("alarm_unshelved", alarm, key)
        return alarm

    async def _commit(self, kind: str, alarm: Alarm, key: Key, **said: str | int) -> None:
        room = self._room
        body = {"id": alarm.id, "cause": alarm.cause, "text": alarm.text, **said}
        record = room.record(kind, key.actor, room.section_of(alarm.subject), body)
        await room.store.commit([change_of(room.alarms, alarm.cause)], [record])

    def _find(self, alarm_id: str) -> Alarm:
        try:
            return self._room.alarms.find(alarm_id)
        except KeyError:
            raise Unknown(f"no alarm {alarm_id} is listed: it may have ended") from None
