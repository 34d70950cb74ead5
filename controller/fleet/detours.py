"""Sends a device round a circle of releases that wait for each other, or tells that there is no way (S9).

Knows all devices that are held back at once; each reconciler knows only that it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.site import Site
from controller.alarms.alarm import AlarmKind
from controller.alarms.alarms import Alarms
from controller.fleet.look import Look, Target
from controller.fleet.reconciler import Reconciler
from controller.interlocks.circles import circles, way_round
from controller.interlocks.interlock_table import Wait, waits
from controller.interlocks.partners import Partners
from devices.clock import Clock
from devices.values import Value, in_words

_SHOWN = frozenset({Look.VERIFIED, Look.ACKED, Look.AT_REST})


@dataclass(slots=True)
class _Way:
    """One device on its way: what it shows between, where it is going, whether it has turned there."""

    between: Value
    target: Target
    because: str
    turned: bool = False


class Detours:
    """Looks for circles whenever a device is held back."""

    def __init__(
        self,
        site: Site,
        reconcilers: Mapping[str, Reconciler],
        partners: Partners,
        alarms: Alarms,
        clock: Clock,
    ) -> None:
        self._site = site
        self._reconcilers = reconcilers
        self._partners = partners
        self._alarms = alarms
        self._clock = clock
        self._ways: dict[str, _Way] = {}
        self._told: dict[str, tuple[str, ...]] = {}

    def between(self, device: str) -> bool:
        """Return whether a device is driven to something it shall not show in the end."""
        way = self._ways.get(device)
        return way is not None and not way.turned

    def target(self, device: str, target: Target, *, anew: bool) -> Target:
        """Return what a device is to be driven to now, given what it shall show in the end.

        Args:
            device: any device.
            target: where it belongs.
            anew: a revision asks for it again: straight to it.
        """
        way = self._ways.get(device)
        if way is None:
            return target
        target = replace(target, leaves=(*target.leaves, way.between))  # we lit that ourselves
        if anew or way.turned or target.value != way.target.value:
            way.turned = True
            return target
        way.target = target
        return replace(target, value=way.between, because=way.because)

    def looked(self, device: str, verdict: Look) -> None:
        """Take a finished look: a device between turns to its target, one held back may be in a circle."""
        way = self._ways.get(device)
        if way is not None and verdict in _SHOWN:
            if way.turned:
                del self._ways[device]
            else:
                way.turned = True
                self._reconcilers[device].set_target(replace(way.target, prove=True))
        elif self._told or (verdict is Look.HELD and len(self._partners.held) > 1):
            self._search()

    def _search(self) -> None:
        held = {device: found for device in self._partners.held if (found := self._held(device))}
        near = {d for device in held for one in self._site.interlocks_of[device] for d in one.never}
        shown = {d: value for d in sorted(near) if (value := self._certain(d)) is not None}
        told: dict[str, tuple[str, ...]] = {}
        for circle in circles(held, shown, {d for d in shown if self._settled(d)}):
            desired = {d: value for d in circle if (value := self._reconcilers[d].target.value) is not None}
            step = way_round(self._site, circle, shown, desired) if len(desired) == len(circle) else None
            if step is not None:
                self._send(*step, circle)
            else:
                interlocks = dict.fromkeys(wait.interlock.id for d in circle for wait in held[d])
                told[next(iter(interlocks))] = (*circle, *interlocks)
                self._tell(next(iter(interlocks)), circle, tuple(interlocks))
        for subject in self._told.keys() - told.keys():
            self._alarms.end(AlarmKind.RELEASE, subject)
        self._told = told

    def _held(self, device: str) -> tuple[Wait, ...]:
        """Return what holds a device back now; what held it at its last look may have ended since."""
        reconciler = self._reconcilers[device]
        value = reconciler.target.value
        if reconciler.condition.verdict is not Look.HELD or value is None:
            return ()
        return waits(self._site, self._site.devices[device], value, self._partners.possible)

    def _certain(self, device: str) -> Value | None:
        possible = self._partners.possible(device)
        return next(iter(possible)) if possible is not None and len(possible) == 1 else None

    def _settled(self, device: str) -> bool:
        reconciler = self._reconcilers[device]
        return reconciler.condition.verdict in _SHOWN and not self.between(device)

    def _send(self, device: str, value: Value, circle: tuple[str, ...]) -> None:
        reconciler = self._reconcilers[device]
        others = ", ".join(d for d in circle if d != device)
        because = f"{in_words(value)} for a moment: {others} and it wait for each other"
        target = replace(reconciler.target, leaves=(*reconciler.target.leaves, value))
        self._ways[device] = _Way(value, target, because)
        reconciler.set_target(replace(target, value=value, because=because))

    def _tell(self, subject: str, circle: tuple[str, ...], interlocks: tuple[str, ...]) -> None:
        names = ", ".join(circle)
        text = (
            f"{names} wait for each other in a circle (interlocks {', '.join(interlocks)}), and no way round "
            "is allowed: they stay as they are. Switch one at its cabinet, or mend the table"
        )
        self._alarms.raise_(AlarmKind.RELEASE, subject, text, self._clock.wall_ms(), devices=circle)
