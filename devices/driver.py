"""The contract between a reconciler and one device: `Order` in, `Reading` out (design 3, Driver).

Drivers live in `devices/drivers/`, one file each; they take links as the Protocols below, so that
loading a site imports no wire library. A driver keeps no setpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from devices.values import Aspect, DeviceType, Value


@dataclass(frozen=True, slots=True)
class Order:
    """One decision to write: an absolute state with its identity and its time to live (T3).

    Attributes:
        value: what the device shall show.
        epoch, seq: identity; `cmd_id` is `<epoch>.<seq>`. A transport retry of the same bytes keeps them.
        incident_id: for the native envelope and the journal; empty when no incident wants this.
        issued_at_ms, expires_at_ms: UTC milliseconds; a device refuses the order after `expires_at_ms`.
        expires_at_s: the same end in loop seconds; no write is started after it.
    """

    value: Value
    epoch: int
    seq: int
    incident_id: str
    issued_at_ms: int
    expires_at_ms: int
    expires_at_s: float

    @property
    def cmd_id(self) -> str:
        """The id a native device echoes."""
        return f"{self.epoch}.{self.seq}"


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a driver is told of its device; every driver module makes its driver of one by `make`.

    Attributes:
        model, address: of the driver's own protocol.
        form: how values are spelt, where that is not the model's own affair.
    """

    site_id: str
    device_id: str
    device_type: DeviceType
    model: Any
    address: Any
    form: Any = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device was proved or reported to show.

    Attributes:
        value: decoded value, or None where lamps contradict each other or the code is unknown.
        at_s: loop seconds when it was read (Modbus: reply received) or received (MQTT).
        local: somebody operates it at its own panel; nothing may be written.
        fault: the device says it is faulty.
        fallback: the device shows its fall-back because it lost its controller.
        cmd_id: the command the device says it is showing; "" where it could say but shows none of ours,
            None where the model reports no ids.
        live: False for a retained MQTT report, which proves nothing (T1).
        note: short text for people, e.g. `lamps red+green lit`, `unknown code 0x1a`.
        faces: what front and back of a head with two faces show, None for other devices. With a back that
            is not closed the value is None: such a head is never proved (T5).
        clock_offset_ms: the device's clock minus ours; None where it tells none, or not often enough yet.
    """

    value: Value | None
    at_s: float
    local: bool = False
    fault: bool = False
    fallback: bool = False
    cmd_id: str | None = None
    live: bool = True
    note: str = ""
    faces: tuple[Aspect, Aspect] | None = None
    clock_offset_ms: int | None = field(default=None, compare=False)

    @property
    def front(self) -> Value | None:
        """What drivers in our lane see: the value, also where a back face keeps it from being proved."""
        return self.value if self.value is not None or self.faces is None else self.faces[0]

    @property
    def conflict(self) -> bool:
        """Whether a back face lets traffic in, or may (S9)."""
        return self.faces is not None and self.faces[1] is not Aspect.CLOSED


class Driver(Protocol):
    """One device on the wire. Every call is bounded by the caller with `asyncio.timeout`.

    Attributes:
        asks: True where `read_back` asks the device (Modbus), False where the device reports by itself
            (MQTT) and `last` is the answer to a poll.
    """

    @property
    def asks(self) -> bool:
        """Whether a reading can be had by asking."""
        ...

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        """Write `order.value` and return the first read-back made after the write.

        Calls `on_acked` once, when the device (not the broker) confirmed the write.

        Raises:
            DeviceUnreachable: try again later. DeviceRejected: the device refused.
        """
        ...

    async def read_back(self, newer_than_s: float) -> Reading:
        """Return a reading made after loop time `newer_than_s`: Modbus asks, MQTT waits for a live report."""
        ...

    def watch(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called when there is something new to look at.

        That is an unsolicited report, the device back on line, or its link back up. `wake` is called in
        the loop; it is cheap and never raises.
        """
        ...

    def last(self) -> Reading | None:
        """Return the newest reading already held, live or retained; None where none ever came. No I/O."""
        ...
