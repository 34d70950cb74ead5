"""Which beacons flash and sound."""

from controller.incident import Plan
from controller.plan.planner import plan_incident
from devices.values import BeaconState
from tests.unit.small_road import crash, faults, road

LOUD = BeaconState(flash=True, siren=True)


def lit(plan: Plan) -> dict[str, BeaconState]:
    return {d.device: d.value for d in plan.demands if isinstance(d.value, BeaconState)}


def test_from_before_the_closure_to_the_place() -> None:
    # The closure starts at 9,200; beacons 1.5 km before it.
    site = road(beacons=(7_600, 7_700, 9_000, 10_000, 10_100))
    assert lit(plan_incident(crash(10_000), site)) == {"B7700": LOUD, "B9000": LOUD, "B10000": LOUD}


def test_to_the_exit_where_the_place_is_unknown() -> None:
    site = road(beacons=(7_600, 9_000, 12_900, 13_100), bores=((10_000, 13_000),))
    plan = plan_incident(crash(10_000, 13_000, known=False, tunnel="T1"), site)
    assert set(lit(plan)) == {"B9000", "B12900"}


def test_a_beacon_without_siren_only_flashes_and_the_plan_says_so() -> None:
    site = road(beacons=(9_000,), silent=("B9000",), gantries=(7_500, 8_400, 9_500))
    plan = plan_incident(crash(10_000), site)
    assert lit(plan) == {"B9000": BeaconState(flash=True)}
    assert faults(plan) == [("substituted", "B9000")]


def test_a_missing_beacon_hands_its_role_upstream() -> None:
    site = road(beacons=(6_000, 7_000, 8_000, 9_000))
    plan = plan_incident(crash(10_000), site, missing=frozenset({"B8000"}))
    assert set(lit(plan)) == {"B7000", "B9000"}
    assert [f.device for f in plan.findings if f.code == "missing"] == ["B8000"]
