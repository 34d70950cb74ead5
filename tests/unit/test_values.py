"""What devices show: the JSON form of every value, what people read, and what it means to leave one."""

import pytest

from controller.fleet.look import Target, lowers, only_raises
from controller.states.stricter import strictness
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
    dark,
    in_words,
    is_restriction,
    type_of,
    value_from_json,
    value_to_json,
)

EVERY: list[tuple[Value, str]] = [
    *((aspect, aspect.value) for aspect in Aspect),
    (Message("前方事故"), "「前方事故」"),
    (Message(), "blank"),
    (BeaconState(True, True), "flash+siren"),
    (BeaconState(), "off"),
    *((light, light.value) for light in PortalAspect),
    (SpeakerState("drive_out", 12, 80), "♪drive_out x12 at 80 %"),
    (SpeakerState(), "silent"),
    (SpeedLimit(60), "60 km/h"),
    (SpeedLimit(), "blank"),
]


@pytest.mark.parametrize(("value", "words"), EVERY, ids=[f"{type_of(v)}-{w}" for v, w in EVERY])
def test_a_value_comes_back_from_its_json_and_is_said_in_words(value, words) -> None:
    assert value_from_json(type_of(value), value_to_json(value)) == value
    assert in_words(value) == words


@pytest.mark.parametrize("kind", list(DeviceType))
def test_dark_is_the_mildest_value_of_its_type_and_no_restriction(kind: DeviceType) -> None:
    assert type_of(dark(kind)) is kind
    assert strictness(dark(kind)) == 0
    assert not is_restriction(dark(kind), dark(kind))


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        (DeviceType.PORTAL, "closed", "no aspect; one of dark | green | yellow | red"),
        (DeviceType.HEAD, "red", "no aspect"),
        (DeviceType.SPEED, {"kmh": True}, "no value of a speed"),
        (DeviceType.SPEED, {"kmh": 301}, "0 to 300 km/h"),
        (DeviceType.SPEED, {"kmh": 60, "unit": "mph"}, "no value of a speed"),
        (DeviceType.SPEAKER, {"clip": "drive_out"}, "no value of a speaker"),
        (DeviceType.SPEAKER, {"clip": "", "repeats": 1, "volume": 0}, "silent speaker"),
        (DeviceType.SPEAKER, {"clip": "drive_out", "repeats": 0, "volume": 80}, "1 to 999 times"),
        (DeviceType.SPEAKER, {"clip": "drive_out", "repeats": 1, "volume": 101}, "1 to 100"),
    ],
)
def test_what_is_no_value_of_a_type_is_refused(kind, raw, words) -> None:
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        value_from_json(kind, raw)


def test_a_portal_signal_ranks_red_over_yellow_over_green_over_dark() -> None:
    row = [PortalAspect.RED, PortalAspect.YELLOW, PortalAspect.GREEN, PortalAspect.DARK]
    assert sorted(row, key=strictness, reverse=True) == row
    assert [is_restriction(light, PortalAspect.GREEN) for light in row] == [True, True, False, False]


def test_the_lower_speed_is_the_stricter_and_blank_the_mildest() -> None:
    row = [SpeedLimit(40), SpeedLimit(60), SpeedLimit(300), SpeedLimit()]
    assert sorted(row, key=strictness, reverse=True) == row


def test_what_only_advises_is_never_a_release_to_leave() -> None:
    for value in (SpeedLimit(40), SpeakerState("drive_out", 3, 80), BeaconState(True, True)):
        rest = Target(dark(type_of(value)), wanted=False)
        assert not lowers(value, rest)
        assert only_raises(Target(value, wanted=True))


def test_a_portal_signal_leaves_red_only_on_a_permit_for_red() -> None:
    green = Target(PortalAspect.GREEN, wanted=False)
    assert lowers(PortalAspect.RED, green)
    assert lowers(PortalAspect.YELLOW, green)
    assert not lowers(PortalAspect.GREEN, green)
    for left, lawful in ((PortalAspect.RED, True), (PortalAspect.YELLOW, False), (Aspect.CLOSED, False)):
        permitted = Target(PortalAspect.GREEN, wanted=False, leaves=(left,))
        assert lowers(PortalAspect.RED, permitted) is not lawful
    assert only_raises(Target(PortalAspect.RED, wanted=True))
    assert not only_raises(Target(PortalAspect.YELLOW, wanted=True))
