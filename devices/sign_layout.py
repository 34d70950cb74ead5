"""Words on a pixel matrix: which lines and pages a text takes, and how long a page must stay.

Widths come from `devices.sign_chars`, so no font is loaded here: this runs while a plan is made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from devices.multi import MAX_TIME_DS, Colour, Line, Multi, MultiError, Page, Span, parse
from devices.sign_chars import FULL, cells, why_not_sent, width

CELLS_PER_S = 8
"""Half cells read in a second: four ideographs, or eight letters (about one word).

Thirty readers of Chinese with normal sight read at most 259.5 (sd 38.2) characters a minute, 4.3 a second
(the study "Visual requirement for Chinese reading with normal vision"); the US manual MUTCD 2009, 2L.05,
gives one second a word. Rounded down, since a driver also drives.
"""
DEFAULT_PAGE_DS = 30
"""How long a sign shows each of several pages where the message does not say, in tenths of a second."""
MIN_PAGE_DS = 20
"""Tenths of a second; MUTCD 2009, 2L.05: no phase shorter than two seconds."""
MAX_CYCLE_DS = 80
"""The same source: two phases together at most eight seconds."""
MAX_PAGES = 2
"""And never more than two phases."""

PUNCTUATION = frozenset(",.;:!?)\u3001\u3002\uff0c\uff1b\uff1a\uff01\uff1f\uff09\u300d\u300f\u3011")
"""A line ends best after one of these."""


class Matrix(Protocol):
    """A sign's pixel matrix."""

    @property
    def width_px(self) -> int:
        """Pixels across."""
        ...

    @property
    def height_px(self) -> int:
        """Pixels down."""
        ...

    @property
    def glyph_px(self) -> int:
        """Edge of one full-width character."""
        ...

    def __hash__(self) -> int:
        """Layouts and drawings are kept by matrix."""
        ...


