"""The sign font: one 16 pixel high bitmap a character, read from a font file when the first is asked for.

The file is not ours and not in the repository: `make font` fetches it (docs/decisions/0010). Nothing that
plans or sends needs it; without it only pictures of signs are missing.
"""

import os
import sys
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

from devices.sign_chars import GLYPH_PX, HALF, cells

HEIGHT = GLYPH_PX
"""Pixel rows of a glyph; a full one is as wide, a half one half."""
VARIABLE = "ONEKEY_SIGN_FONT"
"""Environment variable with the path of a font file, before all other places."""


class FontMissing(RuntimeError):
    """No sign font is installed; the text says how to get one."""


def places() -> tuple[Path, ...]:
    """Return where a font is looked for, in order."""
    named = os.environ.get(VARIABLE)
    return (
        *((Path(named),) if named else ()),
        Path(sys.prefix) / "share" / "onekey" / "unifontex.woff",
        Path("/usr/share/fonts/opentype/unifont/unifont.otf"),
        Path("/usr/share/fonts/truetype/unifont/unifont.ttf"),
    )


def installed() -> bool:
    """Return whether pictures of signs can be drawn here."""
    return any(place.is_file() for place in places())


@cache
def _font() -> ImageFont.FreeTypeFont:
    for place in places():
        if place.is_file():
            return ImageFont.truetype(str(place), HEIGHT)
    raise FontMissing(
        "no sign font is installed, so signs cannot be drawn: run `make font`, install the Debian package"
        f" fonts-unifont, or name a Unifont file in {VARIABLE}"
    )


@lru_cache(maxsize=8192)
def glyph(char: str) -> tuple[int, ...]:
    """Return the rows of a character from the top, each the bits of its pixels, the left one highest.

    Rows have 16 bits, 8 for half width; a character the font lacks is drawn as the font's own box.

    Raises:
        FontMissing: there is no font here.
    """
    width_px = HEIGHT if cells(char) != HALF else HEIGHT // 2
    mask, (left_px, top_px) = _font().getmask2(char, mode="1")
    across_px, down_px = mask.size
    rows = [0] * HEIGHT
    for y in range(down_px):
        for x in range(across_px):
            row, column = y + top_px, x + left_px
            if mask.getpixel((x, y)) and 0 <= row < HEIGHT and 0 <= column < width_px:
                rows[row] |= 1 << (width_px - 1 - column)
    return tuple(rows)


def advance_px(char: str) -> int:
    """Return the width the font itself gives a character; the table in `devices.sign_chars` must agree."""
    return round(_font().getlength(char))


def drawn(char: str) -> bool:
    """Return whether the font has this character; a space has, though nothing of it is lit."""
    return char == " " or glyph(char) != glyph("\U0010fffd")
