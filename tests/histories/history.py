"""One random history: what people and devices do for some minutes, and the laws every moment keeps."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from controller.incident import IncidentState
from controller.incidents.lifecycle import NotPossible
from controller.key import Unknown
from controller.store.rows import Change, Record
from devices.driver import Order
from devices.values import ASPECT_RANK, Aspect, Value
from tests.histories.lamps import FAULTS, FaultyLamp, said
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import PaperStore, Virtual, virtual_room

SITE = road(gantries=range(8_000, 11_001, 750), signs=(7_000,), beacons=(8_500,))
MINUTES_S = 120.0
SETTLE_S = 400.0


class Broken(AssertionError):
    """A law does not hold; the message has the seed's last events."""


class History:
    """One seed: its dice, its lamps, its events, its laws."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.events: list[str] = []
        self.broken: list[str] = []
        self.lamps = {
            d.id: FaultyLamp(d.id, d.base, random.Random(seed ^ n), self._driven)
            for n, d in enumerate(SITE.devices.values())
            if d.base is not None
        }
        self._last: dict[str, tuple[int, int]] = {}
        self._virtual: Virtual | None = None

    async def run(self) -> None:
        """Live through it; raises Broken."""
        async with virtual_room(SITE, self.lamps) as virtual:
            self._virtual = virtual
            _watch(virtual.store, self._recorded)
            loop = asyncio.get_running_loop()
            end_s = loop.time() + MINUTES_S
            while loop.time() < end_s:
                await self._something(virtual)
                self._judge()
                await asyncio.sleep(self.chance.expovariate(1 / 2.5))
            await self._ends(virtual)
            self._judge()

    # What happens -------------------------------------------------------------------------------------

    async def _something(self, virtual: Virtual) -> None:
        lamp = self.chance.choice(list(self.lamps.values()))
        match self.chance.choice(
            ("press", "press", "clear", "clear", "hold", "fault", "fault", "mend", "hand", "reboot")
        ):
            case "press":
                at_m, lane = self.chance.choice((9_000, 9_800, 10_400)), self.chance.choice((1, 2))
                self._tell(f"press {at_m} lane {lane}")
                await self._order(virtual.commands.raise_incident(crash(at_m, lanes=(lane,)), virtual.key()))
            case "clear" if open_ones := virtual.room.book.open():
                incident = self.chance.choice(open_ones)
                self._tell(f"clear {incident.id}")
                await self._order(virtual.commands.clear(incident.id, virtual.key(), reason="dice"))
            case "hold" if open_ones := virtual.room.book.open():
                incident = self.chance.choice(open_ones)
                self._tell(f"hold {incident.id}")
                await self._order(virtual.commands.hold(incident.id, virtual.key()))
            case "fault":
                lamp.fault = self.chance.choice(FAULTS)
                self._tell(f"{lamp.name} {lamp.fault}")
            case "mend":
                lamp.fault = ""
                self._tell(f"{lamp.name} mended")
            case "hand" if lamp.name in SITE.devices and isinstance(lamp.base, Aspect):
                value = self.chance.choice((Aspect.CLOSED, Aspect.OPEN, Aspect.CAUTION))
                self._tell(f"{lamp.name} switched by hand to {value}")
                lamp.light(value)
            case "reboot":
                self._tell(f"{lamp.name} rebooted")
                lamp.reboot()

    async def _order(self, order: Any) -> None:
        with contextlib.suppress(NotPossible, Unknown):
            await order

    def _tell(self, what: str) -> None:
        self.events.append(f"{asyncio.get_running_loop().time():8.2f}  {what}")

    # The laws -----------------------------------------------------------------------------------------

    def _driven(self, device: str, order: Order) -> None:
        """Every order: newer than the last, intended before, never milder than an open plan."""
        virtual = self._virtual
        if virtual is None:
            return
        self._tell(f"{device} told {said(order.value)} for {order.incident_id or 'rest'}")
        if (order.epoch, order.seq) <= self._last.get(device, (0, 0)):
            self._broken(f"{device}: an order is not newer than the one before")
        self._last[device] = order.epoch, order.seq
        if order.incident_id:
            intended = any(
                record.kind in ("intent", "release") and record.body.get("incident") == order.incident_id
                for record in virtual.store.records
            )
            if not intended:
                self._broken(f"{device}: told something before its intent was durable")
        for incident in virtual.room.book.open():
            for demand in incident.plan.demands:
                if demand.device == device and _milder(order.value, demand.value):
                    self._broken(f"{device}: milder than {incident.id} demands")

    def _recorded(self, record: Record) -> None:
        """No step is verified that the lamps did not show after it was sent."""
        virtual = self._virtual
        if virtual is None or record.kind != "step" or record.body["state"] != "verified":
            return
        device = record.body["device"]
        reconciler = virtual.room.fleet.reconcilers[device]
        value, lamp = reconciler.target.value, self.lamps[device]
        read = reconciler.condition.reading
        if value is None or read is None or not lamp.showed(value, read.at_s - 0.2):
            self._broken(f"{device}: verified {said(value)}, the lamps showed {lamp.shown[-3:]}")

    async def _ends(self, virtual: Virtual) -> None:
        """Everything is mended and cleared: every incident has ended, or an alarm says why not."""
        for lamp in self.lamps.values():
            lamp.fault = ""
        self._tell("all mended")
        for _ in range(3):
            for incident in virtual.room.book.open():
                if (
                    incident.state is not IncidentState.CLEARING
                    or incident.release is None
                    or incident.release.paused
                ):
                    await self._order(virtual.commands.clear(incident.id, virtual.key(), reason="end"))
            with contextlib.suppress(TimeoutError):
                await virtual.until(lambda: not virtual.room.book.open(), within_s=SETTLE_S / 3)
        alarmed = {alarm.subject for alarm in virtual.room.alarms.standing()}
        left = [i.id for i in virtual.room.book.open() if i.id not in alarmed]
        if left:
            self._broken(f"{', '.join(left)} neither ended nor alarmed")
        if virtual.room.book.open():
            return
        adopted, failed = set(virtual.room.book.adopted), set(virtual.room.book.faults)

        def odd() -> list[FaultyLamp]:
            free = (lamp for name, lamp in self.lamps.items() if name not in adopted | failed)
            return [lamp for lamp in free if lamp.value != lamp.base]

        with contextlib.suppress(TimeoutError):
            await virtual.until(lambda: not odd(), within_s=120)
        if odd():
            unalarmed = [
                lamp for lamp in odd() if lamp.name not in {a.subject for a in virtual.room.alarms.standing()}
            ]
            if unalarmed:
                self._broken(f"not at rest and not alarmed: {unalarmed}")

    def _broken(self, law: str) -> None:
        """Keep it: whoever broke the law is a supervised task, whose exceptions go no further."""
        again = f"SEED={self.seed} python -m pytest tests/unit/test_histories.py -k one_seed"
        self.broken.append("\n".join((law, f"replay: {again}", *self.events[-40:])))

    def _judge(self) -> None:
        if self.broken:
            raise Broken(self.broken[0])


def _milder(told: Value, demanded: Value) -> bool:
    heads = isinstance(told, Aspect) and isinstance(demanded, Aspect)
    return heads and ASPECT_RANK[told] < ASPECT_RANK[demanded]  # type: ignore[index]


def _watch(store: PaperStore, tell: Any) -> None:
    """Have every record shown to `tell` as it is handed over."""
    submit = store.submit

    def submitted(changes: Sequence[Change], records: Sequence[Record]) -> None:
        submit(changes, records)
        for record in records:
            tell(record)

    store.submit = submitted  # type: ignore[method-assign]


def worlds(first: int, count: int) -> Mapping[str, int]:
    """Return a name for each seed."""
    return {f"seed-{seed}": seed for seed in range(first, first + count)}
