"""Devices that fail while an incident stands: planned around until repaired (faults 3, 4, 5; S14)."""

import pytest

from benchmarks.press import ORIGIN, clear
from simulators.remote import Refused, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FAILS_S = 12.0
"""Three writes of two seconds, on a busy machine."""


async def failed(scene, device):
    async def look():
        row = (await scene.desk.devices())[device]
        return row["failed"] is not None, row["verdict"]

    await until(look, FAILS_S, f"{device} failed")


async def first_cross(scene):
    """Return the first closed head of lane 1 and the head before it."""
    plan = await scene.desk.call("POST", "/api/v1/plans", json={"text": ORIGIN})
    asked = {d["device"]: d["value"] for d in plan["plan"]["demands"] if d["type"] == "head"}
    lane = sorted(d for d in asked if d.startswith("LCS-FU") and d.endswith("-1"))
    first = next(d for d in lane if asked[d] == "closed")
    return first, lane[lane.index(first) - 1]


@pytest.mark.parametrize("fault", [{"stuck": True}, {"wrong": "dark"}], ids=["stuck", "dark"])
async def test_a_failed_head_is_planned_around_until_it_is_repaired(scene, fault):
    first, before = await first_cross(scene)
    await scene.road.fault(first, **fault)
    try:
        incident = await scene.desk.press(ORIGIN)
        assert set(incident["verdict"]["failed"]) == {first}
        await scene.road.until_lamp(before, "closed", within_s=FAILS_S)
        await failed(scene, first)
        told = await scene.desk.incident(incident["id"])
        assert set(told["verdict"]["failed"]) == {first}, "the verdict of the press is written once"
        assert before in [step["device"] for step in told["added"][0]["steps"]]
        kinds = [
            (e["kind"], e["actor"]["role"])
            for e in (await scene.desk.call("GET", f"/api/v1/incidents/{incident['id']}/timeline"))[
                "timeline"
            ]
            if e["what"] == "revision"
        ]
        assert ("replan", "system") in kinds
        alarms = (await scene.desk.call("GET", "/api/v1/alarms"))["alarms"]
        assert f"failed:{first}" in [alarm["cause"] for alarm in alarms]

        async def journalled():
            rows = (await scene.desk.call("GET", "/api/v1/audit?kind=failed"))["rows"]
            return any(row["at_ms"] > incident["created_ms"] for row in rows), rows

        await until(journalled, 2, "the fault in the journal")
        # It outlives a kill, and a new incident is planned around it.
        await scene.rig.kill_serve()
        await scene.rig.restart_serve()
        await scene.reopen()
        assert (await scene.desk.devices())[first]["failed"] is not None
        second = await scene.desk.press(ORIGIN, separate=True)
        assert second["verdict"]["outcome"] == "met", second["verdict"]["line"]
        assert first in second["verdict"]["apart"]
        assert first in second["verdict"]["line"]
    finally:
        await scene.road.mend(first)
    path = f"/api/v1/devices/{first}/fault"
    await scene.desk.call("DELETE", path, json={"reason": "lamp replaced"})
    await scene.road.until_lamp(first, "closed", within_s=5)
    await scene.desk.until_state(incident["id"], "active", within_s=5)
    assert (await scene.road.lamps())[before] == "closed", "a repair releases nothing"
    with pytest.raises(Refused) as refused:
        await scene.desk.call("DELETE", path, json={"reason": "again"})
    assert refused.value.status == 409
    for one in (second["id"], incident["id"]):
        await clear(scene.desk, one)
    await scene.desk.until_well(within_s=15)
