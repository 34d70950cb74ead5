"""What the points of a Modbus device mean: values to points, points to a `Reading`; no I/O, no clock."""

from typing import Any

from devices.driver import Reading
from devices.errors import DeviceRejected
from devices.models.forms import CodeForm, FaceForm, LampForm, NumberForm, low_bit
from devices.models.keys import value_key, value_of_key
from devices.models.schema import ModbusModel
from devices.values import Aspect, DeviceType, Value, dark, value_from_json, value_to_json


def encode(model: ModbusModel, value: Value) -> tuple[int, ...]:
    """Return the points that command `value`: registers, or a coil per lamp.

    Raises:
        DeviceRejected: the model has no code, pattern or number for it.
    """
    if isinstance(model.form, NumberForm):
        return _numbers(model, model.form, value)
    try:
        key = value_key(value)
    except ValueError as err:
        raise DeviceRejected(f"model {model.model}: {err}", code="unsupported") from None
    if key not in (model.value_keys() or ()):
        raise DeviceRejected(f"model {model.model} cannot show {key}", code="unsupported")
    match model.form:
        case CodeForm() as form:
            return (_swap(form, form.codes[key]),)
        case FaceForm() as form:
            written = (c for c in form.codes if c.front.value == key and c.back is Aspect.CLOSED)
            return (_swap(form, next(written).code),)
        case LampForm():
            lit = model.form.patterns[key]
            return tuple(int(lamp in lit) for lamp in model.form.lamps)


def decode(model: ModbusModel, device_type: DeviceType, points: tuple[int, ...], at_s: float) -> Reading:
    """Return what the feedback points prove; what they cannot mean has value None and a note."""
    match model.form:
        case CodeForm() as form:
            return _of_code(form, device_type, points[0], at_s)
        case LampForm() as form:
            return _of_lamps(form, device_type, points, at_s)
        case NumberForm() as form:
            return _of_numbers(form, device_type, points, at_s)
        case FaceForm() as form:
            return _of_faces(form, points[0], at_s)


def _of_code(form: CodeForm, device_type: DeviceType, register: int, at_s: float) -> Reading:
    register = _swap(form, register)
    code = (register & form.code_mask) >> low_bit(form.code_mask)
    key = next((key for key, known in form.codes.items() if known == code), None)
    return Reading(
        value=None if key is None else value_of_key(device_type, key),
        at_s=at_s,
        local=_bit(register, form.local_bit),
        fault=any(_bit(register, bit) for bit in form.fault_bits),
        note=f"unknown code 0x{code:x}" if key is None else "",
    )


def _of_faces(form: FaceForm, register: int, at_s: float) -> Reading:
    register = _swap(form, register)
    code = (register & form.code_mask) >> low_bit(form.code_mask)
    known = next((c for c in form.codes if c.code == code), None)
    proved = known is not None and known.back is Aspect.CLOSED
    note = f"unknown code 0x{code:x}" if known is None else ""
    if known is not None and not proved:
        note = f"back face {known.back}, front {known.front}"
    return Reading(
        value=known.front if known is not None and proved else None,
        at_s=at_s,
        local=_bit(register, form.local_bit),
        fault=any(_bit(register, bit) for bit in form.fault_bits),
        note=note,
        faces=None if known is None else (known.front, known.back),
    )


def _of_lamps(form: LampForm, device_type: DeviceType, points: tuple[int, ...], at_s: float) -> Reading:
    lit = [lamp for lamp, point in zip(form.lamps, points, strict=False) if point]
    key = next((key for key, lamps in form.patterns.items() if set(lamps) == set(lit)), None)
    return Reading(
        value=None if key is None else value_of_key(device_type, key),
        at_s=at_s,
        local=form.local_point is not None and bool(points[form.local_point]),
        fault=form.fault_point is not None and bool(points[form.fault_point]),
        note=f"lamps {'+'.join(lit)} lit" if key is None else "",
    )


def _numbers(model: ModbusModel, form: NumberForm, value: Value) -> tuple[int, ...]:
    fields = value_to_json(value)
    if not isinstance(fields, dict) or set(fields) != set(form.fields):
        raise DeviceRejected(f"model {model.model} shows numbers, and this is none", code="unsupported")
    points = [0] * model.command.count
    for name, field in form.fields.items():
        if isinstance(fields[name], str) and fields[name] not in field.codes:
            why = f"model {model.model} has no code for {name} {fields[name]}"
            raise DeviceRejected(why, code="unsupported")
        points[field.command] = field.codes[fields[name]] if field.codes else fields[name]
    return tuple(_swap(form, point) for point in points)


def _of_numbers(form: NumberForm, device_type: DeviceType, points: tuple[int, ...], at_s: float) -> Reading:
    registers = [_swap(form, point) for point in points]
    status = 0 if form.status is None else registers[form.status]
    value: Value | None = dark(device_type)
    note = ""
    if form.active_bit is None or _bit(status, form.active_bit):
        said: dict[str, Any] = {}
        for name, field in form.fields.items():
            number = registers[field.feedback]
            texts = (text for text, code in field.codes.items() if code == number)
            said[name] = next(texts, None) if field.codes else number
            if said[name] is None:
                note = f"unknown {name} {number}"
        try:
            value = None if note else value_from_json(device_type, said)
        except ValueError:
            value, note = None, ", ".join(f"{name} {number}" for name, number in said.items())
    return Reading(
        value=value,
        at_s=at_s,
        local=_bit(status, form.local_bit),
        fault=any(_bit(status, bit) for bit in form.fault_bits),
        note=note,
    )


def _bit(register: int, bit: int | None) -> bool:
    return bit is not None and bool(register >> bit & 1)


def _swap(form: CodeForm | NumberForm | FaceForm, register: int) -> int:
    if form.byte_order == "big":
        return register
    return int.from_bytes(register.to_bytes(2, "big"), "little")
