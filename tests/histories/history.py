"""One random history: a minute of deeds, kills among them, then an end at which everything comes to rest."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable
from typing import Any

from config.site import Site
from controller.incident import IncidentState
from controller.incidents.lifecycle import NotPossible
from controller.key import Unknown
from devices.driver import Order
from devices.values import DeviceType
from tests.histories import deeds
from tests.histories.controller import Life
from tests.histories.lamps import FaultyLamp, said
from tests.histories.laws import Laws
from tests.histories.paper import LastingPaper
from tests.unit.interlocks import drawn_rules, with_rules
from tests.unit.small_road import road
from tests.unit.virtual_room import LoopClock

ROAD = road(gantries=range(8_000, 11_001, 750), signs=(7_000,), beacons=(8_500,))
DEEDS_S = 60.0
BETWEEN_S = 1.2
SETTLE_S = 150.0


class Broken(AssertionError):
    """A law does not hold; the message has the seed's last events."""


class History:
    """One seed: its dice, its road, its lamps, its events, its laws."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.site = _site(self.chance)
        self.events: list[str] = []
        self.acknowledged: set[str] = set()
        self.kill_after_s: float | None = None
        self.lamps = {
            d.id: FaultyLamp(d.id, d.base, random.Random(seed ^ n), self._told)
            for n, d in enumerate(self.site.devices.values())
            if d.base is not None
        }
        self.laws = Laws(self.site, self.lamps)
        self._clock = LoopClock()

    @property
    def life(self) -> Life:
        assert self.laws.life is not None
        return self.laws.life

    async def run(self) -> None:
        """Live through it; raises Broken."""
        random.seed(self.seed)  # the jitter of back-offs is drawn from here
        await self._begin(None)
        try:
            await self.life.until(self._all_known, 60)
            await self._deeds()
            await self._end()
        finally:
            await self.life.kill()

    async def _deeds(self) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + DEEDS_S
        choices, weights = list(deeds.DEEDS), list(deeds.DEEDS.values())
        while loop.time() < end_s:
            (deed,) = self.chance.choices(choices, weights)
            await deed(self)
            self._judge()
            await asyncio.sleep(self.chance.expovariate(1 / BETWEEN_S))
            self._judge()

    async def order(self, order: Awaitable[Any]) -> None:
        """Give an order and wait for its answer, unless the controller is to die meanwhile."""
        task = asyncio.ensure_future(order)
        kill_after_s, self.kill_after_s = self.kill_after_s, None
        if kill_after_s is None:
            with contextlib.suppress(NotPossible, Unknown):
                await task
            return
        await asyncio.sleep(kill_after_s)
        self.tell(f"the controller is killed, the order was {'answered' if task.done() else 'under way'}")
        task.cancel()
        with contextlib.suppress(NotPossible, Unknown, asyncio.CancelledError):
            await task
        await self.restart()

    async def restart(self) -> None:
        """Kill the controller and start it again on what its paper holds."""
        before = self.life.store
        await self.life.kill()
        await asyncio.sleep(self.chance.uniform(0.5, 3.0))
        await self._begin(before)
        self.laws.kept(self.acknowledged)

    async def _begin(self, before: LastingPaper | None) -> None:
        disk = random.Random(self.chance.random())
        store = LastingPaper(
            self.site.sections, lambda: disk.uniform(0.001, 0.03), self.laws.recorded, before
        )
        self.laws.life = Life(self.site, self.lamps, store, self._clock)
        await self.laws.life.begin()

    def tell(self, what: str) -> None:
        """Keep an event for the message of a failure."""
        self.events.append(f"{asyncio.get_running_loop().time():8.2f}  {what}")

    def _told(self, device: str, order: Order) -> None:
        self.tell(f"{device} told {said(order.value)} for {order.incident_id or 'rest'}")
        self.laws.told(device, order)

    def _all_known(self) -> bool:
        return all(r.condition.reachable for r in self.life.room.fleet.reconcilers.values())

    async def _end(self) -> None:
        """Mend everything, take every order back, clear everything, and see that all comes to rest."""
        for lamp in self.lamps.values():
            lamp.fault = ""
        self.tell("all mended")
        for _ in range(4):
            book = self.life.room.book
            for _ in list(book.services):
                await deeds.back_in_service(self)
            for _ in list(book.faults):
                await deeds.repaired(self)
            for device in list(book.locks):
                await self.order(self.life.commands.devices.unlock(device, self.life.key()))
            await self.life.until(lambda: False, 12)  # every head was read again
            await deeds.reset(self)
            for device in list(book.adopted):
                await self.order(self.life.commands.devices.release_adopted(device, self.life.key(), "end"))
            for incident in book.open():
                if (
                    incident.state is not IncidentState.CLEARING
                    or incident.release is None
                    or incident.release.paused
                ):
                    await self.order(self.life.commands.clear(incident.id, self.life.key(), reason="end"))
            await self.life.until(self._at_rest, SETTLE_S)
            self._judge()
            if self._at_rest():
                return
        self.laws.ended()
        self._judge()

    def _at_rest(self) -> bool:
        book = self.life.room.book
        held = book.adopted or book.latches or book.faults or book.locks or book.services
        return not (book.open() or held or self.laws.odd())

    def _judge(self) -> None:
        self.laws.looked()
        if self.laws.broken:
            again = f"replay: python -m tests.histories {self.seed} 1"
            raise Broken("\n".join((self.laws.broken[0], again, *self.events[-40:])))


def _site(chance: random.Random) -> Site:
    """Return the road, for every second seed with interlocks drawn at random."""
    if chance.random() < 0.5:
        return ROAD
    return with_rules(ROAD, *drawn_rules(chance, ROAD, 2, of=(DeviceType.HEAD,)))
