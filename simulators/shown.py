"""What lamps can physically show, which is more than any value: two lamps of one head can both be lit."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from devices.models import ModbusModel, MqttModel
from devices.models.forms import FaceForm, LampForm
from devices.sign_bitmap import Bitmap
from devices.sign_pictures import is_dark, picture_from_json, picture_to_json
from devices.values import Aspect, DeviceType, Message, Value, value_from_json, value_to_json


@dataclass(frozen=True, slots=True)
class LitLamps:
    """A set of lit lamps that is no value of the device, in the model's order."""

    lamps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LitFaces:
    """What both faces of a head show while its back is not closed; with a closed back the front is all."""

    front: Aspect
    back: Aspect


@dataclass(frozen=True, slots=True)
class LitPixels:
    """The picture a sign in pixel mode shows while any pixel is lit; with all of them dark it is blank."""

    picture: Bitmap


Shown: TypeAlias = Value | LitLamps | LitFaces | LitPixels
"""What a lamp, a command register or a feedback holds."""


def shown_to_json(shown: Shown) -> Any:
    """Return the JSON of a value or picture, else `{"lamps": [...]}` or `{"front": …, "back": …}`."""
    match shown:
        case LitLamps():
            return {"lamps": list(shown.lamps)}
        case LitFaces():
            return {"front": shown.front.value, "back": shown.back.value}
        case LitPixels():
            return picture_to_json(shown.picture)
        case value:
            return value_to_json(value)


def picture_shown(raw: Any) -> Shown:
    """Return what a sign in pixel mode shows once it was told a picture.

    Raises:
        ValueError: no picture; with what is wrong.
    """
    picture = picture_from_json(raw)
    return Message() if is_dark(picture) else LitPixels(picture)


def shown_from_json(device_type: DeviceType, model: Any, raw: Any) -> Shown:
    """Read the JSON form back.

    `{"lamps": [...]}` only for a model made of lamps, faces for one with two, a picture for a sign that is
    told pictures.

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
        case {"front": str(front), "back": str(back), **rest} if not rest:
            if not isinstance(model, ModbusModel) or not isinstance(model.form, FaceForm):
                raise ValueError(f"a {model.model} has one face; give a value")
            faces = [value_from_json(DeviceType.HEAD, face) for face in (front, back)]
            assert isinstance(faces[0], Aspect)
            assert isinstance(faces[1], Aspect)
            return faces[0] if faces[1] is Aspect.CLOSED else LitFaces(faces[0], faces[1])
        case {"pages": _}:
            if not isinstance(model, MqttModel) or model.sign_form != "pixels":
                raise ValueError(f"a {model.model} shows no pictures; give a value")
            return picture_shown(raw)
    return value_from_json(device_type, raw)
