"""Which reports speak of the same event (P5)."""

from dataclasses import replace

import pytest

from config.site import Policy
from controller.incident import IncidentType, LaneImpact, Report
from controller.incidents.correlate import correlate
from tests.unit.small_road import crash

KNOWN = crash(10_000, tunnel="T1")
UNKNOWN = crash(9_000, 12_000, known=False, tunnel="T1")


def match(report: Report, other: Report, age_s: int = 60) -> bool:
    found = correlate(report, 1_000_000 + age_s * 1_000, [("I-1", other, 1_000_000)], Policy())
    return found is not None


@pytest.mark.parametrize(
    ("report", "other", "age_s", "same"),
    [
        pytest.param(crash(10_300), crash(10_000), 120, True, id="at-both-limits"),
        pytest.param(crash(9_700), crash(10_000), 0, True, id="upstream"),
        pytest.param(crash(10_301), crash(10_000), 60, False, id="too-far"),
        pytest.param(crash(10_000), crash(10_000), 121, False, id="too-late"),
        pytest.param(crash(10_500), crash(9_000, 10_400), 60, True, id="near-a-stretch"),
        pytest.param(crash(10_000, lanes=(1, 2)), crash(10_000), 60, False, id="other-lanes"),
        pytest.param(
            crash(10_000, kind=IncidentType.COLLISION), crash(10_000), 60, True, id="other-word-for-a-crash"
        ),
        pytest.param(crash(10_000, kind=IncidentType.FIRE), crash(10_000), 60, False, id="another-kind"),
        pytest.param(UNKNOWN, KNOWN, 60, True, id="same-tunnel"),
        pytest.param(KNOWN, UNKNOWN, 60, True, id="same-tunnel-other-way-round"),
        pytest.param(
            UNKNOWN, replace(KNOWN, place=replace(KNOWN.place, tunnel="T2")), 60, False, id="another-tunnel"
        ),
        pytest.param(UNKNOWN, crash(10_000), 60, False, id="known-place-in-no-tunnel"),
        pytest.param(
            UNKNOWN, crash(9_000, 12_000, known=False, tunnel="T1", lanes=(2,)), 60, False, id="lanes"
        ),
        pytest.param(
            KNOWN, replace(KNOWN, place=replace(KNOWN.place, carriageway="W")), 60, False, id="carriageway"
        ),
        pytest.param(
            crash(10_000),
            replace(crash(10_000), lanes={1: LaneImpact.BLOCKED, 2: LaneImpact.AFFECTED}),
            60,
            True,
            id="affected-lanes-are-a-matter-of-taste",
        ),
    ],
)
def test_same_event(report: Report, other: Report, age_s: int, same: bool) -> None:
    assert match(report, other, age_s) is same


def test_the_nearest_is_joined_and_then_the_newest() -> None:
    open_ones = [("I-1", crash(10_200), 0), ("I-2", crash(10_100), 0), ("I-3", crash(10_100), 5_000)]
    found = correlate(crash(10_000), 10_000, open_ones, Policy())
    assert found is not None
    assert (found.incident, found.distance_m, found.age_s) == ("I-3", 100, 5)


def test_nothing_open_is_a_new_event() -> None:
    assert correlate(KNOWN, 0, [], Policy()) is None
