"""What the road saw and when: the lamp history of a run, asked about any instant. Pure; no clock, no I/O."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the lamps of one device; `at_ms` is UTC."""

    at_ms: float
    device: str
    lamp: Any
    cause: str


class Witness:
    """Lamp changes in the order they happened; `take` adds newer ones."""

    def __init__(self, before: Mapping[str, Any] | None = None) -> None:
        """Begin with what each device shows before the first change that will be taken."""
        self._before = dict(before or {})
        self._rows: dict[str, list[Change]] = {}
        self._times: dict[str, list[float]] = {}
        self.changes: list[Change] = []

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add events of the control API, oldest first."""
        for event in events:
            change = Change(float(event["at_ms"]), event["device"], event["lamp"], event["cause"])
            self.changes.append(change)
            self._rows.setdefault(change.device, []).append(change)
            self._times.setdefault(change.device, []).append(change.at_ms)

    def lamp(self, device: str, at_ms: float) -> Any:
        """Return what it showed at that instant; None where nothing is known."""
        number = bisect_right(self._times.get(device, ()), at_ms)
        return self._rows[device][number - 1].lamp if number else self._before.get(device)

    def since_ms(self, device: str, at_ms: float) -> float | None:
        """Return since when it showed that; None for always."""
        number = bisect_right(self._times.get(device, ()), at_ms)
        return self._times[device][number - 1] if number else None

    def instants(self, devices: Iterable[str], from_ms: float, to_ms: float) -> list[float]:
        """Return `from_ms` and every later instant up to `to_ms` at which one of the devices changed."""
        found = {from_ms}
        for device in devices:
            times = self._times.get(device, [])
            found.update(times[bisect_right(times, from_ms) : bisect_right(times, to_ms)])
        return sorted(found)

    def between(self, device: str, from_ms: float, to_ms: float) -> Sequence[Change]:
        """Return its changes after `from_ms` up to and including `to_ms`."""
        times = self._times.get(device, [])
        return self._rows.get(device, [])[bisect_right(times, from_ms) : bisect_right(times, to_ms)]

    def shown_between(self, device: str, from_ms: float, to_ms: float) -> list[Any]:
        """Return everything it showed in that time, what it began with included."""
        rows = [change.lamp for change in self.between(device, from_ms, to_ms)]
        return [self.lamp(device, from_ms), *rows]
