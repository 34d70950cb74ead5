"""The road of a scenario run so far is the same picture the result of that run has in the end."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.scenario_road import MOST_STRETCHES, RoadSoFar

PLACES = {"A": {"at_m": 0}, "B": {"at_m": 500}}
BEFORE = [{"device": name, "at_ms": 0, "lamp": "dark"} for name in PLACES]


def road(*news: tuple[int, list[dict[str, Any]]]) -> RoadSoFar:
    so_far = RoadSoFar()
    so_far.take({"at_ms": 0, "changes": BEFORE, "devices": PLACES})
    for at_ms, changes in news:
        so_far.take({"at_ms": at_ms, "changes": changes})
    return so_far


def test_before_the_first_news_there_is_no_road() -> None:
    assert RoadSoFar().to_json() == {"at_ms": 0, "devices": {}, "shown": []}


def test_a_change_ends_the_stretch_before_it_and_the_newest_goes_on() -> None:
    so_far = road((500, [{"device": "A", "at_ms": 22, "lamp": "closed"}]), (1_000, []))
    assert so_far.to_json() == {
        "at_ms": 1_000,
        "devices": PLACES,
        "shown": [
            {"device": "A", "from_ms": 0, "to_ms": 22, "lamp": "dark"},
            {"device": "B", "from_ms": 0, "to_ms": 1_000, "lamp": "dark"},
            {"device": "A", "from_ms": 22, "to_ms": 1_000, "lamp": "closed"},
        ],
    }


def test_a_run_that_is_made_again_begins_anew() -> None:
    so_far = road((900, [{"device": "A", "at_ms": 22, "lamp": "closed"}]))
    so_far.take({"at_ms": 0, "changes": BEFORE, "devices": PLACES})
    assert {row["lamp"] for row in so_far.to_json()["shown"]} == {"dark"}


def test_a_device_that_never_rests_does_not_fill_the_memory() -> None:
    many = [{"device": "A", "at_ms": at, "lamp": at} for at in range(MOST_STRETCHES + 50)]
    assert len(road((MOST_STRETCHES + 50, many)).to_json()["shown"]) == MOST_STRETCHES


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 400)), max_size=30), st.integers(1, 7))
def test_stretches_of_a_device_follow_each_other_without_a_gap(
    steps: list[tuple[str, int]], at_once: int
) -> None:
    changes: list[dict[str, Any]] = []
    at_ms = 0
    for device, later_ms in steps:
        at_ms += later_ms
        changes.append({"device": device, "at_ms": at_ms, "lamp": at_ms})
    parts = [changes[i : i + at_once] for i in range(0, len(changes), at_once)]
    shown = road(*((part[-1]["at_ms"], part) for part in parts)).to_json()["shown"]
    for device in PLACES:
        rows = [row for row in shown if row["device"] == device]
        assert [row["to_ms"] for row in rows] == [*(row["from_ms"] for row in rows[1:]), at_ms]
