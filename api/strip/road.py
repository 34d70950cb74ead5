"""One row of the strip: lanes, bores, bands, posts, and every device with what it shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.strip import faces
from api.strip.scale import LEFT, WIDTH, Row, levels, posts
from api.strip.svg import group, tag, title, words
from config.sign_meaning import Level, level
from config.site import Carriageway, Device, Site
from controller.incident import LaneFact, Report
from devices.multi import plain
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
    dark,
    in_words,
)

LANE = 24
SIGN_LINE = 15
FURNITURE = 30
SHOULDER_PX = 7
BELOW = 92
"""For beacons, names of gantries and the posts."""
_INK, _PALE, _SMALL = "#1f2328", "#6b7280", 9.5


@dataclass(frozen=True)
class Road:
    """What is drawn of one carriageway.

    Attributes:
        shown: device → what it is to show; the others are drawn at rest.
        reasons: device → why, for viewers that show it beside the pointer.
    """

    site: Site
    carriageway: Carriageway
    facts: Sequence[LaneFact]
    reports: Sequence[Report]
    shown: Mapping[str, Value]
    reasons: Mapping[str, str]

    def along(self, kind: DeviceType, row: Row) -> list[Device]:
        """Return the devices of one type in a row."""
        return [d for d in self.site.devices_along(self.carriageway.id, kind) if row.holds(d.at_m)]

    def value(self, device: Device) -> Value:
        """Return what a device shows: what is asked of it, else its base."""
        return self.shown.get(device.id) or device.base or dark(device.type)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row as elements whose origin is its upper left corner."""

    elements: str
    height: float


def draw_row(road: Road, row: Row) -> Drawn:
    """Return one row; its height depends on how many signs stand close together."""
    signs, top = _signs(road, row)
    lanes = {n: top + i * LANE for i, n in enumerate(road.carriageway.lanes_between(row.from_m, row.to_m))}
    bottom = top + LANE * max(len(lanes), 1)
    parts = [
        *_bores(road, row, top, bottom),
        *_lanes(road, row, lanes),
        *_bands(road, row, lanes),
        *_shoulder(road, row, bottom if road.site.drives == "right" else top - SHOULDER_PX),
        *_gantries(road, row, lanes, top, bottom),
        *_furniture(road, row, top),
        *_incidents(road, row, lanes),
        *_beacons(road, row, bottom),
        *_posts(road, row, bottom),
        *signs,
        words(LEFT - 10, (top + bottom) / 2 + 6, "▶", text_anchor="end", font_size=16, fill=_PALE),
    ]
    return Drawn("".join(parts), bottom + BELOW)


def _signs(road: Road, row: Row) -> tuple[list[str], float]:
    """Return the signs in boxes above the road, and how far down the road begins."""
    devices = road.along(DeviceType.SIGN, row)
    texts = [_box_lines(road.value(device)) for device in devices]
    spans = [
        _span(row.x(device.at_m), max(_width(line) for line in (*lines, _name(device))) + 12)
        for lines, device in zip(texts, devices, strict=True)
    ]
    floors = levels(spans)
    heights = [len(lines) * SIGN_LINE + 20 for lines in texts]
    high = {floor: max(h for h, on in zip(heights, floors, strict=True) if on == floor) for floor in floors}
    total = sum(high.values()) + 8 * len(high)
    top = total + FURNITURE
    boxes = []
    for device, lines, span, floor, height in zip(devices, texts, spans, floors, heights, strict=True):
        lowest = total - sum(high[i] + 8 for i in range(floor))
        boxes.append(_box(road, device, lines, row.x(device.at_m), span, lowest - 8 - height, top))
    return boxes, top


def _span(x: float, width: float) -> tuple[float, float]:
    left = min(max(x - width / 2, 4), WIDTH - 4 - width)
    return left, left + width


def _box(
    road: Road,
    device: Device,
    lines: Sequence[str],
    x: float,
    span: tuple[float, float],
    y: float,
    top: float,
) -> str:
    """Return one sign: its text in a box, a line to where it stands, dashed from a ramp."""
    left, right = span
    foot = y + len(lines) * SIGN_LINE + 6
    asked = device.id in road.shown
    closure = asked and level(_multi(road.value(device))) is Level.CLOSURE
    edge = ("#d92d20" if closure else _INK) if asked else "#c3c8ce"
    ink = _INK if asked else "#9aa1a9"
    return group(
        title(_tip(road, device)),
        tag(
            "path",
            d=f"M{x:.1f} {foot:.1f}V{top:.1f}",
            stroke=edge,
            fill="none",
            stroke_dasharray="none" if device.ramp is None else "4 3",
        ),
        tag(
            "rect",
            x=left,
            y=y,
            width=right - left,
            height=foot - y,
            rx=3,
            fill="#fff" if asked else "#f6f7f8",
            stroke=edge,
            stroke_width=2 if closure else 1.2,
        ),
        *(
            words((left + right) / 2, y + 14 + i * SIGN_LINE, line, text_anchor="middle", fill=ink)
            for i, line in enumerate(lines)
        ),
        words(x + 4, foot + 11, _name(device), font_size=_SMALL, fill=_PALE),
    )


