"""What a device can show, in the field's words, and which of two showings restricts traffic more (S6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias


class DeviceType(StrEnum):
    """Kinds of device the product commands; the label in site files, API and metrics."""

    HEAD = "head"
    """One lamp face of a lane control signal over one lane (车道指示器)."""
    SIGN = "sign"
    """Variable message sign (可变情报板)."""
    BEACON = "beacon"
    """Warning beacon with flash and siren (声光报警器)."""


class Aspect(StrEnum):
    """What one head tells the driver below it."""

    DARK = "dark"
    OPEN = "open"
    CAUTION = "caution"
    CLOSED_AHEAD = "closed_ahead"
    MERGE_LEFT = "merge_left"
    MERGE_RIGHT = "merge_right"
    CLOSED = "closed"


ASPECT_RANK: Mapping[Aspect, int] = {
    Aspect.DARK: 0,
    Aspect.OPEN: 1,
    Aspect.CAUTION: 2,
    Aspect.CLOSED_AHEAD: 3,
    Aspect.MERGE_LEFT: 3,
    Aspect.MERGE_RIGHT: 3,
    Aspect.CLOSED: 4,
}
"""S6: closed > merge, closed_ahead > caution > open > dark."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a sign shows: NTCIP 1203 MULTI markup; the empty string is a blank sign.

    Text without tags is legal MULTI and is compared byte for byte with what the sign reports.
    """

    multi: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is lit."""
        return not self.multi


@dataclass(frozen=True, slots=True)
class BeaconState:
    """What a beacon does: flash (light) and siren (sound), each on or off."""

    flash: bool = False
    siren: bool = False


Value: TypeAlias = Aspect | Message | BeaconState
"""What one device shows. The device's type fixes which of the three it is."""


def value_to_json(value: Value) -> Any:
    """Return the JSON form used on the native wire, in the store and in the API.

    A head is its aspect's name, a sign `{"multi": "…"}`, a beacon `{"flash": b, "siren": b}`.
    """
    match value:
        case Aspect():
            return value.value
        case Message():
            return {"multi": value.multi}
        case BeaconState():
            return {"flash": value.flash, "siren": value.siren}


def value_from_json(device_type: DeviceType, raw: Any) -> Value:
    """Read the JSON form back.

    Raises:
        ValueError: `raw` is not a value of this device type; the text says what was expected.
    """
    match device_type, raw:
        case DeviceType.HEAD, str():
            try:
                return Aspect(raw)
            except ValueError:
                names = " | ".join(Aspect)
                raise ValueError(f"{raw!r} is no aspect; one of {names}") from None
        case DeviceType.SIGN, {"multi": str(multi), **rest} if not rest:
            return Message(multi)
        case DeviceType.BEACON, {"flash": bool(flash), "siren": bool(siren), **rest} if not rest:
            return BeaconState(flash, siren)
    shape = {
        DeviceType.HEAD: "an aspect name",
        DeviceType.SIGN: '{"multi": "text"}',
        DeviceType.BEACON: '{"flash": true|false, "siren": true|false}',
    }[device_type]
    raise ValueError(f"{raw!r} is no value of a {device_type}; expected {shape}")


def in_words(value: Value) -> str:
    """Return a value as people say it: `closed`, `「text」`, `flash+siren`, `blank`, `off`."""
    match value:
        case Aspect():
            return value.value
        case Message():
            return f"「{value.multi}」" if value.multi else "blank"
        case BeaconState():
            return "+".join(w for w, on in (("flash", value.flash), ("siren", value.siren)) if on) or "off"


def dark(device_type: DeviceType) -> Value:
    """Return the value with every lamp off: a dark head, a blank sign, a silent beacon."""
    match device_type:
        case DeviceType.HEAD:
            return Aspect.DARK
        case DeviceType.SIGN:
            return Message()
        case DeviceType.BEACON:
            return BeaconState()


def is_restriction(value: Value, base: Value) -> bool:
    """Return whether `value` restricts traffic more than `base`, so that leaving it is a release (S6, S11).

    A head restricts by rank above open, a sign by any text other than its base. A beacon never
    does: flash and siren are advisories.
    """
    match value:
        case Aspect():
            floor = ASPECT_RANK[base] if isinstance(base, Aspect) else 0
            return ASPECT_RANK[value] > max(floor, ASPECT_RANK[Aspect.OPEN])
        case Message():
            return value != base and not value.blank
        case BeaconState():
            return False
