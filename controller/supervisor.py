"""Keeps a background task alive: one bug in one device's task must not stop any other device."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger()

RESTART_DELAYS_S = (0.2, 1.0, 5.0, 30.0)
"""Pauses before the 1st, 2nd, … restart in a row; the last one repeats. Each ± 25 %."""

CANCEL_AGAIN_S = 0.5
CALM_S = 60.0
"""A task that ran this long starts again at the first pause."""


async def supervised(
    name: str,
    make: Callable[[], Coroutine[Any, Any, None]],
    on_crash: Callable[[str, Exception], None],
) -> None:
    """Run `make()` for ever: cancellation passes, a return ends it, any other exception restarts it.

    Args:
        name: for the log, the journal and the alarm, e.g. `reconcile LCS-FU-07-1`.
        make: gives a fresh coroutine for each start.
        on_crash: told name and exception before the pause: journal it, alarm, mark the device unknown.
            It must not raise.
    """
    loop = asyncio.get_running_loop()
    crashes = 0
    while True:
        started_s = loop.time()
        try:
            await make()
        except asyncio.CancelledError:
            raise
        except Exception as crash:
            log.exception("task crashed, restarting", task=name)
            on_crash(name, crash)
        else:
            return
        crashes = 0 if loop.time() - started_s > CALM_S else crashes + 1
        pause_s = RESTART_DELAYS_S[min(max(crashes - 1, 0), len(RESTART_DELAYS_S) - 1)]
        await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - jitter, not a secret


class Tasks:
    """The named background tasks of one owner, ended together."""

    def __init__(self, on_crash: Callable[[str, Exception], None]) -> None:
        self._on_crash = on_crash
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, make: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Start a supervised task; it ends with `stop`, by returning, or by its own cancel."""
        task = asyncio.create_task(supervised(name, make, self._on_crash), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Cancel all and wait until they have ended."""
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()  # again, for `asyncio.wait_for` of Python 3.11 may swallow one
            _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
