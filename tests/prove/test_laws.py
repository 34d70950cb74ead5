"""The laws on 100,000 drawn roads, other ones than in `make test`; `PLANS=1000000` draws more."""

import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.prove.proof import case, judge

PLANS = int(os.environ.get("PLANS", "100000"))
FIRST = 1_000_000
CHUNKS = 20


def judged(seeds: tuple[int, int]) -> dict[int, list[str]]:
    """Return the seeds of a range that break a law."""
    return {seed: said for seed in range(*seeds) if (said := judge(seed, **case(seed)))}


@pytest.mark.prove
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_drawn_road_breaks_a_law(chunk: int) -> None:
    first, last = (FIRST + PLANS * part // CHUNKS for part in (chunk, chunk + 1))
    size = max((last - first) // 16, 1)
    ranges = [(at, min(at + size, last)) for at in range(first, last, size)]
    with ProcessPoolExecutor() as pool:
        found = {seed: said for part in pool.map(judged, ranges) for seed, said in part.items()}
    assert found == {}
