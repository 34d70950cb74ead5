"""`POST /sirens/silence`: what sounds falls silent; everything else stays."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.bodies import SilenceBody
from api.routes.access import Context, Pressed
from api.routes.examples import answers
from api.shapes.device import SilencedShape
from controller.incidents.sirens import silence

router = APIRouter(prefix="/sirens", tags=["sirens"])
_EXAMPLE = {"silenced": ["I-20261122-0001"], "still_sounding": []}


@router.post("/silence", responses=answers(_EXAMPLE, shape=SilencedShape, problems=(401, 422)))
async def silence_sirens(key: Pressed, context: Context, body: SilenceBody | None = None) -> JSONResponse:
    """Silence sirens and speakers of every open incident; lights, signs and closures stay.

    They sound again on a new incident, a re-activation or an extension. `still_sounding` names devices that
    a lock makes sound: end the lock.
    """
    done = await silence(context.room, key, (body or SilenceBody()).reason)
    return JSONResponse({"silenced": list(done.incidents), "still_sounding": list(done.still)})
