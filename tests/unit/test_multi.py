"""MULTI: read, written, and never let in from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.multi import (
    Justify,
    Line,
    Multi,
    MultiError,
    Page,
    Span,
    Vertical,
    escape,
    merged,
    parse,
    plain,
    write,
)

COLOURS = st.none() | st.integers(0, 9) | st.tuples(*[st.integers(0, 255)] * 3)
SPANS = st.lists(st.builds(Span, st.text("一二ab[]| ,"), COLOURS, COLOURS), max_size=3).map(merged)
TIMES = st.none() | st.integers(0, 255)


@st.composite
def messages(draw):
    pages = []
    for _ in range(draw(st.integers(1, 3))):
        count = draw(st.integers(1, 3))
        justify = [draw(st.none() | st.sampled_from(Justify)) for _ in range(count)]
        gaps = [None, *(draw(st.none() | st.integers(0, 99)) for _ in range(count - 1))]
        lines = tuple(Line(draw(SPANS), j, gap) for j, gap in zip(justify, gaps, strict=True))
        vertical = draw(st.none() | st.sampled_from(Vertical))
        pages.append(Page(lines, vertical, draw(TIMES.filter(lambda on: on != 0)), draw(TIMES)))
    return Multi(tuple(pages))


@given(messages())
def test_what_is_written_is_read_back(message: Multi) -> None:
    assert parse(write(message)) == message


@given(st.text())
def test_outside_text_is_shown_letter_by_letter(text: str) -> None:
    message = parse(escape(text)[:900]) if len(escape(text)) <= 900 else parse("")
    assert len(message.pages) == 1
    assert len(message.pages[0].lines) == 1
    if len(escape(text)) <= 900:
        assert message.pages[0].lines[0].text == text
        assert plain(escape(text)) == text


@given(st.text("[]nlptjcf0123o,/ 一\x00\n"))
def test_any_text_is_read_or_refused_by_name_and_plain_never_fails(text: str) -> None:
    plain(text)
    try:
        message = parse(text)
    except MultiError:
        return
    assert parse(write(message)) == message


@pytest.mark.parametrize(
    "text",
    ["", "前方快车道事故,注意减速避让", "[pt20o0]一[np]二", "[cf1]一[cf]二", "[jp2][jl3]一[nl2]二", "[[一]]"],
)
def test_texts_in_their_shortest_form_stay_byte_for_byte(text: str) -> None:
    assert write(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[fo2]一", r"\[fo2\]: no tag"),
        ("[]", r"\[\]: no tag"),
        ("[/fl]", r"\[/fl\]: no tag"),
        ("[f1,1]", r"\[f1,1\]: no tag"),
        ("[np2]", r"\[np2\]: no tag"),
        ("一[nl", "opens or closes no tag"),
        ("[jl9]", r"\[jl9\]: one of 2, 3, 4"),
        ("一[jl3]", r"\[jl3\]: it has to stand before the text of its line"),
        ("一[nl][jp2]", r"\[jp2\]: it has to stand before the text of its page"),
        ("[cf10]", r"\[cf10\]: a number from 0 to 9"),
        ("[cf1,2,256]", r"\[cf1,2,256\]: a number from 0 to 255"),
        ("[cf1,2]", r"\[cf1,2\]"),
        ("[pt0]", r"\[pt0\]: a page is never shown for no time"),
        ("[pt2s]", r"\[pt2s\]: page times"),
        ("[pt256]", r"\[pt256\]: a number from 0 to 255"),
        ("[nl²]", r"\[nl²\]: a number"),
        ("[np][np][np][np][np][np]", r"\[np\]: more than 6 pages"),
        ("一" * 1_001, "1001 characters"),
    ],
)
def test_what_is_refused_says_which_tag(text: str, words: str) -> None:
    with pytest.raises(MultiError, match=words):
        parse(text)


def test_what_a_tag_sets_stays_set() -> None:
    first, second = parse("[pt30o5][jp3][jl3][cf2]一[nl]二[np]三").pages
    assert (second.on_ds, second.off_ds, second.vertical) == (30, 5, Vertical.MIDDLE)
    assert first.lines[1].justify is second.lines[0].justify is Justify.CENTRE
    assert second.lines[0].spans == (Span("三", 2),)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("道路[nl]封闭", "道路封闭"),
        ("ROAD[nl]CLOSED", "ROAD CLOSED"),
        ("ROAD [NP]CLOSED", "ROAD CLOSED"),
        ("一[g7]二[[三", "一二[三"),
    ],
)
def test_plain_reading(text: str, read: str) -> None:
    assert plain(text) == read
