"""The form of a device model file: what every key means, and what is refused.

Drivers and simulated devices read the same model and share nothing else; the golden-bytes tests
keep both from being wrong at once.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
)


class ModelError(ValueError):
    """A model file is wrong; the text names file, key and remedy, one line a mistake."""


class Proof(StrEnum):
    """What a read-back of this model proves (T1)."""

    LAMP = "lamp"
    """The feedback is measured at the lamps."""
    STATE = "state"
    """The device reports what it believes it shows."""
    NONE = "none"
    """Only an echo of the setpoint: steps end as `acked`, never `verified`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Common(_Strict):
    """Keys every model has.

    Attributes:
        model: the name site files use; equals the file's stem.
        types: device types this model can be.
        proof: see `Proof`.
        settle_ms: time the device needs from taking a command to showing it; MQTT states without
            our cmd_id count as proof only after it.
        settle_poll_ms: first poll after a write; doubles up to 500 while settling.
        step_deadline_ms: a write not proved after this is written again (at most twice), then is a fault.
    """

    model: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    title: str
    types: tuple[DeviceType, ...] = Field(min_length=1)
    proof: Proof
    settle_ms: int = Field(default=0, ge=0, le=60_000)
    settle_poll_ms: int = Field(default=20, ge=5, le=500)
    step_deadline_ms: int = Field(default=2_000, ge=100, le=60_000)


class Points(_Strict):
    """A run of points, counted from the number the site file gives the device (`command` or `feedback`).

    Attributes:
        table: Modbus table. `holding` and `coil` can be written.
        count: how many points the device has there.
    """

    table: Literal["coil", "discrete", "holding", "input"]
    count: int = Field(default=1, ge=1, le=64)


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
    local_bit: int | None = Field(default=None, ge=0, le=15)
    fault_bits: tuple[int, ...] = ()
    byte_order: Literal["big", "little"] = "big"


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


class Identity(_Strict):
    """Modbus device identification (function 43/14) by which an endpoint proves what it is (S10).

    Attributes:
        mei_object: object id read after connecting; 0 is VendorName.
        simulator: the text a simulated endpoint answers there; any other answer is a real device.
    """

    mei_object: int = Field(default=0, ge=0, le=6)
    simulator: str = "onekey simulator"


class ModbusModel(_Common):
    """A device behind Modbus TCP: what to write, what to read, and how to decode it.

    Attributes:
        max_read_gap: unwanted points a read may span to merge two devices into one frame.
    """

    protocol: Literal["modbus"]
    command: Points
    feedback: Points
    form: Annotated[CodeForm | LampForm, Field(discriminator="kind")]
    max_read_gap: int = Field(default=0, ge=0, le=64)
    identity: Identity = Identity()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.command.table not in ("coil", "holding"):
            raise ValueError("command.table: must be coil or holding, the others cannot be written")
        known = {key for kind in self.types for key in value_keys(kind)}
        names = self.form.codes if isinstance(self.form, CodeForm) else self.form.patterns
        if unknown := sorted(set(names) - known):
            raise ValueError(f"form: {', '.join(unknown)}: no value of {', '.join(self.types)}")
        if isinstance(self.form, CodeForm):
            if self.command.table != "holding" or self.feedback.table not in ("holding", "input"):
                raise ValueError("form code: command in holding, feedback in holding or input registers")
            top = self.form.code_mask >> _low_bit(self.form.code_mask)
            if too_big := sorted(k for k, c in self.form.codes.items() if not 0 <= c <= top):
                raise ValueError(f"form.codes: {', '.join(too_big)}: outside code_mask")
            if len(set(self.form.codes.values())) != len(self.form.codes):
                raise ValueError("form.codes: two values share one code")
        else:
            if self.command.table != "coil" or self.feedback.table not in ("coil", "discrete"):
                raise ValueError("form lamps: command in coils, feedback in coils or discrete inputs")
            flags = [p for p in (self.form.local_point, self.form.fault_point) if p is not None]
            if self.command.count < len(self.form.lamps):
                raise ValueError(f"command.count: {len(self.form.lamps)} lamps need as many coils")
            if self.feedback.count <= max(len(self.form.lamps) - 1, *flags, 0):
                raise ValueError("feedback.count: does not reach the last lamp, local or fault input")
            lit = {lamp for pattern in self.form.patterns.values() for lamp in pattern}
            if stray := sorted(lit - set(self.form.lamps)):
                raise ValueError(f"form.patterns: unknown lamps {', '.join(stray)}")
            patterns = [frozenset(pattern) for pattern in self.form.patterns.values()]
            if len(set(patterns)) != len(patterns):
                raise ValueError("form.patterns: two values light the same lamps")
        return self

    def value_keys(self) -> frozenset[str]:
        """Return the keys of the values this model can show (S8)."""
        return frozenset(self.form.codes if isinstance(self.form, CodeForm) else self.form.patterns)

    def clips(self) -> frozenset[str] | None:
        """Return the names of the clips this model can play; None where it knows any name."""
        return frozenset()


