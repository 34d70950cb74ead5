"""By which words interlocks may name what a device of a loaded site shows, and how strict it can become."""

from config.showings import able, top
from config.site import Device
from devices.models.keys import value_keys
from devices.values import DeviceType

_SILENT = frozenset({"dark", "flash"})


def words_for(device: Device) -> tuple[str, ...]:
    """Return every word the device may be named by, the mildest first, but for the lanes a sign sends to."""
    return able(device.type, _can_show(device), ())


def can_be_closed(device: Device) -> bool:
    """Return whether it can be driven, from whatever it shows, to something strictest of its kind."""
    return top(device.type, words_for(device)) is not None


def _can_show(device: Device) -> frozenset[str] | None:
    match device.type:
        case DeviceType.HEAD:
            return frozenset(aspect.value for aspect in device.aspects)
        case DeviceType.PORTAL:
            return frozenset(light.value for light in device.lights)
        case DeviceType.BEACON:
            can = device.model.value_keys() or value_keys(device.type)
            return can if device.siren else can & _SILENT
        case _:
            return None
