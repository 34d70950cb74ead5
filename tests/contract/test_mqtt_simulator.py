"""The native driver and the simulated devices, strangers in code, agree on the wire."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from config.site import MqttAddress, Site
from devices.clock import SystemClock
from devices.driver import Order
from devices.drivers.mqtt import MqttDriver
from devices.errors import DeviceRejected, DeviceUnreachable
from devices.links.mqtt import MqttLink
from devices.models import MqttModel
from devices.values import Aspect, BeaconState, Message, Value
from simulators.simulation import Simulation
from tests.broker import nats_broker
from tests.contract.mqtt_peer import until
from tests.sites import BROKER, tiny_site

DRIVEN: dict[str, Value] = {
    "VMS-1": Message("前方快车道事故,注意减速避让"),
    "BCN-1": BeaconState(flash=True, siren=True),
    "LCS-G4-1": Aspect.CLOSED,
}
_CLOCK = SystemClock()


@dataclass
class Field:
    simulation: Simulation
    link: MqttLink
    drivers: dict[str, MqttDriver]

    async def drive(
        self, device: str, value: Value, seq: int, *, epoch: int = 5, ttl_ms: int = 2_000
    ) -> Value:
        now_ms = _CLOCK.wall_ms()
        end_s = _CLOCK.mono_s() + 2
        async with asyncio.timeout(3):
            order = Order(value, epoch, seq, "I-1", now_ms, now_ms + ttl_ms, end_s)
            reading = await self.drivers[device].drive(order, lambda: None)
        assert reading.value is not None
        return reading.value


def _driver(site: Site, device_id: str, link: MqttLink) -> MqttDriver:
    device = site.devices[device_id]
    assert isinstance(device.model, MqttModel)
    assert isinstance(device.address, MqttAddress)
    return MqttDriver(device_id, device.type, device.model, site.id, device.address.name, link, _CLOCK)


@contextlib.asynccontextmanager
async def field() -> AsyncIterator[Field]:
    site = tiny_site()
    async with nats_broker() as broker:
        at = (broker.host, broker.port)
        simulation = Simulation(site, _CLOCK, free_ports=True, broker=at)
        link = MqttLink(BROKER, *at, site_id=site.id, client_id="ctl", clock=_CLOCK, simulated=True)
        drivers = {device: _driver(site, device, link) for device in DRIVEN}
        running = asyncio.create_task(link.run(), name="mqtt-link")
        try:
            await simulation.start()
            await until(lambda: link.up and all(simulation.online(d) for d in DRIVEN))
            yield Field(simulation, link, drivers)
        finally:
            running.cancel()
            await asyncio.wait({running})
            await simulation.stop()


async def test_every_type_is_driven_and_the_lamps_show_it() -> None:
    async with field() as road:
        got = await asyncio.gather(*(road.drive(d, v, 1) for d, v in DRIVEN.items()))
        assert got == list(DRIVEN.values())
        assert {d: road.simulation.devices[d].lamp for d in DRIVEN} == DRIVEN
        dropped = ("bad_ack", "bad_state", "bad_availability", "stray_ack", "other_state")
        assert all(not driver.counters[what] for driver in road.drivers.values() for what in dropped)


async def test_refusals_carry_the_words_of_the_device() -> None:
    async with field() as road:
        await road.drive("LCS-G4-1", Aspect.CLOSED, 9)
        with pytest.raises(DeviceRejected) as stale:
            await road.drive("LCS-G4-1", Aspect.OPEN, 8)
        assert (stale.value.code, stale.value.applied) == ("stale", (5, 9))
        with pytest.raises(DeviceRejected) as expired:
            await road.drive("LCS-G4-1", Aspect.OPEN, 10, ttl_ms=-60_000)
        assert expired.value.code == "expired"
        assert abs((expired.value.device_ms or 0) - _CLOCK.wall_ms()) < 5_000
        road.simulation.set_device_faults("LCS-G4-1", local=True)
        with pytest.raises(DeviceRejected) as local:
            await road.drive("LCS-G4-1", Aspect.OPEN, 11)
        assert local.value.code == "local"
        assert road.simulation.devices["LCS-G4-1"].lamp is Aspect.CLOSED


async def test_a_device_without_power_is_named_and_driven_when_it_is_back() -> None:
    async with field() as road:
        driver = road.drivers["LCS-G4-1"]
        await road.drive("LCS-G4-1", Aspect.CLOSED, 1)
        woken = asyncio.Event()
        driver.watch(woken.set)
        road.simulation.set_device_faults("LCS-G4-1", offline=True)
        async with asyncio.timeout(3):
            await woken.wait()
        with pytest.raises(DeviceUnreachable, match="last will"):
            await road.drive("LCS-G4-1", Aspect.CLOSED, 2)
        woken.clear()
        road.simulation.restore("LCS-G4-1")
        async with asyncio.timeout(3):
            await woken.wait()
        assert await road.drive("LCS-G4-1", Aspect.OPEN, 3) is Aspect.OPEN
