"""The HTTP API and the command line as strangers meet them: over sockets, in processes of their own."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulators.remote import Refused
from tests.scenario.conftest import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORIGIN = "紧急:福向三都岭隧道内快车道追尾,启动预警"
ROOT = Path(__file__).parents[2]
CLI_S = 60.0


async def onekey(scene: Scene, *args: str) -> tuple[int, str, str]:
    """Run the command against the scene's controller; returns exit code, stdout, stderr."""
    env = os.environ | {"ONEKEY_URL": scene.rig.url, "ONEKEY_TOKEN": scene.rig.token, "ONEKEY_ACTOR": "李娜"}
    command = [sys.executable, "-m", "api.cli", *args]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=ROOT, env=env)
    async with asyncio.timeout(CLI_S):
        out, err = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()


class Stream:
    """The event stream as a console reads it."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._frames = aiter(httpx2.EventSource(answer, max_event_size=None))

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        async with asyncio.timeout(10):
            frame = await anext(self._frames)
        body = frame.json()
        assert isinstance(body, dict)
        return frame.id, frame.event, body

    async def until_verdict(self) -> dict[str, Any]:
        while True:
            _, event, body = await self.next()
            assert event == "changes"
            for incident in body["incidents"]:
                if incident["verdict"] is not None:
                    return dict(incident)


async def test_a_console_sees_the_press_as_it_happens(scene: Scene) -> None:
    http = scene.desk.http
    async with http.stream("GET", "/api/v1/events") as answer:
        stream = Stream(answer)
        _, event, snapshot = await stream.next()
        assert (event, len(snapshot["devices"]), snapshot["kind"]) == ("snapshot", 97, "simulated")
        pressed = await scene.desk.press(ORIGIN, wait=False)
        told = await stream.until_verdict()
        assert (told["id"], told["verdict"]["outcome"]) == (pressed["id"], "met")
        last_id, _, _ = await _busy(scene, stream)
    async with http.stream("GET", "/api/v1/events", headers={"Last-Event-ID": last_id}) as answer:
        _, event, _ = await _busy(scene, Stream(answer))
        assert event in ("changes", "snapshot")
    await scene.desk.order(pressed["id"], "clear", wait=True, reason="over")


async def _busy(scene: Scene, stream: Stream) -> tuple[str, str, dict[str, Any]]:
    """Make a change and return the frame that tells it."""
    path = "/api/v1/devices/LCS-ZJ-01-1/service"
    await scene.desk.call("PUT", path, json={"reason": "test"})
    frame = await stream.next()
    await scene.desk.call("DELETE", path)
    return frame


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"text": "', id="malformed"),
        pytest.param(
            b'{"carriageway":"FU","tunnel":"none","lanes":[1],"type":"rear_end"}', id="unknown-tunnel"
        ),
        pytest.param(
            b'{"carriageway":"FU","tunnel":"sanduling","chainage":"K1876+000","lanes":[1],"type":"fire"}',
            id="contradictory-place",
        ),
        pytest.param(json.dumps({"text": "三都岭隧道追尾,启动预警"}).encode(), id="unclear-text"),
        pytest.param(b"x" * 200_000, id="too-long"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_is_sent(scene: Scene, body: bytes) -> None:
    before = await scene.road.history()
    listed = await scene.desk.call("GET", "/api/v1/incidents")
    answer = await scene.desk.http.post(
        "/api/v1/incidents", content=body, headers={"Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert await scene.desk.call("GET", "/api/v1/incidents") == listed
    assert await scene.road.history() == before


async def test_the_command_line_presses_tells_and_releases(scene: Scene) -> None:
    code, out, err = await onekey(scene, "alert", ORIGIN)
    assert (code, err) == (0, ""), out + err
    assert "LCS-FU-07-1" in out
    verdict = out.strip().splitlines()[-1]
    assert verdict.startswith("VERIFIED ")
    code, out, _ = await onekey(scene, "status", "--json")
    facts = json.loads(out)
    (incident,) = facts["incidents"]
    assert (code, incident["state"]) == (0, "active")
    full = await scene.desk.incident(incident["id"])
    assert full["actor"] == {"id": "李娜", "role": "configure", "via": "cli"}
    code, out, _ = await onekey(scene, "device", "list", "--json")
    shown = {row["id"]: row["shown"] for row in json.loads(out)}
    assert shown["VMS-FU-P"] == {"multi": "前方快车道事故,注意减速避让"}
    code, out, err = await onekey(scene, "clear", incident["id"], "--reason", "over")
    assert (code, err) == (0, ""), out + err
    assert "cleared" in out
    code, _, err = await onekey(scene, "clear", incident["id"])
    assert code == 1
    assert "it is cleared" in err


async def test_the_command_line_names_the_device_that_failed(short_scene: Scene) -> None:
    await short_scene.road.fault("LCS-FU-01-1", offline=True, silent=True)
    try:
        code, out, _ = await onekey(short_scene, "alert", ORIGIN)
        assert code == 1
        assert "LCS-FU-01-1" in out.strip().splitlines()[-1]
    finally:
        await short_scene.road.mend("LCS-FU-01-1")
    (incident,) = (await short_scene.desk.call("GET", "/api/v1/incidents?state=open"))["incidents"]
    await short_scene.desk.until_state(incident["id"], "active", within_s=10)
    code, out, err = await onekey(short_scene, "cancel", incident["id"])
    assert code == 0, out + err


async def test_the_token_is_needed_over_the_wire_too(scene: Scene) -> None:
    async with httpx2.AsyncClient(base_url=scene.rig.url) as stranger:
        answer = await stranger.post("/api/v1/incidents", json={"text": ORIGIN})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert (await stranger.get("/api/v1/devices")).status_code == 200
    with pytest.raises(Refused):
        await scene.desk.order("I-19990101-0001", "clear")


async def test_an_open_stream_does_not_keep_the_process(scene: Scene) -> None:
    loop = asyncio.get_running_loop()
    async with scene.desk.http.stream("GET", "/api/v1/events") as answer:
        stream = Stream(answer)
        await stream.next()
        began_s = loop.time()
        await scene.rig.stop_serve()
        assert loop.time() - began_s < 4
    await scene.rig.restart_serve()
    await scene.reopen()
    await scene.desk.until_well(within_s=15)
