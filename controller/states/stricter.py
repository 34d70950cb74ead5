"""Which of two values of one device holds traffic back more: by rank, by level, by speed (S4, S6)."""

from config.sign_meaning import level
from devices.values import (
    MAX_KMH,
    Aspect,
    BeaconState,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
    rank,
)


def strictness(value: Value) -> int:
    """Return a number that only compares values of one device type; the larger is the stricter."""
    match value:
        case Aspect() | PortalAspect():
            return rank(value)
        case Message():
            return int(level(value.multi))
        case BeaconState():
            return int(value.flash) + int(value.siren)
        case SpeakerState():
            return int(not value.silent)
        case SpeedLimit():
            return 0 if value.blank else 1 + MAX_KMH - value.kmh
