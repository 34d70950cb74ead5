"""Scenario runs over HTTP, as the console asks for them."""

import asyncio
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from devices.clock import SystemClock
from simulators.remote import Desk, Refused, until
from simulators.scenario.collect import scenario_files
from simulators.scenario.pool import Job, run_remote
from simulators.scenario.rest import LiveSite, refuse_live
from simulators.scenario.result import Outcome
from simulators.scenario.rig import RemoteRig
from simulators.scenario.script import Scenario, read_scenario
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
API = "/api/v1/scenarios"


async def ended(scene: Scene, run: str, within_s: float = 60) -> dict[str, Any]:
    async def look() -> tuple[bool, dict[str, Any]]:
        seen = await scene.desk.call("GET", f"{API}/runs/{run}")
        return seen["state"] != "running", seen

    return await until(look, within_s, "the run ended")


async def road_while_it_runs(scene: Scene, run: str, within_s: float = 40) -> dict[str, Any]:
    """Return the run as it was seen running with a cross on the road."""

    async def look() -> tuple[bool, dict[str, Any]]:
        seen = await scene.desk.call("GET", f"{API}/runs/{run}")
        assert seen["state"] == "running", f"it ended before a cross was seen: {seen['why']}"
        return any(row["lamp"] == "closed" for row in seen["road"]["shown"]), seen

    return await until(look, within_s, "a cross seen while the run goes on")


async def test_a_run_is_started_followed_and_shown_and_touches_nothing_here(scene: Scene) -> None:
    listed = await scene.desk.call("GET", API)
    assert listed["offered"]
    assert "origin" in {one["name"] for one in listed["scenarios"]}
    before = await scene.road.call("GET", "/history")
    # Its verdict waits for the whole budget: a quick run is over before anybody has looked.
    started = await scene.desk.call("POST", f"{API}/stuck-lamp/runs", json={"seed": 3})
    with pytest.raises(Refused, match="under way"):
        await scene.desk.call("POST", f"{API}/stuck-lamp/runs")
    assert started["road"] == {"at_ms": 0, "devices": {}, "shown": []}
    seen = (await road_while_it_runs(scene, started["id"]))["road"]
    assert seen["devices"]["LCS-FU-07-1"]["chainage"] == "YK1889+740"
    run = await ended(scene, started["id"])
    assert run["road"]["shown"] == run["result"]["shown"]
    so_far = {(row["device"], row["from_ms"]): row["lamp"] for row in seen["shown"]}
    in_the_end = {(row["device"], row["from_ms"]): row["lamp"] for row in run["result"]["shown"]}
    assert so_far.items() <= in_the_end.items(), "what was told on the way is what is told in the end"
    assert (run["state"], run["seed"]) == ("passed", 3), run["why"]
    assert run["lines"]
    assert run["result"]["claims"] > 0
    page = await scene.desk.http.get(f"{API}/runs/{started['id']}/page")
    assert page.headers["content-type"].startswith("text/html")
    assert "What the road saw" in page.text
    assert (await scene.road.call("GET", "/history"))["last_seq"] == before["last_seq"]
    assert not (await scene.desk.call("GET", "/api/v1/incidents?state=open"))["incidents"]


async def test_a_run_is_stopped(scene: Scene) -> None:
    started = await scene.desk.call("POST", f"{API}/stuck-lamp/runs")
    await asyncio.sleep(1.0)
    stopped = await scene.desk.call("POST", f"{API}/runs/{started['id']}/stop")
    assert stopped["state"] == "stopped"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"{API}/no-such/runs", 404),
        ("POST", f"{API}/..%2f..%2fetc/runs", 404),
        ("POST", f"{API}/UPPER/runs", 422),
        ("GET", f"{API}/runs/R-1", 404),
        ("POST", f"{API}/runs/R-1/stop", 404),
    ],
)
async def test_what_is_not_there_is_told(scene: Scene, method: str, path: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        await scene.desk.call(method, path)
    assert refused.value.status == status


async def test_without_the_token_nothing_is_started(scene: Scene) -> None:
    answer = await scene.desk.http.post(f"{API}/origin/runs", headers={"Authorization": ""})
    assert answer.status_code == 401


async def test_a_pair_somewhere_else_is_judged_over_its_urls(scene: Scene) -> None:
    jobs = [Job(scenario) for scenario in map(shipped, ("origin", "empty-store")) if scenario is not None]
    rig = RemoteRig(scene.rig.url, scene.rig.token, scene.rig.control_url)
    origin, store = await run_remote(jobs, rig, SystemClock())
    assert origin.good, origin.verdict_line()
    assert origin.claims > 80
    assert store.outcome is Outcome.NOT_RUN
    assert "processes" in store.why


def shipped(name: str) -> Scenario | None:
    return read_scenario(scenario_files([name])[0][0])[0]


async def test_a_live_controller_is_left_alone() -> None:
    app = FastAPI()

    @app.get("/api/v1/site")
    async def site() -> dict[str, str]:
        return {"id": "real", "kind": "live"}

    async with Desk("http://live", "token") as desk:
        desk.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://live")
        with pytest.raises(LiveSite, match="409"):
            await refuse_live(desk)
