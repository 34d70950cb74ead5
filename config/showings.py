"""The words by which interlocks name what a device shows, and which of them hold traffic back more (S9).

A head, a portal signal and a beacon are told by the names device models use, a sign by what its text means:
`blank`, `advisory` (lit, names no lane), `notice` (names a lane) or `closure`, and `sends_to_1` besides where
it sends traffic to lane 1. A device type that is not in `HEIGHT` takes no part.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from config.sign_meaning import Level, lanes_sent_to, level, names_a_lane
from devices.models.keys import value_key
from devices.values import DeviceType, Message, Value

SENDS = "sends_to_"

HEIGHT: Mapping[DeviceType, Mapping[str, int]] = {
    DeviceType.HEAD: {
        "dark": 0,
        "open": 1,
        "caution": 2,
        "merge_left": 3,
        "merge_right": 3,
        "closed_ahead": 4,
        "closed": 5,
    },
    DeviceType.PORTAL: {"dark": 0, "green": 1, "yellow": 2, "red": 3},
    DeviceType.SIGN: {"blank": 0, "advisory": 1, "notice": 2, "closure": 3},
    DeviceType.BEACON: {"dark": 0, "siren": 1, "flash": 2, "flash_siren": 2},
}
"""Type → word → how much it holds traffic back. An arrow is below closed_ahead, though of its rank (S6): the
one may become the other, never the other way round."""

RUNGS: Mapping[DeviceType, tuple[str, ...]] = {
    DeviceType.HEAD: ("caution", "closed_ahead", "closed"),
    DeviceType.PORTAL: ("yellow", "red"),
    DeviceType.SIGN: ("advisory", "notice", "closure"),
    DeviceType.BEACON: ("flash",),
}
"""What a device may be raised to, step by step; nobody is sent to another lane, or waved on, by a rule."""


@dataclass(frozen=True)
class LaneNames:
    """How the lanes of one carriageway are spelled (case folded) → number, and all numbers there are."""

    spelled: Mapping[str, int]
    numbers: tuple[int, ...]


def spelled(lanes: Iterable[tuple[int, Iterable[str]]]) -> LaneNames:
    """Return the names of lanes given as (number, every spelling)."""
    rows = [(number, tuple(words)) for number, words in lanes]
    names = {word.casefold(): number for number, words in rows for word in words}
    return LaneNames(names, tuple(sorted(number for number, _ in rows)))


def words_of(value: Value, lanes: LaneNames) -> frozenset[str]:
    """Return the words that are true of a value; empty for a value no interlock can name."""
    if isinstance(value, Message):
        return _sign_words(value.multi, tuple(lanes.spelled.items()), lanes.numbers)
    try:
        return frozenset({value_key(value)})
    except ValueError:
        return frozenset()


@lru_cache(maxsize=4096)
def _sign_words(multi: str, spelled: tuple[tuple[str, int], ...], numbers: tuple[int, ...]) -> frozenset[str]:
    names = dict(spelled)
    match level(multi):
        case Level.BLANK:
            return frozenset({"blank"})
        case Level.CLOSURE:
            word = "closure"
        case Level.NOTICE:
            word = "notice" if names_a_lane(multi, names) else "advisory"
    return frozenset({word, *(f"{SENDS}{n}" for n in lanes_sent_to(multi, names, numbers))})


def able(device_type: DeviceType, can: Collection[str] | None, lanes: Collection[int]) -> tuple[str, ...]:
    """Return every word a device may be named by, the mildest first; empty for a type without words.

    Args:
        device_type: its type.
        can: what it can show, None where that is all its type can.
        lanes: numbers of the lanes a sign may send to.
    """
    heights = HEIGHT.get(device_type, {})
    words = [word for word in heights if can is None or device_type is DeviceType.SIGN or word in can]
    if device_type is DeviceType.SIGN:
        words += [f"{SENDS}{lane}" for lane in sorted(lanes)]
    return tuple(words)


def top(device_type: DeviceType, words: Collection[str]) -> str | None:
    """Return the strictest of the words a device can be raised to from any other of them, None for none."""
    heights = HEIGHT.get(device_type, {})
    highest = max((heights[word] for word in words if word in heights), default=-1)
    return next((word for word in RUNGS.get(device_type, ()) if heights[word] == highest), None)


def above_all(device_type: DeviceType, word: str, never: Collection[str]) -> bool:
    """Return whether a device can rise to `word` out of every showing that takes part in an interlock."""
    height = HEIGHT[device_type]
    return all(height.get(other, height[word] - 1) < height[word] for other in never)
