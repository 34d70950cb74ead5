"""The drawing of a plan: well-formed, to scale, everything in it, nothing from outside."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from api.strip import Picture, draw
from api.strip.scale import LEFT, RIGHT, WIDTH, Row, levels, posts, rows
from api.strip.svg import tag, title, words
from config.chainage import ChainageTable, Piece, parse_chainage
from config.site import Device, Ramp, Site
from controller.incident import Plan, Report
from controller.plan.planner import plan_incident
from devices.values import Aspect, BeaconState, DeviceType, Message
from tests.unit.small_road import crash, road

SITE = road(
    gantries=range(5_000, 12_001, 500), signs=(3_000, 9_900), beacons=(9_000,), bores=((10_000, 13_000),)
)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(site: Site, report: Report, plan: Plan | None = None) -> ET.Element:
    plan = plan or plan_incident(report, site)
    return ET.fromstring(draw(site, Picture.of_plan("a <crash> & more", report, plan)))


def texts(page: ET.Element) -> list[str]:
    return [element.text or "" for element in page.iter(f"{SVG}text")]


def faces(page: ET.Element, kind: str) -> list[ET.Element]:
    return [use for use in page.iter(f"{SVG}use") if use.get("href") == f"#{kind}"]


def test_every_device_of_the_plan_is_drawn_with_what_it_shows() -> None:
    report = crash(10_700, tunnel="T1")
    plan = plan_incident(report, SITE)
    page = drawn(SITE, report, plan)
    for aspect in Aspect:
        wanted = sum(demand.value is aspect for demand in plan.demands)
        in_legend = 1
        assert len(faces(page, f"head-{aspect}")) == wanted + in_legend, aspect
    said = "".join(texts(page))
    for demand in plan.demands:
        if isinstance(demand.value, Message):
            assert demand.device in said
    assert "前方快车道事故,注意减速避让" in texts(page)
    assert "小山隧道 Hill tunnel" in texts(page)
    tips = [element.text or "" for element in page.iter(f"{SVG}title")]
    assert any(tip.startswith("B9000 K109+000: flash+siren (beacon:") for tip in tips)


def test_places_lie_to_scale() -> None:
    page = drawn(SITE, crash(10_700, tunnel="T1"))
    rows_of: dict[str | None, list[float]] = {}
    for use in faces(page, "head-closed"):
        rows_of.setdefault(use.get("y"), []).append(float(use.get("x") or 0))
    _, row = max((len(xs), sorted(xs)) for xs in rows_of.values())
    gaps = {round(b - a, 1) for a, b in pairwise(row)}
    assert len(row) > 2
    assert len(gaps) == 1  # gantries every 500 m


def test_an_unknown_place_is_marked_and_a_known_one_points_with_traffic() -> None:
    unknown = drawn(SITE, crash(10_000, 13_000, known=False, tunnel="T1"))
    assert "地点不明 PLACE?" in texts(unknown)
    known = drawn(SITE, crash(10_700, tunnel="T1"))
    assert "地点不明 PLACE?" not in texts(known)
    assert [t for t in texts(known) if t in "!?"] == ["!", "!"]  # the road and the legend


def test_a_carriageway_where_nothing_happens_is_left_out(sanduling: Site) -> None:
    report = crash_on(sanduling)
    said = texts(drawn(sanduling, report))
    assert any(text.startswith("FU ") for text in said)
    assert not any(text.startswith("ZJ ") for text in said)


def crash_on(site: Site) -> Report:
    bore = site.tunnels["sanduling"].bore("FU")
    assert bore is not None
    report = crash(bore.entry_m + 500, tunnel="sanduling")
    return replace(report, place=replace(report.place, carriageway="FU"))


@pytest.fixture
def sanduling() -> Site:
    from config.loader import load_site, sample_site_path

    return load_site(sample_site_path())


def test_nothing_comes_from_outside_and_nothing_can_break_out() -> None:
    sign = replace(SITE.devices["S3000"], ramp=Ramp("R<1>", "J1", 300))
    site = replace(SITE, devices={**SITE.devices, sign.id: sign})
    report = crash(10_700, tunnel="T1")
    plan = plan_incident(report, site)
    evil = Message('</text><script>alert("x")</script>\x00')
    picture = replace(
        Picture.of_plan("<h>", report, plan),
        shown={"S3000": evil, "B9000": BeaconState(flash=True, siren=True)},
    )
    page = draw(site, picture)
    tree = ET.fromstring(page)
    assert not list(tree.iter(f"{SVG}script"))
    assert not re.search(r"(href|src)=\"(?!#)", page)
    assert "S3000 匝道 ramp" in texts(tree)


def test_rows_hold_every_place_to_one_scale_and_leave_out_what_is_empty() -> None:
    found = list(rows([1_000, 1_200, 9_000, 9_100, 30_000], range(8_500, 9_500, 100), 40_000))
    assert all(any(row.holds(at) for row in found) for at in (1_000, 1_200, 9_000, 9_100, 30_000))
    assert len({row.length_m for row in found}) == 1
    assert [row.skipped_m > 0 for row in found] == [False, True, True]
    assert found[-1].skipped_m == found[-1].from_m - found[-2].to_m
    assert list(rows([], (), 1_000)) == []
    at_the_ends = list(rows([0, 40_000], (), 40_000))
    assert (at_the_ends[0].from_m, at_the_ends[-1].to_m) == (0, 40_000)


def test_a_place_on_the_page() -> None:
    row = Row(1_000, 3_000, 2_000)
    assert (row.x(1_000), row.x(3_000)) == (LEFT, WIDTH - RIGHT)
    assert row.part(0, 500) is None
    assert row.part(500, 2_000) == (LEFT, row.x(2_000))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([(0, 10), (20, 30)], [0, 0], id="apart"),
        pytest.param([(0, 10), (12, 30)], [0, 1], id="too-near"),
        pytest.param([(0, 50), (20, 30), (60, 70)], [0, 1, 0], id="free-again"),
    ],
)
def test_boxes_that_would_overlap_stand_on_another_level(
    spans: Sequence[tuple[float, float]], expected: list[int]
) -> None:
    assert levels(spans) == expected


def test_posts_are_the_round_ones_of_each_piece_in_both_senses() -> None:
    table = ChainageTable(
        [
            Piece(parse_chainage("K10+900"), parse_chainage("K12+100")),
            Piece(parse_chainage("ZK12+300"), parse_chainage("ZK13+300")),
        ]
    )
    assert list(posts(table, 0, 2_200, 1_000)) == [(100, "K11+000"), (1_100, "K12+000"), (1_900, "ZK13+000")]
    falling = ChainageTable([Piece(parse_chainage("K12+100"), parse_chainage("K10+900"))])
    assert sorted(posts(falling, 0, 1_200, 1_000)) == [(100, "K12+000"), (1_100, "K11+000")]


def test_elements_are_escaped() -> None:
    assert tag("a", b_c='"<&>', id_=1) == '<a b-c=\'"&lt;&amp;&gt;\' id="1"/>'
    assert words(1, 2.0, "<b>\x01") == '<text x="1" y="2">&lt;b&gt;</text>'
    assert title("a&b") == "<title>a&amp;b</title>"


def test_every_kind_of_device_has_a_picture(sanduling: Site) -> None:
    from api.strip import faces as pictures
    from devices.values import PortalAspect, SpeakerState, SpeedLimit

    for lamp in PortalAspect:
        assert pictures.portal(0, 0, lamp, asked=True)
    assert pictures.speaker(0, 0, SpeakerState(), asked=True) != pictures.speaker(
        0, 0, SpeakerState("go", 1, 50), asked=True
    )
    assert ">60<" in pictures.speed(0, 0, SpeedLimit(60), asked=True)
    kinds: set[DeviceType] = {device.type for device in sanduling.devices.values()}
    assert kinds <= set(DeviceType)


def test_heads_at_rest_are_small_and_pale() -> None:
    page = drawn(SITE, crash(10_700, tunnel="T1"))
    resting: list[Device] = [d for d in SITE.devices.values() if d.type is DeviceType.HEAD]
    assert 0 < len(faces(page, "rest-open")) < len(resting)


def test_an_open_shoulder_is_drawn_on_the_side_traffic_keeps_to() -> None:
    at_right, at_left = (
        [
            float(box.get("y") or 0)
            for box in drawn(shoulder_site(drives), replace(crash(10_700, lanes=(1, 2)), shoulder=True)).iter(
                f"{SVG}rect"
            )
            if box.get("fill") == "#7cc894" and box.get("width") != "24"
        ]
        for drives in ("right", "left")
    )
    assert len(at_right) == len(at_left) == 1
    assert at_right[0] > at_left[0]


def shoulder_site(drives: str) -> Site:
    plain = road(gantries=range(5_000, 12_001, 500))
    along = replace(plain.carriageways["E"], shoulder=((0, 20_000),))
    return replace(plain, carriageways={"E": along}, drives=drives)  # type: ignore[arg-type]
