"""Many seeds judged, on one processor or on several, and how to judge a broken one again."""

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from time import process_time

from tests.prove.proof import case, judge

SLICE = 250
"""Seeds a worker takes at once."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Some seeds judged.

    Attributes:
        count: of the seeds.
        broken: seed → the laws it breaks; empty where all hold.
        cpu_s: processor time they took.
    """

    count: int
    broken: dict[int, list[str]]
    cpu_s: float


def judged(seeds: range) -> Judged:
    """Return what is broken on the roads of some seeds."""
    gc.freeze()  # what was imported is never garbage: looking through it takes a tenth of the time
    start_s = process_time()
    broken = {seed: said for seed in seeds if (said := judge(seed, **case(seed)))}
    return Judged(len(seeds), broken, process_time() - start_s)


def in_parallel(first: int, count: int, workers: int | None = None) -> Iterator[Judged]:
    """Yield the seeds from `first` on, slice by slice as they are done.

    Args:
        first: the first seed.
        count: of seeds.
        workers: processes; None for one a processor, 1 for none but this one.
    """
    slices = (range(at, min(at + SLICE, first + count)) for at in range(first, first + count, SLICE))
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from map(judged, slices)
        return
    with ProcessPoolExecutor(workers) as pool:
        while batch := [pool.submit(judged, part) for part in islice(slices, workers * 8)]:
            for done in as_completed(batch):
                yield done.result()


def replay(seed: int) -> str:
    """Return the command that judges one seed again."""
    return f"python -m tests.prove {seed} 1"
