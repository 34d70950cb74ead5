"""Scenario runs asked for over HTTP: each in a process of its own, so that no press waits for it.

A run has broker, simulated devices and controller of its own on loopback; nothing of this one is touched.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.context import AppContext
from api.scenario_road import RoadSoFar

KEPT = 20
"""Finished runs that can still be asked for."""
_MOST_LINES = 1_000
_STOP_S = 15.0
_LIST_S = 30.0
_NICE = 10
_LINE_BYTES = 1 << 24
"""A result with the whole lamp history is one line."""


@dataclass
class ScenarioRun:
    """One run as far as it has come.

    Attributes:
        state: running, passed, failed, stopped, or broken (with `why`).
        lines: what ended so far, as the script has it.
        road: what the road has shown so far.
        result: everything, once it has ended.
    """

    id: str
    scenario: str
    seed: int
    started_ms: int
    state: str = "running"
    why: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    road: RoadSoFar = field(default_factory=RoadSoFar)
    result: dict[str, Any] | None = None

    def to_json(self, *, whole: bool = True) -> dict[str, Any]:
        """Return it for programs; without `whole` in short form."""
        short = {
            "id": self.id,
            "scenario": self.scenario,
            "seed": self.seed,
            "started_ms": self.started_ms,
            "state": self.state,
            "why": self.why,
        }
        if not whole:
            return short
        return {**short, "lines": self.lines, "road": self.road.to_json(), "result": self.result}


class Busy(Exception):
    """A run is under way; `run` is its id."""

    def __init__(self, run: str) -> None:
        super().__init__(run)
        self.run = run


class ScenarioRuns:
    """The runs of one controller process, one at a time; `stop` ends what runs."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._runs: OrderedDict[str, ScenarioRun] = OrderedDict()
        self._child: asyncio.subprocess.Process | None = None
        self._listed: list[dict[str, Any]] | None = None

    async def listed(self) -> list[dict[str, Any]]:
        """Return the shipped scenarios; read once, by a process of its own.

        Raises:
            RuntimeError, TimeoutError: they cannot be read.
        """
        if self._listed is None:
            child = await _onekey("list", "--json")
            try:
                async with asyncio.timeout(_LIST_S):
                    out, _ = await child.communicate()
            except TimeoutError:
                child.kill()
                raise
            if child.returncode != 0:
                raise RuntimeError("the shipped scenarios cannot be read; run onekey scenario check")
            self._listed = json.loads(out)
        return self._listed

    def runs(self) -> list[ScenarioRun]:
        """Return the runs that are kept, newest first."""
        return list(reversed(self._runs.values()))

    def run(self, run_id: str) -> ScenarioRun | None:
        """Return one run."""
        return self._runs.get(run_id)

    async def start(self, scenario: str, seed: int, *, fast: bool, given: dict[str, str]) -> ScenarioRun:
        """Start a run of a shipped scenario.

        Raises:
            Busy: another one is under way.
        """
        going = next((run for run in self._runs.values() if run.state == "running"), None)
        if going is not None:
            raise Busy(going.id)
        now_ms = self._context.room.clock.wall_ms()
        run = ScenarioRun(f"R-{now_ms}", scenario, seed, now_ms)
        self._runs[run.id] = run
        while len(self._runs) > KEPT:
            self._runs.popitem(last=False)
        options = ["--events", "--seed", str(seed), *(["--fast"] if fast else [])]
        for name, value in given.items():
            options += ["--given", f"{name}={value}"]
        child = self._child = await _onekey("run", scenario, *options)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)  # a press comes first
        self._context.room.tasks.start(f"scenario run {run.id}", lambda: self._follow(run, child))
        return run

    async def stop(self) -> None:
        """End what runs, in order: its processes are ended by it."""
        child = self._child
        if child is None or child.returncode is not None:
            return
        for run in self._runs.values():
            if run.state == "running":
                run.state, run.why = "stopped", "stopped by a person"
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_STOP_S):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()

    async def _follow(self, run: ScenarioRun, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            async for raw in child.stdout:
                self._take(run, raw)
            said = (await child.stderr.read()).decode("utf-8", "replace").strip()
            await child.wait()
        except asyncio.CancelledError:
            await self.stop()
            raise
        if run.state == "running":
            run.state, run.why = "broken", said[-500:] or f"it ended with {child.returncode}"

    @staticmethod
    def _take(run: ScenarioRun, raw: bytes) -> None:
        try:
            event = json.loads(raw)
        except ValueError:
            return
        match event.pop("event", None):
            case "line" if len(run.lines) < _MOST_LINES:
                run.lines.append(event)
            case "road":
                if "devices" in event:
                    run.lines.clear()  # a run that is made once more
                run.road.take(event)
            case "run":
                run.result = event["run"]
                run.road = RoadSoFar.of_result(event["run"])
                if run.state == "running":
                    run.state = "passed" if event["run"]["outcome"] == "passed" else "failed"
                    run.why = event["run"]["line"]


async def _onekey(*args: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "api.cli",
        "scenario",
        *args,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,  # Ctrl-C is for this process, which ends it in order
        limit=_LINE_BYTES,
    )
