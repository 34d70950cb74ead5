"""Offline, reconnect, retained and late words over real wires: nothing false is proved, nothing old is shown.

SEED=… repeats the troubles of a run; TRIALS=1000 (make prove) makes more.
"""

import os
import secrets

import pytest

from tests.wire.rig import heads, wired
from tests.wire.trial import Trials

FEW = 60


async def tried(count: int, mqtt: int, modbus: int) -> Trials:
    seed = int(os.environ.get("SEED", secrets.randbelow(2**31)))
    print(f"SEED={seed} TRIALS={count}")
    async with wired(heads(mqtt, modbus)) as wire:
        trials = Trials(wire, seed)
        await trials.run(count)
    print(f"{count} trials, {trials.proved} proofs, 0 false, 0 old commands shown: {dict(trials.tried)}")
    return trials


@pytest.mark.timeout(120)
async def test_no_proof_is_false_and_nothing_old_is_shown() -> None:
    trials = await tried(FEW, 15, 5)
    assert trials.proved >= FEW


@pytest.mark.prove
@pytest.mark.timeout(1800)
async def test_no_proof_is_false_and_nothing_old_is_shown_in_many_trials() -> None:
    count = int(os.environ.get("TRIALS", "1000"))
    trials = await tried(count, 18, 6)
    assert trials.proved >= count
    assert len(trials.tried) == 17
