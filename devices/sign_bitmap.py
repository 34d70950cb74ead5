"""What a message looks like on a sign, pixel by pixel: one picture for previews, screens and pixel signs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from devices import glyphs
from devices.multi import Colour, Justify, Line, Page, Vertical, parse
from devices.sign_chars import HALF, cells
from devices.sign_layout import DEFAULT_PAGE_DS, Matrix, breaks, char_px, why_unfit

PALETTE: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0),
    (255, 0, 0),
    (255, 255, 0),
    (0, 255, 0),
    (0, 255, 255),
    (0, 0, 255),
    (255, 0, 255),
    (255, 255, 255),
    (255, 165, 0),
    (255, 191, 0),
)
"""The classic colours of MULTI by number."""
OFF = 0
OWN = 9
"""Amber: what a sign lights where no colour is named, and everywhere if it has no colours."""
DEFAULT_ON_MS = DEFAULT_PAGE_DS * 100
"""How long a sign shows each of several pages where the message does not say."""
SMALLEST_PX = glyphs.HEIGHT


@dataclass(frozen=True, slots=True)
class BitmapPage:
    """One page: a byte a pixel, row by row from the top left, each a place in the palette, 0 is dark.

    Attributes:
        on_ms: how long it stands; 0 is for ever, for the only page. off_ms: how long the sign is dark then.
    """

    pixels: bytes
    on_ms: int = 0
    off_ms: int = 0


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A message on a matrix: its pages in turn, and the colours their bytes stand for."""

    width_px: int
    height_px: int
    pages: tuple[BitmapPage, ...]
    palette: tuple[tuple[int, int, int], ...] = PALETTE


@lru_cache(maxsize=256)
def bitmap(multi: str, matrix: Matrix, *, colour: bool = False) -> Bitmap:
    """Draw a message.

    Lines too long are broken between characters, as signs do. Where nothing else is said, lines and pages
    are centred.

    Args:
        multi: the text with its tags; empty is a dark sign.
        matrix: hashable. Glyphs have 16 pixels; larger ones are scaled by halves and centred in their cell.
        colour: whether the sign has colours; one without lights all in its own.

    Raises:
        ValueError: no MULTI, does not fit, or the sign's characters are smaller than the font's.
        glyphs.FontMissing: there is no font here.
    """
    if (why := why_unfit(multi, matrix)) is not None:
        raise ValueError(why)
    message = parse(multi)
    if any(line.text for page in message.pages for line in page.lines) and matrix.glyph_px < SMALLEST_PX:
        raise ValueError(f"no glyphs of {matrix.glyph_px} pixels; the smallest have {SMALLEST_PX}")
    colours = list(PALETTE)
    alone = len(message.pages) == 1
    pages = tuple(
        BitmapPage(
            _drawn(page, matrix, colours if colour else None),
            0 if alone else DEFAULT_ON_MS if page.on_ds is None else page.on_ds * 100,
            0 if alone else (page.off_ds or 0) * 100,
        )
        for page in message.pages
    )
    return Bitmap(matrix.width_px, matrix.height_px, pages, tuple(colours))


def ascii_art(page: BitmapPage, width_px: int) -> str:
    """Return a page as text, `#` for lit, rows without their dark end."""
    rows = (page.pixels[at : at + width_px] for at in range(0, len(page.pixels), width_px))
    return "\n".join("".join("#" if pixel else "." for pixel in row).rstrip(".") for row in rows)


def png(picture: Bitmap, *, page: int = 0, scale: int = 3) -> bytes:
    """Return a page as a PNG file for people, each pixel of the sign so many wide."""
    image = Image.frombytes("P", (picture.width_px, picture.height_px), picture.pages[page].pixels)
    image.putpalette([value for rgb in picture.palette for value in rgb])
    size = (picture.width_px * scale, picture.height_px * scale)
    out = BytesIO()
    image.resize(size, Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawn(page: Page, matrix: Matrix, colours: list[tuple[int, int, int]] | None) -> bytes:
    """Return the pixels of a page; colours not in the list yet are added, None is a sign without."""
    pixels = bytearray(matrix.width_px * matrix.height_px)
    rows = [(row, line, first) for line in page.lines for first, row in _rows(line, matrix)]
    gaps_px = [(line.spacing_px or 0) if first and n else 0 for n, (_, line, first) in enumerate(rows)]
    free_px = matrix.height_px - len(rows) * matrix.glyph_px - sum(gaps_px)
    top_px = {Vertical.TOP: 0, Vertical.BOTTOM: free_px}.get(page.vertical or Vertical.MIDDLE, free_px // 2)
    for gap_px, (row, line, _) in zip(gaps_px, rows, strict=True):
        top_px += gap_px
        spare_px = matrix.width_px - sum(char_px(char, matrix) for char, _, _ in row)
        middle_px = spare_px // 2
        left_px = {Justify.LEFT: 0, Justify.RIGHT: spare_px}.get(line.justify or Justify.CENTRE, middle_px)
        for char, front, back in row:
            _char(
                pixels, matrix, char, left_px, top_px, _index(front, OWN, colours), _index(back, OFF, colours)
            )
            left_px += char_px(char, matrix)
        top_px += matrix.glyph_px
    return bytes(pixels)


_Cell = tuple[str, Colour | None, Colour | None]


def _rows(line: Line, matrix: Matrix) -> Iterator[tuple[bool, list[_Cell]]]:
    """Yield the rows a line takes on the sign, and whether each is its first."""
    row = [(char, span.colour, span.background) for span in line.spans for char in span.text]
    starts = [0, *breaks(line.text, matrix)]
    for start, end in zip(starts, [*starts[1:], len(row)], strict=True):
        yield start == 0, row[start:end]


def _index(colour: Colour | None, default: int, colours: list[tuple[int, int, int]] | None) -> int:
    if colour is None or colours is None:
        return default
    if isinstance(colour, int):
        return colour
    if colour not in colours:
        colours.append(colour)
    return colours.index(colour)


def _char(
    pixels: bytearray, matrix: Matrix, char: str, left_px: int, top_px: int, front: int, back: int
) -> None:
    """Set one cell: its background, then the glyph, scaled and in its middle."""
    halves = matrix.glyph_px * 2 // glyphs.HEIGHT
    cell_px = char_px(char, matrix)
    glyph_px = glyphs.HEIGHT // (2 if cells(char) == HALF else 1)
    tall_px, wide_px = glyphs.HEIGHT * halves // 2, glyph_px * halves // 2
    for y in range(matrix.glyph_px) if back else ():
        at = (top_px + y) * matrix.width_px + left_px
        pixels[at : at + cell_px] = bytes([back]) * cell_px
    bits = glyphs.glyph(char)
    left_px += (cell_px - wide_px) // 2
    top_px += (matrix.glyph_px - tall_px) // 2
    for y in range(tall_px):
        row = bits[y * 2 // halves]
        at = (top_px + y) * matrix.width_px + left_px
        for x in range(wide_px) if row else ():
            if row >> (glyph_px - 1 - x * 2 // halves) & 1:
                pixels[at + x] = front
