"""`GET /devices/{id}/picture`: the pixels of a message on a sign, the very ones a pixel sign is sent."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from api.problems import Problem, field_problem, invalid, shown_value
from api.routes.access import Context
from api.routes.examples import PICTURE, answers
from api.shapes.device import PictureShape
from config.sign_fit import why_banned
from controller.key import Unknown
from devices.glyphs import FontMissing
from devices.sign_bitmap import bitmap
from devices.sign_pictures import picture_to_json

router = APIRouter(prefix="/devices", tags=["devices"])
_LONGEST = 1_000


@router.get("/{device_id}/picture", responses=answers(PICTURE, shape=PictureShape, problems=(404, 422, 503)))
async def picture(
    device_id: str,
    context: Context,
    multi: Annotated[str, Query(max_length=_LONGEST, description="the message, NTCIP 1203 MULTI")] = "",
) -> JSONResponse:
    """Return what a message looks like on this sign, page by page.

    `pixels` is base64 of one byte a pixel, row by row from the top left, each a place in `palette`; 0 is
    dark. `on_ms` 0 stands for ever. `refused` says which word of it signs never say.
    """
    device = context.site.devices.get(device_id)
    if device is None or device.shape is None:
        raise Unknown(f"no sign {shown_value(device_id)}")
    try:
        drawn = bitmap(multi, device.shape, colour=device.shape.colour)
    except FontMissing as err:
        raise Problem(503, "No sign font", str(err)) from None
    except ValueError as err:
        raise invalid([field_problem("multi", shown_value(multi), str(err))]) from None
    refused = why_banned(multi, context.site.policy.messages.banned)
    return JSONResponse({**picture_to_json(drawn), "refused": refused})
