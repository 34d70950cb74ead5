"""The catalogue: a text for every case and every sign of two characters, in both languages."""

import itertools
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.message_checks import CLOSES, MAY_SEND
from config.messages import BLANKS, GROUPS, Language, MessagePolicy, Position, SignText, Situation, blanks
from config.schema import SignTextFile
from config.schema_base import GroupName
from config.sign_fit import why_banned, why_refused, why_unfit
from config.sign_meaning import Level, level
from config.site import SignShape
from controller.incident import IncidentType
from controller.signs.sign_catalogue import SIDE, WHAT
from controller.signs.sign_ladders import LADDERS
from controller.signs.sign_texts import (
    Telling,
    candidates,
    choose,
    distance_text,
    first_that_fits,
    fit,
    lane_words,
    sends_to,
)
from devices.multi import parse, plain
from devices.sign_chars import why_not_sent, width
from tests.unit.small_road import road

EAST = road(lanes=3).carriageways["E"]


def cases(language: Language) -> Iterator[Telling]:
    zh = language is Language.ZH
    for situation, group, position in itertools.product(Situation, GROUPS, Position):
        distance_m = {"here": None, "near": 900, "middle": 4_000, "far": 15_000}[position]
        lanes = ("快车道" if zh else "FAST LANE") if situation is Situation.LANES else ""
        tunnel = "小山隧道" if zh else "Hill tunnel"
        exits = ("北镇互通" if zh else "North junction", "")
        yield Telling(situation, group, position, lanes, distance_m, tunnel, exits[len(group) % 2])


@pytest.mark.parametrize("language", Language)
def test_every_text_is_whole_printable_lawful_and_as_strict_as_its_situation(language: Language) -> None:
    policy = MessagePolicy(language)
    for telling in cases(language):
        row = list(candidates(telling, policy))
        assert row
        for candidate in row:
            text = plain(candidate.multi)
            assert "{" not in text
            assert "|" not in text
            assert why_not_sent(text) is None
            assert why_banned(text) is None
            assert not re.search(r"^[ ,:]|[ ,:]$|  |,,| ,", text), text
            assert (level(text) is Level.CLOSURE) is (telling.situation in CLOSES), text
            assert telling.situation in MAY_SEND or not sends_to(text, EAST), text
            assert parse(candidate.multi).pages[0].lines[0].text == text
        widths = [width("".join(candidate.words)) for candidate in row]
        assert widths[-1] <= 4
        assert widths[-1] == min(widths)


SHAPES = st.builds(
    lambda columns, rows, glyph_px, colour, odd_px: SignShape(
        columns * glyph_px + odd_px, rows * glyph_px, glyph_px, colour
    ),
    st.integers(2, 20),
    st.integers(1, 4),
    st.sampled_from([8, 16, 24, 25, 32, 48]),
    st.booleans(),
    st.integers(0, 7),
)
OUTSIDE = st.text("隧道山Ab [nl]{what}|\n\x00\u202e,", max_size=12)


@given(
    st.sampled_from(Language),
    st.sampled_from(Situation),
    st.sampled_from(GROUPS),
    st.sampled_from(Position),
    st.none() | st.integers(0, 60_000),
    st.sampled_from(["", "快车道", "快车道、|行车道", "FAST LANE"]),
    OUTSIDE,
    OUTSIDE,
    SHAPES,
)
def test_no_sign_of_two_characters_is_skipped_and_no_name_becomes_markup(
    language: Language,
    situation: Situation,
    group: str,
    position: Position,
    distance_m: int | None,
    lanes: str,
    tunnel: str,
    exit_: str,
    shape: SignShape,
) -> None:
    telling = Telling(situation, group, position, lanes, distance_m, tunnel, exit_)
    choice = choose(telling, shape, MessagePolicy(language))
    assert choice is not None
    assert why_unfit(choice.multi, shape) is None
    message = parse(choice.multi)
    assert len(message.pages) == (2 if choice.paged else 1)
    assert all(page.on_ds is None for page in message.pages) is not choice.paged
    assert all(c.isprintable() and c != "\u202e" for c in choice.multi)
    red = situation is Situation.CLOSURE and shape.colour
    spans = [span for page in message.pages for line in page.lines for span in line.spans]
    assert {span.colour for span in spans} == {1 if red else None}


@pytest.mark.parametrize("language", Language)
def test_the_longest_text_that_fits_is_never_passed_over(language: Language) -> None:
    for telling in cases(language):
        row = list(candidates(telling, MessagePolicy(language)))
        wide = choose(telling, SignShape(16 * 80, 16, 16), MessagePolicy(language))
        assert wide is not None
        assert plain(wide.multi) == "".join(row[0].words)
        assert not wide.shortened


