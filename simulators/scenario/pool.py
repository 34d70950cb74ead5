"""Many runs, several at once: each worker has a rig of its own and brings it to rest between two runs."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from devices.clock import Clock
from simulators.remote import Desk, Refused, Road
from simulators.scenario.player import Player
from simulators.scenario.rest import NotAtRest, all_well, refuse_live, renew, tidy
from simulators.scenario.result import Outcome, Run
from simulators.scenario.rig import RemoteRig, Rig, RigMaker
from simulators.scenario.script import Scenario
from simulators.scenario.telling import Nobody, Teller

READY_S = 20.0


@dataclass(frozen=True, slots=True)
class Job:
    """One run to make."""

    scenario: Scenario
    seed: int = 0


NOBODY: Teller = Nobody()


def not_run(job: Job, why: str) -> Run:
    """Return the result of a run that could not be made."""
    s = job.scenario
    return Run(s.name, s.family, s.file, s.about, s.site.id, job.seed, s.given, Outcome.NOT_RUN, why=why)


async def run_all(
    jobs: Sequence[Job],
    make: RigMaker,
    clock: Clock,
    *,
    at_once: int = 1,
    fast: bool = False,
    tell: Teller = NOBODY,
    ended: Callable[[Run], None] = lambda run: None,
) -> list[Run]:
    """Run every job on rigs of our own and return the results in the order of the jobs.

    Args:
        at_once: how many rigs; jobs of one site follow each other on one.
        ended: hears each result as it comes.
    """
    todo = sorted(enumerate(jobs), key=lambda one: (str(one[1].scenario.site_path), one[0]))
    results: dict[int, Run] = {}

    async def work(number: int) -> None:
        async with _Worker(make, clock, fast=fast, tell=tell) as worker:
            while todo:
                index, job = todo.pop(0)
                results[index] = await worker.run(job)
                ended(results[index])

    async with asyncio.TaskGroup() as group:
        for number in range(max(1, min(at_once, len(jobs)))):
            group.create_task(work(number), name=f"scenario worker {number}")
    return [results[index] for index in range(len(jobs))]


async def run_remote(
    jobs: Sequence[Job],
    rig: RemoteRig,
    clock: Clock,
    *,
    fast: bool = False,
    tell: Teller = NOBODY,
    ended: Callable[[Run], None] = lambda run: None,
) -> list[Run]:
    """Run jobs one after the other against a pair somewhere else.

    Raises:
        LiveSite: the controller drives a real road.
        httpx2.HTTPError: one of the two does not answer.
    """
    results = []
    async with Desk(rig.url, rig.token, "scenario") as desk, Road(rig.control_url) as road:
        site = await refuse_live(desk)
        simulated = (await road.call("GET", "/health"))["site"]
        if simulated != site["id"]:
            why = f"the controller has site {site['id']}, the simulated devices are of {simulated}"
            return [not_run(job, why) for job in jobs]
        for job in jobs:
            results.append(await _remote(job, rig, desk, road, clock, site["id"], fast=fast, tell=tell))
            ended(results[-1])
    return results


async def _remote(
    job: Job, rig: RemoteRig, desk: Desk, road: Road, clock: Clock, site: str, *, fast: bool, tell: Teller
) -> Run:
    if job.scenario.needs_processes:
        return not_run(job, "it ends or starts processes, which a remote pair does not let us do")
    if job.scenario.site.id != site:
        return not_run(job, f"it is written for site {job.scenario.site.id}, the controller has {site}")
    try:
        await tidy(desk, road)
    except NotAtRest as err:
        return not_run(job, f"the pair is not at rest: {err}")
    run = await Player(job.scenario, rig, desk, road, clock, seed=job.seed, fast=fast, tell=tell).play()
    with contextlib.suppress(NotAtRest):
        await tidy(desk, road)
    return run


class _Worker:
    """One rig at a time, the site's own."""

    def __init__(self, make: RigMaker, clock: Clock, *, fast: bool, tell: Teller) -> None:
        self._make, self._clock, self._fast, self._tell = make, clock, fast, tell
        self._site: Path | None = None
        self._stack = AsyncExitStack()
        self._rig: Rig | None = None
        self._desk: Desk | None = None
        self._road: Road | None = None
        self._dirty = False

    async def __aenter__(self) -> "_Worker":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        stack, self._stack, self._site = self._stack, AsyncExitStack(), None
        await stack.aclose()

    async def run(self, job: Job, *, again: bool = False) -> Run:
        """Bring the rig to rest, play; a broken rig is one result, not the end of the others.

        A run that fails while the machine is too slow to commit (JOURNAL DEGRADED, where releases wait
        for two people) says nothing of the scenario: it is made once again.
        """
        try:
            await self._at_rest(job.scenario)
            assert self._rig is not None
            assert self._desk is not None
            assert self._road is not None
            player = Player(
                job.scenario,
                self._rig,
                self._desk,
                self._road,
                self._clock,
                seed=job.seed,
                fast=self._fast,
                tell=self._tell,
            )
            self._dirty = True
            run = await player.play()
            self._dirty = player.hands.disturbed or not run.good or bool(job.scenario.before)
            if not run.good and not again and await self._journal_degraded():
                return await self.run(job, again=True)
        except (OSError, RuntimeError, httpx2.HTTPError, Refused, NotAtRest, TimeoutError) as err:
            await self._close()
            return not_run(job, f"the rig broke: {type(err).__name__}: {err}")
        return run

    async def _journal_degraded(self) -> bool:
        assert self._desk is not None
        try:
            return (await self._desk.call("GET", "/api/v1/alarms")).get("journal_degraded") is not None
        except (httpx2.HTTPError, Refused):
            return False

    async def _at_rest(self, scenario: Scenario) -> None:
        if self._site != scenario.site_path:
            await self._close()
            self._rig = await self._stack.enter_async_context(self._make(scenario.site_path))
            self._desk = await self._stack.enter_async_context(
                Desk(self._rig.url, self._rig.token, "scenario")
            )
            self._road = await self._stack.enter_async_context(Road(self._rig.control_url))
            self._site, self._dirty = scenario.site_path, False
        assert self._rig is not None
        assert self._desk is not None
        assert self._road is not None
        if not self._dirty and not scenario.before:
            with contextlib.suppress(NotAtRest):
                await tidy(self._desk, self._road)
                return
        await renew(self._rig, self._road)
        if not scenario.before:
            await self._rig.restart_serve()
            async with asyncio.timeout(READY_S):
                await all_well(self._desk)
