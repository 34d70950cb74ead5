"""Four virtual hours of an open incident, a kill among them, told by the lamps (S3, S13)."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from controller.alarms.alarm import AlarmKind
from devices.values import BeaconState, Value
from tests.histories.controller import Life
from tests.histories.lamps import FaultyLamp
from tests.histories.paper import LastingPaper
from tests.histories.virtual_loop import in_virtual_time
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import LoopClock

SITE = road(gantries=range(8_000, 11_001, 500), signs=(7_000,), beacons=(8_000, 9_000))
SITE = replace(SITE, policy=replace(SITE.policy, siren_s=60, review_min=30))
HOURS_S = 4 * 3_600.0
KILLED_AT_S = 2 * 3_600.0 + 700
SIREN_S = 60.0
LIT_S = 1.0
"""By then every lamp of the plan has changed for the first time."""


class Road:
    """The lamps, and the lives of the controller that drives them."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.lamps = {
            d.id: FaultyLamp(d.id, d.base, random.Random(n), lambda *_: None)
            for n, d in enumerate(SITE.devices.values())
            if d.base is not None
        }

    async def start(self, before: LastingPaper | None = None) -> Life:
        store = LastingPaper(SITE.sections, lambda: 0.01, lambda _: None, before)
        life = Life(SITE, self.lamps, store, self.clock)
        await life.begin()
        return life

    def intervals(self, device: str, until_s: float) -> Iterator[tuple[float, float, Value]]:
        """Yield (from, to, value) of what a lamp showed."""
        shown = [*self.lamps[device].shown, (until_s, self.lamps[device].value)]
        for (from_s, value), (to_s, _) in pairwise(shown):
            yield from_s, to_s, value


async def four_hours() -> None:
    loop = asyncio.get_running_loop()
    on_road = Road()
    life = await on_road.start()
    await asyncio.sleep(15)  # every device is known and at rest
    incident = (await life.commands.raise_incident(crash(10_200), life.key())).incident
    demands = {demand.device: demand.value for demand in incident.plan.demands}
    pressed_s, asked_s = loop.time(), set()
    while (open_s := loop.time() - pressed_s) < HOURS_S:
        if any(a.kind is AlarmKind.REVIEW and a.subject == incident.id for a in life.room.alarms.standing()):
            asked_s.add(open_s)
        if open_s >= KILLED_AT_S and life.store.epochs == {"e": 7}:
            await life.kill()
            await asyncio.sleep(40)
            life = await on_road.start(life.store)
        await asyncio.sleep(20)
    ended_s = loop.time()
    (still_open,) = life.room.book.open()
    await life.kill()
    assert still_open.id == incident.id
    assert 30 * 60 <= min(asked_s) < 31 * 60
    assert max(asked_s) > HOURS_S - 60
    assert len(asked_s) >= 3.4 * 3_600 / 20
    beacons = [d for d, value in demands.items() if isinstance(value, BeaconState)]
    assert len(beacons) == 2
    for device, value in demands.items():
        shown = list(on_road.intervals(device, ended_s))
        lit = [v for from_s, to_s, v in shown if to_s > pressed_s + LIT_S]
        if isinstance(value, BeaconState):
            sounded_s = sum(
                to_s - from_s for from_s, to_s, v in shown if isinstance(v, BeaconState) and v.siren
            )
            assert SIREN_S - 5 < sounded_s <= SIREN_S + 0.1, f"{device} sounded {sounded_s:.2f} s"
            assert all(isinstance(v, BeaconState) and v.flash for v in lit), f"{device}: {shown}"
        else:
            assert set(lit) == {value}, f"{device} showed {shown}"


@pytest.mark.timeout(240)
def test_four_hours_of_an_open_incident() -> None:
    in_virtual_time(four_hours())
