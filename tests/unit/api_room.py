"""A whole control room in the test's own loop, its devices plain lamps, its store a real file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from api.app import create_app
from api.context import AppContext
from config.site import Site
from config.tokens import Role, Token, Tokens
from controller.commands import Commands
from controller.events import EventBus
from controller.metrics import Metrics
from controller.recovery import recover
from controller.room import ControlRoom
from controller.store.store import Store
from controller.store.writer import Limits
from devices.clock import SystemClock
from devices.driver import Order, Reading
from devices.errors import DeviceUnreachable
from devices.values import Value
from tests.sites import tiny_site
from tests.unit.heard import Heard

PATIENT = Limits(answer_s=2.0, busy_s=5.0)
"""A disk that other tests keep busy is no fault; a store that is held for good is noticed all the same."""

TOKEN = "a-token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ROLES = {role: Token(f"a-token-of-the-role-{role}", role) for role in Role}
PRESS = {"text": "福向试验隧道内快车道追尾,启动预警"}

WIRE_S = 0.001
"""How long a lamp takes to answer; without it virtual time would stand still between two readings."""


class Lamp:
    """A device without a wire: shows what it is told after `delay_s`; answers nothing while `dead`.

    Attributes:
        stuck: the order is confirmed and nothing changes.
        local, faulty: what its readings say besides.
        orders: every value it was ever sent.
    """

    def __init__(self, value: Value) -> None:
        self.value = value
        self.dead = self.stuck = self.local = self.faulty = False
        self.delay_s = 0.0
        self.orders: list[Value] = []

    @property
    def asks(self) -> bool:
        return True

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        if self.dead:
            raise DeviceUnreachable("lamp is dead")
        self.orders.append(order.value)
        if self.delay_s:
            asyncio.get_running_loop().call_later(self.delay_s, self._light, order.value)
        else:
            self._light(order.value)
        on_acked()
        await asyncio.sleep(WIRE_S)
        return self._reading()

    def _light(self, value: Value) -> None:
        if not self.stuck:
            self.value = value

    async def read_back(self, newer_than_s: float) -> Reading:
        await asyncio.sleep(WIRE_S)
        if self.dead:
            raise DeviceUnreachable("lamp is dead")
        return self._reading()

    def watch(self, wake: Callable[[], None]) -> None:
        pass

    def last(self) -> Reading | None:
        return None

    def _reading(self) -> Reading:
        now_s = asyncio.get_running_loop().time()
        return Reading(self.value, now_s, local=self.local, fault=self.faulty)


@dataclass
class Api:
    """The app of one room and a client of it that carries the token."""

    app: FastAPI
    room: ControlRoom
    commands: Commands
    lamps: dict[str, Lamp]
    client: httpx2.AsyncClient
    ready: bool = True

    async def get(self, path: str, **params: str | int) -> Any:
        answer = await self.client.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        return await self.client.post(f"/api/v1{path}", json=body, headers=headers)


@asynccontextmanager
async def running_api(
    folder: Path, site: Site | None = None, own: Mapping[str, Lamp] | None = None
) -> AsyncIterator[Api]:
    """Run a room on the store in that folder; a second run in the same folder is a restart.

    Args:
        own: device → the lamp a test made for it; the others show their base.
    """
    site = site or tiny_site()
    clock = SystemClock()
    store = await Store.open(folder / "onekey.db", clock=clock, sections=site.sections, limits=PATIENT)
    lamps = {d.id: Lamp(d.base) for d in site.devices.values() if d.base is not None}
    lamps |= own or {}
    room = ControlRoom(site, store, lamps, clock=clock, metrics=Metrics(), events=EventBus())
    commands = Commands(room)
    heard = Heard(site)
    try:
        await recover(room, commands)
        yield _api(site, room, commands, lamps, heard)
        heard.look(room)
    finally:
        await room.tasks.stop()
        await store.close()
    heard.check()  # nothing runs any more that would wait for it


def _api(site: Site, room: ControlRoom, commands: Commands, lamps: dict[str, Lamp], heard: Heard) -> Api:
    made: list[Api] = []
    context = AppContext(
        room=room,
        commands=commands,
        site=site,
        tokens=Tokens.of(TOKEN, *ROLES.values()),
        started_ms=room.clock.wall_ms(),
        ready=lambda: made[0].ready,
    )
    app = create_app(context)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    client = httpx2.AsyncClient(
        transport=transport,
        base_url="http://onekey.test",
        headers=HEADERS,
        event_hooks={"response": [heard.called]},
    )
    made.append(Api(app, room, commands, lamps, client))
    return made[0]
