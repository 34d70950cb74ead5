"""Commissioning: a device read bit by bit, its values lit one after the other, and what a person saw."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.bodies import CommissioningBody, WalkBody
from api.problems import Problem
from api.routes.access import Context, Pressed
from api.routes.devices import device_answer, device_of, lockable
from api.routes.examples import DEVICE, PROBE, answers
from api.shapes.device import DeviceShape, ProbeShape, WalkShape
from controller.incidents.lifecycle import NotPossible
from controller.walking import HOLD_S
from devices.errors import DeviceError
from devices.values import value_to_json

router = APIRouter(prefix="/devices", tags=["devices"])
_ORDER = answers(DEVICE, shape=DeviceShape, problems=(401, 404, 409, 422))


@router.get(
    "/{device_id}/walk",
    responses=answers({"values": ["open", "closed"], "hold_s": 3.0}, shape=WalkShape, problems=(404,)),
)
async def values(device_id: str, context: Context) -> JSONResponse:
    """Return what a walk of this device lights, in order."""
    listed = [value_to_json(value) for value in context.commands.walks.values(device_id)]
    return JSONResponse({"values": listed, "hold_s": HOLD_S})


@router.post("/{device_id}/walk", responses=_ORDER)
async def walk(device_id: str, body: WalkBody, key: Pressed, context: Context) -> JSONResponse:
    """Light a value while this call is repeated at least every 3 s; then the base is restored.

    Refused while an incident is open; an incident that opens ends it at once.
    """
    value = lockable(device_of(context, device_id), body.value, context.site.policy.messages.banned)
    await context.commands.walks.show(device_id, value, key)
    return device_answer(context.room, device_id)


@router.delete("/{device_id}/walk", responses=_ORDER)
async def end_walk(device_id: str, key: Pressed, context: Context) -> JSONResponse:
    """Let go: the base is restored."""
    device_of(context, device_id)
    context.commands.walks.end(device_id)
    return device_answer(context.room, device_id)


@router.put("/{device_id}/commissioning", responses=_ORDER)
async def commission(device_id: str, body: CommissioningBody, key: Pressed, context: Context) -> JSONResponse:
    """Record what a person saw; it is good for this model at this address."""
    device_of(context, device_id)
    await context.commands.walks.record(device_id, body.seen, body.note, key)
    return device_answer(context.room, device_id)


@router.get("/{device_id}/probe", responses=answers(PROBE, shape=ProbeShape, problems=(404, 409, 503)))
async def probe(device_id: str, context: Context) -> JSONResponse:
    """Read the device now and explain every bit."""
    device = device_of(context, device_id)
    try:
        reading, points = await context.room.fleet.reconcilers[device_id].probe()
    except NotImplementedError:
        raise NotPossible(f"the driver of {device_id} explains nothing") from None
    except (DeviceError, TimeoutError) as err:
        raise Problem(503, "Not read", f"{device_id}: {err or 'no answer in time'}") from None
    return JSONResponse(
        {
            "device": device_id,
            "model": device.model.model,
            "points": [{"name": p.name, "raw": p.raw, "means": p.means} for p in points],
            "shown": value_to_json(reading.value) if reading.value is not None else None,
            "note": reading.note,
        }
    )
