"""Devices: desired, commanded, shown; locks, service, and ordering an unexplained restriction away."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from api.bodies import LockBody, ReasonBody, ServiceBody
from api.device_history import device_history
from api.problems import field_problem, invalid, shown_value
from api.roles import require
from api.routes.access import Context, Pressed
from api.routes.examples import DEVICE, DEVICE_HISTORY, answers
from api.shapes.device import DeviceHistoryShape, DeviceListShape, DeviceShape
from config.sign_fit import approved_texts, why_refused
from config.site import Device
from config.tokens import Role
from controller.key import Unknown
from controller.room import ControlRoom
from controller.views import device_state
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
    value_from_json,
)

router = APIRouter(prefix="/devices", tags=["devices"])
_ORDER = answers(DEVICE, shape=DeviceShape, problems=(401, 404, 409, 422))


@router.get("", responses=answers({"devices": [DEVICE]}, shape=DeviceListShape))
async def list_devices(
    context: Context,
    type: Annotated[DeviceType | None, Query()] = None,  # noqa: A002 - the field's name
    carriageway: Annotated[str | None, Query(max_length=40)] = None,
    well: Annotated[bool | None, Query(description="false: only those not as they should be")] = None,
) -> JSONResponse:
    """Return devices in site order, each with its three states and why."""
    views = [
        device_state(context.room, device)
        for device in context.site.devices.values()
        if type in (None, device.type) and carriageway in (None, device.carriageway)
    ]
    return JSONResponse({"devices": [view for view in views if well in (None, view["well"])]})


@router.get("/{device_id}", responses=answers(DEVICE, shape=DeviceShape, problems=(404,)))
async def get_device(device_id: str, context: Context) -> JSONResponse:
    """Return one device."""
    return device_answer(context.room, device_id)


@router.get(
    "/{device_id}/history", responses=answers(DEVICE_HISTORY, shape=DeviceHistoryShape, problems=(404, 503))
)
async def history(device_id: str, context: Context) -> JSONResponse:
    """Return the last 20 commands of a device, how long its proofs took, and its last errors."""
    return JSONResponse(await device_history(context.room, device_of(context, device_id)))


@router.put("/{device_id}/lock", responses=_ORDER)
async def lock(device_id: str, body: LockBody, key: Pressed, context: Context) -> JSONResponse:
    """Put an operator's own demand on a device; it may restrict more than the incidents, never less.

    A sign takes the approved texts (`policy.approved_texts` of `GET /site`); other words need the role
    `manage`.
    """
    messages = context.site.policy.messages
    value = lockable(device_of(context, device_id), body.value, messages.banned)
    if isinstance(value, Message) and value.multi not in ("", *approved_texts(messages.approved)):
        require(key.actor.role, Role.MANAGE, "a text that is not an approved one")
    expires_ms = None if body.expires_s is None else key.at_ms + body.expires_s * 1000
    await context.commands.devices.lock(device_id, value, body.reason, key, expires_ms)
    return device_answer(context.room, device_id)


@router.delete("/{device_id}/lock", responses=_ORDER)
async def unlock(device_id: str, key: Pressed, context: Context) -> JSONResponse:
    """End a lock; of a restricting one this is the release."""
    await context.commands.devices.unlock(device_id, key)
    return device_answer(context.room, device_id)


@router.put("/{device_id}/service", responses=_ORDER)
async def out_of_service(device_id: str, body: ServiceBody, key: Pressed, context: Context) -> JSONResponse:
    """Take a device out of service: plans treat it as missing, open ones too, and say who takes its role."""
    until_ms = None if body.expires_s is None else key.at_ms + body.expires_s * 1000
    await context.commands.devices.out_of_service(device_id, body.reason, key, until_ms)
    return device_answer(context.room, device_id)


@router.delete("/{device_id}/service", responses=_ORDER)
async def back_in_service(device_id: str, key: Pressed, context: Context) -> JSONResponse:
    """Put a device back into service."""
    await context.commands.devices.out_of_service(device_id, None, key)
    return device_answer(context.room, device_id)


@router.delete("/{device_id}/fault", responses=_ORDER)
async def repaired(
    device_id: str, key: Pressed, context: Context, body: ReasonBody | None = None
) -> JSONResponse:
    """Say that a failed device works again; it is driven and proved anew, and new plans count on it."""
    await context.commands.devices.repaired(device_id, key, body.reason if body is not None else "")
    return device_answer(context.room, device_id)


@router.post("/{device_id}/release", responses=_ORDER)
async def release(device_id: str, body: ReasonBody, key: Pressed, context: Context) -> JSONResponse:
    """Order away a restriction that nobody ordered here (an `unexplained` alarm)."""
    await context.commands.devices.release_adopted(device_id, key, body.reason)
    return device_answer(context.room, device_id)


def lockable(device: Device, raw: Any, banned: Iterable[str] = ()) -> Value:
    """Return the value of a lock.

    Args:
        banned: words no sign of the site says, beside the product's own.

    Raises:
        Problem: it is no value of this device, or the device cannot show it.
    """
    try:
        value = value_from_json(device.type, raw)
    except ValueError as err:
        raise invalid([field_problem("value", shown_value(raw), str(err))]) from None
    why = None
    match value:
        case Aspect() if value not in device.aspects:
            why = f"{device.id} cannot show it; one of {', '.join(a for a in Aspect if a in device.aspects)}"
        case Message(multi) if device.shape is not None:
            why = why_refused(multi, device.shape, banned)
        case BeaconState(siren=True) if not device.siren:
            why = f"{device.id} has no siren"
        case PortalAspect() if value not in device.lights:
            can = ", ".join(light for light in PortalAspect if light in device.lights)
            why = f"{device.id} cannot show it; one of {can}"
        case SpeakerState(clip) if clip and clip not in device.clips:
            why = f"{device.id} does not hold that clip; one of {', '.join(sorted(device.clips)) or 'none'}"
        case SpeedLimit(kmh) if kmh and kmh not in device.speeds:
            why = f"{device.id} cannot show it; one of {', '.join(map(str, device.speeds))}"
    if why is not None:
        raise invalid([field_problem("value", shown_value(raw), why)])
    return value


def device_of(context: Context, device_id: str) -> Device:
    """Return a device of the site; raises Unknown with near names."""
    device = context.site.devices.get(device_id)
    if device is None:
        near = [d for d in context.site.devices if d.startswith(device_id[:6])][:5]
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise Unknown(f"no device {shown_value(device_id)}{hint}")
    return device


def device_answer(room: ControlRoom, device_id: str) -> JSONResponse:
    """Return the answer that tells one device; raises Unknown."""
    device = room.site.devices.get(device_id)
    if device is None:
        raise Unknown(f"no device {shown_value(device_id)}")
    return JSONResponse(device_state(room, device))
