"""Merging of Modbus points into frames: every point asked for, no other written, order kept."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.links.batching import READ_LIMIT, WRITE_LIMIT, Block, Span, read_blocks, ready_writes


def _writes(table: Literal["coil", "holding"]) -> st.SearchStrategy[Span]:
    return st.builds(
        Span,
        unit=st.integers(1, 2),
        table=st.just(table),
        address=st.integers(0, 200),
        count=st.integers(1, 8),
        alone=st.booleans(),
    )


_WRITES = st.lists(st.one_of(_writes("coil"), _writes("holding")), max_size=25)
_READS = st.lists(
    st.builds(
        Span,
        unit=st.integers(1, 2),
        table=st.sampled_from(["coil", "discrete", "holding", "input"]),
        address=st.integers(0, 400),
        count=st.integers(1, 20),
        max_gap=st.integers(0, 10),
        alone=st.booleans(),
    ),
    max_size=25,
)


def _points(span: Span) -> set[tuple[int, str, int]]:
    return {(span.unit, span.table, a) for a in range(span.address, span.end)}


def _block_points(block: Block) -> set[tuple[int, str, int]]:
    return {(block.unit, block.table, a) for a in range(block.address, block.address + block.count)}


@given(_WRITES)
def test_a_write_frame_covers_exactly_what_was_asked(spans: list[Span]) -> None:
    for block in ready_writes(spans):
        asked = [_points(spans[i]) for i in block.members]
        assert _block_points(block) == set().union(*asked)
        assert sum(map(len, asked)) == block.count  # no point twice: one frame, one value
        assert block.count <= WRITE_LIMIT[block.table]


@given(_WRITES)
def test_sending_frame_by_frame_writes_everything_and_the_later_value_last(spans: list[Span]) -> None:
    expected = {point: i for i, span in enumerate(spans) for point in _points(span)}
    pending = list(enumerate(spans))
    shown: dict[tuple[int, str, int], int] = {}
    while pending:
        blocks = ready_writes([span for _, span in pending])
        assert blocks, "something pending is always ready"
        for i in blocks[0].members:
            index, span = pending[i]
            shown |= dict.fromkeys(_points(span), index)
        pending = [p for i, p in enumerate(pending) if i not in blocks[0].members]
    assert shown == expected


@given(_WRITES, st.data())
def test_a_held_write_is_not_sent_and_not_overtaken(spans: list[Span], data: st.DataObject) -> None:
    held = data.draw(st.sets(st.integers(0, max(0, len(spans) - 1))))
    sent = [i for block in ready_writes(spans, held) for i in block.members]
    assert not held & set(sent)
    for i in sent:
        assert not any(_points(spans[i]) & _points(spans[h]) for h in held if h < i < len(spans))


@given(_READS)
def test_read_frames_cover_all_and_span_no_gap_a_neighbour_forbids(spans: list[Span]) -> None:
    blocks = read_blocks(spans)
    assert sorted(i for block in blocks for i in block.members) == list(range(len(spans)))
    for block in blocks:
        asked: set[tuple[int, str, int]] = set().union(*(_points(spans[i]) for i in block.members))
        assert asked <= _block_points(block)
        assert block.count <= READ_LIMIT[block.table]
        assert len(block.members) == 1 or not any(spans[i].alone for i in block.members)
        unasked = sorted(a for _, _, a in _block_points(block) - asked)
        runs = [len(run) for run in _runs(unasked)]
        assert max(runs, default=0) <= max(spans[i].max_gap for i in block.members)


def _runs(numbers: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs


def test_twenty_neighbours_share_one_frame() -> None:
    spans = [Span(1, "holding", a, 1) for a in reversed(range(20))]
    assert [(b.address, b.count) for b in ready_writes(spans)] == [(0, 20)]


def test_heads_are_never_split_at_the_limit() -> None:
    spans = [Span(1, "coil", 6 * i, 6) for i in range(400)]
    blocks = ready_writes(spans)
    assert [b.count for b in blocks] == [1968, 432]
    assert all(b.count % 6 == 0 for b in blocks)


@pytest.mark.parametrize(
    ("gaps", "frames"),
    [
        pytest.param((8, 8), [(0, 18)], id="both-allow"),
        pytest.param((8, 7), [(0, 5), (13, 5)], id="right-forbids"),
        pytest.param((7, 8), [(0, 5), (13, 5)], id="left-forbids"),
    ],
)
def test_a_gap_needs_both_neighbours(gaps: tuple[int, int], frames: list[tuple[int, int]]) -> None:
    spans = [Span(1, "discrete", 0, 5, gaps[0]), Span(1, "discrete", 13, 5, gaps[1])]
    assert [(b.address, b.count) for b in read_blocks(spans)] == frames
