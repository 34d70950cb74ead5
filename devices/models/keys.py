"""The names model files use for what a device shows, where its values can be counted."""

from collections.abc import Mapping

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
