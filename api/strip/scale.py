"""Where things lie on the page: the rows of a carriageway, metres to points, labels that do not overlap."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from config.chainage import ChainageTable

WIDTH = 1_500
LEFT, RIGHT = 56, 28
GANTRY_GAP = 27
"""Points between neighbouring gantries at least, as far as the limits below allow."""
LEAST_M, MOST_M = 2_000, 12_000
"""Metres in one row."""
MARGIN_M = 250


@dataclass(frozen=True, slots=True)
class Row:
    """A piece of a carriageway that is drawn in one line.

    Attributes:
        skipped_m: metres left out before it, in which nothing of the plan stands.
    """

    from_m: int
    to_m: int
    length_m: int
    skipped_m: int = 0

    def x(self, at_m: float) -> float:
        """Return where a place lies on the page, at the nearest end for one outside."""
        inside = min(max(at_m, self.from_m), self.to_m)
        return LEFT + (inside - self.from_m) * (WIDTH - LEFT - RIGHT) / self.length_m

    def holds(self, at_m: float) -> bool:
        """Return whether a place lies in it."""
        return self.from_m <= at_m <= self.to_m

    def part(self, from_m: float, to_m: float) -> tuple[float, float] | None:
        """Return the two ends on the page of a stretch, None where it lies outside."""
        if to_m < self.from_m or from_m > self.to_m:
            return None
        return self.x(from_m), self.x(to_m)


def rows(places: Iterable[int], gantries: Sequence[int], length_m: int) -> Iterator[Row]:
    """Yield the rows that hold every place, each to the same scale; empty stretches are left out.

    Args:
        places: whatever has to be seen, in metres along the carriageway.
        gantries: along it; they decide the scale.
        length_m: of the carriageway.
    """
    wanted = sorted({min(max(at, 0), length_m) for at in places})
    if not wanted:
        return
    row_m = _row_m([at for at in gantries if wanted[0] <= at <= wanted[-1]])
    end_m = None
    at = 0
    while at < len(wanted):
        from_m = max(wanted[at] - MARGIN_M, 0)
        if end_m is not None and from_m - end_m < row_m // 4:
            from_m = end_m
        inside = [m for m in wanted[at:] if m <= from_m + row_m]
        to_m = min(inside[-1] + MARGIN_M, from_m + row_m, length_m)
        yield Row(from_m, to_m, row_m, 0 if end_m is None else from_m - end_m)
        end_m = to_m
        at += len(inside)


def _row_m(gantries: Sequence[int]) -> int:
    gaps = sorted(b - a for a, b in pairwise(sorted(set(gantries))))
    near = gaps[len(gaps) // 10] if gaps else MOST_M
    metres = (WIDTH - LEFT - RIGHT) * near // GANTRY_GAP
    return min(max(metres // 500 * 500, LEAST_M), MOST_M)


def posts(table: ChainageTable, from_m: int, to_m: int, every_m: int) -> Iterator[tuple[int, str]]:
    """Yield the round posts of a stretch, as they are written there."""
    base_m = 0
    for piece in table.pieces:
        low, high = sorted((piece.start.metres, piece.end.metres))
        for post in range(-(-low // every_m) * every_m, high + 1, every_m):
            at_m = base_m + abs(post - piece.start.metres)
            if from_m <= at_m <= to_m:
                yield at_m, f"{piece.start.prefix}{post // 1000}+{post % 1000:03d}"
        base_m += piece.length_m


def levels(spans: Sequence[tuple[float, float]], gap: float = 6) -> list[int]:
    """Return for each span, from the left, the lowest level on which it touches none before it."""
    ends: list[float] = []
    found = []
    for start, end in spans:
        level = next((i for i, last in enumerate(ends) if last + gap <= start), len(ends))
        if level == len(ends):
            ends.append(end)
        ends[level] = end
        found.append(level)
    return found
