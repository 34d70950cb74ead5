"""A drill with a scripted person: what is done is timed, what is missed is named and done for the person."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from config.loader import sample_site_path
from devices.clock import SystemClock
from simulators.remote import Desk
from simulators.scenario.drill import Task, Trainer, score
from simulators.scenario.drill_page import drill_page
from simulators.scenario.player import Player
from simulators.scenario.rest import tidy
from simulators.scenario.result import Run
from simulators.scenario.script import read_scenario
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]
TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
STEPS = f"""scenario: drilled
steps:
  - report: {TEXT}
  - within 3s: heads FU-*-1 in sanduling show closed
  - by 5s: verdict met
  - lock: heads LCS-FU-16-2 to closed
  - clear: lanes are free
  - within 15s: incident cleared
"""


class Person:
    """Does what is asked after a moment, except what it forgets."""

    def __init__(self, scene: Scene, forgets: str, ends: str) -> None:
        self._scene, self._forgets, self._ends = scene, forgets, ends
        self.ended: asyncio.Event | None = None
        self.doing: list[asyncio.Task[None]] = []

    def told(self, task: Task) -> None:
        if task.verb == self._ends and self.ended is not None:
            self.ended.set()
            return
        if task.done_ms is None and not task.incident and task.verb != self._forgets:
            self.doing.append(asyncio.create_task(self._do(task)))

    async def _do(self, task: Task) -> None:
        await asyncio.sleep(0.3)
        desk = self._scene.desk
        match task.verb:
            case "report":
                await desk.press(task.detail, wait=False)
            case "lock":
                body = {"value": "closed", "reason": "drill"}
                await desk.call("PUT", "/api/v1/devices/LCS-FU-16-2/lock", json=body)
            case "clear":
                (one,) = (await desk.call("GET", "/api/v1/incidents?state=open"))["incidents"]
                await desk.order(one["id"], "clear", reason="drill")


async def drilled(scene: Scene, forgets: str, tmp_path: Path, *, ends: str = "") -> tuple[Run, list[Task]]:
    file = tmp_path / "drilled.yaml"
    file.write_text(STEPS, "utf-8")
    scenario, findings = read_scenario(file)
    assert scenario is not None, findings
    clock, person = SystemClock(), Person(scene, forgets, ends)
    player = Player(
        scenario,
        scene.rig,
        scene.desk,
        scene.road,
        clock,
        hands=lambda observer: Trainer(
            scene.rig, observer, scenario.site, 0, clock, tell=person.told, patience_s=2.0
        ),
    )
    assert isinstance(player.hands, Trainer)
    person.ended = player.hands.ended
    run = await player.play()
    await asyncio.gather(*person.doing)
    await tidy(scene.desk, scene.road)
    return run, player.hands.tasks


async def test_what_a_person_does_is_timed_and_what_the_road_shows_is_judged(scene: Scene, tmp_path) -> None:
    run, tasks = await drilled(scene, "", tmp_path)
    assert run.good, [(line.said, line.got) for line in run.failures]
    assert [task.verb for task in tasks] == ["report", "lock", "clear"]
    assert all(task.took_ms is not None and 250 < task.took_ms < 2_000 for task in tasks)
    assert score(tasks) == 100
    sheet = drill_page(run, tasks, "李娜")
    assert "DRILL · 演练" in sheet
    assert "李娜" in sheet
    assert TEXT.split(":", 1)[1].split(",", 1)[0] in sheet


async def test_a_forgotten_step_is_missed_and_the_drill_goes_on(scene: Scene, tmp_path) -> None:
    run, tasks = await drilled(scene, "lock", tmp_path)
    assert [task.took_ms is None for task in tasks] == [False, True, False]
    assert score(tasks) == 67
    assert run.good, [(line.said, line.got) for line in run.failures]
    assert "missed" in drill_page(run, tasks, "")


async def test_a_drill_that_the_trainer_ends_has_a_sheet_of_what_came_so_far(
    scene: Scene, tmp_path: Path
) -> None:
    run, tasks = await drilled(scene, "", tmp_path, ends="lock")
    assert [(task.verb, task.took_ms is None) for task in tasks] == [("report", False), ("lock", True)]
    assert [line.outcome.value for line in run.lines[3:6]] == ["failed", "not reached", "not reached"]
    sheet = drill_page(run, tasks, "")
    assert "1 missed" in sheet
    assert "clear: lanes are free" not in sheet, "what was never asked is no task"


async def test_a_drill_of_a_live_site_says_so_everywhere_and_ends_with_a_sheet(tmp_path: Path) -> None:
    live = tmp_path / "real.yaml"
    sample = sample_site_path().read_text("utf-8")
    live.write_text(sample.replace("kind: simulated", "kind: live", 1), "utf-8")
    script = tmp_path / "short.yaml"
    script.write_text(f"scenario: short\nsteps:\n  - report: {TEXT}\n  - by 5s: verdict met\n", "utf-8")
    sheet = tmp_path / "sheet.html"
    args = ["drill", str(live), str(script), "--port", "0", "--patience-s", "30", "--html", str(sheet)]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", *args),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert child.stdout is not None
    told = ""
    async with asyncio.timeout(50):
        while "一条报警到了" not in told:
            line = await child.stdout.readline()
            assert line, told
            told += line.decode()
        url, token = re.findall(r"ONEKEY_URL=(\S+) ONEKEY_TOKEN=(\S+)", told)[0]
        async with Desk(url, token, "li.na") as desk:
            assert (await desk.call("GET", "/api/v1/site"))["drill"]
            incident = await desk.press(TEXT)
            assert (incident["drill"], incident["simulation"]) == (True, True)
            rows = (await desk.call("GET", "/api/v1/audit", params={"kind": "site"}))["rows"]
            assert [row["body"]["drill"] for row in rows] == [True]
        rest = (await child.communicate())[0].decode()
    assert child.returncode == 0, rest
    assert "DRILL short: 100 of 100, 0 missed" in rest
    assert "DRILL · 演练" in sheet.read_text("utf-8")
    assert live.read_text("utf-8").count("drill") == sample.count("drill")
