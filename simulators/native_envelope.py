"""The native MQTT envelope as a device sees it: which commands it takes, which it refuses and why.

Pure: bytes, the device's memory and its clock in, a verdict out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.site import Device
from devices.models import MqttModel
from devices.values import (
    Aspect,
    BeaconState,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    value_from_json,
)
from simulators.shown import LitFaces, LitLamps, LitPixels, Shown, picture_shown

VERSION = 1


class Refusal(StrEnum):
    """Why a device refuses a command; the wire's own words."""

    STALE = "stale"
    EXPIRED = "expired"
    RETAINED = "retained"
    VERSION = "version"
    INVALID = "invalid"
    LOCAL = "local"


class CommandMessage(BaseModel):
    """A command as it comes over the wire; times are UTC milliseconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    v: int
    cmd_id: str = Field(min_length=1, max_length=64)
    incident_id: str | None
    device: str
    epoch: int = Field(ge=0)
    seq: int = Field(ge=0)
    issued_at: int
    expires_at: int
    desired: Any


@dataclass(frozen=True, slots=True)
class Applied:
    """The highest command a device applied, and what it answered; lost when it loses power."""

    epoch: int
    seq: int
    cmd_id: str
    ack: Mapping[str, Any]

    @property
    def order(self) -> tuple[int, int]:
        """Commands are ordered by epoch, then by number."""
        return self.epoch, self.seq


@dataclass(frozen=True, slots=True)
class Taken:
    """The command is to be applied: first publish `ack`, then show `value`."""

    value: Shown
    applied: Applied


@dataclass(frozen=True, slots=True)
class Answered:
    """Nothing is to be applied; `answer` is a refusal, or the stored ack of a duplicate."""

    answer: Mapping[str, Any]


def judge(
    payload: bytes,
    *,
    retained: bool,
    device: Device,
    name: str,
    applied: Applied | None,
    local: bool,
    now_ms: int,
) -> Taken | Answered:
    """Decide about one message on a device's command topic.

    Args:
        retained: whether the broker replayed it; such a command may be older than anything.
        device: what it can show (S8).
        name: its name in topics and envelopes.
        applied: the highest command applied so far, None after power-up.
        local: its cabinet is switched to manual.
        now_ms: the device's own clock, UTC milliseconds.
    """
    try:
        raw = json.loads(payload)
    except ValueError:
        raw = None
    cmd_id = raw.get("cmd_id") if isinstance(raw, dict) else None

    def no(reason: Refusal) -> Answered:
        epoch, seq = applied.order if applied else (0, 0)
        return Answered(
            {
                "v": VERSION,
                "device": name,
                "cmd_id": cmd_id if isinstance(cmd_id, str) else None,
                "ok": False,
                "reason": reason.value,
                "applied": {"epoch": epoch, "seq": seq},
                "at": now_ms,
            }
        )

    if retained:
        return no(Refusal.RETAINED)
    if not isinstance(raw, dict):
        return no(Refusal.INVALID)
    if raw.get("v") != VERSION:
        return no(Refusal.VERSION)
    try:
        command = CommandMessage.model_validate(raw)
        value = _asked(device, command.desired)
    except (ValidationError, ValueError):
        return no(Refusal.INVALID)
    if command.device != name or command.cmd_id != f"{command.epoch}.{command.seq}":
        return no(Refusal.INVALID)
    order = (command.epoch, command.seq)
    if applied is not None and order == applied.order:
        return Answered(applied.ack)
    if applied is not None and order < applied.order:
        return no(Refusal.STALE)
    if now_ms > command.expires_at:
        return no(Refusal.EXPIRED)
    if local:
        return no(Refusal.LOCAL)
    if not _can_show(device, value):
        return no(Refusal.INVALID)
    ack = {"v": VERSION, "device": name, "cmd_id": command.cmd_id, "ok": True, "at": now_ms}
    return Taken(value, Applied(command.epoch, command.seq, command.cmd_id, ack))


def _asked(device: Device, desired: Any) -> Shown:
    """Return what a command asks for; a sign in pixel mode knows pictures of its own size and no texts."""
    if not isinstance(device.model, MqttModel) or device.model.sign_form == "multi":
        return value_from_json(device.type, desired)
    shown, shape = picture_shown(desired), device.shape
    if shape is None or (desired["width_px"], desired["height_px"]) != (shape.width_px, shape.height_px):
        raise ValueError("a picture of another size")
    return shown


def _can_show(device: Device, value: Shown) -> bool:
    match value:
        case LitLamps() | LitFaces():
            return False
        case Aspect():
            return value in device.aspects or value is Aspect.DARK
        case BeaconState():
            return device.siren or not value.siren
        case PortalAspect():
            return value in device.lights or value is PortalAspect.DARK
        case SpeakerState():
            return value.silent or value.clip in device.clips
        case SpeedLimit():
            return value.blank or value.kmh in device.speeds
        case Message() | LitPixels():
            return True
