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
    PORTAL = "portal"
    """Portal signal at the entrance of a bore (洞口信号灯)."""
    SPEAKER = "speaker"
    """Directed loudspeaker that plays recorded clips (定向广播)."""
    SPEED = "speed"
    """Variable speed sign (可变限速标志)."""


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


class PortalAspect(StrEnum):
    """What a portal signal tells the driver before a bore."""

    DARK = "dark"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


PORTAL_RANK: Mapping[PortalAspect, int] = {
    PortalAspect.DARK: 0,
    PortalAspect.GREEN: 1,
    PortalAspect.YELLOW: 2,
    PortalAspect.RED: 3,
}
"""S6: red > yellow > green > dark."""


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


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """What a speaker plays; without a clip it is silent, and then the other two are 0.

    Attributes:
        clip: name of a recorded clip the site knows.
        repeats: how often it is played before the speaker falls silent by itself, 1 to 999.
        volume: percent of its loudest, 1 to 100.
    """

    clip: str = ""
    repeats: int = 0
    volume: int = 0

    def __post_init__(self) -> None:
        """Refuse a sound without clip, and a clip nobody can hear."""
        if self.clip and not (1 <= self.repeats <= MAX_REPEATS and 1 <= self.volume <= 100):
            raise ValueError(f"a clip plays 1 to {MAX_REPEATS} times with a volume of 1 to 100")
        if not self.clip and (self.repeats or self.volume):
            raise ValueError("a silent speaker has neither repeats nor volume")

    @property
    def silent(self) -> bool:
        """Whether nothing is heard."""
        return not self.clip


MAX_REPEATS = 999


@dataclass(frozen=True, slots=True)
class SpeedLimit:
    """What a speed sign shows, in km/h; 0 is a blank sign."""

    kmh: int = 0

    def __post_init__(self) -> None:
        """Refuse a speed no sign shows."""
        if not 0 <= self.kmh <= MAX_KMH:
            raise ValueError(f"a speed sign shows 0 to {MAX_KMH} km/h")

    @property
    def blank(self) -> bool:
        """Whether nothing is lit."""
        return not self.kmh


MAX_KMH = 300

Value: TypeAlias = Aspect | Message | BeaconState | PortalAspect | SpeakerState | SpeedLimit
"""What one device shows. The device's type fixes which of them it is."""


def type_of(value: Value) -> DeviceType:
    """Return the type of the devices that can show a value of this kind."""
    match value:
        case Aspect():
            return DeviceType.HEAD
        case Message():
            return DeviceType.SIGN
        case BeaconState():
            return DeviceType.BEACON
        case PortalAspect():
            return DeviceType.PORTAL
        case SpeakerState():
            return DeviceType.SPEAKER
        case SpeedLimit():
            return DeviceType.SPEED


def value_to_json(value: Value) -> Any:
    """Return the JSON form used on the native wire, in the store and in the API.

    A head or portal signal is its aspect's name, a sign `{"multi": "…"}`, a beacon
    `{"flash": b, "siren": b}`, a speaker `{"clip": "…", "repeats": n, "volume": n}`, a speed sign
    `{"kmh": n}`.
    """
    match value:
        case Aspect() | PortalAspect():
            return value.value
        case Message():
            return {"multi": value.multi}
        case BeaconState():
            return {"flash": value.flash, "siren": value.siren}
        case SpeakerState():
            return {"clip": value.clip, "repeats": value.repeats, "volume": value.volume}
        case SpeedLimit():
            return {"kmh": value.kmh}


_SHAPES: Mapping[DeviceType, str] = {
    DeviceType.HEAD: "an aspect name",
    DeviceType.SIGN: '{"multi": "text"}',
    DeviceType.BEACON: '{"flash": true|false, "siren": true|false}',
    DeviceType.PORTAL: "an aspect name",
    DeviceType.SPEAKER: '{"clip": "name", "repeats": 1, "volume": 80}, or "" and zeros for silence',
    DeviceType.SPEED: '{"kmh": 60}, 0 for blank',
}


