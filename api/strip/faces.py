"""What each device shows as a small picture: told by shape first, by colour as well."""

from collections.abc import Mapping

from api.strip.svg import group, moved, tag, words
from devices.values import Aspect, BeaconState, PortalAspect, SpeakerState, SpeedLimit

SIZE = 18
"""Of a head's face; the paths are drawn in a box of 24 by 24."""
_CROSS = "M5 5 19 19M19 5 5 19"
_PATHS: Mapping[Aspect, tuple[str, str]] = {
    Aspect.DARK: ("M11 12 13 12", "#777"),
    Aspect.OPEN: ("M12 4 12 19M6 13 12 19 18 13", "#4ade80"),
    Aspect.CAUTION: ("M12 4 12 14M12 18.5 12 19.5", "#fbbf24"),
    Aspect.CLOSED_AHEAD: (_CROSS, "#fbbf24"),
    Aspect.MERGE_LEFT: ("M18 5 6 18M6 9 6 18 15 18", "#fbbf24"),
    Aspect.MERGE_RIGHT: ("M6 5 18 18M18 9 18 18 9 18", "#fbbf24"),
    Aspect.CLOSED: (_CROSS, "#ff5247"),
}
NAMES: Mapping[Aspect, str] = {
    Aspect.CLOSED: "红叉 closed",
    Aspect.MERGE_LEFT: "向左并道 merge left",
    Aspect.MERGE_RIGHT: "向右并道 merge right",
    Aspect.CLOSED_AHEAD: "前方封闭 closed ahead",
    Aspect.CAUTION: "黄闪 caution",
    Aspect.OPEN: "绿色箭头 open",
    Aspect.DARK: "灭灯 dark",
}
_LAMPS: Mapping[PortalAspect, tuple[str, str]] = {
    PortalAspect.RED: ("#d92d20", "M-4 0 4 0"),
    PortalAspect.YELLOW: ("#f5a300", "M0 -4 0 1M0 3.5 0 4"),
    PortalAspect.GREEN: ("#1a9c4b", "M0 -4 0 4M-3 1 0 4 3 1"),
    PortalAspect.DARK: ("#fff", ""),
}


def defined() -> str:
    """Return every face of a head once, for `head` to refer to."""
    return "".join(_face(aspect, asked=asked) for aspect in Aspect for asked in (True, False))


def head(x: float, y: float, aspect: Aspect, *, asked: bool) -> str:
    """Return a head with its middle at a point; one nobody asks anything of is drawn small and pale."""
    return tag("use", href=f"#{_id(aspect, asked=asked)}", x=x, y=y)


def _id(aspect: Aspect, *, asked: bool) -> str:
    return f"{'head' if asked else 'rest'}-{aspect}"


def _face(aspect: Aspect, *, asked: bool) -> str:
    path, colour = _PATHS[aspect]
    size = SIZE if asked else SIZE * 0.6
    fill, line = ("#1f2328", colour) if asked else ("#fff", "#9aa1a9")
    edge = "#1f2328" if asked else "#b8bec5"
    return group(
        tag("rect", x=-size / 2, y=-size / 2, width=size, height=size, rx=2.5, fill=fill, stroke=edge),
        tag(
            "path",
            d=path,
            transform=f"translate({-size / 2:.1f} {-size / 2:.1f}) scale({size / 24:.3f})",
            fill="none",
            stroke=line,
            stroke_width=3.4,
            stroke_linecap="round",
            stroke_linejoin="round",
        ),
        id=_id(aspect, asked=asked),
    )


def beacon(x: float, y: float, value: BeaconState, *, asked: bool) -> str:
    """Return a beacon: rays where it flashes, waves where it sounds."""
    line = "#1f2328" if asked else "#b8bec5"
    rays = "M0 -8 0 -11M-6 -6 -8 -8M6 -6 8 -8M-8 0 -11 0M8 0 11 0" if value.flash else ""
    waves = "M8 3 Q11 6 8 9M11 1 Q16 6 11 11" if value.siren else ""
    return moved(
        x,
        y,
        tag("circle", r=5, fill="#fbbf24" if value.flash else "#fff", stroke=line),
        tag("path", d=rays + waves, fill="none", stroke=line, stroke_width=1.6) if rays or waves else "",
    )


def portal(x: float, y: float, value: PortalAspect, *, asked: bool) -> str:
    """Return a portal signal."""
    colour, mark = _LAMPS[value]
    return moved(
        x,
        y,
        tag(
            "rect",
            x=-9,
            y=-9,
            width=18,
            height=18,
            rx=4,
            fill="#1f2328" if asked else "#fff",
            stroke="#1f2328",
        ),
        tag("circle", r=7, fill=colour if asked else "#e5e7ea"),
        tag("path", d=mark, fill="none", stroke="#fff", stroke_width=2.2) if mark else "",
    )


def speaker(x: float, y: float, value: SpeakerState, *, asked: bool) -> str:
    """Return a loudspeaker; waves where it plays."""
    line = "#1f2328" if asked else "#b8bec5"
    waves = "" if value.silent else "M5 -4 Q8 0 5 4M8 -7 Q13 0 8 7"
    return moved(
        x,
        y,
        tag("path", d="M-7 -3 -3 -3 2 -7 2 7 -3 3 -7 3Z", fill="#fff", stroke=line, stroke_width=1.4),
        tag("path", d=waves, fill="none", stroke=line, stroke_width=1.6) if waves else "",
    )


def speed(x: float, y: float, value: SpeedLimit, *, asked: bool) -> str:
    """Return a speed sign."""
    ring = "#d92d20" if asked and not value.blank else "#b8bec5"
    shown = "" if value.blank else words(0, 3.8, str(value.kmh), text_anchor="middle", font_size=10)
    return moved(x, y, tag("circle", r=9, fill="#fff", stroke=ring, stroke_width=2.6), shown)


def incident(x: float, y: float, *, known: bool) -> str:
    """Return the triangle of an incident, its point with the traffic; a question mark where nobody knows."""
    mark = "!" if known else "?"
    return group(
        tag("path", d="M-9 -10 11 0 -9 10Z", fill="#d92d20", stroke="#fff", stroke_width=1.5),
        words(-3.5, 4.5, mark, text_anchor="middle", font_size=12, font_weight="bold", fill="#fff"),
        transform=f"translate({x:.1f} {y:.1f})",
    )
