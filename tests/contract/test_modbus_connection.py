"""The connection of a Modbus link: coming up, proving itself, dying in every way, coming back."""

import asyncio
import socket

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from devices.errors import DeviceError, DeviceUnreachable, NotASimulator
from devices.links import backoff, modbus_units
from devices.links.modbus import ModbusLink
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, LATER, linked, up


@pytest.fixture(autouse=True)
def _short_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_units, "PROBE_GAP_S", 0.01)


async def _write_in_time(link: ModbusLink, unit: int = 1, within_s: float = 5.0) -> None:
    """Write until it works, as a reconciler does."""
    came = asyncio.Event()
    link.watch_up(came.set)
    async with asyncio.timeout(within_s):
        while True:
            came.clear()
            try:
                await link.write(unit, "holding", 0, (2,), LATER)
                return
            except DeviceUnreachable:
                await came.wait()


# T3


async def test_an_unanswered_write_closes_the_connection_and_a_read_comes_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The connection is so young that the next attempt is not due yet: requests wait for it.
    monkeypatch.setattr(backoff, "FIRST_S", 0.15)
    monkeypatch.setattr(backoff, "SPREAD", 0.0)
    async with ModbusPeer(mute_writes=True) as peer, linked(peer, units=(1, 2), timeout_s=0.1) as link:
        with pytest.raises(DeviceUnreachable, match=r"unit 1: write unanswered"):
            await link.write(1, "holding", 0, (2,), LATER)
        peer.mute_writes = False
        await asyncio.gather(
            link.write(1, "holding", 0, (1,), LATER), link.write(2, "holding", 0, (1,), LATER)
        )
        assert peer.connections == 2
        again = [f for f in peer.requests if f.connection == 2]
        assert [(f.function, f.address) for f in again if f.unit == 1] == [(3, 0), (16, 0)]
        assert [f.function for f in again if f.unit == 2] == [16]
        # Reset, not closed in order: nothing undelivered may arrive later.
        assert peer.endings == ["ConnectionResetError"]


async def test_an_unanswered_write_ends_at_its_expiry_not_at_the_time_out() -> None:
    async with ModbusPeer(mute_writes=True) as peer, linked(peer, timeout_s=5.0) as link:
        await up(link)
        began_s = CLOCK.mono_s()
        with pytest.raises(DeviceUnreachable):
            await link.write(1, "holding", 0, (2,), began_s + 0.1)
        assert 0.05 < CLOCK.mono_s() - began_s < 1.0
        await peer.until(lambda: peer.connections == 2)


async def test_an_expired_order_is_never_sent() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        with pytest.raises(DeviceUnreachable, match="expired before it could be sent"):
            await link.write(1, "holding", 0, (2,), CLOCK.mono_s())
        await link.read(1, "input", 0, 1)
        assert peer.writes == []


async def test_others_waiting_for_the_line_do_not_pay_for_an_unanswered_write() -> None:
    async with ModbusPeer(mute_writes=True) as peer, linked(peer, units=(1, 2), timeout_s=0.2) as link:
        failed = asyncio.create_task(link.write(1, "holding", 0, (2,), LATER), name="failed")
        await peer.until(lambda: peer.writes)
        other = asyncio.create_task(link.read(2, "input", 0, 1), name="other")
        with pytest.raises(DeviceUnreachable):
            await failed
        lost_s = CLOCK.mono_s()
        _, at_s = await other
        assert at_s - lost_s < 0.15
        assert peer.connections == 2


# S10


@pytest.mark.parametrize(
    "identity", ["ACME", "", 1, 4], ids=["other", "empty", "no-function", "unknown-unit"]
)
async def test_a_simulated_site_writes_nothing_to_an_endpoint_that_is_no_simulator(
    identity: str | int,
) -> None:
    async with ModbusPeer(identity=identity) as peer, linked(peer) as link:
        for call in (link.write(1, "holding", 0, (2,), LATER), link.read(1, "input", 0, 1)):
            with pytest.raises(NotASimulator, match=f"127.0.0.1:{peer.port} is no simulator"):
                await call
        assert peer.requests == []
        assert not link.state.up
        peer.identity = "onekey simulator"
        await _write_in_time(link)
        assert peer.tables[1, "h", 0] == 2


