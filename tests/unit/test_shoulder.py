"""The hard shoulder is a free lane only where the site allows it and a person ordered it (S2)."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from api.bodies import IncidentBody
from api.reading import read_incident
from config.loader import check_text
from config.sign_meaning import Level, level
from config.site import Policy, SignShape, Site
from controller.incident import SHOULDER, IncidentType, LaneFact, LaneImpact, Place, Plan, Report
from controller.intake.form import FormError, IncidentForm, form_report
from controller.intake.scan import Lexer
from controller.plan.plan_json import plan_from_json, plan_to_json, report_from_json, report_to_json
from controller.plan.planner import plan_incident
from controller.states.arbitration import desired_states
from controller.states.interlock import violations
from devices.multi import plain
from devices.values import Aspect, DeviceType, PortalAspect
from tests.unit.equipped_road import equipped
from tests.unit.small_road import codes, column, crash, heads, incident, road, texts
from tests.unit.test_site_faults import SITES

T = IncidentType
GANTRIES = tuple(range(4_000, 16_001, 500))
BIG = SignShape(512, 96, 32)
EVERYWHERE = ((0, 20_000),)


def by_order(*runs: tuple[int, int], drives: str = "right", **more: object) -> Site:
    site = road(gantries=GANTRIES, signs={6_000: BIG, 8_800: BIG}, **more)  # type: ignore[arg-type]
    along = replace(site.carriageways["E"], shoulder=runs or EVERYWHERE)
    return replace(site, carriageways={"E": along}, drives=drives)  # type: ignore[arg-type]


def ticked(*lanes: int, at: int = 10_200, kind: IncidentType = T.REAR_END) -> Report:
    return replace(crash(at, lanes=lanes, kind=kind), shoulder=True)


def shown(site: Site, plan: Plan, lane: int) -> dict[int, str]:
    row = zip((g.at_m for g in site.gantries_along("E")), column(site, heads(plan), lane), strict=True)
    return {at: aspect for at, aspect in row if aspect not in ("-", "caution")}


def arrows(plan: Plan) -> set[Aspect]:
    return {a for a in heads(plan).values() if a in (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)}


def test_with_the_order_traffic_is_sent_past_on_the_shoulder() -> None:
    site = by_order()
    plan = plan_incident(ticked(1, 2), site)
    for lane in (1, 2):
        row = shown(site, plan, lane)
        assert [at for at in row if row[at] == "closed"] == [9_000, 9_500, 10_000]
        assert [row[at] for at in (8_000, 8_500)] == ["closed_ahead", "merge_right"]
    assert {plain(text) for text in texts(plan).values()} == {
        "前方1400米事故,请走应急车道,减速慢行",
        "前方4公里事故,请走应急车道,减速慢行",
    }
    assert [f for f in plan.lane_facts if f.lane == SHOULDER] == [
        LaneFact("E", SHOULDER, 6_400, 10_800, open=True)
    ]
    assert "ordered open" in next(f.text for f in plan.findings if f.code == "shoulder")
    states = {d.device: d.value for d in plan.demands}
    assert violations(site, states, plan.lane_facts) == ()


def test_where_traffic_keeps_left_it_is_the_left_one() -> None:
    plan = plan_incident(ticked(1, 2), by_order(drives="left"))
    assert arrows(plan) == {Aspect.MERGE_LEFT}


@pytest.mark.parametrize(
    ("site", "report"),
    [
        pytest.param(by_order(), crash(10_200, lanes=(1, 2)), id="not-ticked"),
        pytest.param(road(gantries=GANTRIES, signs={6_000: BIG}), ticked(1, 2), id="not-allowed"),
        pytest.param(by_order((0, 10_300)), ticked(1, 2), id="ends-too-soon"),
        pytest.param(by_order((9_100, 20_000)), ticked(1, 2), id="begins-too-late"),
        pytest.param(by_order(), ticked(1, kind=T.WRONG_WAY), id="wrong-way"),
    ],
)
def test_without_site_or_order_or_room_nobody_is_sent_there(site: Site, report: Report) -> None:
    plan = plan_incident(report, site)
    assert arrows(plan) == set()
    assert "应急" not in str(texts(plan))
    assert not any(fact.open for fact in plan.lane_facts)
    if report.type is not T.WRONG_WAY:
        assert all(level(text) is Level.CLOSURE for text in texts(plan).values())


def test_a_lane_that_stays_open_is_better_than_the_shoulder() -> None:
    site = by_order()
    assert plan_incident(ticked(2), site).demands == plan_incident(crash(10_200, lanes=(2,)), site).demands
    assert arrows(plan_incident(ticked(2), site)) == {Aspect.MERGE_LEFT}


def test_a_fire_in_a_tunnel_closes_the_shoulder_too() -> None:
    site = by_order(bores=((9_500, 12_000),))
    plan = plan_incident(replace(ticked(1, kind=T.FIRE), place=Place("E", 10_200, 10_200, True, "T1")), site)
    assert arrows(plan) == set()
    assert not any(fact.open for fact in plan.lane_facts)


def test_the_plan_says_what_an_order_could_do_and_where_it_does_nothing() -> None:
    def said(site: Site, report: Report) -> list[str]:
        return [f.text for f in plan_incident(report, site).findings if f.code == "shoulder"]

    assert "allows to order" in said(by_order(), crash(10_200, lanes=(1, 2)))[0]
    assert said(by_order((0, 10_300)), crash(10_200, lanes=(1, 2))) == []
    assert said(by_order(), crash(10_200, lanes=(2,))) == []
    assert "does not lead past" in said(by_order((0, 10_300)), ticked(1, 2))[0]
    assert "a lane stays open" in said(by_order(), ticked(2))[0]
    assert "may not be opened" in said(road(gantries=GANTRIES), ticked(1, 2))[0]


# Joined with other incidents -------------------------------------------------------------------------------


def joined(site: Site, *plans: Plan) -> dict[str, object]:
    sources = [incident(f"I-{n}", plan) for n, plan in enumerate(plans, start=1)]
    states = desired_states(site, sources, now_ms=0)
    facts = [fact for plan in plans for fact in plan.lane_facts]
    values = {name: state.value for name, state in states.items()}
    assert violations(site, values, facts) == ()
    return dict(values)


def test_a_second_incident_elsewhere_leaves_the_order_as_it_is() -> None:
    site = by_order()
    first, other = plan_incident(ticked(1, 2), site), plan_incident(crash(15_000), site)
    values = joined(site, first, other)
    assert {name: values[name] for name in heads(first)} == heads(first)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(Report(Place("E", 9_700, 9_700, True), {}, T.BREAKDOWN), id="somebody-stands-on-it"),
        pytest.param(crash(10_400, lanes=(1, 2)), id="nobody-was-let-past-the-second"),
    ],
)
def test_an_order_opens_nothing_that_another_incident_holds_shut(second: Report) -> None:
    site = by_order()
    first = plan_incident(ticked(1, 2), site)
    values = joined(site, first, plan_incident(second, site))
    assert not {Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT} & set(values.values())
    for sign in site.devices_along("E", DeviceType.SIGN):
        assert level(values[sign.id].multi) is Level.CLOSURE  # type: ignore[attr-defined]


def test_two_orders_that_meet_are_one_shoulder() -> None:
    site = by_order()
    values = joined(site, plan_incident(ticked(1, 2), site), plan_incident(ticked(1, 2, at=10_600), site))
    assert Aspect.MERGE_RIGHT in values.values()


def test_a_hindered_lane_is_no_order() -> None:
    site = by_order()
    report = replace(ticked(), lanes={1: LaneImpact.AFFECTED, 2: LaneImpact.AFFECTED})
    plan = plan_incident(report, site)
    assert plan.lane_facts == ()
    assert codes(plan) & {"shoulder"} == {"shoulder"}


def test_any_road_with_a_shoulder_stays_lawful() -> None:
    """Every set of blocked lanes, shoulder runs and abilities: no unlawful arrow, no text milder than due."""
    runs = (EVERYWHERE, ((0, 9_400),), ((8_200, 20_000),), ((0, 9_000), (9_600, 20_000)), ((7_000, 11_000),))
    for drives in ("right", "left"):
        for lanes in (1, 2, 3):
            for row in runs:
                for blocked in range(1, 2**lanes):
                    hit = tuple(n for n in range(1, lanes + 1) if blocked >> (n - 1) & 1)
                    for policy in (Policy(), Policy(min_weave_m=1_200)):
                        site = by_order(*row, drives=drives, lanes=lanes, policy=policy)
                        plan = plan_incident(ticked(*hit), site)
                        values = {d.device: d.value for d in plan.demands}
                        assert violations(site, values, plan.lane_facts) == (), (drives, row, hit)
                        last_m = max(b for _, b in row)
                        outward = Aspect.MERGE_RIGHT if drives == "right" else Aspect.MERGE_LEFT
                        if len(hit) == lanes and last_m < 10_200:
                            assert outward not in values.values()


# Stored, sent, configured ----------------------------------------------------------------------------------


def test_order_and_open_stretch_are_stored() -> None:
    plan = plan_incident(ticked(1, 2), by_order())
    assert plan_from_json(plan_to_json(plan)) == plan
    assert report_from_json(report_to_json(ticked(1))).shoulder
    old = {k: v for k, v in report_to_json(ticked(1)).items() if k != "shoulder"}
    assert not report_from_json(old).shoulder


def test_a_form_ticks_it_and_no_text_can() -> None:
    fields = {"carriageway": "E", "chainage": "K110+200", "lanes": ["1", "2"], "type": "rear_end"}
    assert form_report(IncidentForm(**fields, shoulder=True), by_order()).shoulder
    assert not form_report(IncidentForm(**fields), by_order()).shoulder
    with pytest.raises(FormError, match="shoulder: the site does not allow it on E"):
        form_report(IncidentForm(**fields, shoulder=True), road())
    body = IncidentBody(text="东向K110+200快车道、行车道追尾,走应急车道,启动预警")
    read = read_incident(body, by_order(), Lexer(by_order()), ())
    assert (read.report.blocked, read.report.shoulder) == (frozenset({1, 2}), False)
    ticked = read_incident(body.model_copy(update={"shoulder": True}), by_order(), Lexer(by_order()), ())
    assert ticked.report.shoulder
    site = road()
    with pytest.raises(FormError):
        read_incident(body.model_copy(update={"shoulder": True}), site, Lexer(site), ())
    with pytest.raises(ValidationError, match="says nothing"):
        IncidentBody(shoulder=True)


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ("", ()),
        ("    shoulder: closed\n", ()),
        ("    shoulder: by_order\n", ((0, 1_999), (2_501, 5_000))),
        ("    shoulder: by_order\n    shoulder_runs: [{from: K11+000, to: K14+000}]\n", ((1_000, 4_000),)),
    ],
)
def test_a_site_file_says_where_it_may_be_opened(said: str, runs: tuple[tuple[int, int], ...]) -> None:
    raw = (SITES / "good.yaml").read_text("utf-8").replace("    section: e\n", f"    section: e\n{said}")
    site, findings = check_text(raw.encode(), "good.yaml")
    assert findings == []
    assert site is not None
    assert site.carriageways["E"].shoulder == runs


def test_an_order_does_not_open_the_shoulder_of_a_bore_whose_signal_is_red_then() -> None:
    """Every head behind the entrance is closed, so the signal is red (S9): nobody could be told to pass."""
    inside = by_order(bores=((9_500, 12_000),))
    assert plan_incident(ticked(1, 2), inside).lane_facts[-1].open
    guarded = equipped(inside, portals={9_450: "T1"})
    plan = plan_incident(ticked(1, 2), guarded)
    assert not any(fact.open for fact in plan.lane_facts)
    assert {d.device: d.value for d in plan.demands}["P9450"] is PortalAspect.RED
    assert "does not lead past" in next(f.text for f in plan.findings if f.code == "shoulder")
