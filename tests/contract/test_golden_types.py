"""The bytes of portal signals, speakers, speed signs and heads with two faces, written down by hand."""

import pytest

from devices.drivers.modbus import ModbusDriver
from devices.errors import DeviceRejected
from devices.links.modbus import ModbusLink
from devices.models import ModbusModel, load_models
from devices.values import Aspect, PortalAspect, SpeakerState, SpeedLimit, Value
from tests.contract.modbus_peer import ModbusPeer
from tests.contract.modbus_rig import CLOCK, linked, order


def _driver(link: ModbusLink, model: str, *, unit: int = 1, at: int = 0) -> ModbusDriver:
    loaded = load_models()[model]
    assert isinstance(loaded, ModbusModel)
    return ModbusDriver("D", loaded.types[0], loaded, unit, at, at, link, CLOCK)


@pytest.mark.parametrize(
    ("model", "value", "write", "read"),
    [
        # protocol id, length, unit | function, address, count, bytes, data
        pytest.param(
            "portal-coils", PortalAspect(name),
            f"00 00 00 08 03 0f 00 0a 00 03 01 {lamps:02x}",
            "00 00 00 06 03 02 00 0a 00 05",
            id=f"coils-{name}",
        )
        for name, lamps in [("dark", 0), ("red", 1), ("yellow", 2), ("green", 4)]
    ]
    + [
        pytest.param(
            "portal-code", PortalAspect(name),
            f"00 00 00 09 03 10 00 0a 00 01 02 00 {code:02x}",
            "00 00 00 06 03 04 00 0a 00 01",
            id=f"code-{name}",
        )
        for name, code in [("dark", 0), ("green", 1), ("yellow", 2), ("red", 3)]
    ]
    + [
        pytest.param(
            "speed-register", SpeedLimit(kmh),
            f"00 00 00 09 03 10 00 0a 00 01 02 00 {kmh:02x}",
            "00 00 00 06 03 04 00 0a 00 02",
            id=f"speed-{kmh}",
        )
        for kmh in (0, 60, 120)
    ]
    + [
        pytest.param(
            "two-faced-light", Aspect(name),
            f"00 00 00 09 03 10 00 0a 00 01 02 00 {code:02x}",
            "00 00 00 06 03 04 00 0a 00 01",
            id=f"faces-{name}",
        )
        for name, code in [("open", 1), ("closed", 2), ("caution", 4), ("dark", 5)]
    ],
)  # fmt: skip
async def test_each_value_is_these_bytes_and_is_proved(
    model: str, value: Value, write: str, read: str
) -> None:
    async with ModbusPeer() as peer, linked(peer, units=(3,)) as link:
        reading = await _driver(link, model, unit=3, at=10).drive(order(value), lambda: None)
        assert [f.hex for f in peer.requests] == [write, read]
    assert reading.value == value
    assert (reading.local, reading.fault, reading.note) == (False, False, "")


async def test_a_speaker_is_told_clip_repeats_and_volume_in_one_frame() -> None:
    said = SpeakerState("do_not_enter", 12, 80)
    status = {(3, "i", 10): 0x0001, (3, "i", 11): 3, (3, "i", 12): 12, (3, "i", 13): 80}
    async with ModbusPeer(mirror=None, tables=status) as peer, linked(peer, units=(3,)) as link:
        reading = await _driver(link, "speaker-registers", unit=3, at=10).drive(order(said), lambda: None)
        assert [f.hex for f in peer.requests] == [
            "00 00 00 0d 03 10 00 0a 00 03 06 00 03 00 0c 00 50",
            "00 00 00 06 03 04 00 0a 00 04",
        ]
    assert reading.value == said


async def test_silence_is_clip_0() -> None:
    async with ModbusPeer(mirror=None) as peer, linked(peer) as link:
        reading = await _driver(link, "speaker-registers").drive(order(SpeakerState()), lambda: None)
        assert peer.requests[0].hex == "00 00 00 0d 01 10 00 00 00 03 06 00 00 00 00 00 00"
    assert reading.value == SpeakerState()


