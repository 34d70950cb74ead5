"""Lines and pages on a matrix: whole words, punctuation first, long enough to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.messages import words
from config.site import SignShape
from devices.multi import parse, write
from devices.sign_chars import cleaned, why_not_sent, width
from devices.sign_layout import lay_out, lay_out_on_pages, reading_time_ds, together, why_unfit


def shape(columns: int, rows: int, glyph_px: int = 16) -> SignShape:
    return SignShape(columns * glyph_px, rows * glyph_px, glyph_px)


def laid(marked: str, columns: int, rows: int) -> str | None:
    message = lay_out(words(marked), shape(columns, rows))
    return None if message is None else write(message)


@pytest.mark.parametrize(
    ("marked", "columns", "rows", "text"),
    [
        pytest.param(
            "前方|快车道|事故,|注意|减速|避让", 8, 2, "前方快车道事故,注意减速避让", id="as-the-sign"
        ),
        pytest.param(
            "前方|快车道|事故,|注意|减速|避让", 9, 2, "前方快车道事故,[nl]注意减速避让", id="at-punctuation"
        ),
        pytest.param("前方|3公里|快车道|事故", 6, 2, "前方3公里[nl]快车道事故", id="not-inside-a-word"),
        pytest.param("长度|12公里", 4, 2, "长度[nl]12公里", id="number-and-unit"),
        pytest.param("一二|三四", 4, 1, "一二三四", id="one-line"),
        pytest.param("一二|三四", 1, 4, "一二三四", id="read-downwards"),
        pytest.param("一二三|四五", 2, 2, None, id="a-word-too-long"),
        pytest.param("ROAD CLOSED AHEAD", 8, 2, "ROAD CLOSED[nl]AHEAD", id="words-in-letters"),
        pytest.param("[a]|b", 4, 1, "[[a]]b", id="brackets"),
        pytest.param("一|二", 0, 1, None, id="no-matrix"),
    ],
)
def test_lines(marked: str, columns: int, rows: int, text: str | None) -> None:
    assert laid(marked, columns, rows) == text


MARKED = st.lists(st.text("一二三ab1,、|", min_size=1, max_size=6), max_size=6).map("|".join)


@given(MARKED, st.integers(1, 12), st.integers(1, 4))
def test_a_line_never_ends_inside_a_word_and_the_text_fits(marked: str, columns: int, rows: int) -> None:
    whole = words(marked)
    message = lay_out(whole, shape(columns, rows))
    if message is None:
        return
    text = write(message)
    assert why_unfit(text, shape(columns, rows)) is None
    assert "".join(line.text for line in message.pages[0].lines) == "".join(whole)
    if columns > 1 and len(message.pages[0].lines) > 1:
        ends = {"".join(whole[:n]) for n in range(len(whole) + 1)}
        so_far = ""
        for line in message.pages[0].lines:
            so_far += line.text
            assert so_far in ends


@given(MARKED, st.integers(1, 12), st.integers(1, 3))
def test_two_pages_stay_long_enough_to_read_and_not_too_long(marked: str, columns: int, rows: int) -> None:
    message = lay_out_on_pages(words(marked), shape(columns, rows))
    if message is None:
        return
    assert parse(write(message)) == message
    assert why_unfit(write(message), shape(columns, rows)) is None
    assert len(message.pages) == 2
    for page in message.pages:
        text = "".join(line.text for line in page.lines)
        assert page.on_ds is not None
        assert page.on_ds >= 20
        assert page.on_ds * 8 >= width(text) * 10
    assert sum(page.on_ds or 0 for page in message.pages) <= 80


@pytest.mark.parametrize(
    ("text", "tenths"), [("", 20), ("事故慢行", 20), ("前方快车道事故,注意减速避让", 34), ("ab", 20)]
)
def test_reading_time(text: str, tenths: int) -> None:
    assert reading_time_ds(text) == tenths


def test_two_messages_together_are_two_timed_pages() -> None:
    both = together([parse("快车道事故"), parse("前方排队")], shape(5, 1))
    assert both is not None
    assert write(both) == "[pt20o0]快车道事故[np]前方排队"
    long = parse("一" * 16)
    assert together([long, long], shape(16, 1)) is not None
    assert together([long, parse("一" * 17)], shape(17, 1)) is None
    assert together([parse("一[np]二"), parse("三")], shape(1, 1)) is None
    assert together([], shape(1, 1)) is None


@given(st.text())
def test_cleaned_text_has_only_characters_a_sign_has(text: str) -> None:
    assert why_not_sent(cleaned(text)) is None
    assert cleaned(cleaned(text)) == cleaned(text)


@pytest.mark.parametrize(
    "char", ["\n", "\x07", "\u202e", "\u200d", "\ufeff", "\u0301", "\U0001f6a7", "\ue000"]
)
def test_what_no_sign_is_sent(char: str) -> None:
    assert why_not_sent(f"事故{char}") is not None
    assert why_unfit(f"事故{char}", shape(8, 2)) is not None
    assert "事故" in cleaned(f"事故{char}慢行")


def test_two_pages_longer_than_eight_seconds_are_refused() -> None:
    page = "一二三四五六七八九十一二三四五六"
    assert lay_out_on_pages((page, page), shape(16, 1)) is not None
    assert lay_out_on_pages((page + "七", page), shape(17, 1)) is None


@pytest.mark.parametrize(
    ("marked", "row"),
    [
        ("长|12|公里", ("长", "12公里")),
        ("QUEUE 2 km LONG", ("QUEUE ", "2 km ", "LONG")),
        ("2,000 m", ("2,000 m",)),
        ("A, B,丙", ("A, ", "B,", "丙")),
        ("3 man", ("3 ", "man")),
        ("", ()),
    ],
)
def test_what_stays_together(marked: str, row: tuple[str, ...]) -> None:
    assert words(marked) == row
