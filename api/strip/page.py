"""The whole page: a title, the rows of every carriageway concerned, and what the pictures mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.strip import faces
from api.strip.road import Road, draw_row
from api.strip.scale import LEFT, WIDTH, rows
from api.strip.svg import moved, tag, words
from config.site import Carriageway, Site
from controller.incident import LaneFact, Plan, Report
from devices.values import Aspect, BeaconState, PortalAspect, SpeakerState, SpeedLimit, Value

FONT = "'Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Zen Hei','Microsoft YaHei',sans-serif"
_CLOSED = (
    '<pattern id="closed" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="8" height="8" fill="#fbd5d1"/><path d="M0 0V8" stroke="#e0695e" stroke-width="3"/>'
    "</pattern>"
)


@dataclass(frozen=True)
class Picture:
    """What is to be drawn.

    Attributes:
        heading: one line over it.
        shown: device → what it is to show.
        reasons: device → why.
    """

    heading: str
    reports: Sequence[Report]
    facts: Sequence[LaneFact]
    shown: Mapping[str, Value]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_plan(cls, heading: str, report: Report, plan: Plan) -> "Picture":
        """Return the picture of the plan of one report."""
        return cls(
            heading,
            (report,),
            plan.lane_facts,
            {demand.device: demand.value for demand in plan.demands},
            {demand.device: f"{demand.rule}: {demand.reason}" for demand in plan.demands},
        )


def draw(site: Site, picture: Picture) -> str:
    """Return the page as SVG text: light, to scale, without anything from outside the file."""
    y = 62.0
    parts = [
        words(LEFT, 28, picture.heading, font_size=18, font_weight="bold"),
        words(LEFT, 46, _subtitle(site), font_size=11, fill="#6b7280"),
    ]
    for carriageway in site.carriageways.values():
        places = _places(site, carriageway, picture)
        if not places:
            continue
        gantries = [gantry.at_m for gantry in site.gantries_along(carriageway.id)]
        name = f"{carriageway.id}  {carriageway.road} {carriageway.direction.zh} {carriageway.direction.en}"
        parts.append(words(LEFT, y + 14, name, font_size=14, font_weight="bold"))
        y += 26
        for row in rows(places, gantries, carriageway.length_m):
            if row.skipped_m:
                text = f"⋯ {row.skipped_m / 1000:.1f} km 无设备动作 nothing of this plan ⋯"
                parts.append(
                    words(WIDTH / 2, y + 6, text, text_anchor="middle", font_size=11, fill="#6b7280")
                )
                y += 16
            road = Road(
                site,
                carriageway,
                _of(picture.facts, carriageway),
                picture.reports,
                picture.shown,
                picture.reasons,
            )
            drawn = draw_row(road, row)
            parts.append(moved(0, y, drawn.elements))
            y += drawn.height
        y += 14
    parts.append(moved(0, y, _legend()))
    y += 64
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" width="{WIDTH}" '
        f'height="{y:.0f}" font-family="{FONT}" font-size="12" fill="#1f2328">'
        f'<defs>{_CLOSED}{faces.defined()}</defs><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _of(facts: Sequence[LaneFact], carriageway: Carriageway) -> list[LaneFact]:
    return [fact for fact in facts if fact.carriageway == carriageway.id]


def _places(site: Site, carriageway: Carriageway, picture: Picture) -> list[int]:
    """Return whatever of a carriageway has to be seen; empty where nothing happens on it."""
    devices = (site.devices[name] for name in picture.shown if name in site.devices)
    places = [device.at_m for device in devices if device.carriageway == carriageway.id]
    for fact in _of(picture.facts, carriageway):
        places += (fact.from_m, fact.to_m)
    for report in picture.reports:
        if report.carriageway == carriageway.id:
            places += (report.place.from_m, report.place.to_m)
    return places


def _subtitle(site: Site) -> str:
    name = f"{site.name.zh} {site.name.en}"
    note = f"  ({site.note})" if site.note else ""
    return (
        f"{name}{note} · 行车方向从左到右，按比例，车道左上右下 traffic runs from left to right, to scale, "
        "the driver's left lane on top"
    )


def _legend() -> str:
    parts = [tag("path", d=f"M{LEFT} 0H{WIDTH - 28}", stroke="#c3c8ce", fill="none")]
    x = float(LEFT)
    for aspect, name in faces.NAMES.items():
        parts += (faces.head(x + 9, 20, aspect, asked=True), words(x + 22, 24, name, font_size=11))
        x += 46 + len(name) * 7.8
    x = float(LEFT)
    for face, name in (
        (faces.head(x + 9, 0, Aspect.OPEN, asked=False), "不动作 at rest"),
        (faces.incident(0, 0, known=True), "事件 incident"),
        (faces.beacon(0, 2, BeaconState(flash=True, siren=True), asked=True), "声光报警 flash + siren"),
        (faces.portal(0, 0, PortalAspect.RED, asked=True), "洞口信号灯 portal signal"),
        (faces.speaker(0, 0, SpeakerState("clip", 1, 50), asked=True), "定向广播 speaker"),
        (faces.speed(0, 0, SpeedLimit(60), asked=True), "可变限速 speed sign"),
        (tag("rect", x=-12, y=-8, width=24, height=16, fill="url(#closed)"), "封闭段 closed"),
        (tag("rect", x=-12, y=-8, width=24, height=16, fill="#fbdf9d"), "并道段 merge"),
        (tag("rect", x=-12, y=-8, width=24, height=16, fill="#fff4d1"), "预告段 ahead"),
        (tag("rect", x=-12, y=-3, width=24, height=7, fill="#7cc894"), "应急车道开放 shoulder open"),
    ):
        own = face if name.startswith("不") else moved(x + 12, 0, face)
        parts.append(moved(0, 46, own, words(x + 30, 4, name, font_size=11)))
        x += 52 + len(name) * 7.6
    return "".join(parts)
