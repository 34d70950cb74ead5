"""A controller that is none: speaks our HTTP, lights lamps by hand, and lies in one chosen way.

The runner must see through every lie by the lamp history. Told nothing (`Lie.NONE`) it behaves well enough to
pass, so that a scenario that fails with a lie fails because of it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from config.loader import load_site, sample_site_path
from controller.intake.form import IncidentForm, form_report
from controller.intake.text import parse_text
from controller.plan.planner import plan_incident
from devices.clock import SystemClock
from devices.values import value_to_json
from simulators.remote import Road


class Lie(StrEnum):
    """What it does wrong, and says nothing of."""

    NONE = "none"
    EARLY = "verified before the lamps follow"
    ONE_DARK = "one head is never lit and called verified"
    TOO_FAR = "closes downstream of the place too"
    NAMES_NOBODY = "calls a dead head verified"
    OPENS_AT_START = "opens what it finds closed at its start"
    OPENS_FIRST = "a correction opens the old lane before it closes the new one"
    IGNORES_HOLD = "a held release goes on"
    MILD_LOCK = "a lock may open a closed lane"
    TWO_ASPECTS = "a head lights green and red together"
    SIGNS_FIRST = "signs go blank before the lanes open"
    MET_ANYWAY = "a verdict is met though a head was never proved"
    NO_VERDICT = "no verdict is ever given"


BUDGET_MS = 500
_DEAD = ("exception", "offline", "silent", "stuck", "local")


def broken(faults: dict[str, Any]) -> bool:
    """Return whether a device with these faults cannot be driven."""
    return any(faults[fault] for fault in _DEAD)


class FakeController:
    """One fake; implements the runner's `Rig` with processes that are only pretended."""

    def __init__(self, lie: Lie, control_url: str, broker: Any) -> None:
        self.lie, self.control_url, self.broker = lie, control_url, broker
        self.url, self.token = "", "a-token-of-no-meaning"
        self.site = load_site(sample_site_path())
        self.road = Road(control_url)
        self.clock = SystemClock()
        self.rows: list[dict[str, Any]] = []
        self.incidents: dict[str, dict[str, Any]] = {}
        self.locks: dict[str, Any] = {}
        self.alarms: list[dict[str, Any]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.up = True

    # The rig ------------------------------------------------------------------------------------------

    async def stop_serve(self) -> None:
        self.up = False
        for task in self.tasks:
            task.cancel()

    kill_serve = stop_serve

    def forget(self) -> None:
        self.incidents.clear()
        self.rows.clear()
        self.locks.clear()

    async def restart_serve(self) -> None:
        self.up = True
        self.alarms = []
        held = {d["device"] for i in self.incidents.values() for d in i["plan"]["demands"]}
        for device, lamp in (await self.road.lamps()).items():
            if lamp == "closed" and device not in held:
                if self.lie is Lie.OPENS_AT_START:
                    await self.road.switch(device, "open")
                else:
                    self.alarms.append({"kind": "unexplained", "subject": device})

    # What it does ---------------------------------------------------------------------------------------

    def note(self, kind: str, body: dict[str, Any], at_ms: int | None = None) -> None:
        at = self.clock.wall_ms() if at_ms is None else at_ms
        self.rows.append({"seq": len(self.rows) + 1, "kind": kind, "at_ms": at, "body": body})

    def start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def plan(self, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if "text" in body:
            report = parse_text(body["text"], self.site).report
        else:
            report = form_report(IncidentForm.model_validate(body), self.site)
        assert report is not None
        demands = {d.device: value_to_json(d.value) for d in plan_incident(report, self.site).demands}
        if self.lie is Lie.TOO_FAR:
            heads = self.site.devices.values()
            demands |= {
                d.id: "closed" for d in heads if d.gantry and d.carriageway == "FU" and d.at_m > 17_000
            }
        return report, demands

    def intent(self, incident: dict[str, Any], demands: dict[str, Any], kind: str) -> None:
        incident["revision"] += 1
        incident["demands"] = demands
        incident["plan"] = {
            "demands": [{"device": d, "value": v} for d, v in demands.items()],
            "findings": [],
        }
        body = {"incident": incident["id"], "revision": incident["revision"], "kind": kind}
        self.note("intent", {**body, "budget_ms": BUDGET_MS, "plan": incident["plan"]})

    def verified(self, incident: dict[str, Any], device: str, key_ms: int, at_ms: int) -> None:
        body = {"incident": incident["id"], "revision": incident["revision"], "device": device}
        self.note("step", {**body, "state": "verified", "t_ms": at_ms - key_ms}, at_ms)

    async def drive(self, incident: dict[str, Any], demands: dict[str, Any]) -> None:
        key_ms = self.clock.wall_ms()
        rows = {row["id"]: row for row in await self.road.call("GET", "/devices")}
        dead = [d for d in demands if broken(rows[d]["faults"])]
        for device, value in demands.items():
            if device in dead and self.lie is not Lie.NAMES_NOBODY:
                continue  # neither lit nor called verified
            if self.lie is Lie.EARLY:
                self.verified(incident, device, key_ms, self.clock.wall_ms() - 20)
            skipped = self.lie is Lie.ONE_DARK and device == "LCS-FU-09-1"
            if device not in dead and not skipped:
                if self.lie is Lie.TWO_ASPECTS and rows[device]["link"] == "FU-GW-1":
                    await self.road.switch(device, {"lamps": ["green_arrow", "red_cross"]})
                await self.road.switch(device, value)
            if self.lie is not Lie.EARLY:
                self.verified(incident, device, key_ms, self.clock.wall_ms())
        silent = self.lie in (Lie.NAMES_NOBODY, Lie.MET_ANYWAY)
        named = {} if silent else dict.fromkeys(dead, "no answer")
        if named:
            await asyncio.sleep(BUDGET_MS / 1000)
        if self.lie is Lie.NO_VERDICT:
            return
        verdict = {"outcome": "missed" if named else "met", "failed": named, "last_ms": 100}
        incident["verdict"] = verdict | {"verified": len(demands) - len(named), "acked_only": 0}
        incident["verdict"]["total"] = len(demands)
        self.note(
            "verdict", {"incident": incident["id"], "revision": incident["revision"], **incident["verdict"]}
        )
        incident["state"] = "degraded" if named else "active"
        if named:
            self.start(self.return_of(incident, dead))

    async def return_of(self, incident: dict[str, Any], dead: list[str]) -> None:
        for device in dead:
            while broken((await self.road.device(device))["faults"]):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
            await self.road.switch(device, incident["demands"][device])
        incident["state"] = "active"

    async def correct(self, incident: dict[str, Any], demands: dict[str, Any]) -> None:
        closed = [d for d, v in demands.items() if v == "closed"]
        rest = [d for d in demands if d not in closed]
        order = [*rest, *closed] if self.lie is Lie.OPENS_FIRST else [*closed, *rest]
        self.intent(incident, demands, "correction")
        await self.drive(incident, {device: demands[device] for device in order})

    async def release(self, incident: dict[str, Any]) -> None:
        self.note("clear", {"incident": incident["id"]})
        incident["state"] = "clearing"
        incident["held"] = False
        incident["revision"] += 1
        where = self.site.devices
        heads = [d for d in incident["demands"] if where[d].gantry and d not in self.locks]
        others = [d for d in incident["demands"] if where[d].gantry is None]
        heads.sort(key=lambda d: -where[d].at_m)
        order = [*others, *heads] if self.lie is Lie.SIGNS_FIRST else [*heads, *others]
        key_ms = self.clock.wall_ms()
        for device in order:
            if incident["held"] and self.lie is not Lie.IGNORES_HOLD:
                return
            base = where[device].base
            assert base is not None
            await self.road.switch(device, value_to_json(base))
            self.verified(incident, device, key_ms, self.clock.wall_ms())
            await asyncio.sleep(0.02)
        incident["state"], incident["demands"] = "cleared", {}

    async def hold(self, incident: dict[str, Any]) -> None:
        incident["held"] = True
        await asyncio.sleep(0.1)  # let what is under way end
        self.intent(incident, incident["demands"], "hold")
        incident["state"] = "active"
        if self.lie is not Lie.IGNORES_HOLD:
            await self.drive(incident, incident["demands"])


def app_of(fake: FakeController) -> FastAPI:
    """Return the part of our HTTP that a runner speaks."""
    app = FastAPI()

    @app.get("/health/ready")
    async def ready() -> JSONResponse:
        return JSONResponse({}, 200 if fake.up else 503)

    @app.get("/api/v1/site")
    async def site() -> dict[str, Any]:
        return {"id": fake.site.id, "kind": "simulated"}

    @app.get("/api/v1/incidents")
    async def incidents(state: str = "all") -> dict[str, Any]:
        rows = [
            i for i in fake.incidents.values() if state == "all" or i["state"] not in ("cleared", "cancelled")
        ]
        return {"incidents": [{"id": i["id"], "state": i["state"]} for i in rows]}

    @app.post("/api/v1/incidents")
    async def press(request: Request) -> dict[str, Any]:
        _, demands = fake.plan(await request.json())
        number = f"I-20260101-{len(fake.incidents) + 1:04d}"
        incident = {"id": number, "state": "activating", "verdict": None, "release": None, "revision": 0}
        fake.incidents[number] = incident
        fake.intent(incident, demands, "activation")
        fake.start(fake.drive(incident, demands))
        return view(incident)

    def view(incident: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in incident.items() if key not in ("demands", "held")}

    @app.get("/api/v1/incidents/{number}")
    async def one(number: str) -> dict[str, Any]:
        return view(fake.incidents[number])

    @app.patch("/api/v1/incidents/{number}")
    async def correct(number: str, request: Request) -> dict[str, Any]:
        _, demands = fake.plan(await request.json())
        fake.start(fake.correct(fake.incidents[number], demands))
        return view(fake.incidents[number])

    @app.post("/api/v1/incidents/{number}/{verb}")
    async def order(number: str, verb: str) -> dict[str, Any]:
        incident = fake.incidents[number]
        fake.start(fake.hold(incident) if verb == "hold" else fake.release(incident))
        return view(incident)

    @app.get("/api/v1/devices")
    async def devices() -> dict[str, Any]:
        lamps = await fake.road.lamps()
        rows = [{"id": d, "shown": lamp, "verdict": "at_rest", "well": True} for d, lamp in lamps.items()]
        return {"devices": rows}

    @app.put("/api/v1/devices/{device}/lock", response_model=None)
    async def lock(device: str, request: Request) -> JSONResponse | dict[str, Any]:
        value = (await request.json())["value"]
        if (await fake.road.device(device))["lamp"] == "closed" and fake.lie is not Lie.MILD_LOCK:
            return JSONResponse({"detail": "a lock may only restrict more"}, 409)
        fake.locks[device] = value
        fake.note("lock", {"device": device, "value": value})
        await fake.road.switch(device, value)
        return {}

    @app.delete("/api/v1/devices/{device}/lock")
    async def unlock(device: str) -> dict[str, Any]:
        fake.locks.pop(device)
        await fake.road.switch(device, "open")
        return {}

    @app.post("/api/v1/devices/{device}/release")
    async def let_go(device: str) -> dict[str, Any]:
        fake.alarms = [alarm for alarm in fake.alarms if alarm["subject"] != device]
        await fake.road.switch(device, "open")
        return {}

    @app.get("/api/v1/alarms")
    async def alarms() -> dict[str, Any]:
        return {"alarms": fake.alarms}

    @app.get("/api/v1/audit")
    async def audit(after_seq: int = 0, newest_first: bool = False) -> dict[str, Any]:
        rows = [row for row in fake.rows if row["seq"] > after_seq]
        return {"rows": rows[::-1] if newest_first else rows}

    @app.get("/api/v1/audit/verify")
    async def verify() -> dict[str, Any]:
        return {"ok": True}

    return app


@contextlib.asynccontextmanager
async def fake_controller(lie: Lie, control_url: str, broker: Any) -> AsyncIterator[FakeController]:
    """Run a fake on loopback for the block."""
    fake = FakeController(lie, control_url, broker)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(app_of(fake), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="fake controller")
        try:
            yield fake
        finally:
            await fake.stop_serve()
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            await fake.road.http.aclose()
