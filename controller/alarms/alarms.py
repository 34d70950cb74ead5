"""What needs a person's eye: one alarm a cause, raised once, acknowledged by people, cleared by facts.

Pure but for its own list: no clock, no file. Who journals and shows a change is told through `on_change`.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from controller.alarms.alarm import (
    TRAITS,
    Ack,
    Alarm,
    AlarmKind,
    AlarmState,
    Happened,
    Priority,
    Shelf,
    cause_of,
)

FLAP_RAISES = 4
"""Raised this often within `FLAP_WINDOW_MS`, a cause is in quarantine: its alarm stands until it is calm."""
FLAP_WINDOW_MS = 300_000
CALM_MS = 60_000
CONFIRM_MS = 60_000
"""After a restart a stored alarm whose fact was not found again in this time has ended."""
ENDED_KEPT = 200
SHELF_MAX_MIN = 480
"""A shift: whoever shelves an alarm sees it come back."""


class Alarms:
    """The list. Facts raise and end; people acknowledge and shelve; `tick` lets time pass.

    Args:
        on_change: told (alarm, what happened); synchronous, must not raise.
        now_ms: UTC milliseconds.
        group_of: (kind, subject) → group.
    """

    def __init__(
        self,
        on_change: Callable[[Alarm, Happened], None],
        *,
        now_ms: Callable[[], int],
        group_of: Callable[[AlarmKind, str], str] = lambda _, subject: subject,
    ) -> None:
        self._listed: dict[str, Alarm] = {}
        self._ended: deque[Alarm] = deque(maxlen=ENDED_KEPT)
        self._raises: dict[str, deque[int]] = {}
        self._calm_ms: dict[str, int] = {}
        self._unconfirmed: dict[str, int] = {}
        self._on_change = on_change
        self._now_ms = now_ms
        self._group_of = group_of
        self._last_id = 0

    # Facts --------------------------------------------------------------------------------------------

    def raise_(
        self,
        kind: AlarmKind,
        subject: str,
        text: str,
        now_ms: int,
        *,
        priority: Priority | None = None,
        devices: Collection[str] = (),
    ) -> None:
        """Raise it once; a repeat of a standing cause adds `devices` or a higher priority, else nothing.

        Args:
            now_ms: since when, UTC milliseconds.
            priority: where it is more urgent than its kind usually is.
            devices: those that share the cause.
        """
        cause = cause_of(kind, subject)
        wanted = priority or TRAITS[kind].priority
        held = self._listed.get(cause)
        if held is None:
            alarm = self._new(cause, kind, subject, text, now_ms, wanted, tuple(devices))
            self._count(cause)
            self._put(alarm, Happened.RAISED)
            return
        self._unconfirmed.pop(cause, None)
        calm = self._calm_ms.pop(cause, None)
        known = frozenset(held.devices)
        sharing = (*held.devices, *(device for device in devices if device not in known))
        if not held.active or calm is not None:
            self._count(cause)
            again = replace(
                held, text=text, times=held.times + 1, devices=sharing, cleared_ms=None, priority=wanted
            )
            if held.active:
                self._put(again, Happened.CHANGED)
            else:
                self._put(replace(again, ack=None), Happened.RAISED)
        elif wanted.rank < held.priority.rank:
            self._put(replace(held, text=text, priority=wanted, devices=sharing, ack=None), Happened.RAISED)
        elif len(sharing) != len(known):
            self._put(replace(held, devices=sharing), Happened.CHANGED)

    def end(self, kind: AlarmKind, subject: str, *, device: str = "") -> None:
        """End it because the fact is gone, or has gone for `device` and no other shares it."""
        cause = cause_of(kind, subject)
        held = self._listed.get(cause)
        if held is None or not held.active:
            return
        if device:
            if device not in held.devices:
                return
            held = replace(held, devices=tuple(d for d in held.devices if d != device))
            if held.devices:
                self._put(held, Happened.CHANGED)
                return
        self._unconfirmed.pop(cause, None)
        if self._flaps(cause):
            if cause not in self._calm_ms:
                self._calm_ms[cause] = self._now_ms() + CALM_MS
                self._put(replace(held, flapping=True), Happened.CHANGED)
            return
        self._clear(held)

    def fold(self, kind: AlarmKind, subject: str) -> None:
        """Take it off the list because another alarm now speaks for its subject."""
        alarm = self._listed.get(cause_of(kind, subject))
        if alarm is not None:
            self._drop(alarm)

    # People -------------------------------------------------------------------------------------------

    def ack(self, alarm_id: str, ack: Ack) -> Alarm:
        """Note that a person has seen it; one that has ended leaves the list."""
        alarm = replace(self.find(alarm_id), ack=ack)
        self._put(alarm, Happened.ACKED)
        self._drop_if_done(alarm)
        return alarm

    def shelve(self, alarm_id: str, shelf: Shelf) -> Alarm:
        """Hide it until `shelf.until_ms`; whoever does so has seen it."""
        alarm = self.find(alarm_id)
        seen = alarm.ack or Ack(shelf.actor, shelf.reason, shelf.at_ms)
        alarm = replace(alarm, shelf=shelf, ack=seen)
        self._put(alarm, Happened.SHELVED)
        return alarm

    def unshelve(self, alarm_id: str) -> Alarm:
        """Show it again before its time."""
        return self._return(self.find(alarm_id))

    # Time ---------------------------------------------------------------------------------------------

    def due_ms(self) -> list[int]:
        """Return when `tick` has something to do; UTC milliseconds."""
        shelves = [alarm.shelf.until_ms for alarm in self._listed.values() if alarm.shelf is not None]
        return [*shelves, *self._calm_ms.values(), *self._unconfirmed.values()]

    def tick(self) -> None:
        """Return what was shelved long enough; end what is calm, or was not found again after a restart."""
        now_ms = self._now_ms()
        for alarm in tuple(self._listed.values()):
            if alarm.shelf is not None and alarm.shelf.until_ms <= now_ms:
                self._return(alarm)
        for waiting in (self._calm_ms, self._unconfirmed):
            for cause in [c for c, ms in waiting.items() if ms <= now_ms]:
                del waiting[cause]
                if cause in self._listed and self._listed[cause].active:
                    self._clear(replace(self._listed[cause], flapping=False))

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """Take in what was listed before a restart; facts confirm or end each, or `CONFIRM_MS` does."""
        now_ms = self._now_ms()
        for alarm in alarms:
            known = self._listed.get(alarm.cause)
            if known is not None:  # raised already by this run: the same alarm goes on
                merged = replace(known, id=alarm.id, ack=alarm.ack, shelf=alarm.shelf)
                self._put(replace(merged, since_ms=alarm.since_ms), Happened.CHANGED)
                continue
            self._put(alarm, Happened.CHANGED)
            if alarm.active and TRAITS[alarm.kind].of_process:
                self._clear(alarm)
            elif alarm.active:
                self._unconfirmed[alarm.cause] = now_ms + CONFIRM_MS

    # The list -----------------------------------------------------------------------------------------

    def standing(self) -> tuple[Alarm, ...]:
        """Return the active alarms, shelved ones included, oldest first."""
        return tuple(alarm for alarm in self.listed() if alarm.active)

    def listed(self) -> tuple[Alarm, ...]:
        """Return what is active, or ended and not acknowledged, or shelved; oldest first."""
        return tuple(sorted(self._listed.values(), key=lambda a: a.since_ms))

    def in_sight(self, kind: AlarmKind) -> int:
        """Return how many of a kind are active and not shelved."""
        return sum(a.kind is kind and a.active and a.shelf is None for a in self._listed.values())

    def ended(self) -> tuple[Alarm, ...]:
        """Return those that left the list last, newest first."""
        return tuple(reversed(self._ended))

    def get(self, cause: str) -> Alarm | None:
        """Return the listed alarm of a cause."""
        return self._listed.get(cause)

    def find(self, alarm_id: str) -> Alarm:
        """Return the listed alarm of that id; raises KeyError if it is gone."""
        for alarm in self._listed.values():
            if alarm.id == alarm_id:
                return alarm
        raise KeyError(alarm_id)

    def _new(
        self,
        cause: str,
        kind: AlarmKind,
        subject: str,
        text: str,
        since_ms: int,
        priority: Priority,
        devices: tuple[str, ...],
    ) -> Alarm:
        group = self._group_of(kind, subject)
        first_up = not any(alarm.group == group for alarm in self._listed.values())
        self._last_id = max(self._now_ms(), self._last_id + 1)
        return Alarm(
            f"A-{_base36(self._last_id)}",
            cause,
            kind,
            subject,
            text,
            since_ms,
            priority,
            group,
            first_up,
            devices=devices,
        )

    def _count(self, cause: str) -> None:
        now_ms = self._now_ms()
        self._raises.setdefault(cause, deque(maxlen=FLAP_RAISES)).append(now_ms)
        if len(self._raises) > 2 * len(self._listed) + ENDED_KEPT:
            old = [c for c, times in self._raises.items() if times[-1] < now_ms - FLAP_WINDOW_MS]
            for one in old:
                del self._raises[one]

    def _flaps(self, cause: str) -> bool:
        times: Collection[int] = self._raises.get(cause, ())
        return sum(ms > self._now_ms() - FLAP_WINDOW_MS for ms in times) >= FLAP_RAISES

    def _return(self, alarm: Alarm) -> Alarm:
        alarm = replace(alarm, shelf=None, ack=None if alarm.active else alarm.ack)
        self._put(alarm, Happened.RETURNED)
        self._drop_if_done(alarm)
        return alarm

    def _clear(self, alarm: Alarm) -> None:
        alarm = replace(alarm, cleared_ms=self._now_ms())
        self._put(alarm, Happened.CLEARED)
        self._drop_if_done(alarm)

    def _put(self, alarm: Alarm, what: Happened) -> None:
        self._listed[alarm.cause] = alarm
        self._on_change(alarm, what)

    def _drop_if_done(self, alarm: Alarm) -> None:
        if alarm.state is AlarmState.CLEARED_ACKED and alarm.shelf is None:
            self._drop(alarm)

    def _drop(self, alarm: Alarm) -> None:
        del self._listed[alarm.cause]
        self._calm_ms.pop(alarm.cause, None)
        self._unconfirmed.pop(alarm.cause, None)
        self._ended.append(alarm)
        self._on_change(alarm, Happened.GONE)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
