"""Two incidents on one sign: both are told where a driver needs both and the sign can page."""

import pytest

from config.messages import MessagePolicy, SignText, Situation
from config.sign_meaning import Level, level
from config.site import Policy, SignShape, Site
from controller.incident import IncidentType, LaneFact, Plan
from controller.plan.bands import settle
from controller.plan.planner import plan_incident
from controller.signs.sign_pages import Told, both_matter, on_pages
from controller.signs.sign_texts import sends_to
from controller.states.arbitration import DesiredStates, desired_states
from controller.states.interlock import violations
from devices.multi import parse, plain
from devices.sign_layout import MAX_CYCLE_DS, reading_time_ds, why_unfit
from devices.values import DeviceType, Message
from tests.unit.small_road import crash, incident, multi, road

GANTRIES = tuple(range(3_000, 16_001, 500))
BIG = SignShape(192, 48, 24)
INF = float("inf")
NOTICE, CLOSURE = "前方快车道事故", "前方道路封闭"


@pytest.mark.parametrize(
    ("first", "second", "stops_next", "both"),
    [
        pytest.param((NOTICE, 500), (NOTICE, 4_000), False, True, id="two-warnings"),
        pytest.param((NOTICE, 500), (NOTICE, 5_001), False, False, id="the-second-far-away"),
        pytest.param((NOTICE, 500), (NOTICE, INF), False, False, id="the-second-nowhere-ahead"),
        pytest.param((CLOSURE, 6_000), (NOTICE, 500), False, True, id="a-closed-lane-before-a-full-stop"),
        pytest.param((CLOSURE, 500), (NOTICE, 6_000), False, False, id="behind-a-full-stop"),
        pytest.param((CLOSURE, 500), (NOTICE, 500), False, False, id="at-a-full-stop"),
        pytest.param((CLOSURE, 500), (CLOSURE, 6_000), False, False, id="two-full-stops"),
        pytest.param((CLOSURE, 6_000), (NOTICE, 500), True, False, id="next-is-a-full-stop"),
        pytest.param((NOTICE, 500), (NOTICE, 4_000), True, False, id="together-a-full-stop"),
        pytest.param((NOTICE, 500), ("", 4_000), False, False, id="nothing-to-say"),
    ],
)
def test_both_matter(
    first: tuple[str, float], second: tuple[str, float], stops_next: bool, both: bool
) -> None:
    assert both_matter(Told(*first), Told(*second), 5_000, stops_next) is both


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ("前方道路封闭", "前方快车道事故", True),
        ("前方1公里快车道[nl]事故,注意减速避让", "前方4公里慢车道[nl]故障车,减速慢行", True),
        ("前方1公里快车道事故,注意减速避让请勿超车", "前方4公里慢车道故障车,减速慢行,请勿超车", False),
        ("一[np]二", "三", False),
        ("[zz]", "三", False),
    ],
)
def test_pages_stay_as_long_as_reading_takes_and_not_longer_than_a_driver_waits(
    first: str, second: str, fits: bool
) -> None:
    both = on_pages(first, second, SignShape(320, 64, 16))
    assert (both is not None) is fits
    if both is None:
        return
    pages = parse(both).pages
    times = [page.on_ds or 0 for page in pages]
    assert times == [reading_time_ds(plain(text)) for text in (first, second)]
    assert sum(times) <= MAX_CYCLE_DS


def site_with(shape: SignShape = BIG, lanes: int = 3, at: int = 7_000) -> Site:
    return road(gantries=GANTRIES, signs={at: shape}, lanes=lanes)


def joined(site: Site, *plans: Plan) -> DesiredStates:
    return desired_states(site, [incident(f"I-{n}", plan) for n, plan in enumerate(plans, 1)], now_ms=0)


def read(site: Site, *plans: Plan) -> list[str]:
    """Return what a driver reads on each page."""
    value = joined(site, *plans)["S7000"].value
    return ["".join(line.text for line in page.lines) for page in parse(multi(value)).pages]


def test_two_closed_lanes_are_told_one_after_the_other_and_the_reason_names_both() -> None:
    site = site_with()
    near = plan_incident(crash(9_000, lanes=(3,)), site)
    far = plan_incident(crash(11_800, lanes=(1,), kind=IncidentType.BREAKDOWN), site)
    assert read(site, near, far) == ["前方2公里慢车道事故", "前方5公里快车道故障车,减速慢行"]
    state = joined(site, near, far)["S7000"]
    assert (state.sources, state.outranked) == (("I-1", "I-2"), ())
    assert state.why.startswith("「前方2公里慢车道事故 / 前方5公里")
    assert ": incident I-1 and incident I-2, lane 3 closed at K109+000" in state.why
    assert "second page lane 1 closed at K111+800" in state.why


