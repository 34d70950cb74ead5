"""Alarms: the list, its figures, and what people do with an alarm."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from api.bodies import AckBody, ShelfBody
from api.routes.access import Context, Pressed
from api.routes.examples import ALARM, ALARM_FIGURES, answers
from api.shapes.device import AlarmListShape, AlarmShape
from controller.alarms.alarm import AlarmKind, AlarmState, Priority
from controller.views import alarm_figures_view, alarm_view

router = APIRouter(prefix="/alarms", tags=["alarms"])
_ORDER = answers(ALARM, shape=AlarmShape, problems=(401, 404, 409, 422))


@router.get(
    "",
    responses=answers(
        {"alarms": [ALARM], "figures": ALARM_FIGURES, "journal_degraded": None},
        shape=AlarmListShape,
        problems=(422,),
    ),
)
async def alarms(
    context: Context,
    state: Annotated[list[AlarmState] | None, Query(description="only these states")] = None,
    priority: Annotated[list[Priority] | None, Query(description="only these priorities")] = None,
    kind: Annotated[list[AlarmKind] | None, Query(description="only these kinds")] = None,
    shelved: Annotated[bool | None, Query(description="true: only the shelf; false: without it")] = None,
) -> JSONResponse:
    """Return what needs a person's eye, oldest first.

    An alarm is listed while its fact stands, until somebody has acknowledged it, and while it is shelved.
    Asked for `cleared_acked`, the last that left the list are returned too.
    """
    room = context.room
    listed = room.alarms.listed()
    if state and AlarmState.CLEARED_ACKED in state:
        listed = (*reversed(room.alarms.ended()), *listed)
    views = [
        alarm_view(alarm)
        for alarm in listed
        if (not state or alarm.state in state)
        and (not priority or alarm.priority in priority)
        and (not kind or alarm.kind in kind)
        and shelved in (None, alarm.shelf is not None)
    ]
    figures = alarm_figures_view(room.alarm_log.figures())
    return JSONResponse({"alarms": views, "figures": figures, "journal_degraded": room.store.degraded})


@router.post("/{alarm_id}/ack", responses=_ORDER)
async def ack(alarm_id: str, key: Pressed, context: Context, body: AckBody | None = None) -> JSONResponse:
    """Say that you have seen it; a critical one needs a note of what is being done. Silences nothing else."""
    note = body.note if body is not None else ""
    return JSONResponse(alarm_view(await context.commands.alarms.ack(alarm_id, key, note)))


@router.post("/{alarm_id}/shelve", responses=_ORDER)
async def shelve(alarm_id: str, body: ShelfBody, key: Pressed, context: Context) -> JSONResponse:
    """Hide it for some minutes, with a reason; it comes back by itself. Some kinds are never hidden."""
    alarm = await context.commands.alarms.shelve(alarm_id, key, body.minutes, body.reason)
    return JSONResponse(alarm_view(alarm))


@router.post("/{alarm_id}/unshelve", responses=_ORDER)
async def unshelve(alarm_id: str, key: Pressed, context: Context) -> JSONResponse:
    """Show it again before its time."""
    return JSONResponse(alarm_view(await context.commands.alarms.unshelve(alarm_id, key)))
