"""Signs drawn: three messages pixel by pixel, and the width table against the font itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.site import SignShape
from devices import glyphs, sign_bitmap
from devices.sign_bitmap import OWN, PALETTE, ascii_art, bitmap, png
from devices.sign_chars import RANGES

SNAPSHOTS = Path(__file__).parent / "sign_bitmaps.txt"
ORIGIN = "前方快车道事故,注意减速避让"
needs_font = pytest.mark.skipif(not glyphs.installed(), reason="no sign font here: make font")

DRAWN = {
    f"{ORIGIN} on 128 x 32": (ORIGIN, SignShape(128, 32)),
    "[pt20o0]快车道[np]事故 on 64 x 16": ("[pt20o0]快车道[np]事故", SignShape(64, 16)),
    "[jl2]3公里[nl][jl4]A b on 96 x 48, 24 high": ("[jl2]3公里[nl][jl4]A b", SignShape(96, 48, 24)),
}


def drawings() -> str:
    blocks = []
    for title, (text, shape) in DRAWN.items():
        pages = bitmap(text, shape).pages
        blocks.append("\n\n".join([f"== {title}", *(ascii_art(page, shape.width_px) for page in pages)]))
    return "\n\n".join(blocks) + "\n"


@needs_font
def test_three_messages_look_as_they_did() -> None:
    assert drawings() == SNAPSHOTS.read_text("utf-8")


@needs_font
def test_the_width_table_is_the_fonts_and_the_font_has_every_character_of_it() -> None:
    wrong = [
        f"U+{point:04X}"
        for first, last, halves in RANGES
        for point in range(first, last + 1)
        if glyphs.advance_px(chr(point)) != 8 * halves
    ]
    assert wrong == []
    some = [p for first, last, _ in RANGES for p in (first, last, (first + last) // 2)]
    assert [f"U+{point:04X}" for point in some if not glyphs.drawn(chr(point))] == []
    assert not glyphs.drawn("\U0010fffe")


@needs_font
def test_pages_times_and_colours() -> None:
    picture = bitmap("[pt25o5][cf1]一[np][cf9,8,7][cb4]二", SignShape(16, 16), colour=True)
    assert [(page.on_ms, page.off_ms) for page in picture.pages] == [(2_500, 500), (2_500, 500)]
    assert [set(page.pixels) for page in picture.pages] == [{0, 1}, {4, len(PALETTE)}]
    assert picture.palette[len(PALETTE)] == (9, 8, 7)
    plain = bitmap("[cf1]一[np][cf9,8,7][cb4]二", SignShape(16, 16))
    assert [set(page.pixels) for page in plain.pages] == [{0, OWN}, {0, OWN}]
    assert [(page.on_ms, page.off_ms) for page in plain.pages] == [(3_000, 0), (3_000, 0)]
    assert [page.on_ms for page in bitmap("一", SignShape(16, 16)).pages] == [0]
    dark = bitmap("", SignShape(20, 10, 8))
    assert [set(page.pixels) for page in dark.pages] == [{0}]


@needs_font
def test_lines_and_pages_stand_where_they_are_told() -> None:
    shape = SignShape(32, 32)

    def lit(text: str) -> tuple[int, int]:
        """Return the first lit column and row."""
        pixels = bitmap(text, shape).pages[0].pixels
        where = [(at % 32, at // 32) for at, pixel in enumerate(pixels) if pixel]
        return min(x for x, _ in where), min(y for _, y in where)

    left, top = lit("[jl2][jp2]口")
    assert lit("[jl3][jp3]口") == lit("口") == (left + 8, top + 8)
    assert lit("[jl4][jp4]口") == (left + 16, top + 16)


@needs_font
@pytest.mark.parametrize(
    ("text", "shape", "words"),
    [
        ("一二三", SignShape(32, 16), "needs 2 lines"),
        ("[fl]一", SignShape(32, 16), r"\[fl\]"),
        ("一", SignShape(32, 16, 12), "the smallest have 16"),
    ],
)
def test_what_cannot_be_drawn_says_why(text: str, shape: SignShape, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bitmap(text, shape)


@needs_font
def test_people_get_a_png() -> None:
    picture = bitmap(ORIGIN, SignShape(128, 32))
    data = png(picture, scale=2)
    assert data.startswith(b"\x89PNG")
    assert (data[16:20], data[20:24]) == ((256).to_bytes(4, "big"), (64).to_bytes(4, "big"))
    assert bitmap(ORIGIN, SignShape(128, 32)) is picture


def test_without_a_font_the_error_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(glyphs, "places", lambda: (tmp_path / "none.woff",))
    for cached in (glyphs._font, glyphs.glyph, sign_bitmap.bitmap):
        cached.cache_clear()
    try:
        assert not glyphs.installed()
        with pytest.raises(glyphs.FontMissing, match="make font"):
            bitmap("一", SignShape(16, 16))
    finally:
        for cached in (glyphs._font, glyphs.glyph, sign_bitmap.bitmap):
            cached.cache_clear()


def test_planning_loads_no_font_library() -> None:
    code = (
        "import sys, config.loader; from controller.plan.planner import rule_modules;"
        " rule_modules(); assert 'PIL' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


if __name__ == "__main__":
    SNAPSHOTS.write_text(drawings(), "utf-8")