async def test_a_simulated_site_writes_nothing_to_a_plain_modbus_server() -> None:
    written: list[object] = []

    async def note(_fc: int, _start: int, _address: int, _count: int, _regs: object, new: object) -> None:
        if new is not None:
            written.append(new)

    def block(kind: DataType, value: bool | int) -> list[SimData]:
        return [SimData(0, values=[value] * 16, datatype=kind)]

    device = SimDevice(
        id=1,
        action=note,
        simdata=(
            block(DataType.BITS, False),
            block(DataType.BITS, False),
            block(DataType.REGISTERS, 0),
            block(DataType.REGISTERS, 0),
        ),
    )
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        assert isinstance(server.transport, asyncio.Server)
        peer = ModbusPeer(port=server.transport.sockets[0].getsockname()[1])
        async with linked(peer) as link:
            with pytest.raises(NotASimulator):
                await link.write(1, "holding", 0, (2,), LATER)
    finally:
        await server.shutdown()
    assert written == []


async def test_a_live_site_refuses_a_simulator() -> None:
    async with ModbusPeer() as peer, linked(peer, simulated=False) as link:
        with pytest.raises(NotASimulator, match="is a simulator, but the site is live"):
            await link.write(1, "holding", 0, (2,), LATER)
        assert peer.requests == []


@pytest.mark.parametrize("identity", ["ACME", 1, None], ids=["other", "no-function", "ignores-it"])
async def test_a_live_site_takes_a_real_device_that_may_not_know_the_function(
    identity: str | int | None,
) -> None:
    peer = ModbusPeer(identity=identity)
    async with peer, linked(peer, simulated=False, timeout_s=0.1) as link:
        await link.write(1, "holding", 0, (2,), LATER)
        assert [f.function for f in peer.requests] == [16]


async def test_identity_is_asked_on_every_connection() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        await link.write(1, "holding", 0, (2,), LATER)
        peer.identity = "ACME"
        await peer.cut()
        await peer.until(lambda: peer.connections == 2)
        with pytest.raises(NotASimulator):
            await link.write(1, "holding", 0, (1,), LATER)
        assert [f.raw[-1] for f in peer.writes] == [2]


async def test_a_dead_unit_cannot_speak_for_the_endpoint_the_next_one_does() -> None:
    async with ModbusPeer(dead={1: 0.01}) as peer, linked(peer, units=(1, 2)) as link:
        await link.write(2, "holding", 0, (2,), LATER)
        assert [(f.unit, f.function) for f in peer.frames] == [(1, 43), (2, 43), (2, 16)]
        assert list(link.state.suspects) == [1]


# Down and back


async def test_requests_to_a_closed_port_fail_fast_and_name_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        peer = ModbusPeer(port=probe.getsockname()[1])
    async with linked(peer) as link:
        for _ in range(3):
            began_s = CLOCK.mono_s()
            with pytest.raises(DeviceUnreachable) as caught:
                await link.write(1, "holding", 0, (2,), LATER)
            assert str(caught.value) == f"127.0.0.1:{peer.port}: Connection refused"
            assert CLOCK.mono_s() - began_s < 0.2
        assert link.state.reason == f"127.0.0.1:{peer.port}: Connection refused"


async def test_a_returning_endpoint_is_noticed_without_anybody_asking() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        await up(link)
        await link.read(1, "input", 0, 1)
        await peer.stop()
        with pytest.raises(DeviceUnreachable):
            await link.write(1, "holding", 0, (2,), LATER)
        began_s = CLOCK.mono_s()
        await peer.start()
        await up(link, within_s=2.0)
        assert CLOCK.mono_s() - began_s < 1.5
        await link.write(1, "holding", 0, (2,), LATER)


async def test_a_wanted_endpoint_is_tried_at_the_quick_pace_however_long_it_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 0.02)
    monkeypatch.setattr(backoff, "WANTED_CAP_S", 0.05)
    async with ModbusPeer() as peer, linked(peer) as link:
        await up(link)
        await peer.stop()
        for _ in range(70):
            with pytest.raises(DeviceUnreachable):
                await link.write(1, "holding", 0, (2,), LATER)
            await asyncio.sleep(0.01)
        await peer.start()
        await up(link, within_s=0.25)


