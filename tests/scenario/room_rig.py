"""A control room inside the test's own loop, on real sockets: for faults that only our own code can have."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.broker import nats_broker
from api.field import build_field, overlay
from config.loader import load_site, sample_site_path
from config.site import Site
from controller import views
from controller.book import Incident
from controller.commands import Commands
from controller.events import EventBus
from controller.incident import Actor
from controller.intake.text import parse_text
from controller.key import Key
from controller.metrics import Metrics
from controller.recovery import recover
from controller.room import ControlRoom
from controller.store.store import Store
from devices.clock import SystemClock
from devices.driver import Driver
from simulators.endpoints import Endpoints
from simulators.process import simulate
from simulators.remote import until

Wrap = Callable[[Mapping[str, Driver]], Mapping[str, Driver]]


@dataclass
class InProcess:
    """The brain with its verbs, and the simulators' control URL."""

    site: Site
    room: ControlRoom
    commands: Commands
    control_url: str

    def key(self) -> Key:
        """A press of now."""
        clock = self.room.clock
        return Key(Actor("tester", "dispatcher", "test"), clock.mono_s(), clock.wall_ms())

    async def press(self, text: str) -> Incident:
        """Press and wait for the verdict."""
        report = parse_text(text, self.site).report
        assert report is not None
        raised = await self.commands.raise_incident(report, self.key())
        window = raised.incident.window
        assert window is not None
        async with asyncio.timeout(window.budget_ms / 1000 + 2):
            await window.decided.wait()
        return raised.incident

    async def until_well(self, *, but: tuple[str, ...] = (), within_s: float = 15) -> None:
        """Wait until every device is known and shows what it should."""

        async def look() -> tuple[bool, list[str]]:
            rows = [views.device_state(self.room, d) for d in self.site.devices.values() if d.id not in but]
            bad = [f"{row['id']}: {row['reason']}" for row in rows if not row["well"]]
            return not bad, bad

        await until(look, within_s, "every device well")


@contextlib.asynccontextmanager
async def room_rig(
    folder: Path, *, site_path: Path | None = None, wrap: Wrap = dict
) -> AsyncIterator[InProcess]:
    """Run simulators and control room for the block; `wrap` may replace drivers."""
    clock = SystemClock()
    site = load_site(site_path or sample_site_path())
    async with nats_broker() as broker:
        ready: asyncio.Future[Endpoints] = asyncio.get_running_loop().create_future()
        simulated = asyncio.create_task(
            simulate(site, free_ports=True, broker=(broker.host, broker.port), ready=ready.set_result)
        )
        endpoints = await ready
        site = overlay(site, {name: (e.host, e.port) for name, e in endpoints.links.items()})
        store = await Store.open(folder / "onekey.db", clock=clock, sections=site.sections)
        field = build_field(site, clock, client_id=f"test-{store.epochs['fu']}")
        room = ControlRoom(
            site, store, wrap(field.drivers), clock=clock, metrics=Metrics(), events=EventBus()
        )
        commands = Commands(room)
        for link_id, link in field.links.items():
            room.tasks.start(f"link {link_id}", link.run)
        try:
            await recover(room, commands)
            yield InProcess(site, room, commands, endpoints.control)
        finally:
            await room.tasks.stop()
            await store.close()
            while not simulated.done():
                simulated.cancel()
                await asyncio.wait([simulated], timeout=1)