def test_a_closed_lane_before_a_full_stop_is_told_with_it_the_stop_first() -> None:
    site = site_with()
    near = plan_incident(crash(9_000, lanes=(3,)), site)
    stop = plan_incident(crash(15_500, lanes=(1, 2, 3)), site)
    assert read(site, near, stop) == ["前方9公里道路封闭,提前绕行", "前方2公里慢车道事故"]
    assert level(multi(joined(site, near, stop)["S7000"].value)) is Level.CLOSURE


def test_what_lies_behind_a_full_stop_is_not_told() -> None:
    site = site_with()
    stop = plan_incident(crash(9_000, lanes=(1, 2, 3)), site)
    behind = plan_incident(crash(14_000, lanes=(3,)), site)
    pages = read(site, stop, behind)
    assert len(pages) == 1
    assert level(pages[0]) is Level.CLOSURE


def test_two_lanes_that_together_stop_everybody_are_one_text_of_a_full_stop() -> None:
    site = site_with(lanes=2)
    one, two = (plan_incident(crash(10_000, lanes=(lane,)), site) for lane in (1, 2))
    pages = read(site, one, two)
    assert len(pages) == 1
    assert level(pages[0]) is Level.CLOSURE


def test_texts_too_long_to_wait_for_the_second_tell_the_nearer() -> None:
    long = SignText(Situation.LANES, "前方|{distance}|{lanes}|{what},|减速|慢行,|注意|避让,|保持|车距")
    policy = Policy(messages=MessagePolicy(texts=(long,)))
    site = road(gantries=GANTRIES, signs={7_000: SignShape(512, 96, 32)}, lanes=3, policy=policy)
    near = plan_incident(crash(9_000, lanes=(3,)), site)
    far = plan_incident(crash(11_800, lanes=(1,)), site)
    state = joined(site, near, far)["S7000"]
    assert read(site, near, far) == ["前方2公里慢车道事故,减速慢行,注意避让,保持车距"]
    assert (state.sources, state.outranked) == (("I-1",), ("I-2",))


def test_two_incidents_with_one_text_are_told_once() -> None:
    site = site_with()
    plan = plan_incident(crash(9_000, lanes=(3,)), site)
    assert read(site, plan, plan) == ["前方2公里慢车道事故"]
    assert joined(site, plan, plan)["S7000"].sources == ("I-1", "I-2")


def test_a_correction_is_not_paged_with_what_it_replaces() -> None:
    site = site_with()
    old = incident("I-1/leaving", plan_incident(crash(11_800, lanes=(3,)), site))
    new = incident("I-1", plan_incident(crash(9_000, lanes=(3,)), site))
    value = desired_states(site, [old, new], now_ms=0)["S7000"].value
    assert len(parse(multi(value)).pages) == 1


def test_a_queue_is_told_beside_a_closed_lane() -> None:
    site = site_with()
    lane = plan_incident(crash(9_500, lanes=(3,)), site)
    tail = plan_incident(crash(12_000, lanes=(1,), kind=IncidentType.CONGESTION), site)
    assert read(site, lane, tail) == ["前方3公里慢车道事故", "前方5公里车辆排队,减速慢行"]


def test_no_page_is_milder_than_the_next_closed_cross_section_nor_sends_under_a_cross() -> None:
    """Every pair of places and lane sets on a three-lane road."""
    site = road(gantries=GANTRIES, signs=dict.fromkeys((2_000, 5_000, 7_000), BIG), lanes=3)
    sets = [(1,), (3,), (1, 2), (1, 2, 3)]
    plans = {
        (at, lanes): plan_incident(crash(at, lanes=lanes), site)
        for at in (8_000, 9_400, 11_000, 15_000)
        for lanes in sets
    }
    paged = 0
    for (one_m, one), first in plans.items():
        for (two_m, two), second in plans.items():
            if (one_m, one) >= (two_m, two):
                continue
            states = joined(site, first, second)
            shown = {name: state.value for name, state in states.items()}
            facts = [*first.lane_facts, *second.lane_facts]
            assert violations(site, shown, facts) == ()
            for sign in site.devices_along("E", DeviceType.SIGN):
                paged += pages_are_lawful(site, sign.id, states, facts)
    assert paged > 10


def pages_are_lawful(site: Site, sign: str, states: DesiredStates, facts: list[LaneFact]) -> bool:
    device, value = site.devices[sign], states[sign].value
    assert isinstance(value, Message)
    assert device.shape is not None
    assert why_unfit(value.multi, device.shape) is None
    pages = ["".join(line.text for line in page.lines) for page in parse(value.multi).pages]
    ahead = [s for s in settle(site, "E", facts) if s.to_m >= device.at_m]
    nearest_m = min(max(s.from_m, device.at_m) for s in ahead)
    stop = any(s.all_lanes for s in ahead if max(s.from_m, device.at_m) == nearest_m)
    needed = Level.CLOSURE if stop else Level.NOTICE
    assert all(level(page) >= needed for page in pages), pages
    assert not any(sends_to(page, site.carriageways["E"]) for page in pages)
    return len(states[sign].sources) > 1 and len(pages) > 1
