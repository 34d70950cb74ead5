"""What passing time changes: sound stops, incidents ask "still needed?", locks and service expire (S13)."""

import asyncio
import contextlib

from controller.alarms.alarm import AlarmKind
from controller.events import DeviceChanged
from controller.incidents.quiet import next_change_ms
from controller.room import ControlRoom
from controller.states.moving import OVERLAP_S
from controller.store.rows import ServiceGone


class TimeLimits:
    """Waits for the next time limit of any fact in the book."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._looked_ms = 0

    async def keep(self) -> None:
        """Re-derive when a time limit passes, and raise the alarms that ask a person; for ever."""
        room = self._room
        self._looked_ms = room.clock.wall_ms()
        self._review()
        while True:
            now_ms = room.clock.wall_ms()
            due = self._due_ms()
            if any(self._looked_ms < ms <= now_ms for ms in due):
                room.apply()
                self._review()
            self._looked_ms = now_ms
            room.applied.clear()
            ahead = [ms for ms in due if ms > now_ms]
            wait_s = (min(ahead) - now_ms) / 1000 + 0.001 if ahead else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await room.applied.wait()

    def _due_ms(self) -> list[int]:
        book, policy = self._room.book, self._room.site.policy
        due = []
        for incident in book.open():
            due.append(incident.course.sounds_until_ms(policy.siren_s))
            due.append(incident.course.sounds_until_ms(policy.speaker_s))
            if incident.leaving.demands:
                due.append(incident.course.moved_ms + OVERLAP_S * 1000)
            due.append(incident.asked_ms + policy.review_min * 60_000)
        if due and policy.quiet_hours is not None:
            due.append(next_change_ms(policy.quiet_hours, self._looked_ms))
        due += [lock.expires_ms for lock in book.locks.values() if lock.expires_ms is not None]
        due += [row.until_ms for row in book.services.values() if row.until_ms is not None]
        due += self._room.alarms.due_ms()
        return due

    def _review(self) -> None:
        self._room.alarms.tick()
        room, review_min = self._room, self._room.site.policy.review_min
        now_ms = room.clock.wall_ms()
        for incident in room.book.open():
            if now_ms >= incident.asked_ms + review_min * 60_000:
                text = f"open for {review_min} min: still needed?"
                room.alarms.raise_(AlarmKind.REVIEW, incident.id, text, now_ms)
        for device, lock in room.book.locks.items():
            if lock.expires_ms is not None and now_ms >= lock.expires_ms:
                text = f"the lock ({lock.reason}) has expired and still holds: end it or renew it"
                room.alarms.raise_(AlarmKind.LOCK, device, text, now_ms)
        self._resume_service(now_ms)

    def _resume_service(self, now_ms: int) -> None:
        """Put devices back whose time out of service is over: it only adds demands, so nobody is asked."""
        room = self._room
        over = [r for r in room.book.services.values() if r.until_ms is not None and r.until_ms <= now_ms]
        for row in over:
            del room.book.services[row.device]
            body = {"device": row.device, "reason": row.reason, "in_service": True, "until_ms": row.until_ms}
            section = room.section_of(row.device)
            room.note("service", section, body, [ServiceGone(row.device)])
            text = f"back in service by itself ({row.reason}): its time is over"
            room.alarms.raise_(AlarmKind.SERVICE, row.device, text, now_ms)
            room.alarms.end(
                AlarmKind.SERVICE, row.device
            )  # no fact stands; it is listed until somebody saw it
            room.events.publish(DeviceChanged(row.device))
