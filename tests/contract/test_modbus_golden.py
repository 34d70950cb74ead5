"""The bytes each shipped Modbus model puts on the wire, written down by hand."""

import asyncio

import pytest

from devices.driver import Reading
from devices.drivers.modbus import ModbusDriver
from devices.errors import DeviceRejected
from devices.links.modbus import ModbusLink
from devices.models import ModbusModel, load_models
from devices.values import Aspect, BeaconState, DeviceType, Message, Value
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, linked, order


def _driver(
    link: ModbusLink, model: str, *, unit: int = 1, command: int = 0, feedback: int = 0
) -> ModbusDriver:
    loaded = load_models()[model]
    assert isinstance(loaded, ModbusModel)
    return ModbusDriver(f"D-{command}", loaded.types[0], loaded, unit, command, feedback, link, CLOCK)


async def _drive(driver: ModbusDriver, value: Value) -> tuple[Reading, list[bool]]:
    acked: list[bool] = []
    reading = await driver.drive(order(value), lambda: acked.append(True))
    return reading, acked


@pytest.mark.parametrize(
    ("model", "device_type", "value", "write", "read"),
    [
        # protocol id, length, unit | function, address, count, bytes, data
        pytest.param(
            "plc-lane-light", DeviceType.HEAD, Aspect(name),
            f"00 00 00 09 03 10 00 0a 00 01 02 00 {code:02x}",
            "00 00 00 06 03 04 00 0a 00 01",
            id=f"plc-{name}",
        )
        for name, code in [
            ("dark", 0), ("open", 1), ("closed", 2), ("caution", 3),
            ("closed_ahead", 4), ("merge_left", 5), ("merge_right", 6),
        ]
    ]
    + [
        pytest.param(
            "lamp-coils", DeviceType.HEAD, Aspect(name),
            f"00 00 00 08 03 0f 00 0a 00 06 01 {lamps:02x}",
            "00 00 00 06 03 02 00 0a 00 08",
            id=f"lamps-{name}",
        )
        for name, lamps in [
            ("dark", 0), ("open", 1), ("closed", 2), ("merge_left", 4),
            ("merge_right", 8), ("closed_ahead", 16), ("caution", 32),
        ]
    ]
    + [
        pytest.param(
            "beacon-coils", DeviceType.BEACON, BeaconState(flash, siren),
            f"00 00 00 08 03 0f 00 0a 00 02 01 {lamps:02x}",
            "00 00 00 06 03 02 00 0a 00 04",
            id=f"beacon-{flash}-{siren}",
        )
        for flash, siren, lamps in [(False, False, 0), (True, False, 1), (False, True, 2), (True, True, 3)]
    ],
)  # fmt: skip
async def test_each_value_is_these_bytes_and_is_proved(
    model: str, device_type: DeviceType, value: Value, write: str, read: str
) -> None:
    async with ModbusPeer() as peer, linked(peer, units=(3,)) as link:
        driver = _driver(link, model, unit=3, command=10, feedback=10)
        reading, acked = await _drive(driver, value)
        assert [f.hex for f in peer.frames] == ["00 00 00 05 03 2b 0e 04 00", write, read]
    assert reading.value == value
    assert acked == [True]
    assert (reading.local, reading.fault, reading.live) == (False, False, True)
    assert driver.last() is reading
    assert device_type in load_models()[model].types


async def test_twenty_heads_are_one_write_frame_and_one_read_frame() -> None:
    async with ModbusPeer(mirror=100) as peer, linked(peer) as link:
        heads = [_driver(link, "plc-lane-light", command=i, feedback=100 + i) for i in range(20)]
        readings = await asyncio.gather(*(_drive(head, Aspect.CLOSED) for head in heads))
        assert [f.hex for f in peer.requests] == [
            "00 00 00 2f 01 10 00 00 00 14 28" + " 00 02" * 20,
            "00 00 00 06 01 04 00 64 00 14",
        ]
    assert {reading.value for reading, _ in readings} == {Aspect.CLOSED}


async def test_the_read_backs_of_answered_writes_join_what_is_already_waiting() -> None:
    async with ModbusPeer(mirror=0) as peer, linked(peer) as link:
        heads = [_driver(link, "plc-lane-light", command=i, feedback=i) for i in range(5)]
        await asyncio.gather(*(_drive(head, Aspect.CLOSED) for head in heads), link.read(1, "input", 5, 1))
        assert [(f.function, f.address, f.count) for f in peer.requests] == [(16, 0, 5), (4, 0, 6)]


