"""MULTI, the markup of NTCIP 1203: the part of it signs here are sent, read into pages and written back.

Known are text, `[nl]`, `[np]`, `[pt…o…]`, `[jl…]`, `[jp…]`, `[cf…]`, `[cb…]` and doubled brackets. What a
tag sets stays set on the following lines and pages, so every part of the model carries it in full.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias, TypeVar

MAX_LENGTH = 1_000
"""Characters of a text with its tags; longer ones are refused unread."""
MAX_PAGES = 6
MAX_TIME_DS = 255
"""Tenths of a second in a page time."""

Colour: TypeAlias = int | tuple[int, int, int]
"""A classic colour, 0 to 9 (black, red, yellow, green, cyan, blue, magenta, white, orange, amber), or RGB."""
MAX_CLASSIC = 9


class Justify(IntEnum):
    """Where a line stands, by its MULTI number."""

    LEFT = 2
    CENTRE = 3
    RIGHT = 4


class Vertical(IntEnum):
    """Where a page stands, by its MULTI number."""

    TOP = 2
    MIDDLE = 3
    BOTTOM = 4


_K = TypeVar("_K", Justify, Vertical)


class MultiError(ValueError):
    """A text is no MULTI we know; it names the tag."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one colour, brackets as drivers see them; None is the sign's own colour."""

    text: str
    colour: Colour | None = None
    background: Colour | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: never two neighbouring spans of one colour, never an empty one.

    Attributes:
        justify: None is the sign's default.
        spacing_px: pixels to the line before; None is the sign's default.
    """

    spans: tuple[Span, ...] = ()
    justify: Justify | None = None
    spacing_px: int | None = None

    @property
    def text(self) -> str:
        """What is read on it."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Page:
    """What is lit at once, and how long in tenths of a second; None is the sign's default."""

    lines: tuple[Line, ...] = (Line(),)
    vertical: Vertical | None = None
    on_ds: int | None = None
    off_ds: int | None = None


@dataclass(frozen=True, slots=True)
class Multi:
    """A whole message: its pages in turn, at least one."""

    pages: tuple[Page, ...] = (Page(),)


_TOKEN = re.compile(r"(?P<literal>\[\[|\]\])|\[(?P<tag>[^\[\]]*)\]|(?P<stray>[\[\]])|(?P<text>[^\[\]]+)")
_NAME = re.compile(r"(?P<name>/?[A-Za-z]{1,2})(?P<value>.*)\Z", re.DOTALL)
_TIMES = re.compile(r"(?P<on>\d{1,3})?(?:[oO](?P<off>\d{1,3}))?\Z", re.ASCII)


def escape(text: str) -> str:
    """Return text so that MULTI shows it letter by letter: nothing in it is a tag any more."""
    return text.replace("[", "[[").replace("]", "]]")


@lru_cache(maxsize=4096)
def plain(multi: str) -> str:
    """Return what is read on all pages, without markup; never fails, also for tags nobody knows.

    Where a line ends between two words in letters, they are kept apart by a space.
    """
    words: list[str] = [""]
    for token in _TOKEN.finditer(multi):
        if token["tag"] is not None:
            if token["tag"].lower()[:2] in ("nl", "np"):
                words.append("")
        else:
            words[-1] += token["literal"][0] if token["literal"] else token["text"] or token["stray"]
    text = ""
    for word in words:
        apart = text[-1:].isascii() and word[:1].isascii() and text and word
        text += (" " if apart and not text.endswith(" ") else "") + word
    return text


def parse(multi: str) -> Multi:
    """Read a text with tags.

    Raises:
        MultiError: too long, a bracket out of place, or a tag that is unknown, misplaced or of no such value.
    """
    if len(multi) > MAX_LENGTH:
        raise MultiError(f"{len(multi)} characters with tags; a sign takes {MAX_LENGTH}")
    reader = _Reader()
    for token in _TOKEN.finditer(multi):
        if token["stray"]:
            raise MultiError("a bracket opens or closes no tag; write [[ or ]] for the character itself")
        if token["tag"] is not None:
            reader.tag(token["tag"])
        else:
            reader.text(token["literal"][0] if token["literal"] else token["text"])
    return reader.done()


