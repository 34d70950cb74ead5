"""An event loop whose time jumps to the next timer: hours cost what is done in them, and no system call."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingLeft(Exception):
    """Everybody waits for somebody else: no timer is left that could wake anyone."""


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: it moves the time of its loop on by what the loop wanted to wait."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeft
        if timeout > 0:
            self.now_s += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """For coroutines without sockets, threads and processes."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` from second 0 of a loop of its own and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
