import pytest
from pydantic import ValidationError

from config.loader import load_site, sample_site_path
from config.site import Site
from controller.incident import IncidentType, LaneImpact, Report
from controller.intake.form import FormError, IncidentForm, form_report
from controller.intake.text import parse_text
from tests.unit.intake_site import TWO_TUNNELS

SAMPLE = load_site(sample_site_path())
GOOD: dict[str, object] = {"carriageway": "N", "tunnel": "qing", "lanes": [1], "type": "rear_end"}


def report(body: dict[str, object], site: Site = TWO_TUNNELS) -> Report:
    return form_report(IncidentForm.model_validate(body), site)


def problems(**changes: object) -> dict[str, str]:
    body = {key: value for key, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(FormError) as caught:
        report(body)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_the_origin_as_a_form_is_the_origin_as_a_text() -> None:
    form = report(
        {"carriageway": "福向", "tunnel": "三都岭", "lanes": ["快车道"], "type": "rear_end"}, SAMPLE
    )
    text = parse_text("福向三都岭隧道内快车道追尾,启动预警", SAMPLE).report
    assert text is not None
    assert (form.place, form.lanes, form.type, form.severity) == (
        text.place,
        text.lanes,
        text.type,
        text.severity,
    )


@pytest.mark.parametrize(
    ("body", "from_m", "to_m", "known", "tunnel"),
    [
        pytest.param({"tunnel": "qing"}, 2_000, 4_000, False, "qing", id="tunnel"),
        pytest.param({"tunnel": "青石隧道", "position": "inside"}, 2_000, 4_000, False, "qing", id="inside"),
        pytest.param({"tunnel": "qing", "offset_m": 0}, 2_000, 2_000, True, "qing", id="portal"),
        pytest.param({"tunnel": "qing", "offset_m": 2000}, 4_000, 4_000, True, "qing", id="exit"),
        pytest.param({"chainage": "K12+500"}, 2_500, 2_500, True, "qing", id="chainage-in-bore"),
        pytest.param({"chainage": "k25"}, 15_000, 15_000, True, None, id="open"),
        pytest.param({"chainage": "K26", "chainage_end": "K25"}, 15_000, 16_000, True, None, id="stretch"),
        pytest.param({"chainage": "K12", "tunnel": "qing"}, 2_000, 2_000, True, "qing", id="both"),
    ],
)
def test_places(body: dict[str, object], from_m: int, to_m: int, known: bool, tunnel: str | None) -> None:
    place = report(
        {"carriageway": "N", "lanes": {"1": "blocked", "2": "affected"}, "type": "debris"} | body
    ).place
    assert (place.from_m, place.to_m, place.known, place.tunnel) == (from_m, to_m, known, tunnel)


def test_lanes_type_and_severity_are_taken_over() -> None:
    got = report(GOOD | {"lanes": {"2": "affected", "1": "blocked"}, "severity": "critical", "type": "fire"})
    assert dict(got.lanes) == {1: LaneImpact.BLOCKED, 2: LaneImpact.AFFECTED}
    assert (got.type, got.severity, got.text) == (IncidentType.FIRE, "critical", "")


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        pytest.param({"carriageway": "E"}, "carriageway", "N (北向", id="unknown-carriageway"),
        pytest.param({"carriageway": None}, "carriageway", "S (南向", id="no-carriageway"),
        pytest.param({"tunnel": "黑石隧道"}, "tunnel", "白石隧道", id="unknown-tunnel"),
        pytest.param({"tunnel": "双子"}, "tunnel", "more than one", id="ambiguous-tunnel"),
        pytest.param({"tunnel": "bai", "carriageway": "S"}, "tunnel", "no southbound bore", id="no-bore"),
        pytest.param({"tunnel": None}, "place", "K1890+300", id="nowhere"),
        pytest.param({"chainage": "K25"}, "place", "K12+000 to K14+000", id="contradiction"),
        pytest.param({"chainage": "K13", "chainage_end": "K15"}, "place", "K12+000", id="half-outside"),
        pytest.param({"tunnel": None, "chainage": "K99"}, "chainage", "K10+000 to K30+000", id="off-road"),
        pytest.param({"tunnel": None, "chainage": "12.5"}, "chainage", "K1890+300", id="not-a-chainage"),
        pytest.param({"chainage_end": "K12"}, "chainage_end", "chainage", id="half-a-stretch"),
        pytest.param({"offset_m": 2001}, "offset_m", "2000 m long", id="past-the-exit"),
        pytest.param({"offset_m": -1}, "offset_m", "outside", id="before-the-portal"),
        pytest.param({"offset_m": 5, "chainage": "K12"}, "offset_m", "one of the two", id="two-places"),
        pytest.param(
            {"tunnel": None, "chainage": "K12", "offset_m": 5}, "offset_m", "two", id="offset-of-what"
        ),
        pytest.param({"position": "roof"}, "position", "inside", id="position"),
        pytest.param({"lanes": [4]}, "lanes.4", "3 (慢车道", id="no-such-lane"),
        pytest.param({"lanes": []}, "lanes", "1 (快车道", id="no-lanes"),
        pytest.param({"lanes": {"1": "shut"}}, "lanes.1", "blocked or affected", id="impact"),
        pytest.param(
            {"lanes": {"1": "blocked", "快车道": "affected"}}, "lanes.快车道", "same lane", id="twice"
        ),
        pytest.param({"type": "boom"}, "type", "rear_end", id="type"),
        pytest.param({"type": None}, "type", "rear_end", id="no-type"),
        pytest.param({"severity": "huge"}, "severity", "critical", id="severity"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(changes: dict[str, object], field: str, says: str) -> None:
    found = problems(**changes)
    assert says in found[field]


def test_all_mistakes_come_at_once() -> None:
    found = problems(carriageway="E", tunnel="黑石", lanes=[9], type="boom", severity="huge")
    assert set(found) == {"carriageway", "tunnel", "lanes.9", "type", "severity"}


@pytest.mark.parametrize(
    "bad", [{"extra": 1}, {"offset_m": True}, {"offset_m": "5"}, {"lanes": "1"}, {"type": 3}]
)
def test_a_wrong_shape_is_refused_at_the_edge(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IncidentForm.model_validate(GOOD | bad)
