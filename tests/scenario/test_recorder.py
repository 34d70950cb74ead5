"""What is recorded from a live run can be run again, and says the same."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from api.rig import running_rig
from config.loader import load_site
from devices.clock import SystemClock
from simulators.scenario.pool import Job, run_all
from simulators.scenario.recorder import TEMPLATE, Recorder
from simulators.scenario.script import Doing, read_scenario
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
FORM: dict[str, Any] = {
    "carriageway": "ZJ",
    "chainage": "ZK1891+880",
    "lanes": {"2": "blocked"},
    "type": "breakdown",
}


@pytest.mark.prove
async def test_a_recorded_run_passes_when_it_is_run_again(scene: Scene, tmp_path: Path) -> None:
    recorder = Recorder(load_site(scene.rig.site), scene.desk, scene.road, SystemClock())
    watching = asyncio.create_task(recorder.record(60))
    await asyncio.sleep(1.0)
    await scene.road.fault("LCS-FU-01-1", latency_ms=20)
    await asyncio.sleep(0.5)
    first = await scene.desk.press(TEXT)
    await asyncio.sleep(1.0)
    second = await scene.desk.press("", **FORM)
    await asyncio.sleep(1.0)
    for incident in (first, second):
        await scene.desk.order(incident["id"], "clear", reason="free", wait=True)
        await asyncio.sleep(1.0)
    await scene.road.mend("LCS-FU-01-1")
    await asyncio.sleep(1.0)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await recorder.look()
    file = tmp_path / "recorded.yaml"
    file.write_text(recorder.recording.text("recorded", recorder.observer, None), "utf-8")
    scenario, findings = read_scenario(file)
    assert scenario is not None, (findings, file.read_text("utf-8"))
    verbs = [item.act.verb for item in scenario.items if isinstance(item, Doing) and item.act.verb != "wait"]
    assert verbs == ["fault", "report", "report", "clear", "clear", "mend"], file.read_text("utf-8")
    said = file.read_text("utf-8")
    assert TEXT in said
    assert "verdict met" in said
    assert "show closed" in said
    (run,) = await run_all([Job(scenario)], running_rig, SystemClock(), fast=True)
    assert run.good, [(line.said, line.got) for line in run.failures]


async def test_the_template_is_a_good_scenario(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(TEMPLATE.format(name="new"), "utf-8")
    scenario, findings = read_scenario(file)
    assert scenario is not None, findings