def test_tables_cover_what_they_are_asked_for() -> None:
    assert set(GROUPS) == {kind.group for kind in IncidentType} == set(get_args(GroupName))
    situations = SignTextFile.model_fields["situation"].annotation
    assert set(get_args(situations)) == set(Situation)
    for language in Language:
        assert set(WHAT[language]) == set(GROUPS)
        assert set(SIDE[language]) == {"right", "left"}
        for row in LADDERS[language]:
            for form in row.value.forms:
                assert blanks(form) <= set(BLANKS)
            assert row.value.paged <= len(row.value.forms)


def text_of(policy: MessagePolicy, shape: SignShape, sign: str = "S1", group: str = "fire") -> str:
    telling = Telling(Situation.LANES, group, Position.NEAR, "快车道", 900, sign=sign)
    choice = choose(telling, shape, policy)
    assert choice is not None
    return choice.multi


def test_a_sites_own_text_stands_where_it_fits_the_most_specific_first() -> None:
    texts = (
        SignText(Situation.LANES, "{lanes}|有|{what}"),
        SignText(Situation.LANES, "{lanes}|火情,|关窗|慢行", groups=("fire",)),
        SignText(Situation.LANES, "本牌|{what}", signs=("S2",)),
        SignText(Situation.LANES, "远处|{what}", positions=(Position.FAR,)),
    )
    policy = MessagePolicy(texts=texts)
    large, small = SignShape(320, 32, 16), SignShape(96, 16, 16)
    assert text_of(policy, large) == "快车道火情,关窗慢行"
    assert text_of(policy, small) == "快车道有火情"
    assert text_of(policy, large, sign="S2") == "本牌火情"
    assert text_of(policy, large, group="crash") == "快车道有事故"
    assert text_of(policy, SignShape(32, 16, 16)) == "火情"


def test_a_wrong_way_driver_is_met_on_the_side_traffic_keeps_to() -> None:
    for drives, side, lane in (("right", "右", 3), ("left", "左", 1)):
        telling = Telling(Situation.WRONG_WAY, "wrong_way", Position.FAR, drives=drives)
        text, _ = first_that_fits(telling, SignShape(320, 32, 16))
        assert text == f"前方逆行车辆,靠{side}行驶,禁止超车"
        assert sends_to(text, EAST) == {lane}


@pytest.mark.parametrize(
    ("text", "shape", "sent"),
    [
        (
            "逆行车辆,禁止超车[np]前方隧道封闭",
            SignShape(128, 32),
            "[pt22o0]逆行车辆,禁止超车[np][pt20o0]前方隧道封闭",
        ),
        ("隧道内火情,尽快驶离", SignShape(128, 32), "隧道内火情,[nl]尽快驶离"),
        ("一二三四五", SignShape(64, 32), "一二三四五"),
        ("[cf1]一,二三四", SignShape(64, 32), "[cf1]一,二三四"),
        ("一二三四五", SignShape(64, 16), None),
        ("一[zz]", SignShape(64, 16), None),
    ],
)
def test_given_texts_are_fitted_too(text: str, shape: SignShape, sent: str | None) -> None:
    assert fit(text, shape) == sent


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("前方事故", False),
        ("三人死[nl]亡", True),
        ("DRIVER DEAD", True),
        ("DEADLINE", False),
        ("小心", True),
        ("前方有狗熊\U0001f43b", True),
        ("一" * 99, True),
        ("前方事故[np]减速慢行", False),
        ("[pt5o0]前方事故[np]减速慢行", True),
        ("[pt20o0]前方快车道事故请减速[np]慢行", True),
        ("[pt28o0]前方快车道事故请减速[np][pt20o0]慢行", False),
        ("前方快车道事故请减速注意避让[np]慢行", True),
    ],
)
def test_what_a_person_may_not_write(text: str, refused: bool) -> None:
    assert (why_refused(text, SignShape(128, 32), ("小心",)) is not None) is refused


def test_a_lane_in_letters_is_one_word() -> None:
    words = lane_words(EAST, frozenset({1, 2}), Language.EN)
    assert words == "LANE\u00a01 AND LANE\u00a02"
    assert lane_words(EAST, frozenset({1, 2, 3}), Language.EN) == "3\u00a0LANES"
    telling = Telling(Situation.LANES, "crash", Position.HERE, "LANE\u00a01")
    choice = choose(telling, SignShape(48, 48, 16), MessagePolicy(Language.EN))
    assert choice is not None
    assert choice.multi == "CRASH,[nl]LANE 1[nl]CLOSED"


def test_distances_in_letters_keep_their_unit() -> None:
    assert distance_text(900, Language.EN) == "900\u00a0m"
    telling = Telling(Situation.ADVISORY, "crash", Position.FAR, distance_m=2_000)
    choice = choose(telling, SignShape(80, 32, 16), MessagePolicy(Language.EN))
    assert choice is not None
    assert choice.multi == "CRASH 2 km"
