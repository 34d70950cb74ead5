"""Lives through random histories, says which break a law: `python -m tests.histories FIRST COUNT`."""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from time import monotonic, process_time

from tests.histories.history import History
from tests.histories.virtual_loop import in_virtual_time

HASHES = "0"
"""The order of sets of texts follows it: with another one a seed is another history."""
PART = 20


def main() -> int:
    """Live through the seeds asked for and return the exit code."""
    if os.environ.get("PYTHONHASHSEED") != HASHES:
        command = [sys.executable, "-m", "tests.histories", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": HASHES})
    asked = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    asked.add_argument("first", type=int, help="the first seed")
    asked.add_argument("count", type=int, nargs="?", default=1, help="how many seeds")
    asked.add_argument("--workers", type=int, default=1, help="processes")
    args = asked.parse_args()
    began_s, done, broken, cpu_s = monotonic(), 0, 0, 0.0
    for count, found, took_s in _parts(args.first, args.count, args.workers):
        done, broken, cpu_s = done + count, broken + len(found), cpu_s + took_s
        for seed, text in found.items():
            print(f"BROKEN {seed}: {text}", flush=True)
    print(
        f"{done} histories from seed {args.first}, {broken} broken, {monotonic() - began_s:.0f} s, "
        f"{cpu_s * 1000 / max(done, 1):.0f} ms CPU a history"
    )
    return 1 if broken else 0


def _parts(first: int, count: int, workers: int) -> Iterator[tuple[int, dict[int, str], float]]:
    parts = [range(at, min(at + PART, first + count)) for at in range(first, first + count, PART)]
    if workers == 1:
        yield from map(lived, parts)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(lived, parts)


def lived(seeds: range) -> tuple[int, dict[int, str], float]:
    """Return how many seeds, what broke by seed, and the seconds of processor time."""
    began_s, broken = process_time(), {}
    for seed in seeds:
        try:
            in_virtual_time(History(seed).run())
        except Exception as err:  # a bug of the code under test is found here too
            broken[seed] = f"{type(err).__name__}: {err}"
    return len(seeds), broken, process_time() - began_s


if __name__ == "__main__":
    sys.exit(main())
