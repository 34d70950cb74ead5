"""What `base` and `fallback` of a site file mean as values of a device, and which are refused (S12)."""

from config.schema import MultiFile
from devices.models.schema import BEACON_KEYS
from devices.values import Aspect, BeaconState, DeviceType, Message, Value

HOLD = "hold"
EXTERNAL = "external"


def base_value(device_type: DeviceType, raw: str | MultiFile) -> Value | None:
    """Return what a device shows at rest; None is `external`.

    Raises:
        ValueError: not a base of this type; the text is "problem; remedy".
    """
    match device_type, raw:
        case DeviceType.HEAD, "open" | "dark":
            return Aspect(str(raw))
        case DeviceType.HEAD, _:
            raise ValueError("a head rests open or dark; write open or dark")
        case DeviceType.BEACON, "dark":
            return BeaconState()
        case DeviceType.BEACON, _:
            raise ValueError("a beacon rests dark; write dark")
        case _, MultiFile(multi=multi):
            return Message(multi)
        case _, str():
            return None if raw == EXTERNAL else Message(raw)
    raise AssertionError("unreachable: strings and texts are all there is")


def fallback_value(device_type: DeviceType, raw: str | MultiFile) -> Value | None:
    """Return what a device shows by itself after comm loss; None is `hold`.

    Raises:
        ValueError: not a fallback of this type; the text is "problem; remedy".
    """
    if raw == HOLD:
        return None
    match device_type:
        case DeviceType.HEAD:
            names = [aspect.value for aspect in Aspect if aspect is not Aspect.OPEN]
            if raw == Aspect.OPEN.value:
                raise ValueError(
                    "a head that loses its controller would open its lane; write hold, closed or dark"
                )
            if raw not in names:
                raise ValueError(f"no fallback of a head; write hold, {' or '.join(names)}")
            return Aspect(str(raw))
        case DeviceType.BEACON:
            state = BEACON_KEYS.get(str(raw))
            if state is None:
                raise ValueError("no fallback of a beacon; write hold, dark or flash")
            if state.siren:
                raise ValueError("a siren must stop without its controller; write hold, dark or flash")
            return state
        case DeviceType.SIGN:
            return Message(raw.multi if isinstance(raw, MultiFile) else raw)