class _Reader:
    """What has been set so far, and the pages read so far."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.lines: list[Line] = []
        self.spans: list[Span] = []
        self.colour: Colour | None = None
        self.background: Colour | None = None
        self.justify: Justify | None = None
        self.vertical: Vertical | None = None
        self.spacing_px: int | None = None
        self.on_ds: int | None = None
        self.off_ds: int | None = None

    def text(self, text: str) -> None:
        self.spans.append(Span(text, self.colour, self.background))

    def tag(self, tag: str) -> None:
        match = _NAME.match(tag)
        name, value = (match["name"].lower(), match["value"]) if match else ("", "")
        match name:
            case "nl":
                self._end_line()
                self.spacing_px = _number(tag, value, 99) if value else None
            case "np" if not value:
                self._end_page()
            case "pt":
                self.on_ds, self.off_ds = _times(tag, value)
            case "jl":
                if self.spans:
                    raise MultiError(f"[{tag}]: it has to stand before the text of its line")
                self.justify = _one_of(Justify, tag, value)
            case "jp":
                if self.spans or self.lines:
                    raise MultiError(f"[{tag}]: it has to stand before the text of its page")
                self.vertical = _one_of(Vertical, tag, value)
            case "cf":
                self.colour = _colour(tag, value)
            case "cb":
                self.background = _colour(tag, value)
            case _:
                raise MultiError(f"[{tag}]: no tag these signs are sent; known are nl np pt jl jp cf cb")

    def done(self) -> Multi:
        self._end_page()
        return Multi(tuple(self.pages))

    def _end_line(self) -> None:
        self.lines.append(Line(merged(self.spans), self.justify, self.spacing_px))
        self.spans = []

    def _end_page(self) -> None:
        self._end_line()
        if len(self.pages) == MAX_PAGES:
            raise MultiError(f"[np]: more than {MAX_PAGES} pages")
        self.pages.append(Page(tuple(self.lines), self.vertical, self.on_ds, self.off_ds))
        self.lines, self.spacing_px = [], None


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Return spans with neighbours of one colour made one and empty ones left out."""
    full = (span for span in spans if span.text)
    rows = groupby(full, key=lambda span: (span.colour, span.background))
    return tuple(Span("".join(span.text for span in row), *colours) for colours, row in rows)


def write(multi: Multi) -> str:
    """Return the shortest text that `parse` reads as this message; text without markup stays as it is."""
    parts: list[str] = []
    pen = _Reader()
    for number, page in enumerate(multi.pages):
        if number:
            parts.append("[np]")
        if (page.on_ds, page.off_ds) != (pen.on_ds, pen.off_ds):
            on = "" if page.on_ds is None else str(page.on_ds)
            parts.append(f"[pt{on}]" if page.off_ds is None else f"[pt{on}o{page.off_ds}]")
            pen.on_ds, pen.off_ds = page.on_ds, page.off_ds
        if page.vertical != pen.vertical:
            parts.append(f"[jp{_or_none(page.vertical)}]")
            pen.vertical = page.vertical
        for row, line in enumerate(page.lines):
            if row:
                parts.append("[nl]" if line.spacing_px is None else f"[nl{line.spacing_px}]")
            if line.justify != pen.justify:
                parts.append(f"[jl{_or_none(line.justify)}]")
                pen.justify = line.justify
            for span in line.spans:
                if span.colour != pen.colour:
                    parts.append(f"[cf{_written(span.colour)}]")
                    pen.colour = span.colour
                if span.background != pen.background:
                    parts.append(f"[cb{_written(span.background)}]")
                    pen.background = span.background
                parts.append(escape(span.text))
    return "".join(parts)


def _or_none(number: IntEnum | None) -> str:
    return "" if number is None else str(int(number))


def _written(colour: Colour | None) -> str:
    if isinstance(colour, tuple):
        return ",".join(map(str, colour))
    return "" if colour is None else str(colour)


def _number(tag: str, value: str, largest: int) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 3 or int(value) > largest:
        raise MultiError(f"[{tag}]: a number from 0 to {largest} is expected")
    return int(value)


def _times(tag: str, value: str) -> tuple[int | None, int | None]:
    times = _TIMES.match(value)
    if times is None:
        raise MultiError(f"[{tag}]: page times are written like [pt20o0], in tenths of a second")
    on = None if times["on"] is None else _number(tag, times["on"], MAX_TIME_DS)
    off = None if times["off"] is None else _number(tag, times["off"], MAX_TIME_DS)
    if on == 0:
        raise MultiError(f"[{tag}]: a page is never shown for no time")
    return on, off


def _one_of(kind: type[_K], tag: str, value: str) -> _K | None:
    if not value:
        return None
    try:
        return kind(_number(tag, value, 9))
    except ValueError:
        raise MultiError(f"[{tag}]: one of {', '.join(str(int(k)) for k in kind)} is expected") from None


def _colour(tag: str, value: str) -> Colour | None:
    if not value:
        return None
    parts = value.split(",")
    if len(parts) == 3:
        red, green, blue = (_number(tag, part, 255) for part in parts)
        return red, green, blue
    return _number(tag, value, MAX_CLASSIC)
