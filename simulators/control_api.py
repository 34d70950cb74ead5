"""The control API of the simulated devices: faults, latency, and the lamp history, over HTTP on loopback."""

from typing import Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from simulators.shown import shown_from_json
from simulators.simulation import Simulation

MAX_EVENTS = 100_000
_PROBLEM = "application/problem+json"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeviceFaultsBody(_Body):
    """Changes of one device's faults; what is left out stays as it is. See `simulators.faults`."""

    latency_ms: int = Field(0, ge=0, le=600_000)
    lamp_delay_ms: int = Field(0, ge=0, le=600_000)
    feedback_delay_ms: int = Field(0, ge=0, le=600_000)
    silent: bool = False
    offline: bool = False
    stuck: bool = False
    wrong: Any = None
    local: bool = False
    fault: bool = False
    exception: int | None = Field(None, ge=1, le=255)
    drop_state: bool = False
    clock_offset_ms: int = Field(0, ge=-86_400_000, le=86_400_000)


class LinkFaultsBody(_Body):
    """Changes of one link's faults; what is left out stays as it is."""

    latency_ms: int = Field(0, ge=0, le=600_000)
    down: bool = False
    dead_units: frozenset[int] = frozenset()
    dead_unit_ms: int = Field(1_000, ge=0, le=600_000)
    serial: bool = False
    loss_percent: int = Field(0, ge=0, le=100)
    loss_seed: int = Field(0, ge=0)


class LatencyBody(_Body):
    """One latency for all links."""

    latency_ms: int = Field(ge=0, le=600_000)


class LampBody(_Body):
    """What somebody switches on at the cabinet."""

    value: Any


class _Problem(Exception):
    def __init__(self, status: int, title: str, detail: str) -> None:
        self.status, self.title, self.detail = status, title, detail


def create_app(simulation: Simulation) -> FastAPI:
    """Return the app of one running simulation."""
    # The framework's own pages load scripts from a foreign network; the description itself stays.
    app = FastAPI(title="onekey simulated devices", docs_url=None, redoc_url=None)
    site = simulation.site

    _answer_problems(app)

    def known_device(device_id: str) -> str:
        if device_id not in simulation.devices:
            raise _Problem(
                404, "No such device", f"{device_id!r} is not in site {site.id}; GET /devices lists all"
            )
        return device_id

    def known_link(link_id: str) -> str:
        if link_id not in site.links:
            raise _Problem(404, "No such link", f"{link_id!r} is not in site {site.id}; GET /links lists all")
        return link_id

    def shown(device_id: str, raw: Any) -> Any:
        device = simulation.devices[device_id].device
        try:
            return shown_from_json(device.type, device.model, raw)
        except ValueError as err:
            raise _Problem(422, "The device cannot show this", str(err)) from None

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"site": site.id, "devices": len(simulation.devices), "simulation": True}

    @app.get("/devices")
    async def devices() -> list[dict[str, Any]]:
        return [simulation.device_json(device_id) for device_id in simulation.devices]

    @app.get("/devices/{device_id}")
    async def device(device_id: str) -> dict[str, Any]:
        return simulation.device_json(known_device(device_id))

    @app.put("/devices/{device_id}/faults")
    async def set_faults(device_id: str, body: DeviceFaultsBody) -> dict[str, Any]:
        known_device(device_id)
        changes = body.model_dump(exclude_unset=True)
        if changes.get("wrong") is not None:
            changes["wrong"] = shown(device_id, changes["wrong"])
        simulation.set_device_faults(device_id, **changes)
        return simulation.device_json(device_id)

    @app.delete("/devices/{device_id}/faults")
    async def restore(device_id: str) -> dict[str, Any]:
        simulation.restore(known_device(device_id))
        return simulation.device_json(device_id)

    @app.put("/devices/{device_id}/lamp")
    async def switch(device_id: str, body: LampBody) -> dict[str, Any]:
        simulation.devices[known_device(device_id)].switch_at_panel(shown(device_id, body.value))
        return simulation.device_json(device_id)

    @app.post("/devices/{device_id}/reboot")
    async def reboot(device_id: str) -> dict[str, Any]:
        simulation.devices[known_device(device_id)].reboot()
        return simulation.device_json(device_id)

    @app.get("/links")
    async def links() -> list[dict[str, Any]]:
        return [simulation.link_json(link_id) for link_id in site.links]

    @app.put("/links/{link_id}/faults")
    async def set_link_faults(link_id: str, body: LinkFaultsBody) -> dict[str, Any]:
        known_link(link_id)
        try:
            await simulation.set_link_faults(link_id, **body.model_dump(exclude_unset=True))
        except OSError as err:
            raise _Problem(409, "The link cannot come up", str(err)) from None
        return simulation.link_json(link_id)

    @app.put("/latency")
    async def set_latency(body: LatencyBody) -> dict[str, Any]:
        await simulation.set_latency(body.latency_ms)
        return {"latency_ms": body.latency_ms}

    @app.post("/reset")
    async def reset() -> dict[str, Any]:
        await simulation.reset()
        return await health()

    @app.get("/history")
    async def history(
        since_ms: float = 0.0,
        after_seq: int = Query(0, ge=0),
        limit: int = Query(MAX_EVENTS, ge=1, le=MAX_EVENTS),
        device: str | None = None,
    ) -> JSONResponse:
        """Return lamp changes, oldest first; where `more` is true, go on with `after_seq` of the last one."""
        if device is not None:
            known_device(device)
        log = simulation.history
        found = log.since(since_ms, after_seq=after_seq, device=device)
        events = [log.to_json(event) for event in found[:limit]]
        body = {
            "events": events,
            "dropped": log.dropped,
            "last_seq": log.last_seq,
            "more": len(found) > limit,
        }
        return JSONResponse(body)

    return app


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(_Problem)
    async def _on_problem(_: Request, problem: _Problem) -> JSONResponse:
        return _problem_json(problem)

    @app.exception_handler(RequestValidationError)
    async def _on_invalid(_: Request, err: RequestValidationError) -> JSONResponse:
        mistakes = "; ".join(
            f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in err.errors()
        )
        return _problem_json(_Problem(422, "The request is not understood", f"correct {mistakes}"))


def _problem_json(problem: _Problem) -> JSONResponse:
    body = {"title": problem.title, "status": problem.status, "detail": problem.detail}
    return JSONResponse(body, status_code=problem.status, media_type=_PROBLEM)
