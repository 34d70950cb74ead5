"""kill -9 at any moment: what was acknowledged is there, the chain holds, ids are given once (P2)."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.store_samples import opened

KILLS = 10
WRITER = """
import asyncio, sys
from pathlib import Path
from controller.store.rows import IncidentRow, Record, RevisionRow, StepRow
from controller.incident import SYSTEM
from controller.store.store import Store
from controller.store.writer import Limits
from devices.clock import SystemClock

async def main():
    clock = SystemClock()
    # Patient: a stalled machine must not look like a lost record.
    limits = Limits(answer_s=30, batch_s=0.005, idle_s=0.01)
    store = await Store.open(Path(sys.argv[1]), clock=clock, sections=["a"], limits=limits)
    print("OPEN", store.epochs["a"], flush=True)
    while True:
        id_, now = store.next_incident_id(), clock.wall_ms()
        for n in range(30):
            step = StepRow(id_, 1, f"d{n}", "sent", "", 1, now, {"sent": 1})
            store.submit([step], [Record("step", SYSTEM, "a", {"incident": id_, "n": n}, now)])
            if n % 10 == 0:
                await asyncio.sleep(0.002)
        done = await store.commit(
            [IncidentRow(id_, "a", "c", "active", {}, now, now, 1, {}),
             RevisionRow(id_, 1, "activation", "", {}, now, 5000, "", {"pad": "x" * 4000})],
            [Record("intent", SYSTEM, "a", {"incident": id_}, now)],
        )
        assert done.durable
        print("ACK", id_, flush=True)

asyncio.run(main())
"""


def killed_run(path: Path, wait_s: float, acks: int) -> tuple[int, list[str]]:
    """Run the writer, kill it some time after `acks` acknowledgements; return epoch and acknowledged ids."""
    command = [sys.executable, "-c", WRITER, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stderr
    read: list[str] = []
    try:
        while len(read) < acks + 1:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            read.append(line)
        signal.sigtimedwait([], wait_s)  # a pause that no sleep of the loop can lengthen
        os.kill(process.pid, signal.SIGKILL)
        read += process.stdout.read().splitlines()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
    words = [line.split() for line in read]
    return int(words[0][1]), [word[1] for word in words[1:] if word[0] == "ACK"]


@pytest.mark.timeout(90)
async def test_kill_9_loses_nothing_acknowledged(path: Path) -> None:
    seed = int(os.environ.get("ONEKEY_SEED", random.randrange(2**32)))
    print(f"ONEKEY_SEED={seed}")
    chance = random.Random(seed)
    acknowledged: list[str] = []
    epochs: list[int] = []
    for _ in range(KILLS):
        epoch, ids = await asyncio.to_thread(killed_run, path, chance.uniform(0, 0.02), chance.randrange(12))
        epochs.append(epoch)
        acknowledged += ids
    assert len(set(acknowledged)) == len(acknowledged) > KILLS
    assert epochs == sorted(set(epochs))
    async with opened(path) as store:
        assert (await store.verify()).ok
        stored = {one.incident.id: one for one in await store.open_incidents()}
        assert set(acknowledged) <= set(stored)
        intents = [e.body["incident"] for e in await store.journal(limit=10**6, kinds=["intent"])]
        # Rows and records are one transaction, and every incident is told of once.
        assert sorted(intents) == sorted(stored)
        for id_ in acknowledged:
            assert stored[id_].latest is not None
        for id_ in chance.sample(acknowledged, 5):
            assert len(await store.steps(id_)) == 30
        assert store.next_incident_id() not in stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "onekey.db"
