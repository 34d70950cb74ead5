"""The Modbus driver and the simulated devices, strangers in code, agree on the wire."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from config.site import ModbusAddress
from devices.driver import Reading
from devices.drivers.modbus import ModbusDriver
from devices.errors import DeviceRejected, DeviceUnreachable
from devices.links import modbus_units
from devices.links.modbus import ModbusLink
from devices.models import ModbusModel
from devices.values import Aspect, BeaconState, Value
from simulators.simulation import Simulation
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, linked, order, up
from tests.simulated import simulation_of
from tests.sites import GATEWAY, PLC, tiny_site

ON_GATEWAY = ("LCS-G3-1", "LCS-G3-2", "BCN-2")
VALUES: dict[str, tuple[Value, ...]] = {
    "LCS-G1-1": tuple(Aspect),
    "LCS-G3-1": tuple(Aspect),
    "BCN-2": tuple(BeaconState(flash, siren) for flash in (True, False) for siren in (True, False)),
}


@dataclass
class Field:
    """Simulated devices of one link, and their drivers."""

    simulation: Simulation
    link: ModbusLink
    drivers: dict[str, ModbusDriver]

    async def drive(self, device: str, value: Value) -> Reading:
        return await self.drivers[device].drive(order(value), lambda: None)


@contextlib.asynccontextmanager
async def field(link_id: str, *, timeout_s: float = 1.0) -> AsyncIterator[Field]:
    site = tiny_site()
    async with simulation_of(site) as simulation:
        peer = ModbusPeer(port=simulation.endpoints[link_id].port)  # only tells where; it is not started
        devices = [d for d in site.devices.values() if d.link == link_id]
        units = tuple({d.address.unit: 0 for d in devices if isinstance(d.address, ModbusAddress)})
        async with linked(peer, units=units, timeout_s=timeout_s, serial=link_id == GATEWAY) as link:
            drivers = {}
            for device in devices:
                assert isinstance(device.address, ModbusAddress)
                assert isinstance(device.model, ModbusModel)
                drivers[device.id] = ModbusDriver(
                    device.id,
                    device.type,
                    device.model,
                    device.address.unit,
                    device.address.command,
                    device.address.feedback,
                    link,
                    CLOCK,
                )
            await up(link)
            yield Field(simulation, link, drivers)


@pytest.mark.parametrize("device", VALUES)
async def test_every_value_is_shown_by_the_lamps_and_proved(device: str) -> None:
    async with field(PLC if device == "LCS-G1-1" else GATEWAY) as at:
        for value in VALUES[device]:
            reading = await at.drive(device, value)
            assert at.simulation.devices[device].lamp == value
            assert (reading.value, reading.local, reading.fault) == (value, False, False)


async def test_four_heads_of_a_unit_take_two_frames() -> None:
    async with field(PLC) as at:
        before = at.link.state.counters.frames
        await asyncio.gather(*(at.drive(device, Aspect.CLOSED) for device in at.drivers))
        assert at.link.state.counters.frames - before == 2
        assert {at.simulation.devices[device].lamp for device in at.drivers} == {Aspect.CLOSED}


async def test_the_read_back_tells_lamps_from_register_and_sees_local_and_fault() -> None:
    async with field(PLC) as at:
        at.simulation.set_device_faults("LCS-G1-1", stuck=True)
        assert (await at.drive("LCS-G1-1", Aspect.CLOSED)).value is Aspect.OPEN
        at.simulation.set_device_faults("LCS-G1-2", local=True, fault=True)
        reading = await at.drivers["LCS-G1-2"].read_back(0.0)
        assert (reading.local, reading.fault) == (True, True)


async def test_a_device_that_refuses_does_not_fail_its_neighbours() -> None:
    async with field(PLC) as at:
        at.simulation.set_device_faults("LCS-G1-2", exception=2)
        results = await asyncio.gather(
            *(at.drive(device, Aspect.CLOSED) for device in at.drivers), return_exceptions=True
        )
        refused = dict(zip(at.drivers, results, strict=True)).pop("LCS-G1-2")
        assert isinstance(refused, DeviceRejected)
        assert refused.code == "exc-2"
        assert sum(isinstance(r, Reading) and r.value is Aspect.CLOSED for r in results) == 3


async def test_a_dead_unit_on_the_serial_line_does_not_delay_the_others_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modbus_units, "PROBE_GAP_S", 0.01)
    async with field(GATEWAY) as at:
        await at.simulation.set_link_faults(GATEWAY, dead_units=frozenset({12}), dead_unit_ms=300)
        with pytest.raises(DeviceUnreachable, match="gateway target does not answer"):
            await at.drivers["LCS-G3-2"].read_back(0.0)
        began_s = CLOCK.mono_s()
        dead = asyncio.create_task(at.drive("LCS-G3-2", Aspect.CLOSED), name="dead")
        await asyncio.gather(
            at.drive("LCS-G3-1", Aspect.CLOSED), at.drive("BCN-2", BeaconState(flash=True, siren=True))
        )
        assert CLOCK.mono_s() - began_s < 0.25
        with pytest.raises(DeviceUnreachable):
            await dead
        await at.simulation.set_link_faults(GATEWAY, dead_units=frozenset())
        back: list[float] = []
        at.drivers["LCS-G3-2"].watch(lambda: back.append(CLOCK.mono_s()))
        assert (await at.drive("LCS-G3-2", Aspect.CLOSED)).value is Aspect.CLOSED
        assert len(back) == 1


async def test_an_outstation_that_returns_wakes_its_devices_and_is_driven() -> None:
    async with field(PLC) as at:
        woken = asyncio.Event()
        at.drivers["LCS-G1-1"].watch(woken.set)
        await at.simulation.set_link_faults(PLC, down=True)
        with pytest.raises(DeviceUnreachable):
            await at.drive("LCS-G1-1", Aspect.CLOSED)
        woken.clear()
        await at.simulation.set_link_faults(PLC, down=False)
        async with asyncio.timeout(2.0):
            await woken.wait()
        assert (await at.drive("LCS-G1-1", Aspect.CLOSED)).value is Aspect.CLOSED
