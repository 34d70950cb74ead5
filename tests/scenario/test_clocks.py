"""Devices whose clock is wrong: proved in time all the same, and told by an alarm that ends (T3)."""

import pytest

from benchmarks.press import ORIGIN, clear
from simulators.remote import until
from tests.scenario.conftest import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
AHEAD, BEHIND = "VMS-FU-P", "BCN-FU-07"


async def clock_alarms(scene: Scene) -> set[str]:
    alarms = (await scene.desk.call("GET", "/api/v1/alarms", params={"kind": "clock"}))["alarms"]
    return {alarm["subject"] for alarm in alarms if alarm["cleared_ms"] is None}


async def until_alarmed(scene: Scene, *devices: str) -> None:
    async def look() -> tuple[bool, set[str]]:
        found = await clock_alarms(scene)
        return found == set(devices), found

    await until(look, 20, f"clock alarms of {devices}")


async def test_a_wrong_clock_costs_no_proof_and_is_told(scene: Scene) -> None:
    await scene.road.fault(AHEAD, clock_offset_ms=60_000)
    await scene.road.fault(BEHIND, clock_offset_ms=-60_000)
    await until_alarmed(scene, AHEAD, BEHIND)
    incident = await scene.desk.press(ORIGIN)
    assert incident["verdict"]["outcome"] == "met", incident["verdict"]["line"]
    (row,) = [step for step in incident["steps"] if step["device"] == AHEAD]
    assert row["state"] == "verified"
    await scene.road.mend(AHEAD)
    await scene.road.mend(BEHIND)
    await until_alarmed(scene)
    await clear(scene.desk, incident["id"])
