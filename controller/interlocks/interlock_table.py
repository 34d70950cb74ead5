"""Whether showings that must never stand together do, or may: the interlock table, pure (S7, S9).

A device may show one value or another, or anything at all; what is not known counts as whichever is worse.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from config.interlocks import Interlock
from config.showings import words_of
from config.site import Device, Site
from controller.states.stricter import strictness
from devices.values import Aspect, Value, dark, in_words

Possible: TypeAlias = frozenset[Value] | None
"""What a device may be showing; None is UNKNOWN: anything it can show."""

PERMISSIVE = frozenset({"open", "green"})
"""What waves traffic on: showing it is never a restriction, whatever was shown before."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An interlock that is violated; `certain` is False where it may be, because something is unknown."""

    interlock: Interlock
    certain: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a release is held back: the interlock it would violate, and the partners it waits for."""

    interlock: Interlock
    partners: tuple[str, ...]


def words(site: Site, device: str, value: Value) -> frozenset[str]:
    """Return the words interlocks name a showing of a device by."""
    return words_of(value, site.lane_names[site.devices[device].carriageway])


def conflicts(
    site: Site, facts: Mapping[str, Possible], among: Iterable[Interlock] | None = None
) -> Iterator[Conflict]:
    """Yield every interlock that is violated, or may be.

    Args:
        site: where the interlocks stand.
        facts: device → what it may show; a device not named is UNKNOWN.
        among: which interlocks to judge; all of the site where not given.
    """
    for interlock in site.interlocks.values() if among is None else among:
        if all(may_show(site, d, named, facts.get(d)) for d, named in interlock.never.items()):
            yield Conflict(interlock, all(_must(site, d, interlock, facts.get(d)) for d in interlock.never))


def may_show(site: Site, device: str, named: frozenset[str], possible: Possible) -> bool:
    """Return whether a device may show any of the words (S7)."""
    return possible is None or any(words(site, device, value) & named for value in possible)


def _must(site: Site, device: str, interlock: Interlock, possible: Possible) -> bool:
    named = interlock.never[device]
    return bool(possible) and all(words(site, device, value) & named for value in possible or ())


def waits(site: Site, device: Device, after: Value, possible: Callable[[str], Possible]) -> tuple[Wait, ...]:
    """Return what holds back a write; empty for a restriction, which is never refused (S9).

    Args:
        site: where the interlocks stand.
        device: the one to be written.
        after: what it is to show.
        possible: device → what it may be showing now: shown, and commanded but not verified.
    """
    held = []
    for interlock in site.interlocks_of.get(device.id, ()):
        if not words(site, device.id, after) & interlock.never[device.id]:
            continue
        partners = {d: named for d, named in interlock.never.items() if d != device.id}
        if all(may_show(site, d, named, possible(d)) for d, named in partners.items()):
            held.append(Wait(interlock, tuple(partners)))
    if not held or not is_release(device, possible(device.id), after):
        return ()
    return tuple(held)


def is_release(device: Device, before: Possible, after: Value) -> bool:
    """Return whether a write may make a device milder than it is now (S6).

    A fall in rank is, open to dark excepted; so is everything that waves traffic on. Where it is not known
    what the device shows, only what it shows at rest, or with every lamp off, counts as one.
    """
    if before is None:
        return after == device.base or after == dark(device.type) or _permissive(after)
    return any(_falls(value, after) for value in before)


def _falls(before: Value, after: Value) -> bool:
    if before == after or (before is Aspect.OPEN and after is Aspect.DARK):
        return False
    return _permissive(after) or strictness(after) < strictness(before)


def _permissive(value: Value) -> bool:
    return str(value) in PERMISSIVE


def in_short(site: Site, held: Iterable[Wait], possible: Callable[[str], Possible]) -> str:
    """Return why a release waits, as people read it: `waits for LCS-FU-07-1 (closed): interlock NAME`."""
    return "; ".join(
        f"waits for {', '.join(f'{d} ({_said(possible(d))})' for d in wait.partners)}: "
        f"interlock {wait.interlock.id}"
        for wait in held
    )


def _said(possible: Possible) -> str:
    if possible is None:
        return "unknown"
    return " or ".join(sorted(in_words(value) for value in possible))
