"""Simulated Modbus devices against a plain pymodbus client: points, faults of devices, faults of the line."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.site import Link, LinkKind, ModbusAddress
from devices.values import Aspect, BeaconState
from simulators.endpoints import Endpoint
from simulators.shown import LitLamps
from simulators.simulation import Simulation
from tests.simulated import simulation_of, until
from tests.sites import GATEWAY, PLC, head, tiny_site

GREEN, RED = 0, 1  # lamps of lamp-coils in the order of their coils


@contextlib.asynccontextmanager
async def client_of(endpoint: Endpoint, *, timeout_s: float = 2.0) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient(
        endpoint.host, port=endpoint.port, timeout=timeout_s, retries=0, reconnect_delay=0
    )
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


@contextlib.asynccontextmanager
async def raw_of(endpoint: Endpoint) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def plc(**timing: Any) -> AsyncIterator[tuple[Simulation, AsyncModbusTcpClient]]:
    async with simulation_of(tiny_site()) as sim, client_of(sim.endpoints[PLC], **timing) as client:
        yield sim, client


@contextlib.asynccontextmanager
async def gateway(**timing: Any) -> AsyncIterator[tuple[Simulation, AsyncModbusTcpClient]]:
    async with simulation_of(tiny_site()) as sim, client_of(sim.endpoints[GATEWAY], **timing) as client:
        yield sim, client


async def feedback(client: AsyncModbusTcpClient, address: int = 200, count: int = 4) -> list[int]:
    answer = await client.read_input_registers(address, count=count, device_id=1)
    assert not answer.isError()
    return list(answer.registers)


def lit(bits: Iterable[bool]) -> list[int]:
    return [n for n, on in enumerate(bits) if on]


async def test_one_frame_commands_four_heads_and_the_feedback_proves_it() -> None:
    async with plc() as (sim, client):
        assert await feedback(client) == [1, 1, 1, 1]  # the base: open
        before = sim.history.last_seq
        assert not (await client.write_registers(100, [2, 3, 4, 5], device_id=1)).isError()
        assert await feedback(client) == [2, 3, 4, 5]
        commands = await client.read_holding_registers(100, count=4, device_id=1)
        assert commands.registers == [2, 3, 4, 5]
        lamps = [(e.device, e.lamp) for e in sim.history.since(after_seq=before)]
        assert lamps == [
            ("LCS-G1-1", Aspect.CLOSED),
            ("LCS-G1-2", Aspect.CAUTION),
            ("LCS-G2-1", Aspect.CLOSED_AHEAD),
            ("LCS-G2-2", Aspect.MERGE_LEFT),
        ]


async def test_single_register_write_and_read_write_in_one_frame() -> None:
    async with plc() as (sim, client):
        echo = await client.write_register(101, 2, device_id=1)
        assert echo.registers == [2]
        answer = await client.readwrite_registers(
            read_address=100, read_count=4, write_address=103, values=[2], device_id=1
        )
        assert answer.registers == [1, 2, 1, 2]
        assert sim.history.last_seq == len(sim.devices) + 2  # each write once


async def test_lamp_and_feedback_delays_show_on_the_wire() -> None:
    async with plc() as (sim, client):
        sim.set_device_faults("LCS-G1-1", lamp_delay_ms=60, feedback_delay_ms=60)
        await client.write_register(100, 2, device_id=1)
        assert await feedback(client, count=1) == [1]
        await until(lambda: sim.devices["LCS-G1-1"].lamp == Aspect.CLOSED)
        assert await feedback(client, count=1) == [1]
        await until(lambda: sim.devices["LCS-G1-1"].feedback.shown == Aspect.CLOSED)
        assert await feedback(client, count=1) == [2]


async def test_local_and_fault_bits_of_a_register() -> None:
    async with plc() as (sim, client):
        sim.set_device_faults("LCS-G1-1", local=True)
        sim.set_device_faults("LCS-G1-2", fault=True)
        assert await feedback(client, count=2) == [1 << 15 | 1, 1 << 14 | 1]
        await client.write_register(100, 2, device_id=1)
        assert await feedback(client, count=1) == [1 << 15 | 1]  # in the register, not on the lamps
        assert sim.devices["LCS-G1-1"].register == Aspect.CLOSED


@pytest.mark.parametrize(
    ("write", "code"),
    [
        pytest.param((104, [2]), 2, id="nobody-there"),
        pytest.param((103, [2, 2]), 2, id="half-off-the-table"),
        pytest.param((100, [2, 999]), 3, id="one-unknown-code"),
    ],
)
async def test_a_frame_that_is_partly_wrong_changes_nothing(write: tuple[int, list[int]], code: int) -> None:
    async with plc() as (sim, client):
        address, values = write
        answer = await client.write_registers(address, values, device_id=1)
        assert answer.isError()
        assert answer.exception_code == code
        assert await feedback(client) == [1, 1, 1, 1]
        assert sim.history.last_seq == len(sim.devices)


async def test_a_coil_head_is_lit_by_one_frame_and_proved_lamp_by_lamp() -> None:
    async with gateway() as (sim, client):
        assert not (await client.write_coils(0, [False, True] + [False] * 4, device_id=11)).isError()
        inputs = await client.read_discrete_inputs(0, count=8, device_id=11)
        assert lit(inputs.bits[:8]) == [RED]
        assert sim.devices["LCS-G3-1"].lamp == Aspect.CLOSED
        assert sim.devices["LCS-G3-2"].lamp == Aspect.OPEN
        await client.write_coils(0, [True, True], device_id=13)
        assert sim.devices["BCN-2"].lamp == BeaconState(flash=True, siren=True)


async def test_single_coils_light_what_they_light_even_two_lamps() -> None:
    async with gateway() as (sim, client):
        before = sim.history.last_seq
        await client.write_coil(RED, True, device_id=11)
        inputs = await client.read_discrete_inputs(0, count=6, device_id=11)
        assert lit(inputs.bits[:6]) == [GREEN, RED]
        await client.write_coil(GREEN, False, device_id=11)
        assert [e.lamp for e in sim.history.since(after_seq=before)] == [
            LitLamps(("green_arrow", "red_cross")),
            Aspect.CLOSED,
        ]


async def test_local_and_fault_inputs_of_a_coil_head() -> None:
    async with gateway() as (sim, client):
        sim.set_device_faults("LCS-G3-1", local=True, fault=True)
        inputs = await client.read_discrete_inputs(0, count=8, device_id=11)
        assert lit(inputs.bits[:8]) == [GREEN, 6, 7]


async def test_two_coil_heads_of_one_unit_take_one_frame() -> None:
    more = head("LCS-G3-X", link=GATEWAY, address=ModbusAddress(11, 6, 8), model="lamp-coils")
    async with simulation_of(tiny_site(add=[more])) as sim, client_of(sim.endpoints[GATEWAY]) as client:
        closed, dark = [False, True, False, False, False, False], [False] * 6
        assert not (await client.write_coils(0, closed + dark, device_id=11)).isError()
        assert sim.devices["LCS-G3-1"].lamp == Aspect.CLOSED
        assert sim.devices["LCS-G3-X"].lamp == Aspect.DARK
        inputs = await client.read_discrete_inputs(0, count=16, device_id=11)
        assert lit(inputs.bits) == [RED]


@pytest.mark.parametrize("unit", [1, 0, 255])
async def test_the_endpoint_says_that_it_is_a_simulator(unit: int) -> None:
    async with plc() as (_, client):
        for read_code in (1, 4):
            answer = await client.read_device_information(read_code=read_code, object_id=0, device_id=unit)
            assert getattr(answer, "information", None) == {0: b"onekey simulator"}


async def test_a_plain_server_of_the_same_process_does_not_say_so() -> None:
    store = SimDevice(id=1, simdata=[SimData(0, values=[0], datatype=DataType.UINT16)])
    plain = ModbusTcpServer(store, address=("127.0.0.1", 0))
    async with plc():
        await plain.serve_forever(background=True)
        transport: Any = plain.transport
        port = transport.sockets[0].getsockname()[1]
        async with client_of(Endpoint("127.0.0.1", port)) as client:
            answer = await client.read_device_information(read_code=4, object_id=0, device_id=1)
            assert answer.isError()
        await plain.shutdown()


async def test_device_faults_on_the_wire() -> None:
    async with plc(timeout_s=0.1) as (sim, client):
        sim.set_device_faults("LCS-G1-1", exception=4)
        answer = await client.write_registers(100, [2, 2], device_id=1)
        assert answer.exception_code == 4
        assert not (await client.write_register(101, 2, device_id=1)).isError()  # its neighbour is well
        sim.set_device_faults("LCS-G2-1", silent=True)
        with pytest.raises(ModbusException):
            await client.write_registers(102, [2, 2], device_id=1)
        sim.restore("LCS-G1-1")
        sim.restore("LCS-G2-1")
        assert await feedback(client) == [1, 2, 1, 1]  # nothing of the refused and unheard frames was done


async def test_a_late_answer_carries_the_id_of_its_own_request() -> None:
    async with simulation_of(tiny_site()) as sim, raw_of(sim.endpoints[PLC]) as (reader, writer):
        sim.set_device_faults("LCS-G1-1", latency_ms=80)
        slow = struct.pack(">HHHBBHH", 7, 0, 6, 1, 4, 200, 1)
        fast = struct.pack(">HHHBBHH", 8, 0, 6, 1, 4, 201, 2)
        writer.write(slow + fast[:5])  # the second one comes in pieces while the first waits
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(fast[5:])
        async with asyncio.timeout(2):
            first = await reader.readexactly(11)
            second = await reader.readexactly(13)
        assert (first[:2], second[:2]) == (b"\0\x07", b"\0\x08")


async def test_requests_sent_together_wait_out_one_latency_together() -> None:
    async with simulation_of(tiny_site()) as sim, raw_of(sim.endpoints[PLC]) as (reader, writer):
        await sim.set_link_faults(PLC, latency_ms=100)
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        for tid in range(10):
            writer.write(struct.pack(">HHHBBHH", tid, 0, 6, 1, 4, 200, 1))
        async with asyncio.timeout(3):
            answers = [await reader.readexactly(11) for _ in range(10)]
        assert [a[1] for a in answers] == list(range(10))
        assert 0.1 <= loop.time() - start_s < 0.5


async def test_a_serial_line_serves_one_request_at_a_time_over_all_connections() -> None:
    async with simulation_of(tiny_site()) as sim:
        await sim.set_link_faults(GATEWAY, latency_ms=60)
        endpoint, loop = sim.endpoints[GATEWAY], asyncio.get_running_loop()
        async with client_of(endpoint) as one, client_of(endpoint) as two:
            start_s = loop.time()
            await asyncio.gather(
                *(c.read_discrete_inputs(0, count=8, device_id=u) for c, u in ((one, 11), (two, 12)))
            )
            assert loop.time() - start_s >= 0.12
            await sim.set_link_faults(GATEWAY, serial=False)
            start_s = loop.time()
            await asyncio.gather(
                *(c.read_discrete_inputs(0, count=8, device_id=u) for c, u in ((one, 11), (two, 12)))
            )
            assert loop.time() - start_s < 0.115


async def test_a_dead_unit_holds_the_line_and_answers_0x0b() -> None:
    async with simulation_of(tiny_site()) as sim:
        await sim.set_link_faults(GATEWAY, dead_units=frozenset({12}), dead_unit_ms=120)
        endpoint, loop = sim.endpoints[GATEWAY], asyncio.get_running_loop()
        async with client_of(endpoint) as one, client_of(endpoint) as two:
            start_s = loop.time()
            dead = asyncio.ensure_future(one.write_coils(0, [False] * 6, device_id=12))
            await asyncio.sleep(0.01)
            alive = await two.read_discrete_inputs(0, count=8, device_id=11)
            waited_s = loop.time() - start_s
            answer = await dead
        assert answer.exception_code == 0x0B
        assert not alive.isError()
        assert waited_s >= 0.12
        assert not sim.online("LCS-G3-2")
        assert sim.online("LCS-G3-1")


@pytest.mark.parametrize("link", [PLC, GATEWAY])
async def test_a_unit_nobody_has_answers_0x0b(link: str) -> None:
    async with simulation_of(tiny_site()) as sim, client_of(sim.endpoints[link]) as client:
        await sim.set_link_faults(link, dead_unit_ms=10)
        answer = await client.read_input_registers(0, count=1, device_id=77)
        assert answer.exception_code == 0x0B


async def test_a_link_goes_down_and_comes_back_on_its_port() -> None:
    async with plc(timeout_s=0.5) as (sim, client):
        before = sim.endpoints[PLC]
        await sim.set_link_faults(PLC, down=True)
        await until(lambda: not client.connected)
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection(before.host, before.port)
        assert not sim.online("LCS-G1-1")
        await sim.set_link_faults(PLC, down=False)
        assert sim.endpoints[PLC] == before
        async with client_of(before) as again:
            assert await feedback(again) == [1, 1, 1, 1]
        assert sim.outstations[GATEWAY].up


async def test_a_client_that_leaves_while_waiting_has_still_given_its_command() -> None:
    async with plc() as (sim, client):
        sim.set_device_faults("LCS-G1-1", latency_ms=50)
        write = asyncio.ensure_future(client.write_register(100, 2, device_id=1))
        await until(lambda: bool(sim.outstations[PLC].connections))
        await asyncio.sleep(0.02)
        write.cancel()
        client.close()
        await until(lambda: sim.devices["LCS-G1-1"].lamp == Aspect.CLOSED)


async def test_rubbish_and_unknown_functions_do_not_stop_the_server() -> None:
    async with plc() as (sim, client):
        async with raw_of(sim.endpoints[PLC]) as (reader, writer):
            writer.write(struct.pack(">HHHBB", 9, 0, 2, 1, 0x63))
            async with asyncio.timeout(2):
                assert (await reader.readexactly(9))[7] == 0xE3
            writer.write(b"\xff" * 600)
        assert await feedback(client) == [1, 1, 1, 1]


async def test_a_taken_port_is_named() -> None:
    async with plc() as (sim, _):
        taken = sim.endpoints[PLC].port
        link = Link("second", LinkKind.MODBUS_TCP, "127.0.0.1", taken)
        site = tiny_site(drop=set(tiny_site().devices), add_links=[link])
        other = Simulation(site, sim.history._clock, free_ports=False)
        other.outstations = {"second": other.outstations["second"]}
        with pytest.raises(OSError, match=f"second: cannot listen on 127.0.0.1:{taken}"):
            await other.start()


async def test_two_devices_on_one_point_are_refused() -> None:
    clash = head("LCS-X", link=PLC, address=ModbusAddress(1, 103, 300))
    with pytest.raises(ValueError, match="LCS-X and LCS-G2-2 share point 103 of unit 1"):
        async with simulation_of(tiny_site(add=[clash])):
            pass


async def test_forty_outstations_answer_a_burst_together() -> None:
    links = [Link(f"plc-b{n}", LinkKind.MODBUS_TCP, "127.0.0.1", 0) for n in range(40)]
    heads = [head(f"LCS-B{n}", link=f"plc-b{n}", address=ModbusAddress(1, 0, 0)) for n in range(40)]
    async with contextlib.AsyncExitStack() as stack:
        sim = await stack.enter_async_context(simulation_of(tiny_site(add=heads, add_links=links)))
        clients = [await stack.enter_async_context(client_of(sim.endpoints[link.id])) for link in links]

        async def close(client: AsyncModbusTcpClient) -> int:
            await client.write_register(0, 2, device_id=1)
            return (await client.read_input_registers(0, count=1, device_id=1)).registers[0]

        start_s = asyncio.get_running_loop().time()
        assert await asyncio.gather(*(close(client) for client in clients)) == [2] * 40
        assert asyncio.get_running_loop().time() - start_s < 1.0
