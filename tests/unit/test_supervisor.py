"""The background tasks of one owner end together, also one that has lost its first cancellation."""

import asyncio
import contextlib

import pytest

from controller.supervisor import Tasks

pytestmark = pytest.mark.looptime


async def test_a_task_that_swallowed_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def deaf_once() -> None:
        nonlocal swallowed
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3_600)
        swallowed += 1
        await asyncio.sleep(3_600)

    tasks = Tasks(lambda *_: None)
    tasks.start("deaf", deaf_once)
    tasks.start("plain", lambda: asyncio.sleep(3_600))
    await asyncio.sleep(1)
    async with asyncio.timeout(10):
        await tasks.stop()
    assert swallowed == 1
