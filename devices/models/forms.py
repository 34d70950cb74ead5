"""How a Modbus model codes a value in points: a code, a point a lamp, a number a field, two faces.

Each form knows what may be wrong with itself; drivers and simulated devices read it each in their own way.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from devices.models.keys import value_keys
from devices.values import Aspect, DeviceType, dark, value_to_json

Bit = Annotated[int, Field(ge=0, le=15)]
Offset = Annotated[int, Field(ge=0, le=63)]
Word = Annotated[int, Field(ge=0, le=0xFFFF)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Points(_Strict):
    """A run of points, counted from the number the site file gives the device (`command` or `feedback`).

    Attributes:
        table: Modbus table. `holding` and `coil` can be written.
        count: how many points the device has there.
    """

    table: Literal["coil", "discrete", "holding", "input"]
    count: int = Field(default=1, ge=1, le=64)

    @property
    def registers(self) -> bool:
        """Whether a point is a register of 16 bits."""
        return self.table in ("holding", "input")


class CodeForm(_Strict):
    """One number says what is shown: a 16-bit register with a code and flag bits.

    Attributes:
        codes: value key (see `value_key`) → code, the same for command and feedback.
        code_mask: bits of the feedback register that hold the code; the lowest set bit is its bit 0.
        local_bit, fault_bits: bit numbers, 15 the highest.
        byte_order: `big` as Modbus says, `little` for devices that swap the two bytes.
    """

    kind: Literal["code"]
    codes: Mapping[str, int]
    code_mask: int = Field(default=0xFFFF, ge=1, le=0xFFFF)
    local_bit: Bit | None = None
    fault_bits: tuple[Bit, ...] = ()
    byte_order: Literal["big", "little"] = "big"

    def problems(self, types: Sequence[DeviceType], command: Points, feedback: Points) -> Iterator[str]:
        """Yield what is wrong with it in a model of these types and points, as "key: problem"."""
        yield from _unknown_keys(self.codes, types)
        yield from _no_registers("code", command, feedback)
        yield from _codes_outside(self.codes, self.code_mask)
        if len(set(self.codes.values())) != len(self.codes):
            yield "form.codes: two values share one code"

    def value_keys(self) -> frozenset[str] | None:
        """Return the keys of the values it has a code for."""
        return frozenset(self.codes)

    def clips(self) -> frozenset[str] | None:
        """Return nothing: a code names no clip."""
        return frozenset()


class LampForm(_Strict):
    """One point a lamp: a value is the set of lamps that are lit.

    Attributes:
        lamps: names in the order of the points, the first at offset 0.
        patterns: value key → lit lamps. What is in no pattern is a contradiction (value None).
        local_point, fault_point: offsets in the feedback run of the local and fault inputs.
    """

    kind: Literal["lamps"]
    lamps: tuple[str, ...] = Field(min_length=1)
    patterns: Mapping[str, tuple[str, ...]]
    local_point: int | None = Field(default=None, ge=0)
    fault_point: int | None = Field(default=None, ge=0)

    def problems(self, types: Sequence[DeviceType], command: Points, feedback: Points) -> Iterator[str]:
        """Yield what is wrong with it in a model of these types and points, as "key: problem"."""
        yield from _unknown_keys(self.patterns, types)
        if command.table != "coil" or feedback.table not in ("coil", "discrete"):
            yield "form lamps: command in coils, feedback in coils or discrete inputs"
        flags = [p for p in (self.local_point, self.fault_point) if p is not None]
        if command.count < len(self.lamps):
            yield f"command.count: {len(self.lamps)} lamps need as many coils"
        if feedback.count <= max(len(self.lamps) - 1, *flags, 0):
            yield "feedback.count: does not reach the last lamp, local or fault input"
        lit = {lamp for pattern in self.patterns.values() for lamp in pattern}
        if stray := sorted(lit - set(self.lamps)):
            yield f"form.patterns: unknown lamps {', '.join(stray)}"
        patterns = [frozenset(pattern) for pattern in self.patterns.values()]
        if len(set(patterns)) != len(patterns):
            yield "form.patterns: two values light the same lamps"

    def value_keys(self) -> frozenset[str] | None:
        """Return the keys of the values it has a pattern for."""
        return frozenset(self.patterns)

    def clips(self) -> frozenset[str] | None:
        """Return nothing: lamps name no clip."""
        return frozenset()


class NumberField(_Strict):
    """One field of a value in a register of its own.

    Attributes:
        command, feedback: offsets of its register in the two runs.
        codes: text → number, for a field that is a text (`clip`); the empty text is silence.
    """

    command: Offset
    feedback: Offset
    codes: Mapping[str, Word] = {}


class NumberForm(_Strict):
    """A number a field: registers hold what a value is made of (`kmh`; `clip`, `repeats`, `volume`).

    Attributes:
        fields: the names of the value's fields, as the API writes them → their registers.
        status: offset in the feedback run of a register with the bits below.
        active_bit: set while the device does what the other registers say; without it they count as they are.
        local_bit, fault_bits: bit numbers, 15 the highest.
        byte_order: `big` as Modbus says, `little` for devices that swap the two bytes.
    """

    kind: Literal["numbers"]
    fields: Mapping[str, NumberField]
    status: Offset | None = None
    active_bit: Bit | None = None
    local_bit: Bit | None = None
    fault_bits: tuple[Bit, ...] = ()
    byte_order: Literal["big", "little"] = "big"

    def problems(self, types: Sequence[DeviceType], command: Points, feedback: Points) -> Iterator[str]:
        """Yield what is wrong with it in a model of these types and points, as "key: problem"."""
        for kind in types:
            form = value_to_json(dark(kind))
            if value_keys(kind) or kind is DeviceType.SIGN:
                yield f"form numbers: a {kind} shows no numbers"
            elif set(form) != set(self.fields):
                yield f"form.fields: a {kind} needs {', '.join(form)}"
            else:
                yield from self._texts(form)
        yield from _no_registers("numbers", command, feedback)
        for name, run, places in (
            ("command", command, [f.command for f in self.fields.values()]),
            ("feedback", feedback, [f.feedback for f in self.fields.values()]),
        ):
            flags = [self.status] if name == "feedback" and self.status is not None else []
            if len(set(places + flags)) != len(places + flags):
                yield f"form.fields: two of them share a {name} register"
            if max(places + flags, default=0) >= run.count:
                yield f"{name}.count: does not reach the last register of the form"
        if self.status is None and (self.active_bit, self.local_bit, self.fault_bits) != (None, None, ()):
            yield "form.status: needed for active_bit, local_bit or fault_bits"

    def _texts(self, form: Mapping[str, object]) -> Iterator[str]:
        for name, field in self.fields.items():
            if isinstance(form[name], str) and "" not in field.codes:
                yield f'form.fields.{name}: needs codes, one of them for "", silence'
            if not isinstance(form[name], str) and field.codes:
                yield f"form.fields.{name}: is a number and has no codes"
            if len(set(field.codes.values())) != len(field.codes):
                yield f"form.fields.{name}: two texts share one code"

    def value_keys(self) -> frozenset[str] | None:
        """Return None: numbers have no keys."""
        return None

    def clips(self) -> frozenset[str] | None:
        """Return the clips it has a code for."""
        return frozenset(self.fields["clip"].codes) - {""} if "clip" in self.fields else frozenset()


class FaceCode(_Strict):
    """One code of a head with two faces.

    Attributes:
        front: what the face over our lane shows with it.
        back: what the face the other way shows with it. Only codes with a closed back are ever written.
        code: the number, the same for command and feedback.
    """

    front: Aspect
    back: Aspect
    code: Word


class FaceForm(_Strict):
    """One number says what both faces of a head show, one over our lane and one the other way (S8).

    The back is always held closed: a code with anything else on it is read, never written.

    Attributes:
        codes: what the device can show; no code may let traffic in from both sides.
        code_mask: bits of the feedback register that hold the code; the lowest set bit is its bit 0.
        local_bit, fault_bits: bit numbers, 15 the highest.
        byte_order: `big` as Modbus says, `little` for devices that swap the two bytes.
    """

    kind: Literal["faces"]
    codes: tuple[FaceCode, ...] = Field(min_length=1)
    code_mask: int = Field(default=0xFFFF, ge=1, le=0xFFFF)
    local_bit: Bit | None = None
    fault_bits: tuple[Bit, ...] = ()
    byte_order: Literal["big", "little"] = "big"

    def problems(self, types: Sequence[DeviceType], command: Points, feedback: Points) -> Iterator[str]:
        """Yield what is wrong with it in a model of these types and points, as "key: problem"."""
        if tuple(types) != (DeviceType.HEAD,):
            yield "form faces: only a head has two faces"
        yield from _no_registers("faces", command, feedback)
        yield from _codes_outside({f"{c.front}/{c.back}": c.code for c in self.codes}, self.code_mask)
        for code in self.codes:
            if code.front not in _SHUT and code.back not in _SHUT:
                yield f"form.codes: {code.code} lets traffic in from both sides ({code.front}/{code.back})"
        if not self.value_keys():
            yield "form.codes: none holds the back closed, so nothing can be written"
        for what, all_ in (
            ("codes are", [str(c.code) for c in self.codes]),
            ("pairs of faces are", [f"{c.front}/{c.back}" for c in self.codes]),
        ):
            if len(set(all_)) != len(all_):
                yield f"form.codes: two {what} the same"

    def value_keys(self) -> frozenset[str] | None:
        """Return the aspects of the front it can show with the back closed."""
        return frozenset(code.front.value for code in self.codes if code.back is Aspect.CLOSED)

    def clips(self) -> frozenset[str] | None:
        """Return nothing: a code names no clip."""
        return frozenset()


_SHUT = (Aspect.CLOSED, Aspect.DARK)
"""What lets nobody in. Dark says nothing, so it may stand beside an open face, but is never written."""


def low_bit(mask: int) -> int:
    """Return the number of the lowest set bit."""
    return (mask & -mask).bit_length() - 1


def _unknown_keys(keys: Mapping[str, object], types: Sequence[DeviceType]) -> Iterator[str]:
    known = {key for kind in types for key in value_keys(kind)}
    if unknown := sorted(set(keys) - known):
        yield f"form: {', '.join(unknown)}: no value of {', '.join(types)}"


def _no_registers(kind: str, command: Points, feedback: Points) -> Iterator[str]:
    if not (command.registers and feedback.registers):
        yield f"form {kind}: command in holding, feedback in holding or input registers"


def _codes_outside(codes: Mapping[str, int], code_mask: int) -> Iterator[str]:
    top = code_mask >> low_bit(code_mask)
    if too_big := sorted(key for key, code in codes.items() if not 0 <= code <= top):
        yield f"form.codes: {', '.join(too_big)}: outside code_mask"
