"""An interlock that was seen violated: what is demanded of its devices until a person resets it (S9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.interlocks import Interlock
from config.site import Site
from controller.incident import Demand, Plan
from controller.interlocks.interlock_raise import most_restrictive
from controller.store.rows import LatchRow
from devices.values import Value, in_words, value_from_json, value_to_json

PREFIX = "interlock:"
"""Of the source id by which its demands are known."""


@dataclass(frozen=True, slots=True)
class Latch:
    """One latched interlock.

    Attributes:
        seen: device → what it showed when the conflict had outlasted the settle time.
        plan: its devices at their most restrictive.
        since_ms: UTC milliseconds.
    """

    interlock: Interlock
    seen: Mapping[str, Value]
    plan: Plan
    since_ms: int

    @property
    def source(self) -> str:
        """The source its demands belong to."""
        return f"{PREFIX}{self.interlock.id}"

    @property
    def text(self) -> str:
        """What people are told."""
        shown = " + ".join(f"{device} {in_words(value)}" for device, value in self.seen.items())
        return (
            f"{shown} stood together on the road: {self.interlock.reason_en}; "
            "held at its most restrictive until a person resets it"
        )

    def row(self) -> LatchRow:
        """Return its row."""
        seen = {device: value_to_json(value) for device, value in self.seen.items()}
        return LatchRow(self.interlock.id, seen, self.since_ms)


def latch(site: Site, interlock: Interlock, seen: Mapping[str, Value], since_ms: int) -> Latch:
    """Return the latch of an interlock; a device that can be nothing stricter gets no demand."""
    demands = [
        Demand(device, value, PREFIX.rstrip(":"), f"interlock {interlock.id} was violated")
        for device in interlock.never
        if (value := most_restrictive(site, site.devices[device])) is not None
    ]
    return Latch(interlock, dict(seen), Plan(tuple(demands), ()), since_ms)


def stored_latch(site: Site, row: LatchRow) -> Latch | None:
    """Return what a row stands for; None where the site has that interlock no longer."""
    interlock = site.interlocks.get(row.interlock)
    if interlock is None:
        return None
    seen = {d: value_from_json(site.devices[d].type, raw) for d, raw in row.seen.items() if d in site.devices}
    return latch(site, interlock, seen, row.since_ms)
