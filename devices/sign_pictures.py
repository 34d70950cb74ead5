"""A drawn message as JSON: the one form previews, screens and signs in pixel mode are given."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from devices.sign_bitmap import Bitmap, BitmapPage

MAX_PX = 4_096
"""Widest and highest picture taken from a wire; larger ones are a mistake."""


def picture_to_json(picture: Bitmap) -> dict[str, Any]:
    """Return the JSON form of a picture.

    `pixels` is base64 of one byte a pixel, row by row from the top left, each a place in `palette`; 0 is
    dark. `on_ms` and `off_ms` are how long a page stands and is dark then; `on_ms` 0 stands for ever.
    """
    return {
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "palette": [list(rgb) for rgb in picture.palette],
        "pages": [
            {"pixels": b64encode(page.pixels).decode(), "on_ms": page.on_ms, "off_ms": page.off_ms}
            for page in picture.pages
        ],
    }


def picture_from_json(raw: Any) -> Bitmap:
    """Read the JSON form back.

    Raises:
        ValueError: it is none; with what is wrong.
    """
    if not isinstance(raw, Mapping) or set(raw) != {"width_px", "height_px", "palette", "pages"}:
        raise ValueError("no picture; expected width_px, height_px, palette and pages")
    width_px, height_px = (_whole(raw, key, 1, MAX_PX) for key in ("width_px", "height_px"))
    palette, pages = raw["palette"], raw["pages"]
    if not isinstance(palette, list) or not 1 <= len(palette) <= 256 or not all(map(_is_colour, palette)):
        raise ValueError("palette: not 1 to 256 colours of red, green and blue, 0 to 255 each")
    if not isinstance(pages, list) or not pages:
        raise ValueError("pages: not a list of at least one page")
    drawn = tuple(_page(page, width_px * height_px, len(palette)) for page in pages)
    return Bitmap(width_px, height_px, drawn, tuple((r, g, b) for r, g, b in palette))


def is_dark(picture: Bitmap) -> bool:
    """Return whether no pixel of any page is lit."""
    return not any(map(any, (page.pixels for page in picture.pages)))


def _page(raw: Any, pixels: int, colours: int) -> BitmapPage:
    if not isinstance(raw, Mapping) or set(raw) != {"pixels", "on_ms", "off_ms"}:
        raise ValueError("pages: a page has pixels, on_ms and off_ms")
    try:
        drawn = b64decode(raw["pixels"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ValueError("pages: pixels are no base64") from None
    if len(drawn) != pixels:
        raise ValueError(f"pages: {len(drawn)} pixels, the picture has {pixels}")
    if max(drawn) >= colours:
        raise ValueError(f"pages: a pixel of colour {max(drawn)}, the palette has {colours}")
    return BitmapPage(drawn, *(_whole(raw, key, 0, 600_000) for key in ("on_ms", "off_ms")))


def _whole(raw: Mapping[str, Any], key: str, least: int, most: int) -> int:
    number = raw[key]
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise ValueError(f"{key}: not a whole number from {least} to {most}")
    return number


def _is_colour(raw: Any) -> bool:
    return (
        isinstance(raw, list)
        and len(raw) == 3
        and all(isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 255 for part in raw)
    )
