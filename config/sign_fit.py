"""Whether a text fits a sign: lines of full and half width characters against its matrix."""

import re
import unicodedata
from collections.abc import Iterator

from config.site import SignShape

_TOKEN = re.compile(
    r"(?P<literal>\[\[|\]\])|\[(?P<tag>/?[A-Za-z][^\[\]]*)\]|(?P<stray>[\[\]])|(?P<text>[^\[\]]+)"
)
_NEW_LINE = re.compile(r"nl\d?\Z", re.IGNORECASE)


def why_unfit(multi: str, shape: SignShape) -> str | None:
    """Return why a MULTI text cannot be shown whole, None where it can.

    Lines longer than the matrix are broken between characters, as the signs do; each page must fit
    by itself. Full-width characters take one glyph, others half of one.
    """
    try:
        pages = list(_pages(multi))
    except ValueError as err:
        return str(err)
    if shape.columns < 1 or shape.rows < 1:
        return "the matrix is smaller than one character"
    for number, lines in enumerate(pages, start=1):
        rows = sum(_rows(line, shape) for line in lines)
        if rows > shape.rows:
            page = f"page {number} " if len(pages) > 1 else ""
            return f"{page}needs {rows} lines of {shape.columns} characters, the matrix holds {shape.rows}"
    return None


def _pages(multi: str) -> Iterator[list[str]]:
    lines = [""]
    for token in _TOKEN.finditer(multi):
        if token["stray"]:
            raise ValueError("a bracket opens or closes no tag; write [[ or ]] for the character itself")
        if token["literal"]:
            lines[-1] += token["literal"][0]
        elif token["text"]:
            lines[-1] += token["text"]
        elif token["tag"].lower() == "np":
            yield lines
            lines = [""]
        elif _NEW_LINE.match(token["tag"]):
            lines.append("")
    yield lines


def _rows(line: str, shape: SignShape) -> int:
    """Count the rows a line takes when it is broken wherever the next character would not fit."""
    rows, used_px = 1, 0
    for char in line:
        wide = unicodedata.east_asian_width(char) in "WFA"
        char_px = shape.glyph_px if wide else shape.glyph_px // 2
        if used_px + char_px > shape.width_px:
            rows, used_px = rows + 1, 0
        used_px += char_px
    return rows
