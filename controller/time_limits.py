"""What passing time changes: sirens fall silent, open incidents ask "still needed?", locks expire (S13)."""

import asyncio

from controller.alarms import AlarmKind
from controller.room import ControlRoom


class TimeLimits:
    """Waits for the next time limit of any fact in the book."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room

    async def keep(self) -> None:
        """Re-derive when a time limit passes, and raise the alarms that ask a person; for ever."""
        room = self._room
        self._review()
        while True:
            room.applied.clear()
            now_ms = room.clock.wall_ms()
            due = [ms for ms in self._due_ms() if ms > now_ms]
            wait_s = (min(due) - now_ms) / 1000 + 0.001 if due else None
            try:
                async with asyncio.timeout(wait_s):
                    await room.applied.wait()
            except TimeoutError:
                room.apply()
                self._review()

    def _due_ms(self) -> list[int]:
        book, policy = self._room.book, self._room.site.policy
        due = []
        for incident in book.open():
            due.append(incident.activated_ms + policy.siren_s * 1000)
            due.append(incident.activated_ms + policy.review_min * 60_000)
        due += [lock.expires_ms for lock in book.locks.values() if lock.expires_ms is not None]
        return due

    def _review(self) -> None:
        room, review_min = self._room, self._room.site.policy.review_min
        now_ms = room.clock.wall_ms()
        for incident in room.book.open():
            if now_ms >= incident.activated_ms + review_min * 60_000:
                text = f"open for {review_min} min: still needed?"
                room.alarms.raise_(AlarmKind.REVIEW, incident.id, text, now_ms)
        for device, lock in room.book.locks.items():
            if lock.expires_ms is not None and now_ms >= lock.expires_ms:
                text = f"the lock ({lock.reason}) has expired and still holds: end it or renew it"
                room.alarms.raise_(AlarmKind.LOCK, device, text, now_ms)
