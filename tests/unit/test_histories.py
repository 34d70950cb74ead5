"""Random histories in virtual time: orders, faults and hands at the lamps; the laws hold at every moment.

HISTORIES=2000 (make prove) lives through more; SEED=… lives through one again.
"""

import os
import secrets

import pytest

from tests.histories.history import History

pytestmark = pytest.mark.looptime
FEW = 5


async def lived(first: int, count: int) -> None:
    print(f"SEED={first}, {count} histories")
    for seed in range(first, first + count):
        await History(seed).run()


@pytest.mark.timeout(180)
async def test_the_laws_hold_in_a_few_histories() -> None:
    await lived(secrets.randbelow(2**31), FEW)


@pytest.mark.timeout(60)
async def test_one_seed_again() -> None:
    await lived(int(os.environ.get("SEED", "1")), 1)


@pytest.mark.prove
@pytest.mark.timeout(3600)
async def test_the_laws_hold_in_many_histories() -> None:
    await lived(
        int(os.environ.get("SEED", secrets.randbelow(2**31))), int(os.environ.get("HISTORIES", "2000"))
    )
