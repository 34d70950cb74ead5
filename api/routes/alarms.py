"""Standing alarms."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.routes.access import Context
from api.routes.examples import ALARM, answers
from controller.views import alarm_view

router = APIRouter(tags=["alarms"])


@router.get("/alarms", responses=answers({"alarms": [ALARM], "journal_degraded": None}))
async def alarms(context: Context) -> JSONResponse:
    """Return what needs a person's eye, oldest first; an alarm is gone when its cause is."""
    room = context.room
    views = [alarm_view(alarm) for alarm in room.alarms.standing()]
    return JSONResponse({"alarms": views, "journal_degraded": room.store.degraded})