def _name(device: Device) -> str:
    return device.id if device.ramp is None else f"{device.id} 匝道 ramp"


def _multi(value: Value) -> str:
    return value.multi if isinstance(value, Message) else ""


def _box_lines(value: Value) -> list[str]:
    multi = _multi(value)
    pages = [page.split("[nl]") for page in multi.split("[np]")]
    lines = [plain(line).strip() for page in pages for line in page]
    said = [line for line in lines if line]
    return said or ["—"]


def _width(text: str) -> float:
    return sum(12.5 if ord(char) > 0x2E7F else 6.8 for char in text)


def _bores(road: Road, row: Row, top: float, bottom: float) -> Iterator[str]:
    for tunnel in road.site.tunnels.values():
        bore = tunnel.bore(road.carriageway.id)
        part = row.part(bore.entry_m, bore.exit_m) if bore is not None else None
        if bore is None or part is None:
            continue
        left, right = part
        yield tag(
            "rect", x=left, y=top - 8, width=right - left, height=bottom - top + 16, fill="#dbe3ec", rx=2
        )
        for at_m in (bore.entry_m, bore.exit_m):
            if row.holds(at_m):
                yield tag(
                    "rect", x=row.x(at_m) - 2, y=top - 12, width=4, height=bottom - top + 24, fill="#44546a"
                )
        name = f"{tunnel.name.zh} {tunnel.name.en}"
        yield words(min(left + 14, right), top - 14, name, font_size=11, fill="#44546a")


def _lanes(road: Road, row: Row, lanes: Mapping[int, float]) -> Iterator[str]:
    for lane in road.carriageway.lanes:
        if lane.number not in lanes:
            continue
        part = row.part(lane.from_m or 0, road.carriageway.length_m if lane.to_m is None else lane.to_m)
        if part is None:
            continue
        left, right = part
        y = lanes[lane.number]
        yield tag("rect", x=left, y=y, width=right - left, height=LANE, fill="#f3f4f6", stroke="#c3c8ce")
        name = f"{lane.number} {lane.name.zh}"
        yield words(left + 4, y + LANE / 2 + 3.5, name, font_size=_SMALL, fill="#9aa1a9")


def _bands(road: Road, row: Row, lanes: Mapping[int, float]) -> Iterator[str]:
    policy = road.site.policy
    for fact in road.facts:
        if fact.lane not in lanes:
            continue
        merge_m = fact.from_m - policy.merge_m
        ahead_m = merge_m - policy.closed_ahead_m
        for from_m, to_m, look, name in (
            (ahead_m, merge_m, "#fff4d1", "预告 ahead"),
            (merge_m, fact.from_m, "#fbdf9d", "并道 merge"),
            (fact.from_m, fact.to_m, "url(#closed)", "封闭 closed"),
        ):
            part = row.part(max(from_m, 0), max(to_m, 0))
            if part is None or part[1] - part[0] < 0.5:
                continue
            left, right = part
            y = lanes[fact.lane] + 1
            yield group(
                title(f"{name}: {_post(road, from_m)} – {_post(road, to_m)}"),
                tag("rect", x=left, y=y, width=right - left, height=LANE - 2, fill=look),
            )


def _shoulder(road: Road, row: Row, y: float) -> Iterator[str]:
    """Yield where the hard shoulder is opened by order, on the side traffic keeps to."""
    for fact in road.facts:
        part = row.part(fact.from_m, fact.to_m) if fact.open else None
        if part is not None:
            left, right = part
            told = f"应急车道开放 shoulder open: {_post(road, fact.from_m)} – {_post(road, fact.to_m)}"
            yield group(
                title(told),
                tag("rect", x=left, y=y, width=right - left, height=SHOULDER_PX, fill="#7cc894"),
            )


