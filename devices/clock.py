"""The one place that reads a clock; everything else is handed a `Clock` or a `now`."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times: one for durations, one for records."""

    def mono_s(self) -> float:
        """Return monotonic seconds, the same scale as the running event loop's `time()`."""
        ...

    def wall_ms(self) -> int:
        """Return UTC milliseconds since 1970, for records and wire envelopes only."""
        ...


class SystemClock:
    """The machine's clocks; `mono_s` agrees with `asyncio` and uvloop loop time."""

    def mono_s(self) -> float:
        """Return `time.monotonic()` seconds."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """Return whole UTC milliseconds."""
        return time.time_ns() // 1_000_000
