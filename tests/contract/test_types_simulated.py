"""Portal signals, speakers, speed signs, two-faced heads: driver and simulated device agree on the wire."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from config.site import ModbusAddress, MqttAddress, Site
from devices.clock import SystemClock
from devices.driver import Driver, Order, Reading
from devices.drivers.modbus import ModbusDriver
from devices.drivers.mqtt import MqttDriver
from devices.errors import DeviceRejected
from devices.links.mqtt import MqttLink
from devices.models import ModbusModel, MqttModel, load_models
from devices.values import Aspect, DeviceType, PortalAspect, SpeakerState, SpeedLimit, Value
from simulators.shown import LitFaces
from simulators.simulation import Simulation
from tests.broker import nats_broker
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, linked, order, up
from tests.simulated import simulation_of, until
from tests.sites import BROKER, PLC, head, portal, speaker, speed_sign, tiny_site

PORTALS = tuple(PortalAspect)
SPOKEN = (SpeakerState("drive_out", 3, 80), SpeakerState("slow_down", 1, 100), SpeakerState())
SPEEDS = (SpeedLimit(60), SpeedLimit(100), SpeedLimit())
FACES = (Aspect.CLOSED, Aspect.CAUTION, Aspect.OPEN, Aspect.DARK)

ON_PLC = (
    portal("PS-C", link=PLC, address=ModbusAddress(1, 0, 0), model="portal-coils"),
    portal("PS-R", link=PLC, address=ModbusAddress(1, 300, 300), model="portal-code"),
    speaker("SPK-R", link=PLC, address=ModbusAddress(1, 310, 310), model="speaker-registers"),
    speed_sign("SPD-R", link=PLC, address=ModbusAddress(1, 320, 320), model="speed-register"),
    replace(
        head("LCS-F", link=PLC, address=ModbusAddress(1, 330, 330), at_m=2_900, model="two-faced-light"),
        aspects=frozenset(FACES),
    ),
)
ON_BROKER = (
    portal("PS-M", link=BROKER, address=MqttAddress("PS-M"), model="native-mqtt"),
    speaker("SPK-M", link=BROKER, address=MqttAddress("SPK-M"), model="native-mqtt"),
    speed_sign("SPD-M", link=BROKER, address=MqttAddress("SPD-M"), model="native-mqtt"),
)
VALUES: dict[DeviceType, tuple[Value, ...]] = {
    DeviceType.PORTAL: PORTALS,
    DeviceType.SPEAKER: SPOKEN,
    DeviceType.SPEED: SPEEDS,
    DeviceType.HEAD: FACES,
}


def site() -> Site:
    return tiny_site(add=(*ON_PLC, *ON_BROKER))


@contextlib.asynccontextmanager
async def on_plc() -> AsyncIterator[tuple[Simulation, dict[str, Driver]]]:
    road = site()
    async with simulation_of(road) as simulation:
        peer = ModbusPeer(port=simulation.endpoints[PLC].port)  # only tells where; it is not started
        async with linked(peer, timeout_s=1.0) as link:
            await up(link)
            drivers: dict[str, Driver] = {}
            for device in ON_PLC:
                assert isinstance(device.model, ModbusModel)
                assert isinstance(device.address, ModbusAddress)
                at = device.address
                drivers[device.id] = ModbusDriver(
                    device.id, device.type, device.model, at.unit, at.command, at.feedback, link, CLOCK
                )
            yield simulation, drivers


async def drive(driver: Driver, value: Value) -> Reading:
    return await driver.drive(order(value), lambda: None)


@pytest.mark.parametrize("device", ON_PLC, ids=lambda device: device.id)
async def test_every_value_is_shown_and_proved_over_modbus(device) -> None:
    async with on_plc() as (simulation, drivers):
        for value in VALUES[device.type]:
            reading = await drive(drivers[device.id], value)
            assert simulation.devices[device.id].lamp == value
            assert (reading.value, reading.local, reading.fault, reading.conflict) == (
                value,
                False,
                False,
                False,
            )


async def test_fault_switches_reach_the_new_types_and_the_history_records_them() -> None:
    async with on_plc() as (simulation, drivers):
        simulation.set_device_faults("PS-R", stuck=True)
        assert (await drive(drivers["PS-R"], PortalAspect.RED)).value is PortalAspect.GREEN
        simulation.set_device_faults("SPD-R", local=True, fault=True)
        reading = await drivers["SPD-R"].read_back(0.0)
        assert (reading.local, reading.fault) == (True, True)
        simulation.set_device_faults("SPK-R", wrong=SpeakerState("slow_down", 2, 10))
        assert (await drive(drivers["SPK-R"], SPOKEN[0])).value == SpeakerState("slow_down", 2, 10)
        story = [event.lamp for event in simulation.history.since(device="SPK-R")]
        assert story == [SpeakerState(), SpeakerState("slow_down", 2, 10)]


@pytest.mark.parametrize(
    ("device", "value"),
    [("SPK-R", SpeakerState("do_not_enter", 1, 80)), ("SPD-R", SpeedLimit(50))],
)
async def test_what_the_device_does_not_hold_is_refused_with_an_illegal_value(device, value) -> None:
    async with on_plc() as (_, drivers):
        with pytest.raises(DeviceRejected) as refused:
            await drive(drivers[device], value)
        assert refused.value.code == "exc-3"


async def test_an_open_back_face_is_seen_and_closed_again_by_the_next_write() -> None:
    async with on_plc() as (simulation, drivers):
        simulation.devices["LCS-F"].switch_at_panel(LitFaces(Aspect.CLOSED, Aspect.OPEN))
        reading = await drivers["LCS-F"].read_back(0.0)
        assert (reading.value, reading.front, reading.conflict) == (None, Aspect.CLOSED, True)
        reading = await drive(drivers["LCS-F"], Aspect.CLOSED)
        assert (reading.value, reading.conflict) == (Aspect.CLOSED, False)
        assert simulation.devices["LCS-F"].lamp is Aspect.CLOSED


async def test_every_value_is_shown_and_proved_over_mqtt() -> None:
    clock, road = SystemClock(), site()
    model = load_models()["native-mqtt"]
    assert isinstance(model, MqttModel)
    async with nats_broker() as broker:
        at = (broker.host, broker.port)
        link = MqttLink(BROKER, *at, site_id=road.id, client_id="ctl", clock=clock, simulated=True)
        running = asyncio.create_task(link.run(), name="mqtt-link")
        try:
            async with simulation_of(road, broker=at) as simulation:
                await until(lambda: link.up)
                seq = 0
                for device in ON_BROKER:
                    driver = MqttDriver(device.id, device.type, model, road.id, device.id, link, clock)
                    for value in VALUES[device.type]:
                        seq += 1
                        now_ms = clock.wall_ms()
                        sent = Order(value, 5, seq, "I-1", now_ms, now_ms + 2_000, clock.mono_s() + 2)
                        async with asyncio.timeout(3):
                            reading = await driver.drive(sent, lambda: None)
                        assert (reading.value, reading.cmd_id) == (value, f"5.{seq}")
                        assert simulation.devices[device.id].lamp == value
        finally:
            running.cancel()
            await asyncio.wait({running})
