"""What lamps can physically show, which is more than any value: two lamps of one head can both be lit."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from devices.models import ModbusModel
from devices.models.schema import LampForm
from devices.values import DeviceType, Value, value_from_json, value_to_json


@dataclass(frozen=True, slots=True)
class LitLamps:
    """A set of lit lamps that is no value of the device, in the model's order."""

    lamps: tuple[str, ...]


Shown: TypeAlias = Value | LitLamps
"""What a lamp, a command register or a feedback holds."""


def shown_to_json(shown: Shown) -> Any:
    """Return the JSON of a value, or `{"lamps": [...]}` where the lit lamps are none."""
    return {"lamps": list(shown.lamps)} if isinstance(shown, LitLamps) else value_to_json(shown)


def shown_from_json(device_type: DeviceType, model: Any, raw: Any) -> Shown:
    """Read the JSON form back; `{"lamps": [...]}` only for a model made of lamps.

    Raises:
        ValueError: with what was expected.
    """
    match raw:
        case {"lamps": list(names), **rest} if not rest:
            if not isinstance(model, ModbusModel) or not isinstance(model.form, LampForm):
                raise ValueError(f"a {model.model} has no single lamps; give a value")
            if stray := [name for name in names if name not in model.form.lamps]:
                raise ValueError(f"unknown lamps {stray}; a {model.model} has {', '.join(model.form.lamps)}")
            return LitLamps(tuple(lamp for lamp in model.form.lamps if lamp in names))
    return value_from_json(device_type, raw)
