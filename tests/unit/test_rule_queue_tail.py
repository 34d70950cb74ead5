"""Before a closure of a busy carriageway the queue it will grow is warned of, where its tail will be."""

from dataclasses import replace

import pytest

from config.messages import Language, MessagePolicy
from config.sign_meaning import Level, level
from config.site import Policy, SignShape, Site
from controller.incident import IncidentType, LaneFact, Plan
from controller.plan.bands import Facts
from controller.plan.planner import plan_incident
from controller.plan.queue import Tail, tail_of
from devices.multi import plain
from devices.values import BeaconState
from tests.unit.small_road import crash, road, texts

T = IncidentType
GANTRIES = tuple(range(20_000, 30_001, 500))
PLACE_M = 28_200
START_M = 27_000
"""Start of closure: the third gantry before the place."""
REACH_M = 4_000
TAIL_M = START_M - REACH_M


def busy(site: Site, reach_m: int = REACH_M) -> Site:
    return replace(site, carriageways={"E": replace(site.carriageways["E"], queue_reach_m=reach_m)})


def with_signs(*signs: int, beacons: tuple[int, ...] = (), policy: Policy | None = None) -> Site:
    row = road(gantries=GANTRIES, signs=signs, beacons=beacons, length_m=32_000, policy=policy)
    return busy(row)


def by_rule(plan: Plan, rule: str) -> set[str]:
    return {demand.device for demand in plan.demands if demand.rule == rule}


def test_the_tail_is_the_reported_one_or_as_far_as_the_site_expects() -> None:
    site = busy(road())
    closed = Facts((LaneFact("E", 1, START_M, PLACE_M),))
    assert tail_of(crash(PLACE_M), closed, site) == Tail(TAIL_M, reported=False)
    assert tail_of(crash(9_000, kind=T.CONGESTION), Facts(), site) == Tail(9_000, reported=True)
    assert tail_of(crash(PLACE_M), closed, road()) is None
    assert tail_of(crash(PLACE_M), Facts(), site) is None
    assert tail_of(crash(PLACE_M, kind=T.WRONG_WAY), replace(closed, warned=(0, PLACE_M)), site) is None


def test_beacons_flash_without_siren_from_before_the_tail_to_the_closures_own() -> None:
    site = with_signs(beacons=(21_400, 21_600, 25_400, 25_600))
    lamps = {d.device: d.value for d in plan_incident(crash(PLACE_M), site).demands if d.device[0] == "B"}
    quiet, loud = BeaconState(flash=True), BeaconState(flash=True, siren=True)
    assert lamps == {"B21600": quiet, "B25400": quiet, "B25600": loud}


def test_signs_shortly_before_the_tail_warn_of_it_and_the_others_of_the_closure() -> None:
    near, at_tail, before_closure, farther = TAIL_M - 1_000, TAIL_M + 500, START_M - 500, TAIL_M - 3_000
    plan = plan_incident(crash(PLACE_M), with_signs(farther, near, at_tail, before_closure))
    said = texts(plan)
    assert plain(said[f"S{near}"]) == "前方1000米注意排队,快车道事故,减速慢行"
    assert by_rule(plan, "queue_tail") == {f"S{near}"}
    assert all("排队" not in said[f"S{at}"] for at in (at_tail, before_closure, farther))


def test_signs_too_far_from_the_closure_to_tell_of_it_warn_of_the_tail_by_band() -> None:
    far, middle = START_M - 15_500, START_M - 15_100
    site = busy(road(gantries=GANTRIES, signs=(far, middle), length_m=32_000), reach_m=10_000)
    said = texts(plan_incident(crash(PLACE_M), site))
    assert plain(said[f"S{far}"]) == "前方6公里注意排队,快车道事故,减速慢行"
    assert f"S{middle}" in said
    assert texts(plan_incident(crash(PLACE_M), busy(site, 0))) == {}


def test_no_queue_text_is_milder_than_a_closure_of_every_lane() -> None:
    near, beyond = TAIL_M - 1_000, START_M - 15_500
    plan = plan_incident(crash(PLACE_M, lanes=(1, 2)), with_signs(beyond, near))
    assert level(texts(plan)[f"S{near}"]) is Level.CLOSURE
    assert "排队" in texts(plan)[f"S{beyond}"]
    assert "车道" not in texts(plan)[f"S{beyond}"]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (SignShape(512, 96, 32), "前方1000米注意排队,快车道事故,减速慢行"),
        (SignShape(160, 32, 16), "前方1000米注意排队,快车道事故,减速慢行"),
        (SignShape(96, 32, 16), "前方1000米注意排队,快车道事故,减速慢行"),
        (SignShape(64, 32, 16), "1000米注意排队"),
        (SignShape(32, 32, 16), "注意排队"),
        (SignShape(32, 16, 16), "慢行"),
    ],
)
def test_a_smaller_sign_says_less_of_it(shape: SignShape, said: str) -> None:
    site = busy(road(gantries=GANTRIES, signs={TAIL_M - 1_000: shape}, length_m=32_000))
    plan = plan_incident(crash(PLACE_M), site)
    assert plain(texts(plan)[f"S{TAIL_M - 1_000}"]).replace("\n", "") == said


def test_it_is_said_in_the_language_of_the_site() -> None:
    policy = Policy(messages=MessagePolicy(Language.EN))
    plan = plan_incident(crash(PLACE_M), with_signs(TAIL_M - 1_000, policy=policy))
    assert "QUEUES LIKELY 1000 m" in plain(texts(plan)[f"S{TAIL_M - 1_000}"])


def test_what_lies_before_the_site_is_the_neighbours_from_the_tail_on() -> None:
    def edge(site: Site) -> str:
        return next(f.text for f in plan_incident(crash(9_200), site).findings if f.code == "site_edge")

    site = road(gantries=range(5_000, 10_000, 500))
    assert "7000 m before" in edge(site)
    assert "11000 m before" in edge(busy(site))
