"""Why a device shows what it shows: one line that names who wants it and who is outranked."""

import pytest

from controller.incident import Demand, Plan
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from controller.states.because import name_of, why
from devices.values import Aspect, Message, Value
from tests.unit.small_road import crash, incident, road

GANTRIES = tuple(range(3_000, 16_001, 500))


@pytest.mark.parametrize(
    ("source", "holder", "name"),
    [
        ("I-20261122-0001", "", "incident I-20261122-0001"),
        ("I-1/leaving", "", "incident I-1 as it was before its correction"),
        ("lock:H1", "B", "lock of B"),
        ("lock:H1", "", "lock"),
        ("adopted:H1", "", ""),
    ],
)
def test_every_source_has_a_name(source: str, holder: str, name: str) -> None:
    assert name_of(source, holder) == name


def test_the_line_names_the_value_who_why_and_who_lost() -> None:
    line = why(
        Aspect.CLOSED, ("I-1", "I-2"), "lane 1 blocked", ("lock:H", "adopted:H"), {"lock:H": "lock of B"}
    )
    assert line == (
        "closed: incident I-1 and incident I-2, lane 1 blocked; lock of B outranked; "
        "what was found on the road outranked"
    )
    assert why(Message("前方"), ("adopted:S",), "found on the road, not ours", (), {}) == (
        "「前方」: found on the road, not ours"
    )


def held(device: str, value: Value, holder: str) -> Source:
    demand = Demand(device, value, "lock", "locked: works")
    return Source(f"lock:{device}", Plan((demand,), ()), 500, holder=holder)


def test_arbitration_keeps_the_reason_of_every_decision() -> None:
    site = road(gantries=GANTRIES, signs=(7_000,), beacons=(9_000,))
    one = incident("I-1", plan_incident(crash(10_200), site))
    lock = held("H10000-1", Aspect.CAUTION, "B")
    states = desired_states(site, [one, lock], now_ms=0)
    assert states["H10000-1"].why == (
        "closed: incident I-1, lane 1 blocked at K110+200: lane 1 closed from K109+000 to K110+200; "
        "lock of B outranked"
    )
    assert all(state.why for state in states.values())
    assert states["S7000"].why.startswith("「前方")
    alone = desired_states(site, [held("H4000-1", Aspect.CLOSED, "B")], now_ms=0)
    assert alone["H4000-1"].why == "closed: lock of B, locked: works"


def test_what_only_joined_facts_ask_for_names_the_incidents_behind_it() -> None:
    site = road(gantries=GANTRIES)
    both = [incident(f"I-{n}", plan_incident(crash(10_200, lanes=(n,)), site)) for n in (1, 2)]
    state = desired_states(site, both, now_ms=0)["H8500-1"]
    assert state.why.startswith("closed_ahead: incident I-1 and incident I-2, joined facts: all lanes closed")
    assert state.why.endswith("500 m ahead; incident I-1 outranked; incident I-2 outranked")
