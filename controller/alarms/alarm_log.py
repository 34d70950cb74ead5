"""What follows from a change of an alarm: its row, its journal record, its metrics, its event."""

from collections import deque
from collections.abc import Callable
from typing import Any

from controller.alarms.alarm import Ack, Alarm, AlarmKind, Happened, Priority, Shelf
from controller.alarms.alarm_figures import AlarmFigures, figures
from controller.alarms.alarms import Alarms
from controller.book import actor_from_json, actor_to_json
from controller.events import AlarmChanged, EventBus
from controller.incident import SYSTEM
from controller.metrics import Metrics
from controller.store.rows import AlarmGone, AlarmRow, Change, Record
from controller.store.store import Store
from devices.clock import Clock

_RAISES_KEPT = 10_000
_JOURNALLED = {Happened.RAISED: True, Happened.CLEARED: False, Happened.RETURNED: True}


class AlarmLog:
    """Owns the list of alarms and records every change of it.

    Args:
        section_of: subject → the section a record of it belongs to, "" for the whole process.
        link_of: device id → what alarms about it are grouped by; other subjects are their own group.
        wake: called when the next look of `Alarms.tick` may have moved.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        metrics: Metrics,
        events: EventBus,
        section_of: Callable[[str], str],
        link_of: Callable[[str], str],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._events = events
        self._section_of = section_of
        self._wake = wake
        self._raises: deque[tuple[int, str]] = deque(maxlen=_RAISES_KEPT)

        def group_of(kind: AlarmKind, subject: str) -> str:
            return subject.partition("/")[0] if kind is AlarmKind.LINK else link_of(subject)

        self.alarms = Alarms(self._changed, now_ms=clock.wall_ms, group_of=group_of)
        metrics.alarms_sampled(self.figures)

    def figures(self) -> AlarmFigures:
        """Return the figures of now."""
        return figures(self.alarms.listed(), self._raises, self._clock.wall_ms())

    def restore(self, rows: list[AlarmRow]) -> None:
        """Take in what a run before this one had listed."""
        self.alarms.restore(alarm_of(row) for row in rows)

    def _changed(self, alarm: Alarm, what: Happened) -> None:
        now_ms = self._clock.wall_ms()
        if what in _JOURNALLED:
            body = {
                "id": alarm.id,
                "cause": alarm.cause,
                "text": alarm.text,
                "priority": alarm.priority.value,
                "raised": _JOURNALLED[what],
            }
            record = Record("alarm", SYSTEM, self._section_of(alarm.subject), body, now_ms)
            self._store.submit([alarm_row(alarm)], [record])
        elif what is Happened.GONE:
            self._store.submit([AlarmGone(alarm.cause)], [])
        if what is Happened.RAISED:
            self._raises.append((now_ms, alarm.cause))
            self._metrics.alarms_raised.labels(alarm.kind.value, alarm.priority.value).inc()
        self._metrics.alarms.labels(alarm.kind.value).set(self.alarms.in_sight(alarm.kind))
        self._events.publish(AlarmChanged(alarm.cause))
        self._wake()


def change_of(alarms: Alarms, cause: str) -> Change:
    """Return the change that stores what is listed under `cause` now."""
    alarm = alarms.get(cause)
    return AlarmGone(cause) if alarm is None else alarm_row(alarm)


def alarm_row(alarm: Alarm) -> AlarmRow:
    """Return what a restart needs of an alarm; who shares its cause is found again."""
    ack, shelf = alarm.ack, alarm.shelf
    return AlarmRow(
        cause=alarm.cause,
        id=alarm.id,
        kind=alarm.kind.value,
        subject=alarm.subject,
        text=alarm.text,
        priority=alarm.priority.value,
        group_name=alarm.group,
        first_up=int(alarm.first_up),
        since_ms=alarm.since_ms,
        cleared_ms=alarm.cleared_ms,
        times_raised=alarm.times,
        ack=ack_view(ack),
        shelf=shelf_view(shelf),
    )


def ack_view(ack: Ack | None) -> dict[str, Any] | None:
    """Return the stored and shown form."""
    if ack is None:
        return None
    return {"actor": actor_to_json(ack.actor), "note": ack.note, "at_ms": ack.at_ms}


def shelf_view(shelf: Shelf | None) -> dict[str, Any] | None:
    """Return the stored and shown form."""
    if shelf is None:
        return None
    said = {"reason": shelf.reason, "at_ms": shelf.at_ms, "until_ms": shelf.until_ms}
    return {"actor": actor_to_json(shelf.actor), **said}


def alarm_of(row: AlarmRow) -> Alarm:
    """Return the alarm of a stored row."""
    ack, shelf = row.ack, row.shelf
    return Alarm(
        id=row.id,
        cause=row.cause,
        kind=AlarmKind(row.kind),
        subject=row.subject,
        text=row.text,
        since_ms=row.since_ms,
        priority=Priority(row.priority),
        group=row.group_name,
        first_up=bool(row.first_up),
        times=row.times_raised,
        cleared_ms=row.cleared_ms,
        ack=Ack(actor_from_json(ack["actor"]), ack["note"], ack["at_ms"]) if ack else None,
        shelf=Shelf(actor_from_json(shelf["actor"]), shelf["reason"], shelf["at_ms"], shelf["until_ms"])
        if shelf
        else None,
    )
