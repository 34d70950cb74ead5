"""What `base` and `fallback` of a site file mean as values of a device, and which are refused (S12)."""

from collections.abc import Mapping

from config.schema_devices import MultiFile
from devices.models.keys import BEACON_KEYS
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

HOLD = "hold"
EXTERNAL = "external"

_BASES: Mapping[DeviceType, Mapping[str, Value]] = {
    DeviceType.HEAD: {"open": Aspect.OPEN, "dark": Aspect.DARK},
    DeviceType.BEACON: {"dark": BeaconState()},
    DeviceType.PORTAL: {"green": PortalAspect.GREEN, "dark": PortalAspect.DARK},
    DeviceType.SPEAKER: {"silent": SpeakerState()},
    DeviceType.SPEED: {"blank": SpeedLimit()},
}
"""Type → word → what it shows at rest; signs take any text."""

_FALLBACKS: Mapping[DeviceType, Mapping[str, Value]] = {
    DeviceType.HEAD: {aspect.value: aspect for aspect in Aspect if aspect is not Aspect.OPEN},
    DeviceType.BEACON: {key: state for key, state in BEACON_KEYS.items() if not state.siren},
    DeviceType.PORTAL: {light.value: light for light in PortalAspect if light is not PortalAspect.GREEN},
    DeviceType.SPEAKER: {"silent": SpeakerState()},
    DeviceType.SPEED: {"blank": SpeedLimit()},
}
"""Type → word → what it may show after comm loss besides `hold`; signs take any text."""

_NEVER: Mapping[tuple[DeviceType, str], str] = {
    (DeviceType.HEAD, "open"): "a head that loses its controller would open its lane",
    (DeviceType.PORTAL, "green"): "a portal signal that loses its controller would let traffic in",
    (DeviceType.BEACON, "siren"): "a siren must stop without its controller",
    (DeviceType.BEACON, "flash_siren"): "a siren must stop without its controller",
    (DeviceType.SPEAKER, HOLD): "a speaker must fall silent without its controller",
}


def base_value(device_type: DeviceType, raw: str | MultiFile) -> Value | None:
    """Return what a device shows at rest; None is `external`.

    Raises:
        ValueError: not a base of this type; the text is "problem; remedy".
    """
    if device_type is DeviceType.SIGN:
        return None if raw == EXTERNAL else _text(raw)
    words = _BASES[device_type]
    if not isinstance(raw, str) or raw not in words:
        either = " or ".join(words)
        raise ValueError(f"{_A[device_type]} rests {either}; write {either}")
    return words[raw]


def fallback_value(device_type: DeviceType, raw: str | MultiFile) -> Value | None:
    """Return what a device shows by itself after comm loss; None is `hold`.

    Raises:
        ValueError: not a fallback of this type; the text is "problem; remedy".
    """
    if device_type is DeviceType.SIGN:
        return None if raw == HOLD else _text(raw)
    words, word = _FALLBACKS[device_type], raw if isinstance(raw, str) else ""
    never = _NEVER.get((device_type, word))
    if never is None and word == HOLD:
        return None
    if never is not None or word not in words:
        hold = () if (device_type, HOLD) in _NEVER else (HOLD,)
        remedy = " or ".join((*hold, *words))
        raise ValueError(f"{never or f'no fallback of {_A[device_type]}'}; write {remedy}")
    return words[word]


_A: Mapping[DeviceType, str] = {
    DeviceType.HEAD: "a head",
    DeviceType.SIGN: "a sign",
    DeviceType.BEACON: "a beacon",
    DeviceType.PORTAL: "a portal signal",
    DeviceType.SPEAKER: "a speaker",
    DeviceType.SPEED: "a speed sign",
}


def _text(raw: str | MultiFile) -> Message:
    return Message(raw.multi if isinstance(raw, MultiFile) else raw)
