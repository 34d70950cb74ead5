"""Junctions: a sign on a ramp speaks for the carriageway it joins, a closure's text names the last exit."""

from dataclasses import replace

import pytest

from config.loader import check_file
from config.messages import Language, MessagePolicy
from config.sign_meaning import Level, level
from config.site import Device, Exit, Junction, JunctionSide, Policy, Ramp, SignShape, Site, Text
from controller.incident import IncidentType, LaneFact
from controller.plan.exits import exits_named, last_exit
from controller.plan.planner import plan_incident
from controller.states.arbitration import desired_states
from controller.states.interlock import violations
from devices.multi import plain
from devices.values import BeaconState, Message
from tests.unit.small_road import codes, crash, incident, multi, road, texts
from tests.unit.test_site_faults import SITES

T = IncidentType
GANTRIES = tuple(range(4_000, 16_001, 500))
BIG = SignShape(512, 96, 32)
JOINS_M, RAMP_M = 9_000, 400


def with_exits(site: Site, *places: int) -> Site:
    names = ("北镇", "南镇", "西镇")
    junctions = {
        f"J{at}": Junction(f"J{at}", Text(f"{name}互通", f"{name} junction"), (JunctionSide("E", at, None),))
        for name, at in zip(names, places, strict=False)
    }
    return replace(site, junctions=junctions)


def on_ramp(site: Site, *devices: str, joins_m: int = JOINS_M) -> Site:
    """Put devices on a ramp that joins there."""
    ramp = Ramp("R", "J", RAMP_M)
    moved = {name: replace(site.devices[name], at_m=joins_m, ramp=ramp) for name in devices}
    return replace(site, devices={**site.devices, **moved})


def said(site: Site, at: int, **more: object) -> str:
    return plain(texts(plan_incident(crash(at, **more), site)).get("S1", ""))  # type: ignore[arg-type]


# Ramps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place_m", "text"),
    [
        (8_900, ""),  # upstream of where the ramp joins: no matter of those who come in
        (9_000, "前方400米快车道事故,注意减速避让"),
        (9_300, "前方700米快车道事故,注意减速避让"),
        (12_000, "前方3公里快车道事故,注意减速避让"),
        (14_000, "前方5公里快车道事故,减速慢行"),
    ],
)
def test_a_sign_on_a_ramp_tells_of_what_lies_behind_its_joint_as_far_as_the_way_is(
    place_m: int, text: str
) -> None:
    site = on_ramp(road(gantries=GANTRIES, signs={1: BIG}), "S1")
    assert said(site, place_m) == text


def test_a_closure_that_reaches_over_the_joint_is_told_on_the_ramp() -> None:
    site = on_ramp(road(gantries=GANTRIES, signs={1: BIG}), "S1")
    plan = plan_incident(crash(9_300), site)
    assert plan.lane_facts[0].from_m < JOINS_M < plan.lane_facts[0].to_m
    assert "S1" in texts(plan)


def test_the_way_on_the_ramp_counts_for_the_bands() -> None:
    near, beyond = 15_000 - RAMP_M, 15_000 - RAMP_M + 1
    site = on_ramp(road(gantries=(), signs={1: BIG}, length_m=40_000), "S1")
    start_m = plan_incident(crash(30_000), site).lane_facts[0].from_m
    for way_m, told in ((near, True), (beyond, False)):
        placed = on_ramp(site, "S1", joins_m=start_m - way_m)
        assert ("S1" in texts(plan_incident(crash(30_000), placed))) is told
        facts = plan_incident(crash(30_000), placed).lane_facts
        unsaid = [v for v in violations(placed, {}, facts) if v.device == "S1"]
        assert bool(unsaid) is told


def test_a_beacon_on_a_ramp_warns_of_what_lies_behind_its_joint_only() -> None:
    site = on_ramp(road(gantries=GANTRIES, beacons=(2, 8_200)), "B2")
    lamps = {d.device: d.value for d in plan_incident(crash(9_600), site).demands if d.device[0] == "B"}
    assert lamps == dict.fromkeys(("B2", "B8200"), BeaconState(flash=True, siren=True))
    assert "B2" not in {d.device for d in plan_incident(crash(8_900), site).demands}


