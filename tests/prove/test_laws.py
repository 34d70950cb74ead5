"""The laws on 100,000 drawn roads, other ones than in `make test`; `PLANS=1000000` draws more."""

import os

import pytest

from tests.prove.seeds import in_parallel

PLANS = int(os.environ.get("PLANS", "100000"))
FIRST = 1_000_000
CHUNKS = max(20, PLANS // 10_000)


@pytest.mark.prove
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_drawn_road_breaks_a_law(chunk: int) -> None:
    first, last = (FIRST + PLANS * part // CHUNKS for part in (chunk, chunk + 1))
    broken = {s: said for part in in_parallel(first, last - first) for s, said in part.broken.items()}
    assert broken == {}, "python -m tests.prove SEED 1 judges one of these again"
