"""Holds a release back while a partner of an interlock may violate it, and lets it go when none may (S9).

Knows what every device may be showing; the reconcilers know only themselves.
"""

from collections.abc import Mapping

from config.site import Site
from controller.fleet.look import Look
from controller.fleet.reconciler import Reconciler
from controller.interlocks.interlock_table import Possible, Wait, in_short, waits
from controller.metrics import Metrics
from devices.clock import Clock
from devices.values import Value


class Partners:
    """The check before each send; one step without an await, from facts the reconcilers hold."""

    def __init__(
        self, site: Site, reconcilers: Mapping[str, Reconciler], clock: Clock, metrics: Metrics
    ) -> None:
        self._site = site
        self._reconcilers = reconcilers
        self._clock = clock
        self._metrics = metrics
        self._held: dict[str, tuple[Wait, ...]] = {}

    def possible(self, device: str) -> Possible:
        """Return what a device may be showing: shown, or ordered and not proved; None is UNKNOWN (S7).

        A reading that is too old, not live, of contradicting lamps or of a faulty device says nothing.
        """
        reconciler = self._reconcilers[device]
        reading = reconciler.condition.reading if reconciler.known() else None
        if reading is None or reading.value is None or reading.fault or not reading.live:
            return None
        return frozenset({reading.value, *reconciler.condition.unproved})

    def held_back(self, device: str, value: Value) -> str:
        """Return why a write has to wait, empty where it may go now; a change of that wakes the device."""
        held = waits(self._site, self._site.devices[device], value, self.possible)
        before = self._held.get(device, ())
        if not held:
            self._let_go(device)
            return ""
        self._held[device] = held
        for wait in held:
            if wait not in before:
                self._metrics.holds.labels(wait.interlock.id).inc()
        self._watch(before, held)
        return in_short(self._site, held, self.possible)

    @property
    def held(self) -> tuple[str, ...]:
        """The devices that are held back."""
        return tuple(self._held)

    def waits_for(self, device: str) -> tuple[str, ...]:
        """Return the partners a device waits for, in site order; empty where it is not held back."""
        return tuple(dict.fromkeys(d for wait in self._held.get(device, ()) for d in wait.partners))

    def held_by(self, device: str) -> tuple[str, ...]:
        """Return the interlocks a device is held back by."""
        return tuple(wait.interlock.id for wait in self._held.get(device, ()))

    def looked(self, device: str, verdict: Look, changed: bool) -> None:
        """Wake who waits for this device, where something about it changed; end what it waited for itself."""
        if verdict is not Look.HELD:
            self._let_go(device)
        if changed:
            for other in tuple(self._held):
                if device in self.waits_for(other):
                    self._reconcilers[other].retry()

    def _let_go(self, device: str) -> None:
        before = self._held.pop(device, ())
        if before:
            self._watch(before, ())

    def _watch(self, before: tuple[Wait, ...], after: tuple[Wait, ...]) -> None:
        """Have the partners of held devices read as often as wanted ones, at once the first time."""
        was, now = ({d for wait in waits_ for d in wait.partners} for waits_ in (before, after))
        needed = {d for device in self._held for d in self.waits_for(device)}
        for device in was - needed:
            self._reconcilers[device].watched = False
        for device in now - was:
            self._reconcilers[device].watched = True
            self._reconcilers[device].refresh(self._clock.mono_s())