def reading_time_ds(text: str) -> int:
    """Return how long a driver needs to read a page, in tenths of a second, never below the minimum."""
    return min(max(MIN_PAGE_DS, -(-width(text) * 10 // CELLS_PER_S)), MAX_TIME_DS)


def char_px(char: str, matrix: Matrix) -> int:
    """Return the width of a character on a sign."""
    return matrix.glyph_px if cells(char) == FULL else matrix.glyph_px // 2


def text_px(text: str, matrix: Matrix) -> int:
    """Return the width of a text on a sign."""
    return sum(char_px(char, matrix) for char in text)


def breaks(text: str, matrix: Matrix) -> list[int]:
    """Return the offsets at which the sign itself breaks a line that is too long: between any characters."""
    offsets, used_px = [], 0
    for offset, char in enumerate(text):
        one_px = char_px(char, matrix)
        if used_px + one_px > matrix.width_px and offset:
            offsets.append(offset)
            used_px = 0
        used_px += one_px
    return offsets


def why_unfit(multi: str, matrix: Matrix) -> str | None:
    """Return why a MULTI text cannot be shown whole, None where it can.

    Lines longer than the matrix are broken between characters, as the signs do; each page must fit
    by itself.
    """
    try:
        message = parse(multi)
    except MultiError as err:
        return str(err)
    columns, rows = matrix.width_px // matrix.glyph_px, matrix.height_px // matrix.glyph_px
    if columns < 1 or rows < 1:
        return "the matrix is smaller than one character"
    for number, page in enumerate(message.pages, start=1):
        where = f"page {number}: " if len(message.pages) > 1 else ""
        for line in page.lines:
            if (why := why_not_sent(line.text)) is not None:
                return where + why
        taken = sum(len(breaks(line.text, matrix)) + 1 for line in page.lines)
        if taken > rows:
            return f"{where}needs {taken} lines of {columns} characters, the matrix holds {rows}"
        spacing_px = sum(line.spacing_px or 0 for line in page.lines)
        if taken * matrix.glyph_px + spacing_px > matrix.height_px:
            return f"{where}needs {spacing_px} pixels between its lines, more than the matrix has left"
    return None


@lru_cache(maxsize=4096)
def lay_out(words: tuple[str, ...], matrix: Matrix) -> Multi | None:
    """Return these words on one page, broken between words only, after punctuation first; None if too long.

    A text the sign itself would break as well as we can is left without breaks.

    Args:
        words: what must stay together, in order, with the spaces and punctuation that follow each.
        matrix: hashable.
    """
    text = "".join(words).rstrip()
    rows, columns = matrix.height_px // matrix.glyph_px, matrix.width_px // matrix.glyph_px
    least_px = sum(text_px(word.rstrip(), matrix) for word in words)
    if rows < 1 or columns < 1 or least_px > rows * matrix.width_px:
        return None
    if columns == 1:
        words = tuple(text)  # a sign one character wide is read downwards
    best = _lines(words, matrix, rows)
    if best is None:
        return None
    own = breaks(text, matrix)
    ends = [len("".join(words[:n])) for n in range(1, len(words))]
    tidy = all(offset in ends for offset in own) and len(own) < rows
    if tidy and sum(not _good(text[:offset]) for offset in own) <= _poor(best):
        best = [text]
    return _message([best])


@lru_cache(maxsize=4096)
def lay_out_on_pages(words: tuple[str, ...], matrix: Matrix) -> Multi | None:
    """Return the same on two pages, each shown as long as reading it takes; None if too long for that.

    The page ends after punctuation where it can.
    """
    rows = matrix.height_px // matrix.glyph_px
    ways = []
    for end in range(1, len(words)):
        first, second = _lines(words[:end], matrix, rows), _lines(words[end:], matrix, rows)
        if first is None or second is None:
            continue
        times_ds = sum(reading_time_ds("".join(lines)) for lines in (first, second))
        if times_ds <= MAX_CYCLE_DS:
            poor = _poor(first) + _poor(second)
            uneven = abs(width("".join(first)) - width("".join(second)))
            ways.append((not _good(first[-1]), poor, uneven, first, second))
    if not ways:
        return None
    *_, first, second = min(ways)
    return _message([first, second])


def together(messages: Sequence[Multi], matrix: Matrix) -> Multi | None:
    """Return several messages as pages of one, each as long as reading it takes; None if it gets too long."""
    pages = [
        replace(page, on_ds=reading_time_ds("".join(line.text for line in page.lines)), off_ds=0)
        for message in messages
        for page in message.pages
    ]
    if not pages or len(pages) > MAX_PAGES or sum(page.on_ds or 0 for page in pages) > MAX_CYCLE_DS:
        return None
    return Multi(tuple(pages))


def coloured(message: Multi, colour: Colour) -> Multi:
    """Return a message in one colour."""
    return Multi(
        tuple(
            replace(
                page,
                lines=tuple(
                    replace(line, spans=tuple(replace(span, colour=colour) for span in line.spans))
                    for line in page.lines
                ),
            )
            for page in message.pages
        )
    )


def _message(pages: Sequence[Sequence[str]]) -> Multi:
    timed = len(pages) > 1
    return Multi(
        tuple(
            Page(
                tuple(Line((Span(line),)) for line in lines),
                on_ds=reading_time_ds("".join(lines)) if timed else None,
                off_ds=0 if timed else None,
            )
            for lines in pages
        )
    )


def _good(line: str) -> bool:
    return line.rstrip()[-1:] in PUNCTUATION


def _poor(lines: Sequence[str]) -> int:
    """Count the breaks that do not follow punctuation."""
    return sum(not _good(line) for line, _ in pairwise(lines))


def _lines(words: Sequence[str], matrix: Matrix, rows: int) -> list[str] | None:
    """Break words into at most so many lines: fewest poor breaks, then fewest lines, then the most even."""
    ways: list[dict[int, tuple[int, int, list[str]]]] = [{0: (0, 0, [])}]
    for end in range(1, len(words) + 1):
        best: dict[int, tuple[int, int, list[str]]] = {}
        for start in range(end - 1, -1, -1):
            line = "".join(words[start:end]).rstrip()
            line_px = text_px(line, matrix)
            if line_px > matrix.width_px:
                break
            for count, (poor, ragged, lines) in ways[start].items():
                if count == rows:
                    continue
                here = poor + (bool(lines) and not _good(lines[-1]))
                way = (here, ragged + (matrix.width_px - line_px) ** 2, [*lines, line])
                if count + 1 not in best or way[:2] < best[count + 1][:2]:
                    best[count + 1] = way
        ways.append(best)
    found: Iterable[tuple[int, int, int, list[str]]] = (
        (poor, count, ragged, lines) for count, (poor, ragged, lines) in ways[-1].items()
    )
    shortest = min(found, default=None)
    return None if shortest is None else shortest[3]