class MqttTopics(_Strict):
    """Topic templates; `{site}` and `{device}` are filled in. None may end up with a wildcard."""

    command: str
    ack: str
    state: str
    availability: str


class AckPaths(_Strict):
    """Dotted JSON paths in an ack payload; with `device`, an ack that names another one is dropped (T4)."""

    device: str | None = None
    cmd_id: str
    ok: str
    reason: str = "reason"
    applied_epoch: str = "applied.epoch"
    applied_seq: str = "applied.seq"
    at_ms: str = "at"


class StatePaths(_Strict):
    """Dotted JSON paths in a state payload; `mode` holds `remote`, `local` or `fallback`."""

    device: str | None = None
    shown: str
    cmd_id: str | None = None
    mode: str | None = None
    fault: str | None = None
    at_ms: str | None = None


class MqttModel(_Common):
    """A device behind an MQTT broker.

    Attributes:
        command_template: JSON object of the command. A string that is exactly `${name}` is replaced by
            the typed value of cmd_id, incident_id, device, epoch, seq, issued_at, expires_at or desired.
        report_s: how often the device reports by itself; three missed reports make it UNKNOWN.
        max_payload_bytes: larger commands are refused before publishing.
    """

    protocol: Literal["mqtt"]
    topics: MqttTopics
    command_template: Mapping[str, Any]
    ack: AckPaths
    state: StatePaths
    report_s: float = Field(default=5.0, gt=0, le=3600)
    max_payload_bytes: int = Field(default=8_192, ge=64, le=1_000_000)

    def value_keys(self) -> frozenset[str] | None:
        """Return None: the native form carries every value; the site file may narrow it."""
        return None

    def clips(self) -> frozenset[str] | None:
        """Return None: the native form carries the name of every clip."""
        return None


Model = Annotated[ModbusModel | MqttModel, Field(discriminator="protocol")]
_ADAPTER: TypeAdapter[ModbusModel | MqttModel] = TypeAdapter(Model)

BEACON_KEYS: Mapping[str, BeaconState] = {
    "dark": BeaconState(),
    "flash": BeaconState(flash=True),
    "siren": BeaconState(siren=True),
    "flash_siren": BeaconState(flash=True, siren=True),
}


def value_key(value: Value) -> str:
    """Return the name a model file uses for a value: the aspect's name, or a beacon's key.

    Raises:
        ValueError: texts, clips and speeds are without number; no code or pattern can name them.
    """
    match value:
        case Aspect() | PortalAspect():
            return value.value
        case BeaconState():
            return next(key for key, state in BEACON_KEYS.items() if state == value)
        case Message():
            raise ValueError("a sign's message has no code; use a model that carries text")
        case SpeakerState() | SpeedLimit():
            raise ValueError("it has no code of its own; use a model of form numbers")


def value_of_key(device_type: DeviceType, key: str) -> Value:
    """Return the value a model file's key names, for a type that has keys (see `value_keys`)."""
    match device_type:
        case DeviceType.HEAD:
            return Aspect(key)
        case DeviceType.PORTAL:
            return PortalAspect(key)
        case _:
            return BEACON_KEYS[key]


def value_keys(device_type: DeviceType) -> frozenset[str]:
    """Return every key a model of this type may use; empty for types without (signs, speakers, speed)."""
    match device_type:
        case DeviceType.HEAD:
            return frozenset(Aspect)
        case DeviceType.BEACON:
            return frozenset(BEACON_KEYS)
        case DeviceType.PORTAL:
            return frozenset(PortalAspect)
        case DeviceType.SIGN | DeviceType.SPEAKER | DeviceType.SPEED:
            return frozenset()


def _low_bit(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def load_model(text: str, file: str) -> ModbusModel | MqttModel:
    """Read one model file.

    Raises:
        ModelError: with every mistake of the file, one a line.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as err:
        raise ModelError(f"{file}: not YAML: {err}") from None
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as err:
        lines = [
            f"{file}: {'.'.join(str(part) for part in e['loc'][1:]) or 'top level'}: {e['msg']}"
            for e in err.errors()
        ]
        raise ModelError("\n".join(lines)) from None


@cache
def load_models() -> Mapping[str, ModbusModel | MqttModel]:
    """Return the models shipped beside this file, by name.

    Raises:
        ModelError: a shipped file is wrong or not named as its `model` key.
    """
    models: dict[str, ModbusModel | MqttModel] = {}
    for entry in sorted(resources.files(__package__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            model = load_model(entry.read_text("utf-8"), entry.name)
            if f"{model.model}.yaml" != entry.name:
                raise ModelError(f"{entry.name}: model: {model.model!r} must equal the file name")
            models[model.model] = model
    return models
