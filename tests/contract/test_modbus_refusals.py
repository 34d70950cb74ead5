"""What a Modbus link makes of each way a device can say no."""

import asyncio

import pytest

from devices.errors import DeviceError, DeviceRejected, DeviceUnreachable
from devices.links import modbus
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import LATER, linked


async def test_one_bad_point_does_not_fail_its_neighbours_and_then_travels_alone() -> None:
    async with ModbusPeer(refuse={(16, 2): [2]}) as peer, linked(peer) as link:

        async def write_all() -> list[float | BaseException]:
            writes = (link.write(1, "holding", a, (a + 1,), LATER) for a in range(5))
            return await asyncio.gather(*writes, return_exceptions=True)

        results = await write_all()
        assert [(f.address, f.count) for f in peer.writes] == [(0, 5), *((a, 1) for a in range(5))]
        error = results.pop(2)
        assert isinstance(error, DeviceRejected)
        assert error.code == "exc-2"
        assert str(error) == (
            f"127.0.0.1:{peer.port} unit 1, holding 2: illegal data address, configuration fault (exc-2)"
        )
        assert all(isinstance(result, float) for result in results)
        assert [peer.tables.get((1, "h", a)) for a in range(5)] == [1, 2, None, 4, 5]

        peer.frames.clear()
        await write_all()
        assert [(f.address, f.count) for f in peer.writes] == [(0, 2), (2, 1), (3, 2)]


async def test_a_refused_read_over_a_gap_is_repeated_by_point() -> None:
    peer = ModbusPeer(refuse={(4, 3): [2]}, tables={(1, "i", 0): 7, (1, "i", 6): 8})
    async with peer, linked(peer) as link:
        reads = await asyncio.gather(link.read(1, "input", 0, 1, 8), link.read(1, "input", 6, 1, 8))
        assert [values for values, _ in reads] == [(7,), (8,)]
        assert [(f.address, f.count) for f in peer.requests] == [(0, 7), (0, 1), (6, 1)]


@pytest.mark.parametrize(
    ("codes", "error", "code", "frames"),
    [
        pytest.param([1], DeviceRejected, "exc-1", 1, id="function"),
        pytest.param([2], DeviceRejected, "exc-2", 1, id="address"),
        pytest.param([3], DeviceRejected, "exc-3", 1, id="value"),
        pytest.param([4], DeviceUnreachable, "", 2, id="device-failure-stays"),
        pytest.param([5], None, "", 1, id="accepted"),
        pytest.param([6], DeviceUnreachable, "", 6, id="busy-for-ever"),
        pytest.param([10], DeviceUnreachable, "", 1, id="gateway-path"),
        pytest.param([11], DeviceUnreachable, "", 1, id="gateway-target"),
    ],
)
async def test_each_exception_code_of_a_write(
    codes: list[int],
    error: type[DeviceError] | None,
    code: str,
    frames: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modbus, "BUSY_PAUSE_S", 0.001)
    async with ModbusPeer(refuse={(16, 0): codes}) as peer, linked(peer) as link:
        got: BaseException | None = None
        try:
            await link.write(1, "holding", 0, (2,), LATER)
        except DeviceError as err:
            got = err
        assert type(got) is error if error else got is None
        assert getattr(got, "code", "") == code
        assert len(peer.writes) == frames
        assert peer.connections == 1
        assert link.state.counters.exceptions == frames
        assert bool(link.state.suspects) == (codes[0] in (10, 11))


@pytest.mark.parametrize("codes", [[4, 0], [6, 6, 0]], ids=["device-fault-once", "busy-twice"])
async def test_a_passing_refusal_is_tried_again(codes: list[int]) -> None:
    async with ModbusPeer(refuse={(16, 0): codes}) as peer, linked(peer) as link:

        def relent(_: object) -> None:
            if peer.refuse[16, 0] == [0]:
                peer.refuse.clear()

        peer.on_request = relent
        await link.write(1, "holding", 0, (2,), LATER)
        assert peer.tables[1, "h", 0] == 2


async def test_a_busy_write_is_not_overtaken_by_a_later_one_and_delays_nobody() -> None:
    async with ModbusPeer(refuse={(16, 0): [6]}) as peer, linked(peer) as link:
        first = asyncio.create_task(link.write(1, "holding", 0, (2,), LATER), name="first")
        await peer.until(lambda: peer.writes)
        second = asyncio.create_task(link.write(1, "holding", 0, (1,), LATER), name="second")
        await link.write(1, "holding", 9, (5,), LATER)
        assert not first.done()
        peer.refuse.clear()
        await asyncio.gather(first, second)
        assert [f.raw[-1] for f in peer.writes if f.address == 0][-2:] == [2, 1]
        assert peer.tables[1, "h", 0] == 1