def test_a_device_on_a_ramp_takes_nobodys_role_and_covers_nobody_on_the_carriageway() -> None:
    site = on_ramp(road(gantries=(), beacons=(2, 9_500), signs=(1,)), "B2", "S1", joins_m=9_100)
    plan = plan_incident(crash(11_500), site, missing=frozenset({"B9500"}))
    assert "B2" not in {d.device for d in plan.demands}
    assert next(f.text for f in plan.findings if f.code == "missing").endswith(
        "nothing upstream can take its role"
    )
    assert "no_coverage" in codes(plan)
    within = plan_incident(crash(11_500), on_ramp(site, "S1", joins_m=9_400))
    assert "S1" in texts(within)
    assert "no sign" in next(f.text for f in within.findings if f.code == "coverage")


def test_nobody_takes_the_role_of_a_device_on_a_ramp() -> None:
    site = on_ramp(road(gantries=GANTRIES, beacons=(2, 8_000)), "B2", joins_m=9_400)
    plan = plan_incident(crash(11_500), site, missing=frozenset({"B2"}))
    assert not [d for d in plan.demands if d.device[0] == "B"]
    assert [f.device for f in plan.findings if f.code == "missing"] == ["B2"]


@pytest.mark.parametrize("kind", [T.FIRE, T.COLLISION])
def test_nobody_is_let_into_a_closed_tunnel_by_a_ramp(kind: IncidentType) -> None:
    site = road(gantries=GANTRIES, signs={1: BIG, 9_200: BIG}, bores=((8_000, 12_000),))
    known = plan_incident(crash(8_600, kind=kind, lanes=(1, 2), tunnel="T1"), on_ramp(site, "S1"))
    somewhere = crash(8_000, 12_000, kind=kind, lanes=(1, 2), known=False, tunnel="T1")
    for plan in (known, plan_incident(somewhere, on_ramp(site, "S1"))):
        assert level(texts(plan)["S1"]) is Level.CLOSURE
        assert level(texts(plan)["S9200"]) is Level.NOTICE


def test_the_sign_that_stands_for_a_portal_is_none_on_a_ramp() -> None:
    site = road(gantries=GANTRIES, signs={1: BIG, 8_800: BIG}, bores=((10_000, 12_000),))
    plan = plan_incident(crash(11_000, tunnel="T1"), on_ramp(site, "S1", joins_m=9_900))
    assert plain(texts(plan)["S8800"]) == "前方快车道事故,注意减速避让"
    assert "1500米" in plain(texts(plan)["S1"])


# Exits -----------------------------------------------------------------------------------------------------


def test_the_last_exit_lies_between_the_sign_and_the_closure() -> None:
    site = with_exits(road(signs=(3_000,)), 2_000, 5_000, 8_000)
    sign = site.devices["S3000"]
    assert last_exit(site, sign, 9_000) == Exit("J8000", Text("西镇互通", "西镇 junction"), 8_000)
    assert last_exit(site, sign, 8_000) == last_exit(site, sign, 9_000)
    assert (found := last_exit(site, sign, 7_999)) is not None
    assert found.at_m == 5_000
    assert last_exit(site, sign, 4_999) is None


def test_a_closure_of_every_lane_names_the_last_exit_before_it_on_signs_before_that() -> None:
    site = with_exits(road(gantries=GANTRIES, signs=dict.fromkeys((3_000, 5_500, 8_500), BIG)), 5_000, 8_000)
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    read = {sign: plain(text) for sign, text in texts(plan).items()}
    assert read["S3000"] == "前方7公里事故,道路封闭,请从南镇互通驶出"
    assert "请从南镇互通驶出" in read["S5500"]
    assert "驶出" not in read["S8500"]
    assert all(level(text) is Level.CLOSURE for text in texts(plan).values())
    assert "驶出" not in str(texts(plan_incident(crash(10_200, lanes=(1,)), site)))
    assert "驶出" not in str(texts(plan_incident(crash(8_100, lanes=(1, 2)), site))["S5500"])


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (SignShape(512, 96, 32), "前方5公里事故,道路封闭,请从北镇互通驶出"),
        (SignShape(160, 32, 16), "前方5公里道路封闭,请从北镇互通驶出"),
        (SignShape(96, 48, 16), "道路封闭,北镇互通驶出"),
        (SignShape(64, 32, 16), "前方道路封闭"),
        (SignShape(32, 16, 16), "封闭"),
    ],
)
def test_a_smaller_sign_names_the_exit_shorter_or_not_at_all(shape: SignShape, text: str) -> None:
    site = with_exits(road(gantries=GANTRIES, signs={5_000: shape}), 7_000)
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    assert plain(texts(plan)["S5000"]).replace("\n", "") == text


