"""The few SVG shapes our pages are made of; text is escaped, lengths are whole tenths of a pixel."""

from collections.abc import Iterable
from html import escape


def svg(width: float, height: float, parts: Iterable[str], label: str) -> str:
    """Return an SVG element for the inside of a page."""
    size = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<svg {size} role="img" aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    """Return a rectangle of class `kind`; the title is shown when pointed at."""
    shape = (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0.5))}" height="{_n(height)}" class="{kind}"'
    )
    return f"{shape}><title>{escape(title)}</title></rect>" if title else f"{shape}/>"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line."""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="{kind}"/>'


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Return a text; `anchor` start, middle or end."""
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}">{escape(said)}</text>'


def path(points: Iterable[tuple[float, float]], kind: str) -> str:
    """Return a line through points."""
    return f'<polyline points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}" class="{kind}"/>'


def dot(x: float, y: float, kind: str, title: str = "") -> str:
    """Return a small disc."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.2" class="{kind}">{inside}</circle>'


def round_steps(limit: float, count: int = 6) -> list[float]:
    """Return up to about `count` round numbers from 0 to the limit, for an axis."""
    if limit <= 0:
        return [0.0]
    step = 1.0
    while limit / step > count:
        step *= 2 if str(step)[0] in "15" else 2.5
    return [number * step for number in range(int(limit / step) + 1)]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
