"""One device on Modbus, driven as its model file says: values to points, points to a `Reading`."""

import math
from collections.abc import Callable
from typing import Final, Literal, Protocol

from devices.clock import Clock
from devices.driver import Fitting, Order, Reading
from devices.errors import DeviceUnreachable
from devices.explain import Point, explain
from devices.modbus_values import decode, encode
from devices.models.schema import ModbusModel
from devices.values import DeviceType

PROTOCOL = "modbus"


class ModbusPoints(Protocol):
    """What a driver needs of a Modbus link."""

    async def write(
        self,
        unit: int,
        table: Literal["coil", "holding"],
        address: int,
        values: tuple[int, ...],
        expires_at_s: float,
    ) -> float:
        """Write a run of points in one frame; return the loop time of the reply."""
        ...

    async def read(
        self,
        unit: int,
        table: Literal["coil", "discrete", "holding", "input"],
        address: int,
        count: int,
        max_gap: int,
    ) -> tuple[tuple[int, ...], float]:
        """Read a run of points; return them and the loop time of the reply."""
        ...

    def watch_up(self, wake: Callable[[], None], unit: int | None) -> None:
        """Have `wake()` called when the endpoint is back or the unit answers again."""
        ...


class ModbusDriver:
    """A device of any type but a sign behind one unit id.

    Args:
        device_type: what the points mean; signs have no Modbus form.
        command, feedback: 0-based addresses where the device's points start in the model's tables.

    Attributes:
        asks: True, `read_back` asks the device.
    """

    asks: Final = True

    def __init__(
        self,
        device_id: str,
        device_type: DeviceType,
        model: ModbusModel,
        unit: int,
        command: int,
        feedback: int,
        link: ModbusPoints,
        clock: Clock,
    ) -> None:
        self.device_id = device_id
        self._type = device_type
        self._model = model
        self._unit, self._command, self._feedback = unit, command, feedback
        self._link = link
        self._clock = clock
        self._last: Reading | None = None

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        """Write the order's value, then read back at once; safe to repeat, the value is absolute.

        Raises:
            DeviceRejected: the device refused, or its model cannot show the value (code `unsupported`).
            DeviceUnreachable: no answer, or the order has expired.
        """
        if self._clock.mono_s() >= order.expires_at_s:
            raise DeviceUnreachable("order expired before it could be sent")
        points = encode(self._model, order.value)
        table = self._model.command.table
        assert table in ("coil", "holding")
        await self._link.write(self._unit, table, self._command, points, order.expires_at_s)
        on_acked()
        return await self.read_back(-math.inf)

    async def read_back(self, newer_than_s: float) -> Reading:
        """Ask the device; an answer asked for now is newer than anything `newer_than_s` can name."""
        points, at_s = await self._link.read(
            self._unit,
            self._model.feedback.table,
            self._feedback,
            self._model.feedback.count,
            self._model.max_read_gap,
        )
        self._last = decode(self._model, self._type, points, at_s)
        return self._last

    async def probe(self) -> tuple[Reading, list[Point]]:
        """Read the device now and explain every bit; raises what `read_back` does."""
        feedback = self._model.feedback
        points, at_s = await self._link.read(self._unit, feedback.table, self._feedback, feedback.count, 0)
        rows = [Point("unit", str(self._unit), "unit id on the link")]
        rows += explain(self._model, points, self._feedback)
        return decode(self._model, self._type, points, at_s), rows

    def watch(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called when the link is up again or the unit answers again."""
        self._link.watch_up(wake, self._unit)

    def last(self) -> Reading | None:
        """Return the newest reading; None before the first."""
        return self._last


def make(fitting: Fitting, link: ModbusPoints, clock: Clock) -> ModbusDriver:
    """Return the driver of one device behind a unit id."""
    at = fitting.address
    return ModbusDriver(
        fitting.device_id,
        fitting.device_type,
        fitting.model,
        at.unit,
        at.command,
        at.feedback,
        link,
        clock,
    )
