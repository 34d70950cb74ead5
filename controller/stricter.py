"""Which of two values of one device holds traffic back more: heads by rank, signs by level (S4, S6)."""

from config.sign_meaning import level
from devices.values import ASPECT_RANK, Aspect, BeaconState, Message, Value


def strictness(value: Value) -> int:
    """Return a number that only compares values of one device type; the larger is the stricter."""
    match value:
        case Aspect():
            return ASPECT_RANK[value]
        case Message():
            return int(level(value.multi))
        case BeaconState():
            return int(value.flash) + int(value.siren)