@pytest.mark.parametrize(
    ("registers", "value", "local", "fault", "note"),
    [
        pytest.param((0x0001, 1, 3, 50), SpeakerState("drive_out", 3, 50), False, False, "", id="plays"),
        pytest.param((0x0000, 1, 3, 50), SpeakerState(), False, False, "", id="told-but-not-playing"),
        pytest.param((0x8001, 2, 1, 9), SpeakerState("slow_down", 1, 9), True, False, "", id="local"),
        pytest.param((0x4000, 0, 0, 0), SpeakerState(), False, True, "", id="fault"),
        pytest.param((0x0001, 9, 3, 50), None, False, False, "unknown clip 9", id="unknown-clip"),
        pytest.param(
            (0x0001, 0, 3, 50), None, False, False, "clip , repeats 3, volume 50", id="plays-nothing"
        ),
    ],
)
async def test_the_status_register_of_a_speaker_proves_that_it_plays(
    registers: tuple[int, ...], value: Value | None, local: bool, fault: bool, note: str
) -> None:
    tables = {(1, "i", 5 + n): word for n, word in enumerate(registers)}
    async with ModbusPeer(tables=tables) as peer, linked(peer) as link:
        reading = await _driver(link, "speaker-registers", at=5).read_back(0.0)
    assert (reading.value, reading.local, reading.fault, reading.note) == (value, local, fault, note)


@pytest.mark.parametrize(
    ("registers", "value", "local", "fault", "note"),
    [
        pytest.param((60, 0), SpeedLimit(60), False, False, "", id="60"),
        pytest.param((0, 0x4000), SpeedLimit(), False, True, "", id="fault"),
        pytest.param((80, 0x8000), SpeedLimit(80), True, False, "", id="local"),
        pytest.param((999, 0), None, False, False, "kmh 999", id="no-speed"),
    ],
)
async def test_a_speed_sign_is_decoded(
    registers: tuple[int, int], value: Value | None, local: bool, fault: bool, note: str
) -> None:
    tables = {(1, "i", 5 + n): word for n, word in enumerate(registers)}
    async with ModbusPeer(tables=tables) as peer, linked(peer) as link:
        reading = await _driver(link, "speed-register", at=5).read_back(0.0)
    assert (reading.value, reading.local, reading.fault, reading.note) == (value, local, fault, note)


@pytest.mark.parametrize(
    ("register", "value", "front", "conflict", "note"),
    [
        pytest.param(2, Aspect.CLOSED, Aspect.CLOSED, False, "", id="closed-both"),
        pytest.param(3, None, Aspect.CLOSED, True, "back face open, front closed", id="back-open"),
        pytest.param(0, None, Aspect.DARK, True, "back face dark, front dark", id="back-dark"),
        pytest.param(9, None, None, False, "unknown code 0x9", id="unknown"),
    ],
)
async def test_a_back_face_that_is_not_closed_is_never_a_value(
    register: int, value: Aspect | None, front: Aspect | None, conflict: bool, note: str
) -> None:
    async with ModbusPeer(tables={(1, "i", 5): register}) as peer, linked(peer) as link:
        reading = await _driver(link, "two-faced-light", at=5).read_back(0.0)
    assert (reading.value, reading.front, reading.conflict, reading.note) == (value, front, conflict, note)


@pytest.mark.parametrize(
    ("model", "value", "why"),
    [
        ("speaker-registers", SpeakerState("lullaby", 1, 80), "no code for clip lullaby"),
        ("speaker-registers", SpeedLimit(60), "this is none"),
        ("speed-register", PortalAspect.RED, "this is none"),
        ("two-faced-light", Aspect.MERGE_LEFT, "cannot show merge_left"),
        ("portal-code", SpeedLimit(60), "no code of its own"),
    ],
)
async def test_what_a_model_cannot_show_is_rejected_and_nothing_is_sent(
    model: str, value: Value, why: str
) -> None:
    async with ModbusPeer() as peer, linked(peer) as link:
        with pytest.raises(DeviceRejected, match=why) as caught:
            await _driver(link, model).drive(order(value), lambda: None)
        assert caught.value.code == "unsupported"
        assert peer.requests == []
