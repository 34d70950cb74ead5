"""Server-sent events: one look at the brain's news for all clients, one encoded frame per 100 ms.

The press must not feel the watchers: the bus is drained once, a frame is encoded once, and it is built
100 ms after the first change, when a normal press is through. A client that cannot keep up is given a
fresh snapshot instead of a growing queue.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from controller import views
from controller.book import Incident
from controller.events import (
    AlarmChanged,
    BeyondSite,
    DeviceChanged,
    Event,
    IncidentChanged,
    Resync,
    StepChanged,
    Subscription,
)
from controller.incident import IncidentState
from controller.incidents.window import Window
from controller.room import ControlRoom

PERIOD_S = 0.1
QUEUE_FRAMES = 50
"""Frames a client may lag behind: 5 s."""

KEPT_FRAMES = 300
"""Frames kept for clients that come back with Last-Event-ID: 30 s of busy time."""

PING_S = 1.0
"""How long a stream may be silent: a console says after 3 s that it hears nothing."""
MAX_CLIENTS = 100
RECENT = 20
"""Ended incidents a snapshot still shows."""

_SLICE = 50
"""Devices encoded between two turns of the loop, about a millisecond."""

_CHECK_S = 1.0
SHARED_S = 0.1
"""So long one snapshot serves everybody who comes while nothing changes; its ages are no older than that."""


class Client:
    """What one stream has not been sent yet."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.frames: deque[bytes] = deque()
        self.lagging = False
        self.wake = asyncio.Event()

    def put(self, frame: bytes) -> None:
        """Add a frame; whoever has too many begins anew with a snapshot."""
        if self.lagging:
            return
        if len(self.frames) >= self._limit:
            self.lag()
        else:
            self.frames.append(frame)
            self.wake.set()

    def lag(self) -> None:
        """Drop what was not sent: a snapshot comes instead."""
        self.lagging = True
        self.frames.clear()
        self.wake.set()


