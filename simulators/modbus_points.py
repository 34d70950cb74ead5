"""Where a device's register, lamps and flags lie in the four Modbus tables, as its model file says."""

from collections.abc import Sequence

from config.site import ModbusAddress
from devices.models import ModbusModel
from simulators.behaviour import Mode, SimulatedDevice
from simulators.modbus_forms import Point, points_of
from simulators.shown import Shown


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
        self._form = points_of(device, device.model)

    def command_points(self) -> list[Point]:
        """Return what the command register or coils hold."""
        return self._form.commanded(self.behaviour.register)

    def shown_by(self, points: Sequence[Point]) -> Shown | None:
        """Return what commanding these points asks for; None for a code the device does not know."""
        return self._form.asked(points)

    def feedback_points(self) -> list[Point]:
        """Return what the feedback registers or inputs hold now: lamps, local, fault."""
        behaviour = self.behaviour
        return self._form.fed_back(
            behaviour.feedback.shown, local=behaviour.mode is Mode.LOCAL, fault=behaviour.faults.fault
        )
