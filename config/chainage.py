"""Chainages (桩号): what people read on the posts, against metres along a carriageway. Nobody else converts.

A carriageway's table is a row of pieces in the direction of travel. In each piece chainage rises or
falls with travel; between pieces it may jump (an equation, 断链) or change its prefix (K, ZK, YK).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FORM = re.compile(
    r"^\s*(?P<prefix>[A-Z]{0,3}K)\s*(?P<km>\d{1,4})(?:\s*\+\s*(?P<m>\d{1,3})(?:\.(?P<frac>\d+))?)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chainage:
    """A reading of the posts: `K1890+300` is prefix `K`, 1,890,300 m."""

    prefix: str
    metres: int

    def __str__(self) -> str:
        """Return the form people write."""
        return f"{self.prefix}{self.metres // 1000}+{self.metres % 1000:03d}"


def parse_chainage(text: str) -> Chainage:
    """Read `K1890+300`, `YK12+5`, `k1890`; decimals of a metre are rounded.

    Raises:
        ValueError: with an example of the form.
    """
    found = _FORM.match(text)
    if not found:
        raise ValueError(f"{text!r} is no chainage; write it like K1890+300")
    metres = int(found["km"]) * 1000 + int(found["m"] or 0)
    if found["frac"]:
        metres += round(float(f"0.{found['frac']}"))
    return Chainage(found["prefix"].upper(), metres)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch without a jump: from one chainage to another of the same prefix, in travel order."""

    start: Chainage
    end: Chainage

    @property
    def length_m(self) -> int:
        """Metres of road in this piece."""
        return abs(self.end.metres - self.start.metres)

    @property
    def sense(self) -> int:
        """+1 where chainage rises with travel, -1 where it falls."""
        return 1 if self.end.metres >= self.start.metres else -1

    def offset_m(self, chainage: Chainage) -> int | None:
        """Return metres from the piece's start, None where the chainage is not in it."""
        if chainage.prefix != self.start.prefix:
            return None
        offset = (chainage.metres - self.start.metres) * self.sense
        return offset if 0 <= offset <= self.length_m else None


class ChainageTable:
    """Converts both ways along one carriageway. Immutable."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        """Take the pieces in travel order.

        Raises:
            ValueError: no piece, an empty piece, one whose two ends differ in prefix, or two
                pieces that share more than an end (a chainage would name two places).
        """
        if not pieces:
            raise ValueError("a chainage table needs at least one piece")
        for piece in pieces:
            if piece.start.prefix != piece.end.prefix:
                raise ValueError(f"{piece.start} to {piece.end}: one piece has one prefix")
            if piece.length_m == 0:
                raise ValueError(f"{piece.start} to {piece.end}: an empty piece")
        for i, piece in enumerate(pieces):
            for other in pieces[i + 1 :]:
                if piece.start.prefix == other.start.prefix and _shared_m(piece, other) > 0:
                    raise ValueError(
                        f"{piece.start} to {piece.end} and {other.start} to {other.end} overlap: "
                        "give one of them another prefix"
                    )
        self.pieces = tuple(pieces)
        self.length_m = sum(piece.length_m for piece in pieces)

    def to_m(self, chainage: Chainage) -> int:
        """Return metres along the carriageway.

        Where two pieces meet in one chainage it belongs to the first.

        Raises:
            ValueError: it lies off the table or in an equation's gap; the text says what the table covers.
        """
        base_m = 0
        for piece in self.pieces:
            offset = piece.offset_m(chainage)
            if offset is not None:
                return base_m + offset
            base_m += piece.length_m
        covered = ", ".join(f"{p.start} to {p.end}" for p in self.pieces)
        raise ValueError(f"{chainage} is not on this carriageway; it covers {covered}")

    def at(self, position_m: int) -> Chainage:
        """Return the chainage on the post at `position_m`; at a joint, that of the piece that ends.

        Raises:
            ValueError: outside 0..length_m.
        """
        if not 0 <= position_m <= self.length_m:
            raise ValueError(f"{position_m} m is outside 0..{self.length_m} m")
        base_m = 0
        for piece in self.pieces:
            if position_m <= base_m + piece.length_m:
                metres = piece.start.metres + piece.sense * (position_m - base_m)
                return Chainage(piece.start.prefix, metres)
            base_m += piece.length_m
        raise AssertionError("unreachable: the pieces add up to length_m")


def _shared_m(one: Piece, other: Piece) -> int:
    low = max(min(one.start.metres, one.end.metres), min(other.start.metres, other.end.metres))
    high = min(max(one.start.metres, one.end.metres), max(other.start.metres, other.end.metres))
    return high - low
