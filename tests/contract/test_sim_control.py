"""The control API over HTTP, and the simulating process as a process."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pymodbus.client import AsyncModbusTcpClient

from config.site import SiteKind
from devices.clock import SystemClock
from simulators.endpoints import Endpoints
from simulators.process import simulate
from simulators.simulation import LiveSite
from tests.broker import nats_broker
from tests.simulated import until
from tests.sites import GATEWAY, PLC, tiny_site

HEAD = "LCS-G1-1"


@contextlib.asynccontextmanager
async def control(
    broker: tuple[str, int] | None = ("127.0.0.1", 9),
) -> AsyncIterator[tuple[httpx2.AsyncClient, Endpoints]]:
    """Run `simulate` in this loop; nobody listens at the default broker."""
    ready: asyncio.Future[Endpoints] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        simulate(tiny_site(), free_ports=True, broker=broker, ready=ready.set_result), name="simulate"
    )
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
        endpoints = ready.result()
        async with httpx2.AsyncClient(base_url=endpoints.control, timeout=5) as client:
            yield client, endpoints
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@contextlib.asynccontextmanager
async def modbus(endpoints: Endpoints, link: str = PLC) -> AsyncIterator[AsyncModbusTcpClient]:
    end = endpoints.links[link]
    client = AsyncModbusTcpClient(end.host, port=end.port, timeout=1, retries=0, reconnect_delay=0)
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


async def body(answer: httpx2.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_health_devices_and_links() -> None:
    async with control() as (http, endpoints):
        assert await body(await http.get("/health")) == {"site": "tiny", "devices": 10, "simulation": True}
        devices = {d["id"]: d for d in await body(await http.get("/devices"))}
        assert len(devices) == 10
        one = devices[HEAD]
        assert {k: one[k] for k in ("type", "link", "commanded", "lamp", "feedback", "local", "online")} == {
            "type": "head",
            "link": PLC,
            "commanded": "open",
            "lamp": "open",
            "feedback": "open",
            "local": False,
            "online": True,
        }
        assert devices["VMS-1"]["online"] is False  # there is no broker
        links = {link["id"]: link for link in await body(await http.get("/links"))}
        assert links[PLC]["port"] == endpoints.links[PLC].port
        assert (links[GATEWAY]["faults"]["serial"], links[PLC]["faults"]["serial"]) == (True, False)
        assert Endpoints.from_json(json.loads(json.dumps(endpoints.to_json()))) == endpoints


async def test_faults_change_what_they_name_and_delete_restores() -> None:
    async with control() as (http, endpoints), modbus(endpoints) as client:
        await body(await http.put(f"/devices/{HEAD}/faults", json={"local": True}))
        after = await body(await http.put(f"/devices/{HEAD}/faults", json={"wrong": "caution"}))
        assert (after["faults"]["local"], after["faults"]["wrong"], after["lamp"]) == (
            True,
            "caution",
            "caution",
        )
        registers = (await client.read_input_registers(200, count=1, device_id=1)).registers
        assert registers == [1 << 15 | 3]
        restored = await body(await http.delete(f"/devices/{HEAD}/faults"))
        assert (restored["faults"]["local"], restored["faults"]["wrong"], restored["lamp"]) == (
            False,
            None,
            "open",
        )


async def test_history_is_exact_ordered_and_can_be_asked_in_parts() -> None:
    clock = SystemClock()
    async with control() as (http, endpoints), modbus(endpoints) as client:
        first = await body(await http.get("/history"))
        assert [e["cause"] for e in first["events"]] == ["reboot"] * 10
        before_ms, before_s = clock.wall_ms(), clock.mono_s()
        await client.write_registers(100, [2, 2], device_id=1)
        after_ms, after_s = clock.wall_ms(), clock.mono_s()
        since = await body(await http.get("/history", params={"since_ms": before_ms - 1, "after_seq": 10}))
        assert [(e["device"], e["lamp"], e["cause"]) for e in since["events"]] == [
            (HEAD, "closed", "command"),
            ("LCS-G1-2", "closed", "command"),
        ]
        for event in since["events"]:
            assert before_ms - 1 <= event["at_ms"] <= after_ms + 1
            assert before_s <= event["mono_s"] <= after_s
        one = await body(await http.get("/history", params={"device": HEAD}))
        assert [e["lamp"] for e in one["events"]] == ["open", "closed"]
        part = await body(await http.get("/history", params={"after_seq": 9, "limit": 2}))
        assert ([e["seq"] for e in part["events"]], part["more"]) == ([10, 11], True)
        assert (part["dropped"], part["last_seq"]) == (0, 12)


async def test_panel_reboot_latency_and_reset() -> None:
    async with control() as (http, _):
        await body(
            await http.put("/devices/LCS-G3-1/lamp", json={"value": {"lamps": ["red_cross", "caution"]}})
        )
        panel = await body(await http.get("/devices/LCS-G3-1"))
        assert (panel["lamp"], panel["local"]) == ({"lamps": ["red_cross", "caution"]}, False)
        assert (await body(await http.post(f"/devices/{HEAD}/reboot")))["lamp"] == "dark"
        await body(await http.put("/latency", json={"latency_ms": 70}))
        links = await body(await http.get("/links"))
        assert [link["faults"]["latency_ms"] for link in links] == [70, 70, 70]
        await body(await http.put(f"/links/{PLC}/faults", json={"down": True}))
        assert (await body(await http.get(f"/devices/{HEAD}")))["online"] is False
        await body(await http.post("/reset"))
        assert {d["lamp"] for d in await body(await http.get("/devices")) if d["type"] == "head"} == {"open"}
        links = await body(await http.get("/links"))
        assert [link["faults"]["latency_ms"] for link in links] == [0, 0, 0]
        assert (await body(await http.get(f"/devices/{HEAD}")))["online"] is True


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "says"),
    [
        ("GET", "/devices/NO-1", None, 404, "GET /devices"),
        ("PUT", "/links/no/faults", {"down": True}, 404, "GET /links"),
        ("PUT", f"/devices/{HEAD}/faults", {"latency": 1}, 422, "latency"),
        ("PUT", f"/devices/{HEAD}/faults", {"latency_ms": -1}, 422, "latency_ms"),
        ("PUT", f"/devices/{HEAD}/faults", {"wrong": "purple"}, 422, "merge_left"),
        ("PUT", f"/devices/{HEAD}/lamp", {"value": {"lamps": ["x"]}}, 422, "no single lamps"),
        ("PUT", "/devices/LCS-G3-1/lamp", {"value": {"lamps": ["x"]}}, 422, "green_arrow"),
        ("GET", "/history?device=NO-1", None, 404, "GET /devices"),
    ],
)
async def test_mistakes_are_answered_with_what_to_do(
    method: str, path: str, sent: Any, status: int, says: str
) -> None:
    async with control() as (http, _):
        answer = await http.request(method, path, json=sent)
        problem = await body(answer, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert says in problem["detail"]
        assert problem["status"] == status


async def test_a_live_site_is_never_simulated() -> None:
    with pytest.raises(LiveSite, match="tiny is live"):
        await simulate(tiny_site(kind=SiteKind.LIVE), free_ports=True, broker=None, ready=lambda _: None)


async def test_the_process_prints_its_endpoints_and_ends_on_sigterm() -> None:
    code = (
        "import sys; from simulators.process import run; from tests.sites import tiny_site; "
        "run(tiny_site(), free_ports=True, broker=(sys.argv[1], int(sys.argv[2])))"
    )
    async with nats_broker() as broker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error",
            "-c",
            code,
            broker.host,
            str(broker.port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(15):
                endpoints = Endpoints.from_json(json.loads(await process.stdout.readline()))
            assert (endpoints.site, endpoints.pid) == ("tiny", process.pid)
            assert endpoints.links["mqtt"].port == broker.port
            async with httpx2.AsyncClient(base_url=endpoints.control, timeout=5) as http:
                online: list[bool] = []

                async def look() -> None:
                    while not online or not all(online):
                        online[:] = [d["online"] for d in (await http.get("/devices")).json()]

                async with asyncio.timeout(10):
                    await look()
                async with modbus(endpoints) as client:
                    assert not (await client.write_registers(100, [2] * 4, device_id=1)).isError()
                    shown = (await client.read_input_registers(200, count=4, device_id=1)).registers
                    assert shown == [2, 2, 2, 2]
                    await http.put(f"/links/{PLC}/faults", json={"down": True})
                    await until(lambda: not client.connected)
                    await http.put(f"/links/{PLC}/faults", json={"down": False})
                async with modbus(endpoints) as again:
                    assert again.connected
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                _, err = await process.communicate()
            assert (process.returncode, err.decode()) == (0, "")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
