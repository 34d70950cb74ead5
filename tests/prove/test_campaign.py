"""A campaign of 200 runs in time, and the same seed with the same verdicts."""

import asyncio
import os

import pytest

from api.rig import running_rig
from devices.clock import SystemClock
from simulators.scenario.campaign import cells_of, grid, read_axis
from simulators.scenario.collect import scenario_files
from simulators.scenario.pool import Job, run_all
from simulators.scenario.result import Run
from simulators.scenario.script import read_scenario

pytestmark = pytest.mark.prove
LIMIT_S = 300.0
(PRESS,) = scenario_files(["press"])[0]


async def campaign(axes: list[str], repeat: int, at_once: int) -> tuple[list[dict[str, str]], list[Run]]:
    combinations = [dict(one) for one in grid([read_axis(axis) for axis in axes])]
    jobs = []
    for given in combinations:
        scenario, findings = read_scenario(PRESS, given=given)
        assert scenario is not None, findings
        jobs += [Job(scenario, seed) for seed in range(repeat)]
    return combinations, await run_all(jobs, running_rig, SystemClock(), at_once=at_once)


async def test_200_runs_in_five_minutes() -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    combinations, runs = await campaign(["latency=0ms,20ms,50ms,100ms", "loss=0,2"], 25, 3)
    took_s = loop.time() - began_s
    wrong = [run.verdict_line() for run in runs if not run.good]
    assert len(runs) == 200
    assert not wrong
    assert sum(cell.untrue for cell in cells_of(combinations, runs, 25)) == 0
    assert took_s < LIMIT_S * max(1.0, os.getloadavg()[0] / 4), f"{took_s:.0f} s"


async def test_the_same_seed_gives_the_same_verdicts() -> None:
    axes = ["dead=0,1,3", "loss=0,10"]
    told = []
    for _ in range(2):
        _, runs = await campaign(axes, 2, 4)
        told.append([(dict(run.given), run.seed, run.outcome, run.verdict, run.not_proved) for run in runs])
    assert told[0] == told[1]