async def test_three_lamp_heads_are_one_write_frame_and_one_read_frame() -> None:
    async with ModbusPeer(mirror=None) as peer, linked(peer) as link:
        # Feedback of a head: 6 lamps, local, fault; the three are 8 points apart.
        heads = [_driver(link, "lamp-coils", command=6 * i, feedback=8 * i) for i in range(3)]
        for i, lamp in enumerate([1, 0, 3]):
            peer.tables[1, "d", 8 * i + lamp] = 1
        wanted = [Aspect.CLOSED, Aspect.OPEN, Aspect.MERGE_RIGHT]
        readings = await asyncio.gather(*(_drive(h, v) for h, v in zip(heads, wanted, strict=True)))
        # closed 000010, open 000001, merge_right 001000 from bit 0 up: 42 80 00
        assert [f.hex for f in peer.requests] == [
            "00 00 00 0a 01 0f 00 00 00 12 03 42 80 00",
            "00 00 00 06 01 02 00 00 00 18",
        ]
    assert [reading.value for reading, _ in readings] == wanted


@pytest.mark.parametrize(
    ("register", "value", "local", "fault", "note"),
    [
        pytest.param(0x0002, Aspect.CLOSED, False, False, "", id="closed"),
        pytest.param(0x8002, Aspect.CLOSED, True, False, "", id="local"),
        pytest.param(0x4001, Aspect.OPEN, False, True, "", id="device-fault"),
        pytest.param(0x2001, Aspect.OPEN, False, True, "", id="logic-fault"),
        pytest.param(0x001A, None, False, False, "unknown code 0x1a", id="unknown"),
        pytest.param(0x801A, None, True, False, "unknown code 0x1a", id="unknown-local"),
    ],
)
async def test_a_feedback_register_is_decoded(
    register: int, value: Aspect | None, local: bool, fault: bool, note: str
) -> None:
    async with ModbusPeer(tables={(1, "i", 5): register}) as peer, linked(peer) as link:
        reading = await _driver(link, "plc-lane-light", feedback=5).read_back(0.0)
    assert (reading.value, reading.local, reading.fault, reading.note) == (value, local, fault, note)


@pytest.mark.parametrize(
    ("lit", "value", "local", "fault", "note"),
    [
        pytest.param({1}, Aspect.CLOSED, False, False, "", id="closed"),
        pytest.param({0, 1}, None, False, False, "lamps green_arrow+red_cross lit", id="contradiction"),
        pytest.param({1, 6}, Aspect.CLOSED, True, False, "", id="local"),
        pytest.param({7}, Aspect.DARK, False, True, "", id="fault"),
    ],
)
async def test_lamp_inputs_are_decoded(
    lit: set[int], value: Aspect | None, local: bool, fault: bool, note: str
) -> None:
    async with ModbusPeer(tables={(1, "d", 40 + n): 1 for n in lit}) as peer, linked(peer) as link:
        reading = await _driver(link, "lamp-coils", feedback=40).read_back(0.0)
    assert (reading.value, reading.local, reading.fault, reading.note) == (value, local, fault, note)


async def test_a_little_endian_device_has_its_bytes_swapped_both_ways() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        driver = _driver(link, "plc-lane-light")
        model = load_models()["plc-lane-light"]
        assert isinstance(model, ModbusModel)
        swapped = model.model_copy(update={"form": model.form.model_copy(update={"byte_order": "little"})})
        driver = ModbusDriver("D", DeviceType.HEAD, swapped, 1, 0, 0, link, CLOCK)
        reading, _ = await _drive(driver, Aspect.CLOSED)
        assert peer.requests[0].hex == "00 00 00 09 01 10 00 00 00 01 02 02 00"
        assert reading.value is Aspect.CLOSED
        peer.tables[1, "i", 0] = 0x0280  # closed, bit 15 local, bytes swapped
        assert (await driver.read_back(0.0)).local


async def test_a_value_the_model_cannot_show_is_rejected_and_nothing_is_sent() -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        driver = _driver(link, "plc-lane-light")
        with pytest.raises(DeviceRejected, match="no code") as caught:
            await _drive(driver, Message("减速"))
        assert caught.value.code == "unsupported"
        with pytest.raises(DeviceRejected, match="cannot show flash"):
            await _drive(driver, BeaconState(flash=True))
        assert peer.requests == []
