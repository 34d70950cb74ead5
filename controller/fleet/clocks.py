"""Clocks of devices: told when one is wrong, and orders issued in the time of one that refuses them (T3)."""

from collections.abc import Iterable

from controller.alarms.alarm import AlarmKind
from controller.alarms.alarms import Alarms
from devices.clock import Clock
from devices.driver import Reading

WRONG_MS = 1_000
"""So far off, a clock takes late orders for good ones, or good ones for late: orders live for seconds."""
RIGHT_MS = 500
"""So near again, the alarm ends: it shall not come and go at its own limit."""


def clock_text(offset_ms: int) -> str:
    """Return what people read of a wrong clock."""
    ahead, off_s = offset_ms > 0, abs(offset_ms) / 1000
    means = "orders in time may be refused as late" if ahead else "late orders may be taken"
    return f"its clock is {off_s:.1f} s {'ahead' if ahead else 'behind'}: {means}; set it"


class DeviceClocks:
    """What is known of every device's clock."""

    def __init__(self, devices: Iterable[str], alarms: Alarms, clock: Clock) -> None:
        self._alarms = alarms
        self._clock = clock
        self._skew_ms = dict.fromkeys(devices, 0)

    def skew_ms(self, device: str) -> int:
        """Return what orders to a device are shifted by: 0 unless it refused one in time as late."""
        return self._skew_ms[device]

    def looked(self, device: str, reading: Reading | None) -> None:
        """Raise or end the alarm by the newest reading; one without a clock changes nothing."""
        offset_ms = reading.clock_offset_ms if reading is not None else None
        if offset_ms is None:
            return
        if abs(offset_ms) >= WRONG_MS:
            self._raise(device, offset_ms)
        elif abs(offset_ms) <= RIGHT_MS:
            self._skew_ms[device] = 0
            self._alarms.end(AlarmKind.CLOCK, device)

    def refused_as_late(self, device: str, device_ms: int) -> None:
        """Issue the next orders in the device's time: it has refused one that was in time."""
        self._skew_ms[device] = device_ms - self._clock.wall_ms()
        self._raise(device, self._skew_ms[device])

    def _raise(self, device: str, offset_ms: int) -> None:
        self._alarms.raise_(AlarmKind.CLOCK, device, clock_text(offset_ms), self._clock.wall_ms())