async def test_a_connection_that_was_of_use_ends_the_back_off() -> None:
    async with ModbusPeer(hang_up=True) as peer, linked(peer) as link:
        await peer.until(lambda: peer.connections == 4)
        peer.hang_up = False
        await _write_in_time(link)
        lost_s, before = CLOCK.mono_s(), peer.connections
        await peer.cut()
        await peer.until(lambda: peer.connections > before)
        assert CLOCK.mono_s() - lost_s < 0.3


async def test_a_connection_cut_under_way_fails_at_once_and_is_made_again_at_once() -> None:
    async with ModbusPeer() as peer, linked(peer, timeout_s=5.0) as link:
        await link.read(1, "input", 0, 1)
        peer.deaf = True
        waiting = asyncio.create_task(link.write(1, "holding", 0, (2,), LATER), name="waiting")
        await peer.until(lambda: peer.writes)
        peer.deaf = False
        began_s = CLOCK.mono_s()
        await peer.cut()
        with pytest.raises(DeviceUnreachable, match="connection closed by the other end"):
            await waiting
        peer.frames.clear()
        await _write_in_time(link)
        assert CLOCK.mono_s() - began_s < 1.0
        assert [f.function for f in peer.frames] == [43, 4, 16]  # the lost write may have landed: read first


async def test_an_endpoint_that_hangs_up_is_not_called_in_a_spin() -> None:
    async with ModbusPeer(hang_up=True) as peer, linked(peer) as link:
        end_s = CLOCK.mono_s() + 1.0
        calls = 0
        while CLOCK.mono_s() < end_s:
            with pytest.raises(DeviceUnreachable):
                await link.write(1, "holding", 0, (2,), LATER)
            calls += 1
            await asyncio.sleep(0.005)
        assert calls > 20
        assert 3 <= peer.connections <= 6


async def test_a_socket_that_accepts_and_never_answers_is_unreachable_until_it_does() -> None:
    async with ModbusPeer(deaf=True) as peer, linked(peer, units=(1, 2, 3), timeout_s=0.1) as link:
        with pytest.raises(DeviceUnreachable, match="no unit answered the identity read") as caught:
            await link.write(1, "holding", 0, (2,), LATER)
        assert not isinstance(caught.value, NotASimulator)
        assert peer.requests == []
        # Two silent units are a dead line; the next attempt begins with those not asked yet.
        assert [f.unit for f in peer.frames if f.connection == 1] == [1, 2]
        await peer.until(lambda: any(f.connection == 2 for f in peer.frames))
        assert next(f.unit for f in peer.frames if f.connection == 2) == 3
        peer.deaf = False
        await _write_in_time(link)


async def test_a_line_gone_dead_is_closed_after_two_units_stay_silent() -> None:
    async with ModbusPeer() as peer, linked(peer, units=(1, 2), timeout_s=0.1) as link:
        await asyncio.gather(link.read(1, "input", 0, 1), link.read(2, "input", 0, 1))
        peer.deaf = True
        results = await asyncio.gather(
            link.read(1, "input", 0, 1), link.read(2, "input", 0, 1), return_exceptions=True
        )
        assert all(isinstance(r, DeviceUnreachable) for r in results)
        peer.deaf = False
        await peer.until(lambda: peer.connections == 2)
        await asyncio.gather(link.read(1, "input", 0, 1), link.read(2, "input", 0, 1))


async def test_the_only_unit_silent_twice_is_a_dead_line() -> None:
    async with ModbusPeer() as peer, linked(peer, timeout_s=0.1) as link:
        await link.read(1, "input", 0, 1)
        peer.deaf = True
        for _ in range(2):
            with pytest.raises(DeviceUnreachable):
                await link.read(1, "input", 0, 1)
        peer.deaf = False
        await peer.until(lambda: peer.connections == 2)


# What comes in


