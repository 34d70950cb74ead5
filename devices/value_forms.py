"""How a value stands in an MQTT payload: the contract, and the product's own form."""

from typing import Any, Protocol

from devices.values import DeviceType, Value, value_from_json, value_to_json


class ValueForm(Protocol):
    """Values of one device to what its payloads hold, and back."""

    def to_wire(self, value: Value) -> Any:
        """Return the JSON of a value in a command.

        Raises:
            DeviceRejected: the device cannot be told this value; nothing is sent.
        """
        ...

    def from_wire(self, raw: Any) -> tuple[Value | None, str]:
        """Return the value a report tells; None and a note for people where it is none we know.

        Raises:
            ValueError: this is no report of such a device at all.
        """
        ...


class OwnForm:
    """The product's own JSON: `devices.values.value_to_json`."""

    def __init__(self, device_type: DeviceType) -> None:
        self._type = device_type

    def to_wire(self, value: Value) -> Any:
        """Return the value's JSON."""
        return value_to_json(value)

    def from_wire(self, raw: Any) -> tuple[Value | None, str]:
        """Read it back; an aspect the product has no word for is a report all the same."""
        try:
            return value_from_json(self._type, raw), ""
        except ValueError:
            if not (self._type in (DeviceType.HEAD, DeviceType.PORTAL) and isinstance(raw, str)):
                raise
            return None, f"unknown aspect {raw[:40]!r}"
