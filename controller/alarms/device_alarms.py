"""Which alarm a device's condition calls for: its own, or one for the link or unit it shares with others."""

from collections import Counter
from collections.abc import Callable

from config.site import Device, ModbusAddress, Site
from controller.alarms.alarm import AlarmKind, Priority, cause_of
from controller.alarms.alarms import Alarms
from controller.fleet.desk import Condition
from controller.fleet.look import Look
from controller.fleet.reconciler import ALARM_FAILURES
from devices.clock import Clock
from devices.driver import Reading

_WELL = frozenset({Look.VERIFIED, Look.ACKED, Look.AT_REST})
_BAD = frozenset({Look.LOCAL, Look.FAULT, Look.MISMATCH})


class DeviceAlarms:
    """Raises and ends the alarms of kind device and link, and of a conflict a device has with itself.

    Args:
        out_of_service: device id → whether people know that it does not work.
    """

    def __init__(
        self, site: Site, alarms: Alarms, clock: Clock, out_of_service: Callable[[str], bool]
    ) -> None:
        self._alarms = alarms
        self._clock = clock
        self._out_of_service = out_of_service
        self._shares = {device.id: shared_by(device) for device in site.devices.values()}
        self._sharing = Counter(shared for both in self._shares.values() for shared in both)
        self._gone: dict[str, set[str]] = {device.link: set() for device in site.devices.values()}

    def judge(self, device: str, condition: Condition, verdict: Look, *, wanted: bool) -> None:
        """Raise, move or end the alarm of a device after a look or a failed exchange.

        Args:
            wanted: an incident or lock wants it to show something: more urgent than at rest.
        """
        if self._out_of_service(device):
            self.forget(device)
            return
        if condition.reachable is False:
            # At a start links come up while devices are asked already: one more try for what was never heard.
            enough = ALARM_FAILURES if condition.heard else ALARM_FAILURES + 1
            if condition.failures >= enough:
                self._lost(device, condition, wanted=wanted)
            return
        self._answers(device)
        self._faces(device, condition.reading)
        if verdict in _BAD:
            self.complain(device, condition.reason, wanted=wanted)
        elif condition.reachable and verdict in _WELL:
            self._alarms.end(AlarmKind.DEVICE, device)

    def complain(self, device: str, reason: str, *, wanted: bool) -> None:
        """Raise the device's own alarm."""
        if not self._out_of_service(device):
            priority = Priority.HIGH if wanted else Priority.MEDIUM
            self._alarms.raise_(AlarmKind.DEVICE, device, reason, self._clock.wall_ms(), priority=priority)

    def forget(self, device: str) -> None:
        """End what stands about a device that people have taken out of service."""
        self._alarms.end(AlarmKind.DEVICE, device)
        self._alarms.end(AlarmKind.CONFLICT, device)
        self._answers(device)

    def _faces(self, device: str, reading: Reading | None) -> None:
        """A head with two faces must never let traffic in by its back (S8): alarm until it is closed."""
        if reading is None or reading.faces is None or not reading.live:
            return
        if reading.conflict:
            text = f"{reading.note}: traffic may come from both sides"
            self._alarms.raise_(AlarmKind.CONFLICT, device, text, self._clock.wall_ms())
        else:
            self._alarms.end(AlarmKind.CONFLICT, device)

    def _answers(self, device: str) -> None:
        self._gone[self._shares[device][0]].discard(device)
        for shared in self._shares[device]:
            self._alarms.end(AlarmKind.LINK, shared, device=device)

    def _lost(self, device: str, condition: Condition, *, wanted: bool) -> None:
        link = self._shares[device][0]
        gone = self._gone[link]
        gone.add(device)
        shared, text, members = condition.lost, condition.reason, {device}
        if shared != link and len(gone) == self._sharing[link]:
            text = f"none of its {len(gone)} devices answers; the last one: {text}"
            shared, members = link, gone
        for other in self._shares[device]:
            if other != shared:
                self._alarms.end(AlarmKind.LINK, other, device=device)
        if self._sharing[shared] < 2:
            self.complain(device, condition.reason, wanted=wanted)
            return
        alarm = self._alarms.get(cause_of(AlarmKind.LINK, shared))
        grouped = frozenset() if alarm is None else frozenset(alarm.devices)
        self._alarms.raise_(AlarmKind.LINK, shared, text, self._clock.wall_ms(), devices=sorted(members))
        # Those it has taken over before have no alarm of their own: a broker may have a thousand.
        for member in (members - grouped) | {device}:
            self._alarms.fold(AlarmKind.DEVICE, member)


def shares(link: str, unit: int | None) -> tuple[str, ...]:
    """Return what a device may share its loss with, as drivers name it: its link, and its unit there."""
    return (link,) if unit is None else (link, f"{link}/{unit}")


def shared_by(device: Device) -> tuple[str, ...]:
    """Return what the loss of a device may be alarmed as, beside the device itself."""
    return shares(device.link, _unit(device))


def _unit(device: Device) -> int | None:
    return device.address.unit if isinstance(device.address, ModbusAddress) else None
