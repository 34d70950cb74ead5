"""Sees on the road what must never stand together, and tells it when it outlasts the settle time (S9)."""

import asyncio
from collections.abc import Callable, Mapping

from config.interlocks import Interlock
from config.site import Site
from controller.fleet.reconciler import Reconciler
from controller.interlocks.interlock_table import conflicts
from devices.clock import Clock
from devices.values import Value

STILL_S = 0.5
"""How long a conflict has to stand where none of its devices has been ordered anything of late."""


class ConflictWatch:
    """Looks at every reading of a device that takes part in an interlock.

    A conflict counts while every device is known to show its part; what is unknown is no conflict seen.

    Args:
        found: told the interlock and what each device shows, at every look while the conflict stands.
    """

    def __init__(
        self,
        site: Site,
        reconcilers: Mapping[str, Reconciler],
        clock: Clock,
        found: Callable[[Interlock, Mapping[str, Value]], None],
    ) -> None:
        self._site = site
        self._reconcilers = reconcilers
        self._clock = clock
        self._found = found
        self._since_s: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def looked(self, device: str) -> None:
        """Look at the interlocks of a device that was read."""
        for interlock in self._site.interlocks_of.get(device, ()):
            self._look(interlock)

    def shown(self, interlock: Interlock) -> dict[str, Value | None]:
        """Return device → what it is known to show by a live reading, None where that is not known."""
        return {device: self._shown(device) for device in interlock.never}

    def stands(self, interlock: Interlock) -> bool:
        """Return whether the devices are known to violate it now."""
        facts = {d: None if v is None else frozenset({v}) for d, v in self.shown(interlock).items()}
        return any(conflict.certain for conflict in conflicts(self._site, facts, (interlock,)))

    def _shown(self, device: str) -> Value | None:
        reconciler = self._reconcilers[device]
        reading = reconciler.condition.reading if reconciler.known() else None
        return reading.value if reading is not None and reading.live else None

    def _look(self, interlock: Interlock) -> None:
        if (timer := self._timers.pop(interlock.id, None)) is not None:
            timer.cancel()
        if not self.stands(interlock):
            self._since_s.pop(interlock.id, None)
            return
        now_s = self._clock.mono_s()
        if interlock.id not in self._since_s:
            self._since_s[interlock.id] = now_s
            for device in interlock.never:
                self._reconcilers[device].refresh(now_s)
        left_s = self._since_s[interlock.id] + self._settle_s(interlock) - now_s
        if left_s <= 0:
            self._found(interlock, {d: v for d, v in self.shown(interlock).items() if v is not None})
        else:  # looks again in time, even if nobody is read meanwhile
            later = asyncio.get_running_loop().call_later
            self._timers[interlock.id] = later(left_s, self._look, interlock)

    def _settle_s(self, interlock: Interlock) -> float:
        """Lamps that were ordered something may pass through the combination; others have no reason to."""
        moving = any(self._reconcilers[device].condition.unproved for device in interlock.never)
        return interlock.settle_ms / 1000 if moving else min(STILL_S, interlock.settle_ms / 1000)