def test_the_exit_is_named_in_the_language_of_the_signs() -> None:
    policy = Policy(messages=MessagePolicy(Language.EN))
    site = with_exits(road(gantries=GANTRIES, signs={5_000: BIG}, policy=policy), 7_000)
    assert "EXIT AT 北镇 junction" in plain(texts(plan_incident(crash(10_200, lanes=(1, 2)), site))["S5000"])


def test_names_broken_over_lines_are_found_and_exits_behind_the_sign_are_not_meant() -> None:
    site = with_exits(road(signs=(3_000,)), 2_000, 5_000)
    sign: Device = site.devices["S3000"]
    assert [e.at_m for e in exits_named(site, sign, "道路封闭[nl]请从南镇[nl]互通驶出")] == [5_000]
    assert exits_named(site, sign, "请从北镇互通驶出") == ()


def test_no_text_sends_to_an_exit_that_a_second_incident_closed() -> None:
    """The slow lane is closed at the exit: the exit cannot be reached, so the sign does not name it."""
    site = with_exits(road(gantries=GANTRIES, signs={3_000: BIG}), 7_000)
    far = plan_incident(crash(14_000, lanes=(1, 2)), site)
    assert "请从北镇互通驶出" in plain(texts(far)["S3000"])
    beside = plan_incident(crash(7_300, lanes=(2,)), site)
    shown = desired_states(site, [incident("I-1", far), incident("I-2", beside)], now_ms=0)
    assert "北镇" not in multi(shown["S3000"].value)
    assert level(multi(shown["S3000"].value)) is Level.CLOSURE


@pytest.mark.parametrize(
    ("facts", "reached"),
    [
        ([LaneFact("E", 1, 6_500, 7_200)], True),
        ([LaneFact("E", 2, 6_500, 7_200)], False),
        ([LaneFact("E", 2, 6_000, 6_900)], True),
        ([LaneFact("E", 1, 6_000, 6_300), LaneFact("E", 2, 6_000, 6_300)], False),
        ([LaneFact("E", 1, 7_000, 7_300), LaneFact("E", 2, 7_000, 7_300)], True),
    ],
)
def test_an_exit_is_reached_along_the_lane_beside_it(facts: list[LaneFact], reached: bool) -> None:
    site = with_exits(road(signs={5_000: BIG}), 7_000)
    shown = {"S5000": Message("前方道路封闭,请从北镇互通驶出")}
    assert any("exit" in v.text for v in violations(site, shown, facts)) is not reached


def test_where_traffic_keeps_left_exits_are_on_the_left() -> None:
    site = replace(with_exits(road(signs={5_000: BIG}), 7_000), drives="left")
    shown = {"S5000": Message("前方道路封闭,请从北镇互通驶出")}
    assert any("exit" in v.text for v in violations(site, shown, [LaneFact("E", 1, 6_500, 7_200)]))


# Site file -------------------------------------------------------------------------------------------------


def test_a_site_file_may_say_all_of_it() -> None:
    site, findings = check_file(SITES / "junctions.yaml")
    assert findings == []
    assert site is not None
    sign = site.devices["S2"]
    assert (sign.carriageway, sign.at_m, sign.ramp) == ("E", 1_200, Ramp("R-N", "north", 300))
    assert (sign.ahead_m(2_000), sign.ahead_m(500)) == (1_100, 300)
    assert site.devices["B2"].at_m == 1_400
    assert [e.at_m for e in site.exits_along("E")] == [800]
    assert site.exits_along("W") == ()
