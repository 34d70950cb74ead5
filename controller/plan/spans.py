"""Spans of metres along a carriageway, both ends included: joined, cut, met, and where a lane runs."""

from collections.abc import Iterable, Sequence

from config.site import Carriageway


def joined(spans: Iterable[tuple[int, int]], gap_m: int = 0) -> list[tuple[int, int]]:
    """Return the spans in order, those closer than `gap_m` made one."""
    row: list[tuple[int, int]] = []
    for from_m, to_m in sorted(spans):
        if row and from_m <= max(row[-1][1], row[-1][1] + gap_m - 1):
            row[-1] = (row[-1][0], max(row[-1][1], to_m))
        else:
            row.append((from_m, to_m))
    return row


def touches(spans: Iterable[tuple[int, int]], from_m: int, to_m: int) -> bool:
    """Return whether any span has a metre in `from_m..to_m`, both ends included."""
    return any(a <= to_m and b >= from_m for a, b in spans)


def covers(spans: Iterable[tuple[int, int]], from_m: int, to_m: int) -> bool:
    """Return whether one span holds the whole of `from_m..to_m`."""
    return any(a <= from_m and to_m <= b for a, b in spans)


def without(spans: Iterable[tuple[int, int]], gone: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of the spans outside of others."""
    left = joined(spans)
    for a, b in gone:
        left = [
            piece
            for from_m, to_m in left
            for piece in ((from_m, min(to_m, a - 1)), (max(from_m, b + 1), to_m))
            if piece[0] <= piece[1]
        ]
    return joined(left)


def runs_before(road: Carriageway, lane: int, at_m: int) -> bool:
    """Return whether traffic can come along the lane to a place."""
    begins_m = next(one.from_m for one in road.lanes if one.number == lane)
    return begins_m is None or begins_m <= 0 or begins_m < at_m


FAR = 1_000_000_000
"""Farther than any road reaches, in metres."""


def nowhere(road: Carriageway, lane: int) -> list[tuple[int, int]]:
    """Return the stretches in which a lane does not run; empty for one that runs all along."""
    one = next(one for one in road.lanes if one.number == lane)
    gaps = []
    if one.from_m is not None and one.from_m > 0:
        gaps.append((-FAR, one.from_m - 1))
    if one.to_m is not None and one.to_m < road.length_m:
        gaps.append((one.to_m + 1, FAR))
    return gaps


def within_lane(road: Carriageway, lane: int, from_m: int, to_m: int) -> list[tuple[int, int]]:
    """Return the part of a stretch in which a lane runs, as one span or none."""
    one = next(one for one in road.lanes if one.number == lane)
    first_m = from_m if one.from_m is None or one.from_m <= 0 else max(from_m, one.from_m)
    last_m = to_m if one.to_m is None or one.to_m >= road.length_m else min(to_m, one.to_m)
    return [(first_m, last_m)] if first_m <= last_m else []