@pytest.mark.parametrize(
    ("garbage", "says"),
    [
        pytest.param("00 02 12 34 00 03 01 04 00", "protocol id 0x1234", id="protocol-id"),
        pytest.param("00 02 00 00 00 01 01", "frame length 1", id="too-short"),
        pytest.param("00 02 00 00 ff ff 01", "frame length 65535", id="too-long"),
        pytest.param("00 02 00 00 00 05 02 04 02 00 07", "unit 2 answered for unit 1", id="unit"),
        pytest.param("00 02 00 00 00 05 01 03 02 00 07", "function 3 answered function 4", id="function"),
        pytest.param("00 02 00 00 00 07 01 04 04 00 07 00 08", "wrong size", id="size"),
        pytest.param("00 02 00 00 00 04 01 84 02 00", "exception of wrong size", id="exception"),
        pytest.param("de ad be ef" * 500, "protocol id 0xbeef", id="flood"),
    ],
)  # fmt: skip
async def test_garbage_drops_the_connection_and_is_counted(garbage: str, says: str) -> None:
    async with ModbusPeer(garbage=[bytes.fromhex(garbage)]) as peer, linked(peer, timeout_s=2.0) as link:
        began_s = CLOCK.mono_s()
        with pytest.raises(DeviceUnreachable, match="garbage on the line") as caught:
            await link.read(1, "input", 0, 1)
        assert says in str(caught.value)
        assert CLOCK.mono_s() - began_s < 1.0
        await _write_in_time(link)
        assert peer.connections == 2
        assert link.state.counters.garbage == 1


async def test_a_late_answer_is_not_credited_to_the_next_request() -> None:
    peer = ModbusPeer(tables={(1, "i", 0): 7, (1, "i", 9): 8})
    async with peer, linked(peer, units=(1, 2), timeout_s=0.1) as link:
        await link.read(2, "input", 0, 1)
        peer.latency_s = 0.15
        with pytest.raises(DeviceUnreachable):
            await link.read(1, "input", 0, 1)
        peer.latency_s = 0.0
        values, _ = await link.read(1, "input", 9, 1)
        assert values == (8,)
        assert peer.connections == 1


# Callers


async def test_a_cancelled_callers_write_is_not_sent() -> None:
    async with ModbusPeer(latency_s=0.05) as peer, linked(peer) as link:
        await up(link)
        under_way = asyncio.create_task(link.read(1, "input", 0, 1), name="under way")
        await peer.until(lambda: peer.requests)
        waiting = asyncio.create_task(link.write(1, "holding", 0, (2,), LATER), name="waiting")
        await asyncio.sleep(0)
        waiting.cancel()
        await under_way
        await link.read(1, "input", 0, 1)
        assert peer.writes == []


async def test_a_caller_cancelled_under_way_harms_nobody_in_the_same_frame() -> None:
    async with ModbusPeer(latency_s=0.05) as peer, linked(peer) as link:
        await up(link)
        gone = asyncio.create_task(link.write(1, "holding", 0, (2,), LATER), name="gone")
        stays = asyncio.create_task(link.write(1, "holding", 1, (3,), LATER), name="stays")
        await peer.until(lambda: peer.writes)
        gone.cancel()
        await stays
        assert [f.count for f in peer.writes] == [2]
        assert peer.connections == 1


async def test_waiting_callers_are_told_when_the_worker_stops() -> None:
    async with ModbusPeer(silent={1}) as peer:
        async with linked(peer, units=(2, 1), timeout_s=5.0) as link:
            await up(link)
            sent = asyncio.create_task(link.read(1, "input", 0, 1), name="sent")
            await peer.until(lambda: peer.requests)
            queued = asyncio.create_task(link.read(2, "input", 0, 1), name="queued")
            await asyncio.sleep(0)
        for task in (sent, queued):
            with pytest.raises(DeviceError, match="link stopped"):
                await task


async def test_too_many_points_for_a_frame_are_a_programming_error() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        with pytest.raises(ValueError, match="124 points do not fit"):
            await link.write(1, "holding", 0, (0,) * 124, LATER)
        with pytest.raises(ValueError, match="126 points do not fit"):
            await link.read(1, "input", 0, 126)
