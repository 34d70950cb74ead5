"""`?wait=verified`: how long an answer is held back, and for what."""

import asyncio
import contextlib

from controller.book import Incident
from controller.events import IncidentChanged
from controller.incident import IncidentState
from controller.incidents.window import Window
from controller.room import ControlRoom

EXTRA_S = 2.0
"""Beyond the budget, for the verdict's own transaction."""

_FINISH_S = 2.0

_TURNS = 3
"""Reconciler, link worker, socket."""


async def until_commands_left() -> None:
    """Let reconcilers and links take their turns first: making an answer costs a millisecond of the loop."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def until_decided(room: ControlRoom, window: Window | None) -> None:
    """Return when the verdict of a window is there, at the latest 2 s after its budget."""
    if window is None:
        return
    left_s = window.key_s + window.budget_ms / 1000 + EXTRA_S - room.clock.mono_s()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, left_s)):
            await window.decided.wait()


async def until_cleared(room: ControlRoom, incident: Incident) -> None:
    """Return when the clear has its verdict and, where it was met, the incident has ended."""
    with room.events.subscribe() as news:
        await until_decided(room, incident.clear_window)
        verdict = incident.clear_window.verdict if incident.clear_window is not None else None
        if verdict is None or not verdict.met:
            return
        try:
            async with asyncio.timeout(_FINISH_S):
                while incident.state is IncidentState.CLEARING:
                    while IncidentChanged(incident.id) not in await news.drain():
                        pass
        except TimeoutError:
            return