class EventHub:
    """Turns the brain's news into frames. `run` is its supervised task.

    Args:
        running: false once the process is ending; streams then end by themselves.
        mark: distinguishes this start's frame ids from those of the one before.
    """

    def __init__(
        self,
        room: ControlRoom,
        *,
        running: Callable[[], bool],
        mark: str,
        period_s: float = PERIOD_S,
        queue_frames: int = QUEUE_FRAMES,
        kept_frames: int = KEPT_FRAMES,
    ) -> None:
        self._room = room
        self._running = running
        self._mark = mark
        self._period_s = period_s
        self._queue_frames = queue_frames
        self._clients: set[Client] = set()
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=kept_frames)
        self._was_running = False
        self._ended = False
        self._building = asyncio.Lock()
        self._shared: tuple[int, float, bytes] | None = None

    @contextmanager
    def place(self) -> Iterator[Client | None]:
        """Hold a place for a client, from before its answer begins; None where there is none left."""
        if len(self._clients) >= MAX_CLIENTS:
            yield None
            return
        client = Client(self._queue_frames)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    async def run(self) -> None:
        """Make frames for ever."""
        with self._room.events.subscribe() as news:
            self._start_over()
            while not self._ended:
                await self._look(news)

    async def _look(self, news: Subscription) -> None:
        try:
            async with asyncio.timeout(_CHECK_S):
                batch = await news.drain()
        except TimeoutError:
            batch = []
        if self._running():
            self._was_running = True
        elif self._was_running:
            self._end()
        if not batch:
            return
        await asyncio.sleep(self._period_s)
        batch += await _unread(news)
        if not self._clients:
            self._number += 1  # whoever comes back has missed something
            self._kept.clear()
        elif any(isinstance(event, Resync) for event in batch):
            self._start_over()
        else:
            self._publish(await self._changes(batch))

    def _publish(self, body: str) -> None:
        self._number += 1
        frame = self._frame("changes", body, self._number)
        self._kept.append((self._number, frame))
        for client in self._clients:
            client.put(frame)

    def _start_over(self) -> None:
        self._number += 1
        self._kept.clear()
        for client in self._clients:
            client.lag()

    def _end(self) -> None:
        self._ended = True
        for client in self._clients:
            client.wake.set()

    # One client ---------------------------------------------------------------------------------------

    async def stream(self, client: Client, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Yield frames for one client: a snapshot, or what it missed since that id, then changes."""
        missed = self._missed(last_event_id)
        first = b"".join(missed) if missed is not None else await self._snapshot()
        # In one block with the first frame: some readers take a lone `retry` for an empty event.
        yield b"retry: 1000\n" + first if first else b": nothing missed\n\n"
        while not self._ended:
            client.wake.clear()
            if client.lagging:
                client.lagging = False
                yield self._frame("resync", "{}", self._number) + await self._snapshot()
            while client.frames:
                yield client.frames.popleft()
            if client.lagging or self._ended:
                continue
            try:
                async with asyncio.timeout(PING_S):
                    await client.wake.wait()
            except TimeoutError:
                yield self._ping()

    def _missed(self, last_event_id: str | None) -> list[bytes] | None:
        """Return the frames after an id; None where they are no longer all there."""
        mark, _, number = (last_event_id or "").rpartition("-")
        if mark != self._mark or not number.isdigit():
            return None
        after = int(number)
        if after == self._number:
            return []
        oldest = self._kept[0][0] if self._kept else self._number + 1
        if not oldest - 1 <= after < self._number:
            return None
        return [frame for n, frame in self._kept if n > after]

    def _ping(self) -> bytes:
        """Return a frame without an id: it changes nothing of what a client has seen."""
        return f'event: ping\ndata: {{"now_ms":{self._room.clock.wall_ms()}}}\n\n'.encode()

    # Bodies -------------------------------------------------------------------------------------------

    def _frame(self, event: str, body: str, number: int) -> bytes:
        return f"id: {self._mark}-{number}\nevent: {event}\ndata: {body}\n\n".encode()

    async def _snapshot(self) -> bytes:
        """Return the newest snapshot; many who come at once must cost the press no more than one."""
        async with self._building:
            now_s = self._room.clock.mono_s()
            known = self._shared
            if known is None or known[0] != self._number or now_s - known[1] > SHARED_S:
                number = self._number
                known = self._shared = number, now_s, await self._built()
            return known[2]

    async def _built(self) -> bytes:
        # The client is registered already: what changes while this is built comes as a frame behind it.
        number, room = self._number, self._room
        devices = await self._devices(room.site.devices)
        held = list(room.book.incidents.values())
        ended = [i for i in held if not _current(i)][-RECENT:]
        incidents = [views.incident_state(room, i) for i in (*ended, *filter(_current, held))]
        body = {
            "site": room.site.id,
            "kind": room.site.kind.value,
            "incidents": incidents,
            "alarms": [views.alarm_view(alarm) for alarm in room.alarms.listed()],
        }
        return self._frame("snapshot", self._body(devices, body), number)

    async def _changes(self, batch: Iterable[Event]) -> str:
        room = self._room
        events = dict.fromkeys(batch)
        whole = {e.incident for e in events if isinstance(e, IncidentChanged)}
        steps = [
            step
            for event in events
            if isinstance(event, StepChanged)
            and event.incident not in whole
            and (step := self._step(event)) is not None
        ]
        body: dict[str, Any] = {
            "incidents": [
                views.incident_state(room, room.book.incidents[i])
                for i in sorted(whole)
                if i in room.book.incidents
            ],
            "steps": steps,
            "alarms": self._alarms({e.cause for e in events if isinstance(e, AlarmChanged)}),
            "beyond_site": [_beyond_view(e) for e in events if isinstance(e, BeyondSite)],
        }
        changed = [e.device for e in events if isinstance(e, DeviceChanged)]
        return self._body(await self._devices(changed), body)

    def _body(self, devices: str, body: dict[str, Any]) -> str:
        room = self._room
        body |= {"journal_degraded": room.store.degraded, "now_ms": room.clock.wall_ms()}
        return f'{{"devices":[{devices}],{_encode(body)[1:]}'

    async def _devices(self, ids: Iterable[str]) -> str:
        room = self._room
        parts: list[str] = []
        for number, device in enumerate(ids, start=1):
            parts.append(_encode(views.device_state(room, room.site.devices[device])))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return ",".join(parts)

    def _step(self, event: StepChanged) -> dict[str, Any] | None:
        incident = self._room.book.incidents.get(event.incident)
        if incident is None:
            return None
        for window in (*incident.windows, incident.clear_window):
            if window is not None and window.revision == event.revision:
                return _step_view(incident, window, event.device)
        return None

    def _alarms(self, causes: set[str]) -> dict[str, Any]:
        """Return the alarms that are new or changed, and the causes that left the list."""
        if not causes:
            return {"raised": [], "ended": []}
        listed = {alarm.cause: alarm for alarm in self._room.alarms.listed()}
        raised = [views.alarm_view(listed[cause]) for cause in sorted(causes & listed.keys())]
        return {"raised": raised, "ended": sorted(causes - listed.keys())}


def _step_view(incident: Incident, window: Window, device: str) -> dict[str, Any] | None:
    step = window.steps.get(device)
    if step is None:
        return None
    return {
        "incident": incident.id,
        "clear": window is incident.clear_window,
        "device": device,
        "revision": window.revision,
        "state": step.state.value,
        "reason": step.reason,
        "t_ms": step.t_ms,
        "times": {state.value: t_ms for state, t_ms in step.times.items()},
    }


def _beyond_view(event: BeyondSite) -> dict[str, Any]:
    return {
        "incident": event.incident,
        "revision": event.revision,
        "carriageway": event.carriageway,
        "from": event.from_post,
        "to": event.to_post,
        "length_m": event.length_m,
    }


def _current(incident: Incident) -> bool:
    return incident.state.open or incident.state is IncidentState.PREPARED


async def _unread(news: Subscription) -> list[Event]:
    """Return what is unread now without waiting for more."""
    try:
        async with asyncio.timeout(0):
            return await news.drain()
    except TimeoutError:
        return []


def _encode(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
