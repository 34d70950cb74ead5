"""The plan of the origin message on the sample site, and what holds for every plan."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from config.loader import load_site, sample_site_path
from config.site import Site
from controller.incident import (
    Actor,
    IncidentType,
    LaneImpact,
    Place,
    Report,
    Revision,
    RevisionKind,
    Verdict,
)
from controller.plan.plan_json import (
    plan_from_json,
    plan_to_json,
    report_from_json,
    report_to_json,
    revision_from_json,
    revision_to_json,
    verdict_from_json,
    verdict_to_json,
)
from controller.plan.planner import plan_incident, rule_modules
from devices.values import Aspect, BeaconState, DeviceType
from tests.unit.small_road import crash, heads, road, texts

BLOCKED = LaneImpact.BLOCKED


@pytest.fixture(scope="module")
def sanduling() -> Site:
    return load_site(sample_site_path())


@pytest.fixture(scope="module")
def origin(sanduling: Site) -> Report:
    bore = sanduling.tunnels["sanduling"].bore("FU")
    assert bore is not None
    return Report(
        Place("FU", bore.entry_m, bore.exit_m, False, "sanduling"), {1: BLOCKED}, IncidentType.REAR_END
    )


def test_the_origin_message(sanduling: Site, origin: Report) -> None:
    plan = plan_incident(origin, sanduling)
    shown = heads(plan)
    bore = sanduling.tunnels["sanduling"].bore("FU")
    assert bore is not None
    for gantry in sanduling.gantries_between("FU", bore.entry_m, bore.exit_m):
        assert shown[sanduling.heads(gantry.id)[1].id] is Aspect.CLOSED
    approach = [
        str(shown[sanduling.heads(g.id)[1].id]) for g in sanduling.gantries_between("FU", 0, bore.entry_m)
    ]
    assert approach == ["closed_ahead", "closed_ahead", "merge_right", "closed", "closed", "closed"]
    portal = [s for s in sanduling.devices_along("FU", DeviceType.SIGN) if s.at_m <= bore.entry_m][-1]
    assert texts(plan)[portal.id] == "前方快车道事故,注意减速避让"
    assert set(texts(plan)) == {d.id for d in sanduling.devices_along("FU", DeviceType.SIGN)}
    loud = [d.value for d in plan.demands if isinstance(d.value, BeaconState)]
    assert loud
    assert all(value == BeaconState(flash=True, siren=True) for value in loud)
    for demand in plan.demands:
        device = sanduling.devices[demand.device]
        assert device.carriageway == "FU"
        assert device.lane in (None, 1) or demand.value is Aspect.CAUTION
        assert demand.reason


def test_demands_are_in_site_order_one_a_device_and_repeatable(sanduling: Site, origin: Report) -> None:
    plan = plan_incident(origin, sanduling)
    order = list(sanduling.devices)
    places = [order.index(d.device) for d in plan.demands]
    assert places == sorted(set(places))
    assert plan == plan_incident(origin, sanduling)


def test_any_device_may_be_out_of_service(sanduling: Site, origin: Report) -> None:
    full = {d.device for d in plan_incident(origin, sanduling).demands}
    for device in sanduling.devices:
        plan = plan_incident(origin, sanduling, out_of_service=frozenset({device}))
        assert device not in {d.device for d in plan.demands}
        named = [f.device for f in plan.findings if f.code == "out_of_service"]
        assert named == ([device] if device in full else [])


def test_every_rule_file_is_found() -> None:
    assert [getattr(rule, "NAME", "") for rule in rule_modules()] == [
        "adjacent_caution",
        "affected_lane",
        "beacon",
        "closed_tunnel",
        "hazard_stretch",
        "lane_closure",
        "portal_signal",
        "queue_tail",
        "shoulder",
        "sign_message",
        "speaker",
        "speed_steps",
        "wrong_way",
    ]


def test_an_unknown_carriageway_is_refused() -> None:
    with pytest.raises(KeyError):
        plan_incident(Report(Place("X", 1, 1, True), {1: BLOCKED}, IncidentType.OTHER), road())


def no_floats(raw: object) -> bool:
    if isinstance(raw, dict):
        return all(isinstance(k, str) and no_floats(v) for k, v in raw.items())
    if isinstance(raw, list):
        return all(no_floats(v) for v in raw)
    return raw is None or isinstance(raw, str | int)


def test_everything_stored_comes_back_and_has_no_floats(sanduling: Site, origin: Report) -> None:
    plan = plan_incident(origin, sanduling, out_of_service=frozenset({"VMS-FU-P"}))
    actor = Actor("li", "dispatcher", "api")
    revision = Revision("I-1", 1, RevisionKind.ACTIVATION, "", actor, 5, plan, 5_000, "ab")
    verdict = Verdict("missed", 40, 1, 42, 5_000, 38, {"VMS-FU-2": "unreachable"})
    cases: list[tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = [
        (plan, plan_to_json, plan_from_json),
        (origin, report_to_json, report_from_json),
        (crash(10_000), report_to_json, report_from_json),
        (revision, revision_to_json, revision_from_json),
        (verdict, verdict_to_json, verdict_from_json),
    ]
    for value, to_json, from_json in cases:
        raw = json.loads(json.dumps(to_json(value)))
        assert no_floats(raw)
        assert from_json(raw) == value
    place = report_to_json(origin)["place"]
    assert place["from_mm"] == origin.place.from_m * 1_000


def test_what_a_head_shows_instead_is_told_also_where_another_rule_wishes_the_same() -> None:
    """Beside the other closed lane caution stands anyway, but here it stands for closed ahead (S8)."""
    weak = frozenset({Aspect.DARK, Aspect.OPEN, Aspect.CAUTION})
    site = road(gantries=range(7_000, 11_001, 500), aspects={"H8500-1": weak})
    plan = plan_incident(crash(10_200, lanes=(1, 2)), site)
    shown = {d.device: d.value for d in plan.demands}
    assert (shown["H8500-1"], shown["H8500-2"]) == (Aspect.CAUTION, Aspect.CLOSED_AHEAD)
    assert [f.code for f in plan.findings if f.device == "H8500-1"] == ["substituted"]
