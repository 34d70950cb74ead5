"""Where a device's register, lamps and flags lie in the four Modbus tables, as its model file says."""

from collections.abc import Mapping, Sequence

from config.site import ModbusAddress
from devices.models.schema import CodeForm, LampForm, ModbusModel, value_key, value_of_key
from simulators.behaviour import Mode, SimulatedDevice
from simulators.shown import LitLamps, Shown

Point = int
"""A register's 16 bits, or 0 | 1 for a coil or discrete input."""


class DevicePoints:
    """One device's points; reads them from the behaviour at the moment they are asked for."""

    def __init__(self, behaviour: SimulatedDevice) -> None:
        """Take a Modbus device.

        Raises:
            TypeError: its model or address is of another protocol.
        """
        device = behaviour.device
        if not isinstance(device.model, ModbusModel) or not isinstance(device.address, ModbusAddress):
            raise TypeError(f"{device.id}: not a Modbus device")
        self.behaviour = behaviour
        self.address = device.address
        self.model = device.model
        form = device.model.form
        if isinstance(form, CodeForm):
            shift = (form.code_mask & -form.code_mask).bit_length() - 1
            self._code_of: Mapping[Shown, int] = {
                value_of_key(device.type, key): code << shift for key, code in form.codes.items()
            }
            self._of_points: Mapping[tuple[Point, ...], Shown] = {
                (code,): shown for shown, code in self._code_of.items()
            }
        else:
            self._code_of = {}
            self._of_points = {
                tuple(int(lamp in lit) for lamp in form.lamps): value_of_key(device.type, key)
                for key, lit in form.patterns.items()
            }

    def command_points(self) -> list[Point]:
        """Return what the command register or coils hold."""
        return self._swapped(self._lit(self.behaviour.register))[: self.model.command.count]

    def shown_by(self, points: Sequence[Point]) -> Shown | None:
        """Return what commanding these points asks for; None for a code the model does not know."""
        form = self.model.form
        if isinstance(form, LampForm):
            lit = tuple(points[: len(form.lamps)])
            known = self._of_points.get(lit)
            if known is not None:
                return known
            return LitLamps(tuple(lamp for lamp, on in zip(form.lamps, lit, strict=False) if on))
        return self._of_points.get(tuple(self._swapped(list(points[:1]))))

    def feedback_points(self) -> list[Point]:
        """Return what the feedback register or inputs hold now: lamps, local, fault."""
        form, behaviour = self.model.form, self.behaviour
        local, fault = behaviour.mode is Mode.LOCAL, behaviour.faults.fault
        lit = self._lit(behaviour.feedback.shown)
        if isinstance(form, CodeForm):
            word = lit[0]
            if local and form.local_bit is not None:
                word |= 1 << form.local_bit
            if fault and form.fault_bits:
                word |= 1 << form.fault_bits[0]
            return self._swapped([word]) + [0] * (self.model.feedback.count - 1)
        points = lit + [0] * (self.model.feedback.count - len(lit))
        if form.local_point is not None:
            points[form.local_point] = int(local)
        if form.fault_point is not None:
            points[form.fault_point] = int(fault)
        return points

    def _lit(self, shown: Shown) -> list[Point]:
        form = self.model.form
        if isinstance(form, CodeForm):
            code = self._code_of.get(shown, form.code_mask)  # nothing the model has a code for: all bits set
            return [code] + [0] * (self.model.command.count - 1)
        lamps = shown.lamps if isinstance(shown, LitLamps) else form.patterns[value_key(shown)]
        return [int(lamp in lamps) for lamp in form.lamps]

    def _swapped(self, points: list[Point]) -> list[Point]:
        form = self.model.form
        if isinstance(form, CodeForm) and form.byte_order == "little":
            return [(p & 0xFF) << 8 | p >> 8 for p in points]
        return points
