"""Probes and metrics: what machines ask for first."""

from collections import Counter

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.problems import Problem
from api.routes.access import Context
from api.routes.examples import answers
from controller.room import ControlRoom

router = APIRouter(tags=["process"])


@router.get("/health/live", responses=answers({"alive": True}))
async def live() -> JSONResponse:
    """Say that the process answers."""
    return JSONResponse({"alive": True})


@router.get("/health/ready", responses=answers({"ready": True, "site": "sanduling"}, problems=(503,)))
async def ready(context: Context) -> JSONResponse:
    """Say whether devices are being driven; 503 while starting and while ending."""
    if not context.ready():
        detail = "the controller is starting or ending; ask again in a second"
        raise Problem(503, "Not ready", detail, headers={"Retry-After": "1"})
    body = {
        "ready": True,
        "site": context.site.id,
        "kind": context.site.kind.value,
        "drill": context.site.drill,
        "journal_degraded": context.room.store.degraded,
        "open_incidents": len(context.room.book.open()),
    }
    return JSONResponse(body)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(context: Context) -> Response:
    """Return the figures in Prometheus text form."""
    _count_devices(context.room)
    body = context.room.metrics.exposition()
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


def _count_devices(room: ControlRoom) -> None:
    """Set the device gauges: states are counted when somebody asks, not at every look."""
    conditions = {d.id: room.fleet.reconcilers[d.id].condition for d in room.site.devices.values()}
    lost = [device for device, condition in conditions.items() if condition.reachable is False]
    counts = Counter(
        (room.site.devices[device].type.value, "unreachable" if device in lost else condition.verdict.value)
        for device, condition in conditions.items()
    )
    room.metrics.devices.clear()
    for labels, count in counts.items():
        room.metrics.devices.labels(*labels).set(count)
    room.metrics.unreachable.set(len(lost))
