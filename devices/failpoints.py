"""Named places where a simulated site may be told to die, stall or fail, so that tests can break it there.

`ONEKEY_FAILPOINTS="after_intent=kill, before_commit=sleep:5, before_send=kill:3"`; a live site refuses to
start with it. Without it a failpoint costs one look at an empty table.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Final

VARIABLE: Final = "ONEKEY_FAILPOINTS"
NAMES: Final = (
    "before_migration",
    "after_migration",
    "before_intent",
    "after_intent",
    "before_commit",
    "after_commit",
    "before_send",
    "after_send",
    "before_ack",
    "after_ack",
    "before_read_back",
    "after_read_back",
    "before_verdict",
    "after_verdict",
    "before_phase",
    "after_phase",
    "before_checkpoint",
    "after_checkpoint",
    "event_loop",
)
"""In the order an incident meets them; `event_loop` is passed four times a second."""

Action = Callable[[], None]


class FailpointError(ValueError):
    """The setting is not understood; the message says what it looks like."""


class FailpointHit(Exception):
    """What a failpoint set to `error` raises."""


_armed: dict[str, Action] = {}


def failpoint(name: str) -> None:
    """Do what this place was armed with; nothing as a rule."""
    if _armed and (action := _armed.get(name)) is not None:
        action()


async def failpoint_off_loop(name: str) -> None:
    """The same for a place whose stall is a slow disk: the event loop goes on while it lasts."""
    if _armed and (action := _armed.get(name)) is not None:
        await asyncio.to_thread(action)


def arm(setting: str) -> None:
    """Arm the failpoints of a setting and no others; empty disarms all.

    Raises:
        FailpointError: a name or action is unknown.
    """
    _armed.clear()
    _armed.update(parse(setting))


def parse(setting: str) -> Mapping[str, Action]:
    """Return name → action.

    `kill[:N]` ends the process at the Nth pass as kill -9 would; `sleep:S` stalls who passes by S seconds,
    every time (and the event loop, save around a commit: there it is the disk that is slow); `stall:S` only
    the first time; `error` raises.
    """
    actions: dict[str, Action] = {}
    for part in filter(None, (one.strip() for one in setting.split(","))):
        name, _, what = part.partition("=")
        if name not in NAMES:
            raise FailpointError(f"{VARIABLE}: there is no failpoint {name!r}; one of {', '.join(NAMES)}")
        verb, _, number = what.partition(":")
        try:
            actions[name] = _action(name, verb, float(number or 1))
        except (KeyError, ValueError):
            raise FailpointError(
                f"{VARIABLE}: {part!r}; say kill, kill:3, sleep:5, stall:3 or error"
            ) from None
    return actions


def _action(name: str, verb: str, number: float) -> Action:
    left = [number]

    def kill() -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def sleep() -> None:
        time.sleep(number)

    def stall() -> None:
        seconds, left[0] = left[0], 0
        time.sleep(seconds)

    def error() -> None:
        raise FailpointHit(f"failpoint {name}")

    return {"kill": kill, "sleep": sleep, "stall": stall, "error": error}[verb]
