"""What the lamps showed and since when: the witness of every test that asks what drivers on the road saw."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

from devices.clock import Clock
from simulators.shown import Shown, shown_to_json

CAPACITY = 1_000_000
_ALIGN_LOOKS = 100_000


class Cause(StrEnum):
    """Why lamps changed."""

    COMMAND = "command"
    LOCAL = "local"
    FALLBACK = "fallback"
    REBOOT = "reboot"
    FAULT = "fault"
    ENDED = "ended"
    """A clip was played as often as ordered."""


@dataclass(frozen=True, slots=True)
class LampEvent:
    """One change; `mono_s` is the machine's monotonic clock, the same in every process of it."""

    seq: int
    mono_s: float
    device: str
    lamp: Shown
    cause: Cause


class LampHistory:
    """Every change of every lamp in the order it happened, bounded; what falls out is counted.

    Wall times are derived from the monotonic clock and one look at the wall clock at the start, so that
    they never go back and are exact to some microseconds.
    """

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._events: deque[LampEvent] = deque(maxlen=capacity)
        self._seq = 0
        self._zero_ms = _wall_at_mono_zero_ms(clock)

    @property
    def dropped(self) -> int:
        """How many of the oldest changes are no longer held."""
        return self._seq - len(self._events)

    @property
    def last_seq(self) -> int:
        """The number of the newest change, counted from 1; 0 before the first."""
        return self._seq

    def record(self, device: str, lamp: Shown, cause: Cause) -> None:
        """Note that `device` shows `lamp` from this instant on."""
        self._seq += 1
        self._events.append(LampEvent(self._seq, self._clock.mono_s(), device, lamp, cause))

    def at_ms(self, event: LampEvent) -> float:
        """Return the wall clock of a change, UTC milliseconds with its microseconds."""
        return round(self._zero_ms + event.mono_s * 1000, 3)

    def since(
        self, since_ms: float = 0.0, *, after_seq: int = 0, device: str | None = None
    ) -> list[LampEvent]:
        """Return the held changes at or after `since_ms` and after number `after_seq`, oldest first."""
        newest_first = takewhile(
            lambda event: event.seq > after_seq and self.at_ms(event) >= since_ms, reversed(self._events)
        )
        found = [event for event in newest_first if device is None or event.device == device]
        found.reverse()
        return found

    def to_json(self, event: LampEvent) -> dict[str, Any]:
        """Return one change as the control API gives it."""
        return {
            "seq": event.seq,
            "at_ms": self.at_ms(event),
            "mono_s": event.mono_s,
            "device": event.device,
            "lamp": shown_to_json(event.lamp),
            "cause": event.cause.value,
        }


def _wall_at_mono_zero_ms(clock: Clock) -> float:
    """Return the wall clock at monotonic zero; waits for a tick of it, 1 ms at most."""
    first = clock.wall_ms()
    for _ in range(_ALIGN_LOOKS):
        now = clock.wall_ms()
        if now != first:
            return now - clock.mono_s() * 1000
    return first - clock.mono_s() * 1000
