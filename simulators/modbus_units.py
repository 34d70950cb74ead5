"""The four tables of every unit id behind one outstation: which device a point belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import ReadWriteMultipleRegistersRequest
from pymodbus.simulator.simcore import SimCore

from simulators.behaviour import SimulatedDevice
from simulators.modbus_forms import Point
from simulators.modbus_points import DevicePoints

_TABLE_OF_FUNCTION = {
    1: "coil",
    2: "discrete",
    3: "holding",
    4: "input",
    5: "coil",
    6: "holding",
    15: "coil",
    16: "holding",
    22: "holding",
    23: "holding",
}
_BITS = frozenset({"coil", "discrete"})


@dataclass(slots=True)
class _Table:
    """One table of one unit: point number → device and offset in its run. Gaps between devices read 0."""

    command: dict[int, tuple[DevicePoints, int]] = field(default_factory=dict)
    feedback: dict[int, tuple[DevicePoints, int]] = field(default_factory=dict)
    end: int = 0

    def add(self, points: DevicePoints, start: int, count: int, *, command: bool) -> None:
        into = self.command if command else self.feedback
        for offset in range(count):
            if (taken := into.get(start + offset)) is not None:
                raise ValueError(
                    f"{points.behaviour.device.id} and {taken[0].behaviour.device.id} share point "
                    f"{start + offset} of unit {points.address.unit}: give one another address"
                )
            into[start + offset] = (points, offset)
        self.end = max(self.end, start + count)

    def devices(self, start: int, count: int) -> set[DevicePoints]:
        run = range(start, start + count)
        return {into[i][0] for into in (self.command, self.feedback) for i in run if i in into}

    def read(self, start: int, count: int) -> list[Point] | None:
        if start + count > self.end:
            return None
        found: list[Point] = []
        held: dict[tuple[DevicePoints, bool], list[Point]] = {}
        for number in range(start, start + count):
            for into, is_command in ((self.command, True), (self.feedback, False)):
                if (entry := into.get(number)) is not None:
                    points, offset = entry
                    key = (points, is_command)
                    if key not in held:
                        held[key] = points.command_points() if is_command else points.feedback_points()
                    found.append(held[key][offset])
                    break
            else:
                found.append(0)
        return found

    def write(self, start: int, values: Sequence[Point]) -> ExcCodes | None:
        """Command every device touched, or none where any point or value is wrong."""
        wanted: dict[DevicePoints, list[Point]] = {}
        for number, value in enumerate(values, start):
            if (entry := self.command.get(number)) is None:
                return ExcCodes.ILLEGAL_ADDRESS
            points, offset = entry
            if points not in wanted:
                wanted[points] = points.command_points()
            wanted[points][offset] = int(value)
        orders = [(points.behaviour, points.shown_by(run)) for points, run in wanted.items()]
        if any(shown is None for _, shown in orders):
            return ExcCodes.ILLEGAL_VALUE
        for behaviour, shown in orders:
            assert shown is not None
            behaviour.command(shown)
        return None


class Units(SimCore):
    """What pymodbus reads and writes: one set of tables per unit id, made of the devices behind it.

    It takes the place of pymodbus's own store, whose registers would be a copy of the lamps: here a read
    asks the device, and a write commands it, all devices of one frame or none.
    """

    def __init__(self, devices: Iterable[SimulatedDevice]) -> None:
        """Lay out the devices of one link.

        Raises:
            ValueError: two devices share a point.
        """
        self._tables: dict[int, dict[str, _Table]] = {}
        self.behaviours: dict[int, list[SimulatedDevice]] = {}
        self.identities: dict[int, dict[int, str]] = {}
        for behaviour in devices:
            points = DevicePoints(behaviour)
            unit, model = points.address.unit, points.model
            tables = self._tables.setdefault(unit, {})
            command = tables.setdefault(model.command.table, _Table())
            command.add(points, points.address.command, model.command.count, command=True)
            feedback = tables.setdefault(model.feedback.table, _Table())
            feedback.add(points, points.address.feedback, model.feedback.count, command=False)
            self.behaviours.setdefault(unit, []).append(behaviour)
            self.identities.setdefault(unit, {})[model.identity.mei_object] = model.identity.simulator

    def touched(self, unit: int, request: ModbusPDU) -> list[SimulatedDevice]:
        """Return the devices a frame is about; every device of the unit where it names no point of any."""
        table = self._tables.get(unit, {}).get(_TABLE_OF_FUNCTION.get(request.function_code, ""))
        found: set[DevicePoints] = set()
        if table is not None:
            if isinstance(request, ReadWriteMultipleRegistersRequest):
                found = table.devices(request.write_address, request.write_count)
                found |= table.devices(request.read_address, request.read_count)
            else:
                found = table.devices(request.address, max(request.count, 1))
        return [points.behaviour for points in found] or self.behaviours.get(unit, [])

    def device_ids(self) -> list[int]:
        """Return the unit ids."""
        return list(self._tables)

    async def async_getValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Return `count` points, or exception 2 where a table ends before."""
        name = _TABLE_OF_FUNCTION[func_code]
        table = self._tables[device_id].get(name)
        found = table.read(address, count) if table else None
        if found is None:
            return ExcCodes.ILLEGAL_ADDRESS
        return [bool(point) for point in found] if name in _BITS else found

    async def async_setValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, func_code: int, address: int, values: list[int] | list[bool]
    ) -> ExcCodes | None:
        """Command the devices these points belong to; exception 2 for others' points, 3 for unknown codes."""
        table = self._tables[device_id].get(_TABLE_OF_FUNCTION[func_code])
        if table is None:
            return ExcCodes.ILLEGAL_ADDRESS
        return table.write(address, cast(Sequence[Point], values))
