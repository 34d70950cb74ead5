"""Random histories in virtual time: orders, faults, hands at the lamps, kills; the laws hold at every moment.

The first ones are the same for everybody, so that a change is judged and not luck; HISTORIES=2000 (make
prove) lives through new ones, SEED=… from a seed of your own; one again: `python -m tests.histories SEED`.
"""

import asyncio
import os
import secrets
import subprocess
import sys

import pytest

from tests.histories.virtual_loop import NothingLeft, in_virtual_time

FEW = 200


def lived(count: int, workers: int = 1, *, first: int | None = None) -> None:
    """Live through them in a process whose sets are ordered by the seed, as the command does."""
    drawn = secrets.randbelow(2**31) if first is None else first
    first = int(os.environ.get("SEED", drawn))
    command = [sys.executable, "-m", "tests.histories", str(first), str(count), "--workers", str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, (done.stdout + done.stderr)[-20_000:]


@pytest.mark.timeout(600)
def test_the_laws_hold_in_a_few_histories() -> None:
    lived(FEW, first=1)


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_the_laws_hold_in_many_histories() -> None:
    lived(int(os.environ.get("HISTORIES", "2000")), os.cpu_count() or 1)


def test_hours_of_virtual_time_pass_at_once_and_a_deadlock_is_told() -> None:
    async def hours() -> float:
        began_s = asyncio.get_running_loop().time()
        await asyncio.gather(asyncio.sleep(7_200), asyncio.sleep(3_600.5))
        return asyncio.get_running_loop().time() - began_s

    assert in_virtual_time(hours()) == pytest.approx(7_200)

    async def waiting_for_nobody() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingLeft):
        in_virtual_time(waiting_for_nobody())
