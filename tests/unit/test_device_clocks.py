"""A device whose clock is wrong is an alarm, by what it says itself; the alarm ends when it is set (T3)."""

from collections.abc import Sequence

import pytest

from controller.alarms.alarm import AlarmKind
from controller.alarms.alarms import Alarms
from controller.fleet.clocks import RIGHT_MS, WRONG_MS, DeviceClocks
from devices.clock import SystemClock
from devices.driver import Reading
from devices.values import Aspect

HEAD = "LCS-1"


class Desk:
    def __init__(self) -> None:
        clock = SystemClock()
        self.alarms = Alarms(lambda _, __: None, now_ms=clock.wall_ms)
        self.clocks = DeviceClocks([HEAD], self.alarms, clock)
        self.now_ms = clock.wall_ms

    def looked(self, offset_ms: int | None) -> None:
        self.clocks.looked(HEAD, Reading(Aspect.OPEN, 0.0, clock_offset_ms=offset_ms))

    def standing(self) -> Sequence[tuple[AlarmKind, str]]:
        return [(alarm.kind, alarm.text) for alarm in self.alarms.standing()]


@pytest.mark.parametrize(
    ("offset_ms", "words"), [(WRONG_MS, "ahead: orders in time"), (-WRONG_MS, "behind: late orders")]
)
def test_a_wrong_clock_is_one_alarm_that_says_what_it_means(offset_ms: int, words: str) -> None:
    desk = Desk()
    desk.looked(offset_ms)
    desk.looked(offset_ms + (1 if offset_ms > 0 else -1))
    ((kind, text),) = desk.standing()
    assert kind is AlarmKind.CLOCK
    assert words in text


def test_it_ends_when_the_clock_is_right_and_not_at_its_own_limit() -> None:
    desk = Desk()
    desk.looked(WRONG_MS)
    desk.looked(WRONG_MS - 1)
    desk.looked(None)
    assert len(desk.standing()) == 1
    desk.looked(RIGHT_MS)
    assert desk.standing() == []


def test_a_right_clock_and_one_that_is_not_told_are_no_alarm() -> None:
    desk = Desk()
    for offset_ms in (0, None, WRONG_MS - 1, 1 - WRONG_MS):
        desk.looked(offset_ms)
    desk.clocks.looked(HEAD, None)
    assert desk.standing() == []


def test_orders_are_shifted_only_after_a_refusal_and_until_the_clock_is_set() -> None:
    desk = Desk()
    desk.looked(60_000)
    assert desk.clocks.skew_ms(HEAD) == 0
    desk.clocks.refused_as_late(HEAD, desk.now_ms() + 60_000)
    assert abs(desk.clocks.skew_ms(HEAD) - 60_000) < 100
    desk.looked(0)
    assert desk.clocks.skew_ms(HEAD) == 0
