"""How fast an exported journal is verified: hashes, order and signed checkpoints.

python -m benchmarks.journal --records 100000
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator

from controller.store.export import check_export, closing_line
from controller.store.journal import ChainRow, canonical, chained
from controller.store.notes import Checkpoint, SigningKey

NAME = "onekey-bench"
KEY = SigningKey(NAME, bytes(32))
ACTOR = canonical({"id": "onekey", "role": "system", "via": "controller"}, "actor")
STEP = {
    "incident": "I-20261122-0001",
    "revision": 1,
    "device": "LCS-FU-07-1",
    "state": "verified",
    "reason": "",
    "t_ms": 23,
    "restarted": False,
}


def journal(records: int) -> Iterator[bytes]:
    """Yield the lines of an export: steps, a checkpoint every thousand, the closing one."""
    tail: ChainRow | None = None

    def added(kind: str, body: object) -> bytes:
        nonlocal tail
        tail = chained(
            tail,
            at_ms=1_795_305_600_000,
            kind=kind,
            actor=ACTOR,
            section="fu",
            epoch=1_795_305_000,
            body=canonical(body),
        )
        return f"{tail.export_line()}\n".encode()

    def note() -> str:
        assert tail is not None
        return KEY.sign(Checkpoint(NAME, tail.seq, tail.hash, 1_795_305_600_000).text)

    yield added("key", {"public": KEY.public.text, "former": None})
    for n in range(records):
        yield added("checkpoint", {"note": note()}) if n % 1_000 == 999 else added("step", STEP)
    yield f"{closing_line(note())}\n".encode()


def main() -> int:
    """Build an export, verify it, print the figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    records = parser.parse_args().records
    lines = list(journal(records))
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    found = check_export(lines, keys=[KEY.public])
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    size_mb, load = sum(map(len, lines)) / 1e6, os.getloadavg()[0]
    rate, cpu_rate = found.rows / wall_s, found.rows / cpu_s
    print(f"{found.rows} records ({size_mb:.0f} MB, {found.sealed.checkpoints} checkpoints) verified")
    print(f"{rate:,.0f} a second, {cpu_rate:,.0f} a second of processor time; load {load:.1f}")
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main())
