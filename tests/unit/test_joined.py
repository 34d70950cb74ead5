"""The same facts give the very same desired state, and any other fact another one."""

from dataclasses import replace

import pytest

from controller.incident import Demand, Plan
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from controller.states.joined import Joined
from devices.values import Aspect, Value
from tests.unit.small_road import crash, incident, road

SITE = road(gantries=range(3_000, 12_001, 500), signs=(2_000,), beacons=(8_000, 9_000))
FAST = incident("I-1", plan_incident(crash(10_200), SITE))
SLOW = incident("I-2", plan_incident(crash(10_200, lanes=(2,)), SITE))


def lock(value: Value) -> Source:
    return Source("lock:H3000-1", Plan((Demand("H3000-1", value, "lock", "works"),), ()), 5)


def test_the_same_facts_are_joined_once() -> None:
    joined = Joined(SITE)
    first = joined.states([FAST, lock(Aspect.CLOSED)], now_ms=2_000)
    again = joined.states([replace(FAST), lock(Aspect.CLOSED)], now_ms=2_500)
    assert again is first
    assert first == desired_states(SITE, [FAST, lock(Aspect.CLOSED)], now_ms=2_000)


@pytest.mark.parametrize(
    ("sources", "now_ms", "missing"),
    [
        pytest.param([FAST, SLOW], 2_000, frozenset(), id="another-incident"),
        pytest.param([replace(FAST, plan=SLOW.plan)], 2_000, frozenset(), id="another-plan"),
        pytest.param([FAST], 61_000, frozenset(), id="its-sirens-are-over"),
        pytest.param([replace(FAST, siren_until_ms=1_500)], 2_000, frozenset(), id="silenced"),
        pytest.param([FAST, lock(Aspect.CLOSED)], 2_000, frozenset(), id="a-lock"),
        pytest.param([FAST, SLOW], 2_000, frozenset({"H10000-2"}), id="out-of-service"),
    ],
)
def test_any_other_fact_is_joined_anew(sources: list[Source], now_ms: int, missing: frozenset[str]) -> None:
    joined = Joined(SITE)
    before = joined.states([FAST], now_ms=2_000)
    after = joined.states(sources, now_ms=now_ms, missing=missing)
    assert after is not before
    assert after == desired_states(SITE, sources, now_ms=now_ms, missing=missing)


def test_a_lock_of_another_value_is_another_fact() -> None:
    joined = Joined(SITE)
    for value in (Aspect.CLOSED, Aspect.CAUTION):
        assert joined.states([lock(value)], now_ms=0)["H3000-1"].value is value


def test_only_a_few_are_kept_and_plans_that_are_gone_are_never_mistaken() -> None:
    joined = Joined(SITE)
    for at_m in range(4_000, 14_000, 500):
        source = incident("I-1", plan_incident(crash(at_m), SITE))
        states = joined.states([source], now_ms=2_000)
        assert states == desired_states(SITE, [source], now_ms=2_000)
