"""How a simulated device lays what it shows into its points, by the form of its model; no driver code."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from config.site import Device
from devices.models import ModbusModel
from devices.models.forms import CodeForm, FaceForm, LampForm, NumberForm
from devices.models.keys import value_key, value_of_key
from devices.values import Aspect, DeviceType, SpeakerState, SpeedLimit, dark, value_from_json, value_to_json
from simulators.shown import LitFaces, LitLamps, LitPixels, Shown

Point: TypeAlias = int
"""A register's 16 bits, or 0 | 1 for a coil or discrete input."""


class FormPoints(Protocol):
    """The two runs of points of one device."""

    def commanded(self, register: Shown) -> list[Point]:
        """Return what the command run holds while `register` is commanded."""
        ...

    def asked(self, points: Sequence[Point]) -> Shown | None:
        """Return what commanding these points asks for; None for what the device does not know."""
        ...

    def fed_back(self, shown: Shown, *, local: bool, fault: bool) -> list[Point]:
        """Return what the feedback run holds while the lamps are as `shown`."""
        ...


def points_of(device: Device, model: ModbusModel) -> FormPoints:
    """Return the points of a device by the form of its model."""
    match model.form:
        case CodeForm() as form:
            codes: dict[Shown, int] = {value_of_key(device.type, k): code for k, code in form.codes.items()}
            return _Codes(form, codes, model)
        case FaceForm() as form:
            return _Codes(form, {_faces(c.front, c.back): c.code for c in form.codes}, model)
        case LampForm() as form:
            return _Lamps(form, device, model)
        case NumberForm() as form:
            return _Numbers(form, device, model)


def _faces(front: Aspect, back: Aspect) -> Shown:
    return front if back is Aspect.CLOSED else LitFaces(front, back)


class _Codes:
    """One register with a code and flag bits, for one face or two."""

    def __init__(self, form: CodeForm | FaceForm, codes: Mapping[Shown, int], model: ModbusModel) -> None:
        self._form, self._model = form, model
        shift = (form.code_mask & -form.code_mask).bit_length() - 1
        self._code_of = {shown: code << shift for shown, code in codes.items()}
        self._of_code = {code: shown for shown, code in self._code_of.items()}

    def commanded(self, register: Shown) -> list[Point]:
        return self._run([self._word(register)], self._model.command.count)

    def asked(self, points: Sequence[Point]) -> Shown | None:
        return self._of_code.get(_swapped(self._form, points[0]))

    def fed_back(self, shown: Shown, *, local: bool, fault: bool) -> list[Point]:
        word = self._word(shown) | _flags(self._form, local=local, fault=fault)
        return self._run([word], self._model.feedback.count)

    def _word(self, shown: Shown) -> Point:
        return self._code_of.get(shown, self._form.code_mask)  # what it has no code for: all bits set

    def _run(self, words: list[Point], count: int) -> list[Point]:
        return [_swapped(self._form, word) for word in words] + [0] * (count - len(words))


class _Lamps:
    """A point a lamp, and inputs for local and fault."""

    def __init__(self, form: LampForm, device: Device, model: ModbusModel) -> None:
        self._form, self._model = form, model
        self._of_points: Mapping[tuple[Point, ...], Shown] = {
            tuple(int(lamp in lit) for lamp in form.lamps): value_of_key(device.type, key)
            for key, lit in form.patterns.items()
        }

    def commanded(self, register: Shown) -> list[Point]:
        return self._lit(register)[: self._model.command.count]

    def asked(self, points: Sequence[Point]) -> Shown | None:
        lit = tuple(points[: len(self._form.lamps)])
        named = (lamp for lamp, on in zip(self._form.lamps, lit, strict=False) if on)
        return self._of_points.get(lit) or LitLamps(tuple(named))

    def fed_back(self, shown: Shown, *, local: bool, fault: bool) -> list[Point]:
        lit = self._lit(shown)
        points = lit + [0] * (self._model.feedback.count - len(lit))
        if self._form.local_point is not None:
            points[self._form.local_point] = int(local)
        if self._form.fault_point is not None:
            points[self._form.fault_point] = int(fault)
        return points

    def _lit(self, shown: Shown) -> list[Point]:
        if isinstance(shown, LitLamps):
            lamps = shown.lamps
        else:
            assert not isinstance(shown, LitFaces | LitPixels)
            lamps = self._form.patterns[value_key(shown)]
        return [int(lamp in lamps) for lamp in self._form.lamps]


class _Numbers:
    """A register a field, and a register of status bits: a speaker, a speed sign."""

    def __init__(self, form: NumberForm, device: Device, model: ModbusModel) -> None:
        self._form, self._device, self._model = form, device, model

    def commanded(self, register: Shown) -> list[Point]:
        places = {name: field.command for name, field in self._form.fields.items()}
        return self._laid_out(register, places, self._model.command.count)

    def asked(self, points: Sequence[Point]) -> Shown | None:
        said: dict[str, Any] = {}
        for name, field in self._form.fields.items():
            number = _swapped(self._form, points[field.command])
            by_code = {code: text for text, code in field.codes.items()}
            said[name] = by_code.get(number) if field.codes else number
        try:
            value = value_from_json(self._device.type, said)
        except ValueError:
            return None
        return value if _holds(self._device, value) else None

    def fed_back(self, shown: Shown, *, local: bool, fault: bool) -> list[Point]:
        places = {name: field.feedback for name, field in self._form.fields.items()}
        points = self._laid_out(shown, places, self._model.feedback.count)
        if self._form.status is not None:
            word = _flags(self._form, local=local, fault=fault)
            if self._form.active_bit is not None and shown != dark(self._device.type):
                word |= 1 << self._form.active_bit
            points[self._form.status] = _swapped(self._form, word)
        return points

    def _laid_out(self, shown: Shown, places: Mapping[str, int], count: int) -> list[Point]:
        assert not isinstance(shown, LitLamps | LitFaces | LitPixels)
        points = [0] * count
        for name, said in value_to_json(shown).items():
            field = self._form.fields[name]
            number = field.codes.get(said, 0xFFFF) if field.codes else said  # no code for it: all bits set
            points[places[name]] = _swapped(self._form, number)
        return points


def _holds(device: Device, value: Shown) -> bool:
    """Return whether it has the clip, or can show the speed."""
    match value:
        case SpeakerState():
            return value.silent or value.clip in device.clips
        case SpeedLimit():
            return value.blank or value.kmh in device.speeds
        case _:
            return device.type not in (DeviceType.SPEAKER, DeviceType.SPEED)


def _flags(form: CodeForm | FaceForm | NumberForm, *, local: bool, fault: bool) -> int:
    word = 1 << form.local_bit if local and form.local_bit is not None else 0
    return word | (1 << form.fault_bits[0] if fault and form.fault_bits else 0)


def _swapped(form: CodeForm | FaceForm | NumberForm, point: Point) -> Point:
    return (point & 0xFF) << 8 | point >> 8 if form.byte_order == "little" else point