def value_from_json(device_type: DeviceType, raw: Any) -> Value:
    """Read the JSON form back.

    Raises:
        ValueError: `raw` is not a value of this device type; the text says what was expected.
    """
    match device_type, raw:
        case ((DeviceType.HEAD | DeviceType.PORTAL), str()):
            aspects = Aspect if device_type is DeviceType.HEAD else PortalAspect
            try:
                return aspects(raw)
            except ValueError:
                names = " | ".join(aspects)
                raise ValueError(f"{raw!r} is no aspect; one of {names}") from None
        case DeviceType.SIGN, {"multi": str(multi), **rest} if not rest:
            return Message(multi)
        case DeviceType.BEACON, {"flash": bool(flash), "siren": bool(siren), **rest} if not rest:
            return BeaconState(flash, siren)
        case DeviceType.SPEAKER, {"clip": str(clip), "repeats": repeats, "volume": volume, **rest} if (
            not rest and _whole(repeats) and _whole(volume)
        ):
            return SpeakerState(clip, repeats, volume)
        case DeviceType.SPEED, {"kmh": kmh, **rest} if not rest and _whole(kmh):
            return SpeedLimit(kmh)
    raise ValueError(f"{raw!r} is no value of a {device_type}; expected {_SHAPES[device_type]}")


def _whole(raw: Any) -> bool:
    """Return whether a JSON value is a whole number; true and false are none."""
    return isinstance(raw, int) and not isinstance(raw, bool)


def in_words(value: Value) -> str:
    """Return a value as people say it: `closed`, `「text」`, `flash+siren`, `60 km/h`, `blank`, `off`."""
    match value:
        case Aspect() | PortalAspect():
            return value.value
        case Message():
            return f"「{value.multi}」" if value.multi else "blank"
        case BeaconState():
            return "+".join(w for w, on in (("flash", value.flash), ("siren", value.siren)) if on) or "off"
        case SpeakerState():
            return f"♪{value.clip} x{value.repeats} at {value.volume} %" if value.clip else "silent"
        case SpeedLimit():
            return f"{value.kmh} km/h" if value.kmh else "blank"


def dark(device_type: DeviceType) -> Value:
    """Return the value with every lamp off and no sound: a dark head, a blank sign, a silent speaker."""
    match device_type:
        case DeviceType.HEAD:
            return Aspect.DARK
        case DeviceType.SIGN:
            return Message()
        case DeviceType.BEACON:
            return BeaconState()
        case DeviceType.PORTAL:
            return PortalAspect.DARK
        case DeviceType.SPEAKER:
            return SpeakerState()
        case DeviceType.SPEED:
            return SpeedLimit()


def sounds(value: Value) -> bool:
    """Return whether a value can be heard: a siren, or a clip."""
    match value:
        case BeaconState():
            return value.siren
        case SpeakerState():
            return not value.silent
        case _:
            return False


def rank(value: Aspect | PortalAspect) -> int:
    """Return how much an aspect restricts (S6); compares values of one device type only."""
    return ASPECT_RANK[value] if isinstance(value, Aspect) else PORTAL_RANK[value]


def is_restriction(value: Value, base: Value) -> bool:
    """Return whether `value` restricts traffic more than `base`, so that leaving it is a release (S6, S11).

    A head restricts by rank above open, a portal signal above green, a sign by any text other than its
    base. What a beacon, a speaker or a speed sign shows is an advisory and never restricts.
    """
    match value:
        case Aspect():
            floor = ASPECT_RANK[base] if isinstance(base, Aspect) else 0
            return ASPECT_RANK[value] > max(floor, ASPECT_RANK[Aspect.OPEN])
        case PortalAspect():
            floor = PORTAL_RANK[base] if isinstance(base, PortalAspect) else 0
            return PORTAL_RANK[value] > max(floor, PORTAL_RANK[PortalAspect.GREEN])
        case Message():
            return value != base and not value.blank
        case BeaconState() | SpeakerState() | SpeedLimit():
            return False
