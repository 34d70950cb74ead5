"""What a model's MQTT payloads mean: orders to bytes, acks and states to frozen facts; no I/O, no clock."""

from dataclasses import dataclass
from typing import Any

from devices.driver import Order
from devices.json_paths import MISSING, BadPayloadError, at_path, encode, fill, names_in, parse_object
from devices.models import MqttModel
from devices.value_forms import ValueForm
from devices.values import Value

COMMAND_FACTS = frozenset(
    {"cmd_id", "incident_id", "device", "epoch", "seq", "issued_at", "expires_at", "desired"}
)
"""What a model's command template may name as `${name}`."""

_MAX_ID = 128
_MAX_TEXT = 200
_MODES = ("remote", "local", "fallback")
_END_OF_TIME_MS = 4_102_444_800_000  # 2100: a device clock beyond is a broken one


@dataclass(frozen=True, slots=True)
class Topics:
    """The exact topics of one device and the filters that fetch them for all devices of its model.

    A filter has `+` for the level that holds the device's name, so a thousand devices need three.
    """

    command: str
    ack: str
    state: str
    availability: str
    ack_filter: str
    state_filter: str
    availability_filter: str


@dataclass(frozen=True, slots=True)
class Ack:
    """A device's answer to one command.

    Attributes:
        reason: why not, in the device's word; empty when ok.
        applied: highest (epoch, seq) the device says it applied.
        at_ms: the device's clock, UTC milliseconds by its own belief.
    """

    cmd_id: str
    ok: bool
    reason: str
    applied: tuple[int, int] | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class State:
    """A device's report of what its lamps show; `value` None with a `note` where it cannot be told."""

    value: Value | None
    cmd_id: str | None
    mode: str
    fault: bool
    at_ms: int | None
    note: str


def topics_of(model: MqttModel, site: str, device: str) -> Topics:
    """Fill in the model's topic templates.

    Raises:
        ValueError: a name with a topic separator, wildcard or control character in it.
    """
    for name in (site, device):
        if not name or any(c in "/+#\0" or ord(c) < 32 for c in name):
            raise ValueError(f"{name!r} cannot be a level of an MQTT topic")
    at = model.topics

    def exact(template: str) -> str:
        return template.replace("{site}", site).replace("{device}", device)

    def wide(template: str) -> str:
        levels = template.replace("{site}", site).split("/")
        return "/".join("+" if "{device}" in level else level for level in levels)

    return Topics(
        command=exact(at.command),
        ack=exact(at.ack),
        state=exact(at.state),
        availability=exact(at.availability),
        ack_filter=wide(at.ack),
        state_filter=wide(at.state),
        availability_filter=wide(at.availability),
    )


def check_template(model: MqttModel) -> None:
    """Raise ValueError where the command template names what no order has."""
    if unknown := sorted(names_in(model.command_template) - COMMAND_FACTS):
        known = ", ".join(sorted(COMMAND_FACTS))
        raise ValueError(f"model {model.model}: command_template: no {', '.join(unknown)}; there is {known}")


def command_payload(model: MqttModel, form: ValueForm, device: str, order: Order) -> bytes:
    """Return the bytes of a command, by a template that passed `check_template`.

    Raises:
        DeviceRejected: the device cannot be told this value.
    """
    facts = {
        "cmd_id": order.cmd_id,
        "incident_id": order.incident_id,
        "device": device,
        "epoch": order.epoch,
        "seq": order.seq,
        "issued_at": order.issued_at_ms,
        "expires_at": order.expires_at_ms,
        "desired": form.to_wire(order.value),
    }
    return encode(fill(model.command_template, facts))


def read_ack(model: MqttModel, device: str, payload: bytes) -> Ack:
    """Read an ack or nack.

    Raises:
        BadPayloadError: not JSON, a key of the wrong type, or it speaks for another device.
    """
    parsed = parse_object(payload, model.max_payload_bytes)
    paths = model.ack
    _same_device(parsed, paths.device, device)
    ok = at_path(parsed, paths.ok)
    if not isinstance(ok, bool):
        raise BadPayloadError(f"{paths.ok}: not true or false")
    cmd_id = _text(parsed, paths.cmd_id)
    if cmd_id is None:
        raise BadPayloadError(f"{paths.cmd_id}: missing")
    epoch, seq = _whole(parsed, paths.applied_epoch), _whole(parsed, paths.applied_seq)
    return Ack(
        cmd_id=cmd_id,
        ok=ok,
        reason="" if ok else _text(parsed, paths.reason) or "",
        applied=(epoch, seq) if epoch is not None and seq is not None else None,
        at_ms=_device_ms(parsed, paths.at_ms),
    )


def read_state(model: MqttModel, form: ValueForm, device: str, payload: bytes) -> State:
    """Read a state report.

    What the product has no word for is a report all the same: value None, with a note.

    Raises:
        BadPayloadError: not JSON, a key of the wrong type, or it speaks for another device.
    """
    parsed = parse_object(payload, model.max_payload_bytes)
    paths = model.state
    _same_device(parsed, paths.device, device)
    shown = at_path(parsed, paths.shown)
    value: Value | None = None
    note = ""
    if shown is MISSING:
        raise BadPayloadError(f"{paths.shown}: missing")
    if shown is None:
        note = "the device cannot tell what it shows"
    else:
        try:
            value, note = form.from_wire(shown)
        except ValueError as err:
            raise BadPayloadError(f"{paths.shown}: {str(err)[:_MAX_TEXT]}") from None
    mode = (_text(parsed, paths.mode) if paths.mode else None) or "remote"
    if mode not in _MODES:
        raise BadPayloadError(f"{paths.mode}: {mode[:40]!r} is none of {', '.join(_MODES)}")
    fault = _given(parsed, paths.fault) if paths.fault else None
    if not isinstance(fault, bool | None):
        raise BadPayloadError(f"{paths.fault}: not true or false")
    return State(
        value=value,
        cmd_id=_text(parsed, paths.cmd_id) if paths.cmd_id else None,
        mode=mode,
        fault=bool(fault),
        at_ms=_device_ms(parsed, paths.at_ms) if paths.at_ms else None,
        note=note,
    )


def _given(parsed: Any, path: str) -> Any:
    found = at_path(parsed, path)
    return None if found is MISSING else found


def _same_device(parsed: Any, path: str | None, device: str) -> None:
    """T4: what another device says is nothing about this one, whatever topic it came on."""
    said = _given(parsed, path) if path else None
    if said is not None and said != device:
        raise BadPayloadError(f"{path}: speaks for {str(said)[:40]!r}")


def _text(parsed: Any, path: str) -> str | None:
    found = _given(parsed, path)
    if found is None:
        return None
    if not isinstance(found, str) or len(found) > _MAX_ID:
        raise BadPayloadError(f"{path}: not a text of at most {_MAX_ID} characters")
    return found


def _whole(parsed: Any, path: str) -> int | None:
    found = _given(parsed, path)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**63:
        raise BadPayloadError(f"{path}: not a whole number")
    return found


def _device_ms(parsed: Any, path: str) -> int | None:
    """Return the device's clock; None where it gives none or one nobody can mean."""
    found = _given(parsed, path)
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise BadPayloadError(f"{path}: not a number of milliseconds")
    return int(found) if 0 < found < _END_OF_TIME_MS else None
