"""When a connection is tried again, and when a silent unit is."""

import math

import pytest

from devices.links.backoff import Pace, backoff_s
from devices.links.modbus_units import UnitHealth


def test_backoff_doubles_to_its_cap_and_never_spins() -> None:
    assert [backoff_s(n, 1.0, 1.0) for n in (0, 1, 2, 3, 4, 5, 6, 10_000)] == [
        0.1, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0,
    ]  # fmt: skip
    assert backoff_s(10_000, 1.0, 1.25) == 1.25


def test_the_first_attempt_is_at_once_and_so_is_the_one_after_a_good_connection() -> None:
    pace = Pace()
    assert pace.due_s() == -math.inf
    pace.attempt(10.0)
    pace.good()
    assert 10.05 < pace.due_s() < 10.15


def test_a_wanted_connection_is_tried_within_a_second_others_within_five() -> None:
    pace = Pace()
    for _ in range(10):
        pace.attempt(100.0)
    assert 103.7 < pace.due_s() < 106.3
    pace.wanted(100.0)
    assert 100.3 < pace.due_s() < 100.7


@pytest.mark.parametrize(
    ("line_busy", "wrote_s", "silent_s", "due_s"),
    [
        pytest.param(False, None, 0.0, 0.5, id="idle-line-at-once"),
        pytest.param(False, 9.2, 0.0, 9.7, id="after-the-settling-of-others"),
        pytest.param(False, 9.9, 0.0, 10.0, id="put-off-a-second-at-most"),
        pytest.param(True, None, 0.0, 10.0, id="busy-line-a-second-at-most"),
        pytest.param(False, None, 9.9, 10.4, id="not-twice-in-a-row"),
    ],
)
def test_when_a_suspect_asked_for_at_9_s_is_asked(
    line_busy: bool, wrote_s: float | None, silent_s: float, due_s: float
) -> None:
    health = UnitHealth((1, 2))
    health.suspect(2, "silent", silent_s)
    if wrote_s is not None:
        health.wrote(1, wrote_s)
    unit, at_s = health.next_probe({1: 8.0, 2: 9.0}, line_busy=line_busy)
    assert unit == 2
    assert at_s == pytest.approx(due_s)


def test_healthy_units_have_the_line_for_a_while_between_two_probes() -> None:
    health = UnitHealth((1, 2, 3))
    health.suspect(2, "silent", 0.0)
    health.probed(20.0)
    assert health.next_probe({2: 9.0}, line_busy=True) == (2, 21.0)


def test_only_the_wanted_suspect_is_asked() -> None:
    health = UnitHealth((1, 2, 3))
    health.suspect(2, "silent", 0.0)
    health.suspect(3, "silent", 0.0)
    assert health.next_probe({1: 5.0}, line_busy=False) == (None, math.inf)
    assert health.next_probe({3: 5.0}, line_busy=False)[0] == 3


def test_the_line_is_dead_when_two_units_are_silent_or_the_only_one_twice() -> None:
    several, single = UnitHealth((1, 2)), UnitHealth((1,))
    assert [several.silent(1), several.silent(1), several.silent(2)] == [False, False, True]
    several.answered(1)
    assert not several.silent(2)
    assert [single.silent(1), single.silent(1)] == [False, True]
