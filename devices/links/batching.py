"""Which pending Modbus requests share a frame: pure functions over runs of points (design 3, Link)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Table: TypeAlias = Literal["coil", "discrete", "holding", "input"]
WriteTable: TypeAlias = Literal["coil", "holding"]

WRITE_LIMIT: Mapping[str, int] = {"coil": 1968, "holding": 123}
READ_LIMIT: Mapping[str, int] = {"coil": 2000, "discrete": 2000, "holding": 125, "input": 125}
"""Most points one frame may carry, from the protocol's 253-byte limit."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of points one caller asked for; it is never split over frames.

    Attributes:
        max_gap: points nobody asked for that a shared read may span next to this run.
        alone: shares no frame, because a frame it was in has been refused.
    """

    unit: int
    table: Table
    address: int
    count: int
    max_gap: int = 0
    alone: bool = False

    @property
    def end(self) -> int:
        """The first address after the run."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Block:
    """One frame.

    Attributes:
        members: indexes into the spans it was made from, by rising address.
    """

    unit: int
    table: Table
    address: int
    count: int
    members: tuple[int, ...]


def ready_writes(spans: Sequence[Span], held: Collection[int] = ()) -> list[Block]:
    """Return the write frames that may be sent now, the one with the oldest member first.

    A frame covers exactly the points its members asked for. A span that shares a point with an
    earlier one, held or not, is left out until that one is done, so that the later write lands later.

    Args:
        spans: pending writes in the order they were asked for.
        held: indexes that must wait; they block later writes to their points.
    """
    taken: set[tuple[int, Table, int]] = set()
    ready: list[int] = []
    for index, span in enumerate(spans):
        points = {(span.unit, span.table, at) for at in range(span.address, span.end)}
        if not points & taken and index not in held:
            ready.append(index)
        taken |= points
    return _merge(spans, ready, WRITE_LIMIT, gaps=False)


def read_blocks(spans: Sequence[Span]) -> list[Block]:
    """Return the read frames that cover all spans, the one with the oldest member first.

    Neighbours share a frame over a gap that both allow; spans may overlap.
    """
    return _merge(spans, range(len(spans)), READ_LIMIT, gaps=True)


def _merge(
    spans: Sequence[Span], indexes: Iterable[int], limit: Mapping[str, int], *, gaps: bool
) -> list[Block]:
    blocks: list[Block] = []
    members: list[int] = []
    end = gap = 0

    def close() -> None:
        if members:
            first = spans[members[0]]
            count = end - first.address
            blocks.append(Block(first.unit, first.table, first.address, count, tuple(members)))
            members.clear()

    for index in sorted(indexes, key=lambda i: (spans[i].unit, spans[i].table, spans[i].address, i)):
        span = spans[index]
        if members:
            first, last = spans[members[0]], spans[members[-1]]
            allowed = min(gap, span.max_gap) if gaps else 0
            fits = (
                (first.unit, first.table) == (span.unit, span.table)
                and not (last.alone or span.alone)
                and span.address <= end + allowed
                and max(end, span.end) - first.address <= limit[span.table]
            )
            if not fits:
                close()
        # The gap is counted from the run that reaches furthest; its owner says how much it allows.
        if not members or span.end >= end:
            end, gap = span.end, span.max_gap
        members.append(index)
    close()
    return sorted(blocks, key=lambda block: min(block.members))
