"""What an expectation asks of the lamps, at one instant of the history. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from config.site import Device
from devices.values import DeviceType
from simulators.scenario.devices import Devices
from simulators.scenario.values import Wish, in_words
from simulators.scenario.witness import Witness

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Look:
    """The answer at one instant: whether it is so, and what was shown instead (or: what is so).

    `settled`: no later instant can make it so any more.
    """

    holds: bool
    got: str
    settled: bool = False


class Condition(Protocol):
    """Something about lamps that is so or not at an instant."""

    @property
    def devices(self) -> Sequence[str]:
        """The devices a change of which may change the answer."""
        ...

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Return whether it is so at `at_ms`; `from_ms` is where the expectation begins."""
        ...


class Count(StrEnum):
    """How many of the devices have to."""

    ALL = "all"
    SOME = "some"
    NO = "no"


def _listed(rows: Sequence[str]) -> str:
    more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    return "; ".join(rows[:_MOST_NAMED]) + more


@dataclass(frozen=True)
class Shows:
    """Devices show one of some values."""

    which: Devices
    wishes: tuple[Wish, ...]
    site_devices: Mapping[str, Device]
    count: Count = Count.ALL

    @property
    def devices(self) -> Sequence[str]:
        """All of them."""
        return self.which.ids

    def met_by(self, device: str, witness: Witness, at_ms: float) -> bool:
        """Return whether one device shows it."""
        lamp = witness.lamp(device, at_ms)
        return any(wish.met(self.site_devices[device], lamp) for wish in self.wishes)

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Count those that do and name those that are wrong."""
        met = [d for d in self.which.ids if self.met_by(d, witness, at_ms)]
        match self.count:
            case Count.ALL:
                holds, wrong = len(met) == len(self.which.ids), [d for d in self.which.ids if d not in met]
            case Count.SOME:
                holds, wrong = bool(met), met or list(self.which.ids)
            case Count.NO:
                holds, wrong = not met, met
        rows = [_shown(device, witness, at_ms, from_ms) for device in wrong]
        return Look(holds, f"{len(met)} of {len(self.which.ids)} did; " + (_listed(rows) or "none else"))


def _shown(device: str, witness: Witness, at_ms: float, from_ms: float) -> str:
    since_ms = witness.since_ms(device, at_ms)
    when = f" since {(since_ms - from_ms) / 1000:.3f} s" if since_ms and since_ms >= from_ms else ""
    return f"{device} showed {in_words(witness.lamp(device, at_ms))}{when}"


@dataclass(frozen=True)
class Unchanged:
    """Devices show what they showed when the expectation began, and nothing else in between."""

    which: Devices

    @property
    def devices(self) -> Sequence[str]:
        """All of them."""
        return self.which.ids

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Name every change."""
        rows = [
            f"{c.device} went to {in_words(c.lamp)} at {(c.at_ms - from_ms) / 1000:.3f} s ({c.cause})"
            for device in self.which.ids
            for c in witness.between(device, from_ms, at_ms)
        ]
        return Look(not rows, _listed(rows) or "nothing changed", settled=bool(rows))


@dataclass(frozen=True)
class TwoAspects:
    """A head lights two lamps at once (S1)."""

    heads: tuple[str, ...]

    @property
    def devices(self) -> Sequence[str]:
        """Every head of the site."""
        return self.heads

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Name the heads that do."""
        two = []
        for head in self.heads:
            lamp = witness.lamp(head, at_ms)
            if isinstance(lamp, dict) and len(lamp.get("lamps", ())) > 1:
                two.append(_shown(head, witness, at_ms, from_ms))
        return Look(bool(two), _listed(two) or "no head showed two")


@dataclass(frozen=True)
class Before:
    """All of the first have come to show theirs before any of the second came to show its own."""

    first: Shows
    second: Shows

    @property
    def devices(self) -> Sequence[str]:
        """Both."""
        return (*self.first.devices, *self.second.devices)

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Compare the last of the first with the earliest of the second."""
        first = came_to(self.first, witness, from_ms, at_ms)
        second = came_to(self.second, witness, from_ms, at_ms)
        missing = [d for d in self.devices if first.get(d) is None and second.get(d) is None]
        if missing:
            return Look(False, _listed([_shown(d, witness, at_ms, from_ms) for d in missing]))
        last = max(first, key=first.__getitem__)
        earliest = min(second, key=second.__getitem__)
        got = (
            f"{last} came to it at {(first[last] - from_ms) / 1000:.3f} s, "
            f"{earliest} at {(second[earliest] - from_ms) / 1000:.3f} s"
        )
        return Look(first[last] < second[earliest], got, settled=True)


def came_to(shows: Shows, witness: Witness, from_ms: float, to_ms: float) -> dict[str, float]:
    """Return when each device first came to show it in that time; devices that never did are left out."""
    came: dict[str, float] = {}
    for device in shows.devices:
        instants = witness.instants([device], from_ms, to_ms)
        found = next((at for at in instants if shows.met_by(device, witness, at)), None)
        if found is not None:
            came[device] = found
    return came


@dataclass(frozen=True)
class Going:
    """Devices come to show it cross-section by cross-section, against traffic or with it (S6)."""

    shows: Shows
    upstream: bool
    at_m: Mapping[str, int] = field(repr=False)

    @property
    def devices(self) -> Sequence[str]:
        """All of them."""
        return self.shows.devices

    def look(self, witness: Witness, at_ms: float, from_ms: float) -> Look:
        """Name the first cross-section that was early."""
        now = self.shows.look(witness, at_ms, from_ms)
        if not now.holds:
            return now
        came = came_to(self.shows, witness, from_ms, at_ms)
        order = sorted(came, key=lambda d: self.at_m[d], reverse=self.upstream)
        for one, other in pairwise(order):
            if self.at_m[one] != self.at_m[other] and came[one] > came[other]:
                got = (
                    f"{other} came to it at {(came[other] - from_ms) / 1000:.3f} s, "
                    f"{one} only at {(came[one] - from_ms) / 1000:.3f} s"
                )
                return Look(False, got)
        return Look(True, "in turn")


def heads_of(devices: Mapping[str, Device]) -> tuple[str, ...]:
    """Return the ids of every head."""
    return tuple(d.id for d in devices.values() if d.type is DeviceType.HEAD)
