"""Units that do not answer: asked last, by one read, without delaying the others (P4, T3)."""

import asyncio

import pytest

from devices.errors import DeviceUnreachable
from devices.links import modbus_units
from devices.links.modbus import ModbusLink
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, LATER, linked


@pytest.fixture(autouse=True)
def _short_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_units, "PROBE_GAP_S", 0.01)


async def _make_suspect(link: ModbusLink, unit: int) -> None:
    with pytest.raises(DeviceUnreachable):
        await link.read(unit, "input", 0, 1)
    assert unit in link.state.suspects


async def _write_and_read(link: ModbusLink, unit: int, at: int) -> tuple[int, ...]:
    await link.write(unit, "holding", at, (2,), LATER)
    values, _ = await link.read(unit, "input", at, 1)
    return values


async def test_after_silence_the_next_frame_is_one_read_then_the_write_goes_on() -> None:
    async with ModbusPeer(silent={3}) as peer, linked(peer, units=(1, 3)) as link:
        await _make_suspect(link, 3)
        peer.silent.clear()
        peer.frames.clear()
        await asyncio.gather(*(link.write(3, "holding", a, (2,), LATER) for a in range(5)))
        assert [(f.unit, f.function, f.count) for f in peer.requests] == [(3, 3, 1), (3, 16, 5)]
        assert link.state.suspects == {}


async def test_all_requests_of_a_dead_unit_fail_with_one_probe_and_no_write() -> None:
    async with ModbusPeer(silent={3}) as peer, linked(peer, units=(1, 3)) as link:
        await _make_suspect(link, 3)
        peer.frames.clear()
        results = await asyncio.gather(
            *(link.write(3, "holding", a, (2,), LATER) for a in range(5)), return_exceptions=True
        )
        assert [str(r) for r in results] == [f"127.0.0.1:{peer.port} unit 3: no answer in 0.3 s"] * 5
        assert len({id(r) for r in results}) == 5
        assert [(f.unit, f.count) for f in peer.requests] == [(3, 1)]
        assert peer.writes == []


async def test_a_dead_unit_on_a_serial_line_is_asked_after_everything_else() -> None:
    peer = ModbusPeer(dead={3: 0.3})
    async with peer, linked(peer, units=(1, 2, 3), timeout_s=1.0, serial=True) as link:
        await link.read(1, "input", 0, 1)
        await _make_suspect(link, 3)
        peer.frames.clear()
        began_s = CLOCK.mono_s()
        dead = asyncio.gather(
            *(link.write(3, "holding", a, (2,), LATER) for a in range(5)), return_exceptions=True
        )
        values = await asyncio.gather(*(_write_and_read(link, unit, a) for unit in (1, 2) for a in range(5)))
        healthy_s = CLOCK.mono_s() - began_s
        assert values == [(2,)] * 10
        assert [(f.unit, f.function) for f in peer.requests] == [(1, 16), (2, 16), (1, 4), (2, 4)]
        assert healthy_s < 0.25  # not one time-out of the dead unit
        # Polls while lamps settle still go first.
        await link.read(1, "input", 0, 5)
        assert all(f.unit != 3 for f in peer.requests)
        reasons = {str(error) for error in await dead}
        where = f"127.0.0.1:{peer.port} (serial gateway) unit 3"
        assert reasons == {f"{where}: gateway target does not answer (exc-11)"}
        assert [f.unit for f in peer.requests] == [1, 2, 1, 2, 1, 3]
        assert CLOCK.mono_s() - began_s >= modbus_units.QUIET_S
        assert peer.connections == 1


async def test_a_busy_line_puts_a_probe_off_for_a_second_at_most() -> None:
    async with ModbusPeer(silent={3}) as peer, linked(peer, units=(1, 3), timeout_s=0.1) as link:
        await _make_suspect(link, 3)
        peer.silent.clear()
        asked_s = CLOCK.mono_s()
        wanted = asyncio.create_task(link.write(3, "holding", 0, (2,), LATER), name="wanted")
        async with asyncio.timeout(3):
            while not wanted.done():
                await link.write(1, "holding", 0, (1,), LATER)
        waited_s = await wanted - asked_s
        assert 0.8 < waited_s < 1.5


async def test_watchers_of_a_unit_hear_of_its_return_others_do_not() -> None:
    async with ModbusPeer(silent={3}) as peer, linked(peer, units=(1, 3)) as link:
        await link.read(1, "input", 0, 1)
        await _make_suspect(link, 3)
        heard: list[int] = []
        link.watch_up(lambda: heard.append(1), 1)
        link.watch_up(lambda: heard.append(3), 3)
        peer.silent.clear()
        await link.read(3, "input", 0, 1)
        assert heard == [3]


async def test_one_silent_unit_among_several_does_not_cost_the_connection() -> None:
    async with ModbusPeer(silent={3}) as peer, linked(peer, units=(1, 3), timeout_s=0.05) as link:
        for _ in range(4):
            await _make_suspect(link, 3)
        await link.read(1, "input", 0, 1)
        assert peer.connections == 1
        assert link.state.counters.timeouts == 4
