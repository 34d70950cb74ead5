"""A whole control room in virtual time: plain lamps, a store in memory, one clock for everything.

For what happens over minutes and hours. A test of it is marked `looptime`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from config.site import Site
from controller.book import Incident
from controller.commands import Commands
from controller.events import EventBus
from controller.incident import Actor, Report
from controller.incidents.replanning import Replanning
from controller.incidents.time_limits import TimeLimits
from controller.key import Key
from controller.metrics import Metrics
from controller.room import ControlRoom
from controller.store.rows import Change, Record
from controller.store.store import Store
from controller.store.writer import Durability
from devices.driver import Order, Reading
from devices.values import Value
from tests.unit.api_room import Lamp
from tests.unit.heard import Heard

START_MS = 1_795_305_600_000  # 2026-11-22 00:00 UTC
TICK_S = 0.05


class LoopClock:
    """Both times of the loop, so that virtual time moves them together.

    It creeps with every look: who waits until a moment and finds it a rounding error away would otherwise
    wait for ever, since virtual time stands still while anything runs.
    """

    def __init__(self) -> None:
        self._looks = 0
        self.set_by_ms = 0
        """By how much somebody has set the wall clock."""

    def mono_s(self) -> float:
        self._looks += 1
        return asyncio.get_running_loop().time() + self._looks * 1e-8

    def wall_ms(self) -> int:
        return START_MS + round(self.mono_s() * 1000) + self.set_by_ms


class NotedLamp(Lamp):
    """A lamp whose orders are noted in one list with those of all lamps that share it."""

    name = ""
    told: list[tuple[str, Value]] | None = None

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        if self.told is not None and not self.dead:
            self.told.append((self.name, order.value))
        return await super().drive(order, on_acked)


class PaperStore:
    """Takes what the brain writes and answers at once; `degraded` may be set by a test."""

    def __init__(self, sections: Sequence[str]) -> None:
        self.epochs = dict.fromkeys(sections, 7)
        self.waiting = 0
        self.degraded: str | None = None
        self.read_only = ""
        self.changes: list[Change] = []
        self.records: list[Record] = []
        self._ids = 0

    def when_degraded(self, tell: Callable[[str], None]) -> None:
        pass

    def next_incident_id(self) -> str:
        self._ids += 1
        return f"I-20261122-{self._ids:04d}"

    async def commit(self, changes: Sequence[Change], records: Sequence[Record]) -> Durability:
        self.submit(changes, records)
        await asyncio.sleep(0)
        return Durability(self.degraded is None, 0)

    def submit(self, changes: Sequence[Change], records: Sequence[Record]) -> None:
        self.changes += changes
        self.records += records

    async def incident(self, _: str) -> None:
        return None

    def kinds(self) -> list[str]:
        """Return the kinds of the journal records so far."""
        return [record.kind for record in self.records]


@dataclass
class Virtual:
    """The room, its verbs, and what stands on the road."""

    site: Site
    room: ControlRoom
    commands: Commands
    lamps: Mapping[str, Lamp]
    store: PaperStore

    def key(self, actor: str = "li.na") -> Key:
        clock = self.room.clock
        return Key(Actor(actor, "dispatcher", "test"), clock.mono_s(), clock.wall_ms())

    async def press(self, report: Report, **options: Any) -> Incident:
        """Press the key and wait for the verdict."""
        raised = await self.commands.raise_incident(report, self.key(), **options)
        await self.decided(raised.incident)
        return raised.incident

    async def decided(self, incident: Incident) -> None:
        assert incident.window is not None
        await incident.window.decided.wait()

    async def until(self, condition: Callable[[], bool], within_s: float = 600.0) -> None:
        """Return as soon as it holds; virtual seconds."""
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - the conditions are plain attributes of other tasks
                await asyncio.sleep(TICK_S)

    def noted(self) -> list[tuple[str, Value]]:
        """Return the list every order is noted in from now on."""
        told: list[tuple[str, Value]] = []
        for name, lamp in self.lamps.items():
            assert isinstance(lamp, NotedLamp)
            lamp.name, lamp.told = name, told
        return told

    def shows(self, device: str) -> Value:
        """Return what the lamps of a device show."""
        return self.lamps[device].value


@asynccontextmanager
async def virtual_room(site: Site, lamps: Mapping[str, Lamp] | None = None) -> AsyncIterator[Virtual]:
    """Run a room for the block; every device is known and at rest when it begins."""
    store = PaperStore(site.sections)
    if lamps is None:
        lamps = {d.id: NotedLamp(d.base) for d in site.devices.values() if d.base is not None}
    room = ControlRoom(
        site, cast(Store, store), lamps, clock=LoopClock(), metrics=Metrics(), events=EventBus()
    )
    commands = Commands(room)
    try:
        room.apply()
        for device in site.devices:
            room.tasks.start(f"reconcile {device}", lambda d=device: room.fleet.run(d))  # type: ignore[misc]
        room.tasks.start("time limits", TimeLimits(room).keep)
        room.tasks.start("re-planning", Replanning(room).keep)
        virtual = Virtual(site, room, commands, lamps, store)
        await virtual.until(
            lambda: all(r.condition.reachable for r in room.fleet.reconcilers.values()), within_s=60
        )
        yield virtual
        heard = Heard(site)
        heard.look(room)
    finally:
        await room.tasks.stop()
    heard.check()
