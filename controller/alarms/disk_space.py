"""Warns before the store's disk is full: at 20 % free, and urgently at 5 % (P1 needs room on it)."""

import asyncio
import os
from pathlib import Path

from controller.alarms.alarm import AlarmKind, Priority
from controller.room import ControlRoom

LOW, VERY_LOW = 0.20, 0.05
SLACK = 0.01
"""So much more must be free again before a warning ends: it shall not come and go at its own limit."""
PERIOD_S = 30.0


def judge(free: float, standing: Priority | None) -> Priority | None:
    """Return how urgent a share of free space is; None where there is enough.

    Args:
        free: 0 to 1.
        standing: what it was before.
    """
    for limit, priority in ((VERY_LOW, Priority.HIGH), (LOW, Priority.MEDIUM)):
        worse = standing is not None and standing.rank <= priority.rank
        if free < limit + (SLACK if worse else 0):
            return priority
    return None


class DiskSpace:
    """Looks at one folder; `keep` is its supervised task."""

    def __init__(self, room: ControlRoom, folder: Path) -> None:
        self._room = room
        self._folder = folder
        self._standing: Priority | None = None

    async def keep(self) -> None:
        """Look every half minute; for ever."""
        while True:
            found = await asyncio.to_thread(os.statvfs, self._folder)
            self.look(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
            await asyncio.sleep(PERIOD_S)

    def look(self, free_bytes: int, total_bytes: int) -> None:
        """Raise, change or end the alarm."""
        alarms, room = self._room.alarms, self._room
        subject = str(self._folder)
        priority = judge(free_bytes / total_bytes if total_bytes else 0.0, self._standing)
        if priority is not self._standing and self._standing is not None:
            alarms.end(AlarmKind.DISK, subject)
        self._standing = priority
        if priority is not None:
            text = (
                f"{free_bytes // 2**20} MB of {total_bytes // 2**20} MB are free: make room; "
                "on a full disk the journal degrades and a release needs two people"
            )
            alarms.raise_(AlarmKind.DISK, subject, text, room.clock.wall_ms(), priority=priority)
