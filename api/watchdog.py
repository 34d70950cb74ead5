"""Sees that the event loop turns: a thread logs where it hangs, systemd is told while it does not.

The loop says that it is alive four times a second. Only the loop tells systemd so: one that hangs is ended by
systemd (`WatchdogSec`) and the next start drives everything again.
"""

import asyncio
import contextlib
import os
import socket
import sys
import threading
import time
import traceback

import structlog

from controller.alarms.alarm import AlarmKind
from controller.room import ControlRoom
from devices.failpoints import failpoint

log = structlog.get_logger()

BEAT_S = 0.25
STALL_S = 3.0


def notify(state: str) -> None:
    """Tell systemd, e.g. `READY=1`; nothing happens without it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            told.send(state.encode())


class Watchdog:
    """One thread and one supervised task.

    Args:
        stall_s: how long the loop may stand still before its stack is logged.
    """

    def __init__(self, room: ControlRoom, stall_s: float = STALL_S) -> None:
        self._room = room
        self._stall_s = stall_s
        self._beat_s = time.monotonic()
        self._stack = ""
        self._ended = threading.Event()
        self._loop_thread = threading.get_ident()

    async def keep(self) -> None:
        """Beat for ever; when the loop has stood still, journal where, and raise the alarm."""
        self._beat_s = time.monotonic()
        thread = threading.Thread(target=self._watch, name="loop watchdog", daemon=True)
        thread.start()
        standing = False
        try:
            while True:
                before_s, self._beat_s = self._beat_s, time.monotonic()
                notify("WATCHDOG=1")
                failpoint("event_loop")
                stalled_s = self._beat_s - before_s
                if stalled_s >= self._stall_s:
                    standing = True
                    self._stalled(stalled_s)
                elif standing:
                    standing = False
                    self._room.alarms.end(AlarmKind.LOOP, "event loop")
                await asyncio.sleep(BEAT_S)
        finally:
            self._ended.set()

    def _stalled(self, stalled_s: float) -> None:
        room, stack = self._room, self._stack
        self._stack = ""
        where = next(iter(stack.strip().splitlines()[-2:-1]), "").strip()
        text = f"the event loop stood still for {stalled_s:.1f} s: {where or 'no stack was taken'}"
        room.note("fault", "", {"task": "event loop", "error": text})
        room.alarms.raise_(AlarmKind.LOOP, "event loop", text, room.clock.wall_ms())

    def _watch(self) -> None:
        """Log the loop's stack once a stall, while it still hangs."""
        logged_s = -1.0
        while not self._ended.wait(self._stall_s / 4):
            beat_s = self._beat_s
            if time.monotonic() - beat_s >= self._stall_s and logged_s != beat_s:
                logged_s = beat_s
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - no other way
                self._stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
                log.error("the event loop stands still", seconds=self._stall_s, stack=self._stack)
