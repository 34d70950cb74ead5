"""kill -9 at every named place and at random moments: no acknowledged press is lost, nothing opens (P2).

KILLS=200 (make prove) and KILLS=2000 add that many at random places and moments; SEED=… repeats a run.
"""

import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api.rig import running_rig
from devices.failpoints import NAMES
from simulators.remote import Road
from tests.kills.forked import Forked
from tests.kills.rounds import kill_round

SITE = Path(__file__).parents[1] / "kills" / "site.yaml"
PLACES = [n for n in NAMES if n not in ("event_loop", "before_migration", "after_migration")]
EACH = 2
RANDOM = 10
ON_ONE_STORE = 100
"""Rounds before a new store: every round verifies the whole journal, which grows with them."""
PASSES = {"intent": 1, "checkpoint": 1, "verdict": 2, "phase": 3, "commit": 4}
"""How often a press and its clear pass a place, at least; every device passes the others."""


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[tuple[Forked, Road]]:
    """Simulated devices that outlive every controller, and a controller that is cheap to start."""
    async with (
        running_rig(SITE, serve=False, folder=folder, report_s=0.2) as rig,
        Road(rig.control_url) as road,
    ):
        links = {link: (at["host"], at["port"]) for link, at in rig.endpoints["links"].items()}
        serve = Forked(rig.site, folder, links)
        try:
            yield serve, road
        finally:
            await serve.kill()


def setting(place: str, chance: random.Random) -> str:
    """Return the setting that kills at some pass of this place."""
    passes = PASSES.get(place.partition("_")[2], 12)
    return f"{place}=kill:{chance.randint(1, passes)}"


async def rounds(folder: Path, plan: list[str], chance: random.Random, name: str) -> Counter[str]:
    killed: Counter[str] = Counter()
    async with stage(folder) as (serve, road):
        for number, place in enumerate(plan):
            where = f"{name}, round {number}: {place or 'some moment'}"
            if place:
                seen = await kill_round(serve, road, f"{where} {(how := setting(place, chance))}", how)
            else:
                moment_s = chance.uniform(0, 0.25)
                seen = await kill_round(serve, road, f"{where} {moment_s:.3f} s", "", after_s=moment_s)
            killed[place] += seen.killed
    return killed


@pytest.mark.timeout(900)
async def test_kills_at_every_place_and_at_random_moments(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", secrets.randbelow(2**31)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    plan = [*PLACES * EACH, *[""] * RANDOM]
    chance.shuffle(plan)
    killed = await rounds(tmp_path, plan, chance, f"SEED={seed}")
    assert set(PLACES) <= {place for place, times in killed.items() if times}, f"never killed at: {killed}"
    assert killed.total() > len(plan) * 0.9


@pytest.mark.parametrize("place", ["before_migration", "after_migration"])
async def test_a_kill_around_the_migration_leaves_a_store_that_opens(tmp_path: Path, place: str) -> None:
    async with stage(tmp_path) as (serve, road):
        seen = await kill_round(serve, road, place, f"{place}=kill")
        assert seen.killed
        assert not seen.acknowledged


@pytest.mark.prove
@pytest.mark.timeout(7200)
async def test_many_kills(tmp_path: Path) -> None:
    kills = int(os.environ.get("KILLS", "200"))
    seed = int(os.environ.get("SEED", secrets.randbelow(2**31)))
    print(f"SEED={seed} KILLS={kills}")
    chance = random.Random(seed)
    plan = [chance.choice([*PLACES, "", "", ""]) for _ in range(kills)]
    killed: Counter[str] = Counter()
    for first in range(0, kills, ON_ONE_STORE):
        folder = tmp_path / str(first)
        folder.mkdir()
        name = f"SEED={seed} KILLS={kills} from {first}"
        killed += await rounds(folder, plan[first : first + ON_ONE_STORE], chance, name)
        print(f"{min(first + ON_ONE_STORE, kills)} of {kills}: {killed.total()} killed", flush=True)
    print(f"{killed.total()} of {kills} killed: {dict(killed)}")
    assert killed.total() > kills * 0.9
