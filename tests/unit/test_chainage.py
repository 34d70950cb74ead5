"""Chainages: rising, falling, prefixes, equations, and that nothing is lost on the way there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.chainage import Chainage, ChainageTable, Piece, parse_chainage


def table(*pieces: str) -> ChainageTable:
    ends = [[parse_chainage(end) for end in piece.split()] for piece in pieces]
    return ChainageTable([Piece(start, end) for start, end in ends])


def to_m(road: ChainageTable, text: str) -> int:
    return road.to_m(parse_chainage(text))


@pytest.mark.parametrize(
    ("text", "prefix", "metres"),
    [
        ("K1890+300", "K", 1_890_300),
        (" zk1890 + 5 ", "ZK", 1_890_005),
        ("k1890", "K", 1_890_000),
        ("YK0+000", "YK", 0),
        ("K12+34.6", "K", 12_035),
        ("K12+999.6", "K", 13_000),
    ],
)
def test_forms_that_are_read(text: str, prefix: str, metres: int) -> None:
    assert parse_chainage(text) == Chainage(prefix, metres)


@pytest.mark.parametrize(
    "text", ["", "1890+300", "K", "K1890+", "K1890+1000", "K-1+000", "ABCDK1+000", "K1+0x", "桩号"]
)
def test_forms_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="K1890\\+300"):
        parse_chainage(text)


def test_rising() -> None:
    road = table("K10+000 K12+500")
    assert road.length_m == 2_500
    assert to_m(road, "K10+000") == 0
    assert to_m(road, "K11+250") == 1_250
    assert str(road.at(2_500)) == "K12+500"


def test_falling() -> None:
    road = table("K12+500 K10+000")
    assert to_m(road, "K12+500") == 0
    assert to_m(road, "K11+250") == 1_250
    assert str(road.at(2_500)) == "K10+000"


def test_prefixes_are_different_roads_of_numbers() -> None:
    road = table("K10+000 K11+000", "ZK11+000 ZK12+100", "K12+000 K13+000")
    assert to_m(road, "ZK11+500") == 1_500
    assert to_m(road, "K12+000") == 2_100
    with pytest.raises(ValueError, match="not on this carriageway"):
        to_m(road, "K11+500")
    assert str(road.at(1_000)) == "K11+000"
    assert str(road.at(1_001)) == "ZK11+001"


def test_an_equation_that_leaves_numbers_out_is_never_a_distance() -> None:
    road = table("K10+000 K11+000", "K11+120 K12+000")
    assert to_m(road, "K11+120") - to_m(road, "K10+900") == 100
    with pytest.raises(ValueError, match="K11\\+120 to K12\\+000"):
        to_m(road, "K11+050")


def test_an_equation_that_repeats_numbers_needs_a_prefix() -> None:
    with pytest.raises(ValueError, match="overlap"):
        table("K10+000 K11+000", "K10+900 K12+000")
    road = table("K10+000 K11+000", "AK10+900 AK12+000")
    assert to_m(road, "AK10+900") == to_m(road, "K11+000") == 1_000


def test_pieces_that_meet_in_one_number_share_it() -> None:
    road = table("K10+000 K11+000", "K11+000 K12+000")
    assert to_m(road, "K11+000") == 1_000
    assert str(road.at(1_000)) == "K11+000"


@pytest.mark.parametrize("pieces", [(), ("K1+000 K1+000",), ("K1+000 ZK2+000",)])
def test_tables_that_are_refused(pieces: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="piece"):
        table(*pieces)


@pytest.mark.parametrize("position_m", [-1, 2_501])
def test_positions_off_the_road_are_refused(position_m: int) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.2500"):
        table("K10+000 K12+500").at(position_m)


@st.composite
def roads(draw: st.DrawFn) -> ChainageTable:
    """Up to four pieces, each rising or falling, with a prefix of its own or after a jump."""
    pieces, start_m = [], draw(st.integers(500_000, 600_000))
    for prefix in draw(
        st.lists(st.sampled_from(["K", "ZK", "YK", "AK"]), min_size=1, max_size=4, unique=True)
    ):
        end_m = start_m + draw(st.integers(1, 20_000)) * draw(st.sampled_from([1, -1]))
        pieces.append(Piece(Chainage(prefix, start_m), Chainage(prefix, end_m)))
        start_m = end_m + draw(st.integers(-300, 300))
    return ChainageTable(pieces)


@given(road=roads(), share=st.integers(0, 1_000_000))
def test_there_and_back_is_the_same_place(road: ChainageTable, share: int) -> None:
    position_m = road.length_m * share // 1_000_000
    assert road.to_m(parse_chainage(str(road.at(position_m)))) == position_m


@given(road=roads(), share=st.integers(0, 1_000_000), step_m=st.integers(1, 500))
def test_driving_on_never_goes_back(road: ChainageTable, share: int, step_m: int) -> None:
    first_m = road.length_m * share // 1_000_000
    then_m = min(road.length_m, first_m + step_m)
    assert road.to_m(road.at(then_m)) - road.to_m(road.at(first_m)) == then_m - first_m
