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

from devices.models.forms import CodeForm, FaceForm, LampForm, NumberForm, Points
from devices.values import DeviceType


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
        comm_loss: what the real device has to be set to do by itself when nobody speaks to it (S12); for
            whoever sets it up, the controller cannot see to it.
        proof: see `Proof`.
        settle_ms: time the device needs from taking a command to showing it; MQTT states without
            our cmd_id count as proof only after it.
        settle_poll_ms: first poll after a write; doubles up to 500 while settling.
        step_deadline_ms: a write not proved after this is written again (at most twice), then is a fault.
    """

    model: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    title: str
    comm_loss: str = ""
    types: tuple[DeviceType, ...] = Field(min_length=1)
    proof: Proof
    settle_ms: int = Field(default=0, ge=0, le=60_000)
    settle_poll_ms: int = Field(default=20, ge=5, le=500)
    step_deadline_ms: int = Field(default=2_000, ge=100, le=60_000)


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
    form: Annotated[CodeForm | LampForm | NumberForm | FaceForm, Field(discriminator="kind")]
    max_read_gap: int = Field(default=0, ge=0, le=64)
    identity: Identity = Identity()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.command.table not in ("coil", "holding"):
            raise ValueError("command.table: must be coil or holding, the others cannot be written")
        for problem in self.form.problems(self.types, self.command, self.feedback):
            raise ValueError(problem)
        return self

    def value_keys(self) -> frozenset[str] | None:
        """Return the keys of the values this model can show (S8); None for values without keys."""
        return self.form.value_keys()

    def clips(self) -> frozenset[str] | None:
        """Return the names of the clips this model can play."""
        return self.form.clips()


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
        sign_form: how a sign is told its message: `multi`, the text with its tags, or `pixels`, the picture.
    """

    protocol: Literal["mqtt"]
    topics: MqttTopics
    command_template: Mapping[str, Any]
    ack: AckPaths
    state: StatePaths
    report_s: float = Field(default=5.0, gt=0, le=3600)
    max_payload_bytes: int = Field(default=8_192, ge=64, le=1_000_000)
    sign_form: Literal["multi", "pixels"] = "multi"

    @model_validator(mode="after")
    def _pictures_of_signs_only(self) -> Self:
        if self.sign_form == "pixels" and self.types != (DeviceType.SIGN,):
            raise ValueError("sign_form: only a model that is a sign and nothing else is told pictures")
        return self

    def value_keys(self) -> frozenset[str] | None:
        """Return None: the native form carries every value; the site file may narrow it."""
        return None

    def clips(self) -> frozenset[str] | None:
        """Return None: the native form carries the name of every clip."""
        return None


Model = Annotated[ModbusModel | MqttModel, Field(discriminator="protocol")]
_ADAPTER: TypeAdapter[ModbusModel | MqttModel] = TypeAdapter(Model)


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
