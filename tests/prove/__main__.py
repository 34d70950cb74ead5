"""Judges drawn roads, says how far it is and what is broken: `python -m tests.prove FIRST COUNT`."""

import argparse
import sys
from time import monotonic

from tests.prove.seeds import in_parallel, replay

SAY_EVERY_S = 10.0


def main() -> int:
    """Judge the seeds asked for and return the exit code."""
    asked = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    asked.add_argument("first", type=int, help="the first seed; 0 to 1,999 are those of `make test`")
    asked.add_argument("count", type=int, help="how many seeds")
    asked.add_argument("--workers", type=int, default=None, help="processes (default: one a processor)")
    args = asked.parse_args()
    done, broken, cpu_s = 0, 0, 0.0
    start_s = said_s = monotonic()
    for part in in_parallel(args.first, args.count, args.workers):
        done, broken, cpu_s = done + part.count, broken + len(part.broken), cpu_s + part.cpu_s
        for seed, texts in part.broken.items():
            print(f"BROKEN {seed}: {'; '.join(texts)}\n  again: {replay(seed)}", flush=True)
        now_s = monotonic()
        if now_s - said_s >= SAY_EVERY_S or done == args.count:
            said_s, took_s = now_s, now_s - start_s
            print(
                f"{done} of {args.count} seeds from {args.first}, {broken} broken, {took_s:.0f} s, "
                f"{done / max(took_s, 0.001):.0f} seeds/s, {cpu_s * 1000 / done:.1f} ms CPU a seed",
                flush=True,
            )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
