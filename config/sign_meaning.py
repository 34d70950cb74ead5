"""What a sign's text means to a driver: how strict it is, and which lanes it sends traffic to (S4)."""

from collections.abc import Collection, Mapping
from enum import IntEnum

from config.messages import CLOSED, SENDS
from devices.multi import plain


class Level(IntEnum):
    """How strict a sign is (S4, S6); the larger is the stricter."""

    BLANK = 0
    """Nothing is lit."""
    NOTICE = 1
    """It warns."""
    CLOSURE = 2
    """It says that nobody gets past."""


def level(multi: str) -> Level:
    """Return how strict a sign's text is; markup does not count."""
    read = plain(multi).strip()
    if not read:
        return Level.BLANK
    return Level.CLOSURE if CLOSED.search(read) else Level.NOTICE


_SIDES = {"左": 0, "left": 0, "右": -1, "right": -1}


def lanes_sent_to(multi: str, names: Mapping[str, int], lanes: Collection[int]) -> frozenset[int]:
    """Return the lanes a text sends traffic to; empty for texts that only warn.

    Args:
        multi: the text.
        names: spelling, case folded → the lane it means.
        lanes: every lane there is; a text may also send to the left or the right.
    """
    read, found = plain(multi).casefold(), set()
    outer = sorted(lanes)
    for verb in SENDS.finditer(read):
        rest = read[verb.end() :]
        named = max((name for name in names if rest.startswith(name)), key=len, default=None)
        if named is not None:
            found.add(names[named])
        elif outer:
            found |= {outer[end] for side, end in _SIDES.items() if rest.startswith(side)}
    return frozenset(found)


def names_a_lane(multi: str, names: Mapping[str, int]) -> bool:
    """Return whether a text says which lane it is about."""
    read = plain(multi).casefold()
    return "车道" in read or any(name in read for name in names)