def _gantries(road: Road, row: Row, lanes: Mapping[int, float], top: float, bottom: float) -> Iterator[str]:
    for gantry in road.site.gantries_between(road.carriageway.id, row.from_m, row.to_m):
        x = row.x(gantry.at_m)
        heads = road.site.heads(gantry.id)
        yield tag("path", d=f"M{x:.1f} {top - 4:.1f}V{bottom + 4:.1f}", stroke="#6b7280", fill="none")
        asked = any(head.id in road.shown for head in heads.values())
        yield words(
            0,
            0,
            gantry.id,
            font_size=_SMALL,
            fill=_INK if asked else "#9aa1a9",
            transform=f"translate({x + 3:.1f} {bottom + 62:.1f}) rotate(-60)",
        )
        for lane, head in heads.items():
            if lane not in lanes:
                continue
            value = road.value(head)
            assert isinstance(value, Aspect)
            yield group(
                title(_tip(road, head)),
                faces.head(x, lanes[lane] + LANE / 2, value, asked=head.id in road.shown),
            )


def _furniture(road: Road, row: Row, top: float) -> Iterator[str]:
    """Yield what stands beside the road besides signs and beacons."""
    devices = [
        device
        for kind in (DeviceType.PORTAL, DeviceType.SPEAKER, DeviceType.SPEED)
        for device in road.along(kind, row)
    ]
    for device in devices:
        x, y, asked = row.x(device.at_m), top - 18, device.id in road.shown
        match road.value(device):
            case PortalAspect() as value:
                face = faces.portal(x, y, value, asked=asked)
            case SpeakerState() as value:
                face = faces.speaker(x, y, value, asked=asked)
            case SpeedLimit() as value:
                face = faces.speed(x, y, value, asked=asked)
            case _:
                continue
        yield group(title(_tip(road, device)), face)


def _beacons(road: Road, row: Row, bottom: float) -> Iterator[str]:
    for device in road.along(DeviceType.BEACON, row):
        value = road.value(device)
        assert isinstance(value, BeaconState)
        asked = device.id in road.shown
        yield group(
            title(_tip(road, device)), faces.beacon(row.x(device.at_m), bottom + 16, value, asked=asked)
        )


def _incidents(road: Road, row: Row, lanes: Mapping[int, float]) -> Iterator[str]:
    for report in road.reports:
        place = report.place
        part = row.part(place.from_m, place.to_m)
        if place.carriageway != road.carriageway.id or part is None:
            continue
        left, right = part
        hit = [lanes[n] for n in sorted(report.lanes) if n in lanes] or list(lanes.values())
        for y in hit:
            if right - left > 1:
                yield tag(
                    "rect",
                    x=left,
                    y=y + 2,
                    width=right - left,
                    height=LANE - 4,
                    fill="none",
                    stroke="#d92d20",
                    stroke_width=1.6,
                    stroke_dasharray="" if place.known else "6 4",
                )
            first_m = place.from_m if place.known else (place.from_m + place.to_m) // 2
            if row.holds(first_m):
                yield faces.incident(row.x(first_m), y + LANE / 2, known=place.known)
        if not place.known and row.holds((place.from_m + place.to_m) // 2):
            x = row.x((place.from_m + place.to_m) // 2)
            y = min(lanes.values(), default=0) + 1
            yield words(x, y, "地点不明 PLACE?", text_anchor="middle", font_size=11, fill="#d92d20")


def _posts(road: Road, row: Row, bottom: float) -> Iterator[str]:
    y = bottom + BELOW - 22
    left, right = row.x(row.from_m), row.x(row.to_m)
    yield tag("path", d=f"M{left:.1f} {y:.1f}H{right:.1f}", stroke=_PALE, fill="none")
    every_m = 500 if row.length_m <= 6_000 else 1_000
    every_100 = posts(road.carriageway.chainage, row.from_m, row.to_m, 100)
    ticks = "".join(f"M{row.x(at_m):.1f} {y - 3:.1f}v3" for at_m, _ in every_100)
    yield tag("path", d=ticks, stroke="#c3c8ce", fill="none")
    for at_m, text in posts(road.carriageway.chainage, row.from_m, row.to_m, every_m):
        x = row.x(at_m)
        yield tag("path", d=f"M{x:.1f} {y - 7:.1f}v7", stroke=_PALE, fill="none")
        yield words(x, y + 12, text, text_anchor="middle", font_size=_SMALL, fill=_PALE)


def _post(road: Road, at_m: int) -> str:
    along = road.carriageway
    return str(along.chainage.at(min(max(at_m, 0), along.length_m)))


def _tip(road: Road, device: Device) -> str:
    why = road.reasons.get(device.id, "") if device.id in road.shown else "at rest"
    return f"{device.id} {_post(road, device.at_m)}: {in_words(road.value(device))}" + (why and f" ({why})")
