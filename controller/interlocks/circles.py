"""Releases that wait for each other in a circle, and the first step of the way round it (S9). Pure."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from config.abilities import words_for
from config.showings import RUNGS
from config.site import Device, Site
from controller.interlocks.interlock_table import Wait, conflicts
from controller.states.stricter import strictness
from devices.models.keys import value_of_key
from devices.values import DeviceType, Value

LOOKS = 400
"""States looked at for one way round; circles of a real site have two or three devices."""
_STEPWISE = (DeviceType.HEAD, DeviceType.PORTAL)
"""What may pass through a showing between: a sign goes from text to text, a beacon is on or off."""

_State = tuple[Value, ...]


def circles(
    held: Mapping[str, tuple[Wait, ...]], certain: Collection[str], settled: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the devices of each circle, in the order of `held`.

    A circle is a set of held devices none of which can go before another of the set has: for each of them
    one of its waits is for nobody but others of the set and devices that are where they belong. Who waits
    for a device that is dead, unknown or on its way is in none: that wait may end.

    Args:
        held: device → why its release is held back.
        certain: devices known to show one thing and nothing else.
        settled: those of them that are where they belong.
    """
    stuck = {device for device in held if device in certain}
    while free := {d for d in stuck if not any(_stays(wait, stuck, settled) for wait in held[d])}:
        stuck -= free
    left = [device for device in held if device in stuck]
    while left:
        group, near = {left[0]}, [left[0]]
        while near:
            one = near.pop()
            beside = {d for d in left if d not in group and (_touch(held, one, d) or _touch(held, d, one))}
            group |= beside
            near += beside
        if len(group) > 1:
            yield tuple(device for device in left if device in group)
        left = [device for device in left if device not in group]


def _stays(wait: Wait, stuck: Collection[str], settled: Collection[str]) -> bool:
    return any(d in stuck for d in wait.partners) and all(d in stuck or d in settled for d in wait.partners)


def _touch(held: Mapping[str, tuple[Wait, ...]], one: str, other: str) -> bool:
    return any(other in wait.partners for wait in held[one])


def way_round(
    site: Site, circle: Collection[str], shown: Mapping[str, Value], desired: Mapping[str, Value]
) -> tuple[str, Value] | None:
    """Return the first step of the shortest way from what a circle shows to what it shall show.

    One device goes at a time, no state between violates an interlock, and nothing is ever milder than what
    it shall show in the end. Lamps between go through a yellow or a cross, never through an arrow.

    Args:
        site: where the interlocks stand.
        circle: the devices that may be moved; the others stay as they are.
        shown: device → what it is known to show; one that is not named is UNKNOWN, and counts as the worst.
        desired: device of the circle → what it shall show.

    Returns:
        Device and value; None where there is no way, or none was found after `LOOKS` states.
    """
    devices = sorted(circle)
    rungs = [_rungs(site.devices[d], shown[d], desired[d]) for d in devices]
    start, end = tuple(shown[d] for d in devices), tuple(desired[d] for d in devices)
    first: dict[_State, tuple[str, Value] | None] = {start: None}
    waiting = deque([start])
    while waiting and len(first) <= LOOKS:
        state = waiting.popleft()
        if state == end:
            return first[state]
        for n, device in enumerate(devices):
            for value in rungs[n]:
                after = (*state[:n], value, *state[n + 1 :])
                if after not in first and _lawful(
                    site, device, {**shown, **dict(zip(devices, after, strict=True))}
                ):
                    first[after] = first[state] or (device, value)
                    waiting.append(after)
    return None


def _rungs(device: Device, shown: Value, desired: Value) -> tuple[Value, ...]:
    """Return what a device may show on the way, the mildest first."""
    between: list[Value] = []
    if device.type in _STEPWISE:
        can = words_for(device)
        between = [value_of_key(device.type, word) for word in RUNGS[device.type] if word in can]
    values = dict.fromkeys(chain([desired], between, [shown]))
    return tuple(v for v in sorted(values, key=strictness) if strictness(v) >= strictness(desired))


def _lawful(site: Site, device: str, values: Mapping[str, Value]) -> bool:
    facts = {d: frozenset({value}) for d, value in values.items()}
    return not any(conflicts(site, facts, site.interlocks_of.get(device, ())))
