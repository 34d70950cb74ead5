"""SIGTERM in the middle of a plan: finished in the grace, or handed over by name."""

from typing import Any

from api.rig import Rig, running_rig
from benchmarks.press import ORIGIN, clear
from simulators.remote import Desk, Road

HEAD = "LCS-FU-09-1"


async def stopped(rig: Rig, desk: Desk) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Press, stop at once, start again; return the incident, what `stop` said, and its verdicts."""
    answer = await desk.press(ORIGIN, wait=False)
    await rig.stop_serve()
    await rig.start_serve()
    async with Desk(rig.url, rig.token) as after:
        rows = (await after.call("GET", "/api/v1/audit", params={"limit": 1000}))["rows"]
        (stop,) = [row["body"] for row in rows if row["kind"] == "stop"]
        at = [row["kind"] for row in rows].index("stop")
        verdicts = {r["body"]["incident"]: r["body"]["outcome"] for r in rows[:at] if r["kind"] == "verdict"}
        assert (await after.call("GET", "/api/v1/audit/verify"))["ok"]
    return answer["id"], stop, verdicts


async def test_a_press_under_way_is_finished_before_the_process_ends() -> None:
    async with running_rig() as rig, Road(rig.control_url) as road, Desk(rig.url, rig.token) as desk:
        await desk.until_well(within_s=15)
        await road.latency(60)
        incident, stop, verdicts = await stopped(rig, desk)
        assert stop == {"open": [incident], "unfinished": []}
        assert verdicts == {incident: "met"}
        async with Desk(rig.url, rig.token) as after:
            await after.until_state(incident, "active", within_s=10)


async def test_what_cannot_be_finished_is_named_and_taken_over() -> None:
    async with running_rig() as rig, Road(rig.control_url) as road, Desk(rig.url, rig.token) as desk:
        await desk.until_well(within_s=15)
        await road.fault(HEAD, exception=4)
        incident, stop, verdicts = await stopped(rig, desk)
        assert stop == {"open": [incident], "unfinished": [incident]}
        assert verdicts == {}
        await road.mend(HEAD)
        async with Desk(rig.url, rig.token) as after:
            await after.until_state(incident, "active", within_s=15)
            await clear(after, incident)
