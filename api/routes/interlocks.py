"""Interlocks: how they stand, and the reset of one that was seen violated."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.bodies import ResetBody
from api.routes.access import Context, Pressed
from api.routes.examples import INTERLOCK, answers
from api.shapes.interlock import InterlockListShape, InterlockShape
from controller.interlocks.interlock_states import interlock_state

router = APIRouter(prefix="/interlocks", tags=["interlocks"])


@router.get("", responses=answers({"interlocks": [INTERLOCK]}, shape=InterlockListShape))
async def interlocks(context: Context) -> JSONResponse:
    """Return every interlock, written and built in: `kept`, `possible`, `conflict` or `latched`.

    `possible` says that a violation cannot be excluded because a device is not known; `holds` names the
    devices whose release waits because of it.
    """
    room = context.room
    states = [interlock_state(room, interlock) for interlock in room.site.interlocks.values()]
    return JSONResponse({"interlocks": states})


@router.post(
    "/{interlock_id}/reset",
    responses=answers(INTERLOCK, shape=InterlockShape, problems=(401, 404, 409, 422)),
)
async def reset(interlock_id: str, body: ResetBody, key: Pressed, context: Context) -> JSONResponse:
    """End a latch once the conflict is mended; refused while it still stands, or may stand.

    A device nobody can read is named in `without_proof` by whoever answers for it.
    """
    orders = context.commands.interlocks
    interlock = await orders.reset(interlock_id, key, body.reason, body.without_proof)
    return JSONResponse(interlock_state(context.room, interlock))
