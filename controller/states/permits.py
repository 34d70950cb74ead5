"""Which devices a change of the desired state releases, and from what (S6, S11)."""

from collections.abc import Mapping

from config.site import Device, Site
from controller.book import Permit
from controller.fleet.fleet import Fleet
from controller.states.arbitration import DeviceState
from devices.values import Aspect, PortalAspect, Value, is_restriction


def falls(
    site: Site, fleet: Fleet, permits: Mapping[str, Permit], after: Mapping[str, DeviceState]
) -> dict[str, Value]:
    """Return device → value it would be released from if `after` became the desired state.

    Args:
        permits: those that stand: a head may still be on its way from a stricter aspect than its target.
    """
    released: dict[str, Value] = {}
    for device in site.devices.values():
        now = _held_at(fleet, device.id)
        if now is not None and leaves(now, device, after):
            permit = permits.get(device.id)
            released[device.id] = now if permit is None else _stricter(permit.value, now)
    return released


def leaves(value: Value, device: Device, after: Mapping[str, DeviceState]) -> bool:
    """Return whether a device that shows `value` would be released from it by `after`."""
    state = after.get(device.id)
    then = state.value if state is not None else device.base
    return then is not None and value != then and is_restriction(value, then)


def _held_at(fleet: Fleet, device: str) -> Value | None:
    """Return what a device is held at now: its target, or what it shows where nothing is written."""
    reconciler = fleet.reconcilers[device]
    reading = reconciler.condition.reading
    return reconciler.target.value or (reading.value if reading is not None else None)


def _stricter(before: Value, now: Value) -> Value:
    ranked = isinstance(before, Aspect | PortalAspect) and type(before) is type(now)
    return before if ranked and is_restriction(before, now) else now
