"""Which characters a sign may be sent, and how wide each is: the sign font's widths as one small table."""

import unicodedata
from bisect import bisect_right
from functools import lru_cache

HALF, FULL = 1, 2
GLYPH_PX = 16
"""Pixel rows of the font's glyphs, the smallest that can be drawn."""

RANGES: tuple[tuple[int, int, int], ...] = (
    (0x0020, 0x007E, HALF),  # ASCII
    (0x00B0, 0x00B0, HALF),  # degree
    (0x00B7, 0x00B7, HALF),  # middle dot
    (0x00C0, 0x017F, HALF),  # Latin letters with marks
    (0x0391, 0x03A1, HALF),  # Greek
    (0x03A3, 0x03C9, HALF),
    (0x0401, 0x0401, HALF),  # Cyrillic
    (0x0410, 0x044F, HALF),
    (0x0451, 0x0451, HALF),
    (0x2013, 0x2014, HALF),  # dashes
    (0x2018, 0x2019, HALF),  # quotation marks
    (0x201C, 0x201D, HALF),
    (0x2026, 0x2026, HALF),  # ellipsis
    (0x2103, 0x2103, HALF),  # degree Celsius
    (0x2190, 0x2193, HALF),  # arrows
    (0x2460, 0x2473, FULL),  # circled numbers
    (0x3000, 0x3003, FULL),  # CJK punctuation
    (0x3008, 0x3011, FULL),
    (0x3014, 0x3017, FULL),
    (0x3041, 0x3096, FULL),  # kana
    (0x30A1, 0x30FC, FULL),
    (0x3400, 0x4DB5, FULL),  # ideographs
    (0x4E00, 0x9FA5, FULL),
    (0xAC00, 0xD7A3, FULL),  # hangul
    (0xFF01, 0xFF5E, FULL),  # full-width forms
    (0xFFE5, 0xFFE5, FULL),
)
"""First and last code point, and its width in half cells; what is not listed is not sent to a sign."""

_STARTS = [first for first, _, _ in RANGES]


def cells(char: str) -> int:
    """Return the width of one character in half cells: 1 or 2; unlisted ones count as full, the safe side."""
    return _listed(char) or FULL


def width(text: str) -> int:
    """Return the width of a text in half cells."""
    return sum(map(cells, text))


def why_not_sent(text: str) -> str | None:
    """Return why a sign may not be sent these characters, None where it may."""
    for char in text:
        if not _listed(char):
            name = unicodedata.name(char, "a control character" if ord(char) < 0xA0 else "no character")
            return f"signs have no glyph for U+{ord(char):04X} ({name.lower()})"
    return None


def cleaned(text: str) -> str:
    """Return a text from outside in characters a sign has: white space made one space, the rest left out."""
    return " ".join("".join(c if _listed(c) else " " if c.isspace() else "" for c in text).split())


@lru_cache(maxsize=4096)
def _listed(char: str) -> int:
    place = bisect_right(_STARTS, ord(char)) - 1
    if place < 0:
        return 0
    _, last, size = RANGES[place]
    return size if ord(char) <= last else 0
