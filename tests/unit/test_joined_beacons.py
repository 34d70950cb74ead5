"""Beacons before what several incidents close together: situation 23 small (S5, S13, S14)."""

from dataclasses import replace

from controller.incident import Plan, Report
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states
from devices.values import BeaconState, Value
from tests.unit.small_road import crash, road

FLASH, LOUD = BeaconState(flash=True), BeaconState(flash=True, siren=True)
SITE = road(
    gantries=range(7_000, 12_001, 500),
    beacons=(6_000, 7_200, 7_400, 8_200, 9_000, 12_500),
    bores=[(9_500, 12_000)],
    silent=("B7400",),
    length_m=14_000,
)
"""A tunnel in which nobody changes lanes: each crash closes one lane from its portal on; with both nobody
gets past, so that traffic is stopped before it."""
NEAR, FAR = crash(10_500), crash(11_300, lanes=(2,))
OF_BOTH = {"B8200": LOUD, "B9000": LOUD}
GONE = frozenset({"B7200"})


def incident(
    name: str, report: Report, *, missing: frozenset[str] = frozenset(), until_ms: int = 100
) -> Source:
    return Source(name, plan_incident(report, SITE, out_of_service=missing), 0, siren_until_ms=until_ms)


def beacons(*sources: Source, now_ms: int = 0, missing: frozenset[str] = frozenset()) -> dict[str, Value]:
    states = desired_states(SITE, sources, now_ms=now_ms, missing=missing)
    return {d: s.value for d, s in states.items() if d.startswith("B")}


def test_beacons_flash_and_sound_from_before_the_joined_closure() -> None:
    near, far = incident("I-1", NEAR), incident("I-2", FAR)
    assert (beacons(near), beacons(far)) == (OF_BOTH, OF_BOTH)
    states = desired_states(SITE, (near, far), now_ms=0)
    assert beacons(near, far) == {"B7200": LOUD, "B7400": FLASH, **OF_BOTH}
    assert states["B7200"].sources == ("I-1", "I-2")
    assert states["B7200"].reason == "joined facts: within K106+500 to K111+300"
    assert states["B7200"].raised_by == "S5"


def test_their_sirens_end_with_the_last_of_the_closure_and_they_go_on_flashing() -> None:
    near, far = incident("I-1", NEAR, until_ms=100), incident("I-2", FAR, until_ms=200)
    assert beacons(near, far, now_ms=150)["B7200"] == LOUD
    assert beacons(near, far, now_ms=200) == dict.fromkeys(("B7200", "B7400", *OF_BOTH), FLASH)


def test_one_that_is_out_of_service_hands_its_role_upstream() -> None:
    near, far = (incident(n, r, missing=GONE) for n, r in (("I-1", NEAR), ("I-2", FAR)))
    states = desired_states(SITE, (near, far), now_ms=0, missing=GONE)
    assert beacons(near, far, missing=GONE) == {"B6000": LOUD, "B7400": FLASH, **OF_BOTH}
    assert states["B6000"].reason.startswith("joined facts: stands in for a missing one within ")
    assert beacons(near, missing=GONE) == OF_BOTH


def test_nothing_stands_in_for_one_nobody_would_have_asked() -> None:
    gone = frozenset({"B12500"})
    near, far = (incident(n, r, missing=gone) for n, r in (("I-1", NEAR), ("I-2", FAR)))
    assert beacons(near, far, missing=gone) == {"B7200": LOUD, "B7400": FLASH, **OF_BOTH}


def test_where_no_beacon_of_the_closure_flashes_none_is_added() -> None:
    def dark(source: Source) -> Source:
        demands = tuple(d for d in source.plan.demands if not isinstance(d.value, BeaconState))
        return replace(source, plan=replace(source.plan, demands=demands))

    assert beacons(dark(incident("I-1", NEAR)), dark(incident("I-2", FAR))) == {}


def test_when_one_of_them_is_over_its_rest_shows_what_it_shows_alone() -> None:
    near, far = incident("I-1", NEAR), incident("I-2", FAR)
    assert beacons(near, replace(far, plan=Plan((), ()))) == OF_BOTH
