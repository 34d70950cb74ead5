"""Watching one press: each device of the plan with desired, shown, step and milliseconds, then the verdict.

Fed by the event stream. In a terminal it is a live table; elsewhere one plain line a device as its step
ends, so that a log or a pipe reads well too.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.value_text import value_text

PATIENCE_S = 5.0
"""How long past its budget a verdict is waited for."""

_ENDED = frozenset({"verified", "rejected", "outranked", "superseded", "skipped"})
_COLOURS = {"verified": "green", "acked": "cyan", "sent": "cyan", "queued": "dim", "outranked": "yellow"}


class Refused(Exception):
    """The controller refused the press; `answer` says why."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(str(answer.status_code))
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Row:
    """One device of the plan as it stands."""

    device: str
    chainage: str
    desired: str
    shown: str
    step: str
    ms: int | None
    reason: str

    @property
    def ended(self) -> bool:
        """Whether its step is not expected to change soon."""
        return self.step in _ENDED


@dataclass(slots=True)
class Progress:
    """What is known of one incident and of all devices while frames arrive."""

    incident: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def take(self, event: str, body: Mapping[str, Any]) -> None:
        """Lay a `snapshot` or `changes` frame over what is known."""
        if event == "snapshot":
            self.devices.clear()
        for device in body.get("devices", ()):
            self.devices[device["id"]] = device
        for incident in body.get("incidents", ()):
            if incident["id"] == self.incident.get("id"):
                self.incident = incident
        for step in body.get("steps", ()):
            if step["incident"] == self.incident.get("id") and not step["clear"]:
                self._take_step(step)

    def _take_step(self, step: Mapping[str, Any]) -> None:
        steps = self.incident["steps"]
        for place, known in enumerate(steps):
            if known["device"] == step["device"] and known["revision"] == step["revision"]:
                steps[place] = step

    def rows(self) -> list[Row]:
        """Return the devices of the plan, in plan order."""
        steps = {step["device"]: step for step in self.incident.get("steps", ())}
        rows = []
        for demand in self.incident["plan"]["demands"]:
            step = steps.get(demand["device"], {})
            device = self.devices.get(demand["device"], {})
            times = step.get("times", {})
            rows.append(
                Row(
                    demand["device"],
                    demand["chainage"],
                    value_text(demand["value"]),
                    value_text(device.get("shown")),
                    step.get("state", "-"),
                    times.get("verified", step.get("t_ms")),
                    step.get("reason", ""),
                )
            )
        return rows

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.incident["verdict"] is not None or self.incident["state"] == "prepared"


class View(Protocol):
    """Where rows are drawn."""

    def __enter__(self) -> Any:
        """Start drawing."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Stop drawing; what was drawn stays."""
        ...

    def draw(self, rows: Sequence[Row]) -> None:
        """Show the rows as they are now."""
        ...


class LiveView:
    """A table that is redrawn in place; for terminals."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=10)

    def __enter__(self) -> None:
        """Start drawing."""
        self._live.start()

    def __exit__(self, *exc: object) -> None:
        """Draw once more, whole, and leave it there."""
        self._live.stop()

    def draw(self, rows: Sequence[Row]) -> None:
        """Redraw."""
        self._live.update(table_of(rows))


class LineView:
    """One line a device when its step ends; for pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: set[tuple[str, str]] = set()
        self._last: Sequence[Row] = ()

    def __enter__(self) -> None:
        """Nothing to start."""

    def __exit__(self, *exc: object) -> None:
        """Say the rest: devices whose step never ended."""
        for row in self._last:
            self._say(row)

    def draw(self, rows: Sequence[Row]) -> None:
        """Say what has ended since."""
        self._last = rows
        for row in rows:
            if row.ended:
                self._say(row)

    def _say(self, row: Row) -> None:
        if (row.device, row.step) in self._said:
            return
        self._said.add((row.device, row.step))
        ms = "" if row.ms is None else f"{row.ms} ms"
        why = f"  {row.reason}" if row.reason else ""
        text = f"{row.device:<14} {row.chainage:<12} {row.step:<12} {ms:>8}  {row.shown}{why}"
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def view_for(console: Console) -> View:
    """Return a live table in a terminal, plain lines elsewhere."""
    return LiveView(console) if console.is_terminal else LineView(console)


def table_of(rows: Sequence[Row]) -> Table:
    """Return the rows as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("device", "at", "desired", "shown", "step"):
        table.add_column(name)
    table.add_column("ms", justify="right")
    for row in rows:
        style = _COLOURS.get(row.step, "red")
        step = Text(row.step + (f": {row.reason}" if row.reason else ""), style=style)
        shown = Text(row.shown, style="" if row.shown == row.desired else "dim")
        ms = "" if row.ms is None else str(row.ms)
        table.add_row(Text(row.device), row.chainage, Text(row.desired), shown, step, ms)
    return table


async def press_and_watch(client: httpx2.AsyncClient, body: Mapping[str, Any], view: View) -> dict[str, Any]:
    """Press the key, draw until the verdict, and return the incident as it stands then.

    Args:
        client: base URL up to `/api/v1`, with token and actor.
        body: of `POST /incidents`.

    Raises:
        Refused: nothing was sent.
        httpx2.TransportError: the controller went away.
    """
    progress = Progress()
    async with (
        client.stream("GET", "/events", timeout=httpx2.Timeout(10.0, read=30.0)) as stream,
        aclosing(_frames(stream)) as frames,
    ):
        progress.take(*await anext(frames))
        answer = await client.post("/incidents", json=body)
        if not answer.is_success:
            raise Refused(answer)
        opened = progress.incident = answer.json()
        with view:
            await _draw(progress, frames, view)
    final: dict[str, Any] = (await client.get(f"/incidents/{opened['id']}")).json()
    return {**opened, **final}  # only the answer to the press knows whether it was joined


async def _draw(progress: Progress, frames: AsyncIterator[tuple[str, Mapping[str, Any]]], view: View) -> None:
    view.draw(progress.rows())
    try:
        async with asyncio.timeout(progress.incident["budget_ms"] / 1000 + PATIENCE_S):
            while not progress.over:
                progress.take(*await anext(frames))
                view.draw(progress.rows())
    except (TimeoutError, StopAsyncIteration):
        view.draw(progress.rows())


async def _frames(stream: httpx2.Response) -> AsyncGenerator[tuple[str, Mapping[str, Any]], None]:
    async for frame in httpx2.EventSource(stream, max_event_size=None):
        if frame.event in ("snapshot", "changes"):
            body = frame.json()
            assert isinstance(body, dict)
            yield frame.event, body
