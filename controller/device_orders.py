"""What people order of single devices: locks, out of service, the end of an unexplained restriction."""

from typing import Any, NoReturn

from config.site import Device
from controller.alarms.alarm import AlarmKind
from controller.book import actor_to_json
from controller.events import DeviceChanged
from controller.incidents.lifecycle import NotPossible
from controller.key import Key, Unknown
from controller.room import ControlRoom, permit_rows
from controller.store.rows import (
    AdoptedGone,
    AdoptedRow,
    Change,
    FaultGone,
    LockGone,
    LockRow,
    ServiceGone,
    ServiceRow,
)
from devices.values import Aspect, PortalAspect, Value, rank, value_to_json

_ARROWS = (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)


class DeviceOrders:
    """The verbs on devices; each is journalled in one awaited transaction, then driven."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room

    async def lock(
        self, device_id: str, value: Value, reason: str, key: Key, expires_ms: int | None = None
    ) -> LockRow:
        """Put an operator's own demand on a device; never less restrictive than what stands (S14)."""
        room = self._room
        device = self._device(device_id)
        standing = room.states.get(device_id)
        if isinstance(value, Aspect | PortalAspect):
            floor = standing.value if standing is not None else device.base
            if isinstance(floor, type(value)) and rank(value) < rank(floor):
                raise NotPossible(
                    f"{device_id} stands at {floor}: a lock may only restrict more; "
                    "to open it correct or clear the incident (S14)"
                )
        row = LockRow(
            device_id, value_to_json(value), reason, actor_to_json(key.actor), key.at_ms, expires_ms
        )
        before = room.book.locks.get(device_id)
        room.book.locks[device_id] = row
        if (
            value in _ARROWS
            and (would := room.derive().get(device_id)) is not None
            and would.value is not value
        ):
            if before is None:
                del room.book.locks[device_id]
            else:
                room.book.locks[device_id] = before
            raise NotPossible(
                f"{value} at {device_id} would point to a lane that is not open from there on: "
                f"an arrow never does (S2); {would.value} would stand there"
            )
        room.alarms.end(AlarmKind.LOCK, device_id)
        body = {"device": device_id, "value": row.value, "reason": reason, "expires_ms": expires_ms}
        await room.store.commit([row], [room.record("lock", key.actor, device.section, body)])
        room.apply()
        return row

    async def unlock(self, device_id: str, key: Key) -> None:
        """End a lock; for a restricting lock this is the person's release (S6)."""
        room = self._room
        device = self._device(device_id)
        if device_id not in room.book.locks:
            raise NotPossible(f"{device_id} is not locked")
        if room.store.degraded:
            raise NotPossible(self._degraded())
        row = room.book.locks.pop(device_id)
        owner = f"lock:{device_id}"
        granted = room.permits_of(room.falls(room.derive()), owner)
        room.book.locks[device_id] = row  # it stands until its end is journalled
        changes: list[Change] = [LockGone(device_id), *permit_rows(granted)]
        body = {"device": device_id, "value": row.value}
        done = await room.store.commit(changes, [room.record("unlock", key.actor, device.section, body)])
        if not done.durable:
            self._not_journalled("unlock", device, [row, *room.refused(granted)])
        room.book.locks.pop(device_id, None)
        room.alarms.end(AlarmKind.LOCK, device_id)
        room.grant(granted, owner)
        room.apply()

    async def release_adopted(self, device_id: str, key: Key, reason: str) -> None:
        """Order an unexplained restriction away (S11)."""
        room = self._room
        device = self._device(device_id)
        if device_id not in room.book.adopted:
            raise NotPossible(f"{device_id} shows no unexplained restriction")
        if room.store.degraded:
            raise NotPossible(self._degraded())
        found = room.book.adopted.pop(device_id)
        value = found[0]
        owner = f"adopted:{device_id}"
        granted = room.permits_of({device_id: value, **room.falls(room.derive())}, owner)
        room.book.adopted[device_id] = found  # it stands until its end is journalled
        changes: list[Change] = [AdoptedGone(device_id), *permit_rows(granted)]
        body = {"device": device_id, "value": value_to_json(value), "reason": reason}
        done = await room.store.commit(
            changes, [room.record("release_adopted", key.actor, device.section, body)]
        )
        if not done.durable:
            stands = AdoptedRow(device_id, value_to_json(value), found[1])
            self._not_journalled("release", device, [stands, *room.refused(granted)])
        room.alarms.end(AlarmKind.UNEXPLAINED, device_id)
        room.book.adopted.pop(device_id, None)
        room.grant(granted, owner)
        room.apply()

    async def out_of_service(
        self, device_id: str, reason: str | None, key: Key, until_ms: int | None = None
    ) -> None:
        """Take a device out of service for new plans (a reason), or put it back (None) (S14).

        At `until_ms` (UTC) it comes back by itself: that only adds to what plans demand of it.
        """
        room = self._room
        device = self._device(device_id)
        change: Change
        if reason is None:
            if room.book.services.pop(device_id, None) is None:
                raise NotPossible(f"{device_id} is in service")
            change = ServiceGone(device_id)
        else:
            change = ServiceRow(device_id, reason, actor_to_json(key.actor), key.at_ms, until_ms)
            room.book.services[device_id] = change
            room.fleet.device_alarms.forget(device_id)
        room.alarms.end(AlarmKind.SERVICE, device_id)
        body: dict[str, Any] = {"device": device_id, "reason": reason, "in_service": reason is None}
        if until_ms is not None:
            body["until_ms"] = until_ms
        await room.store.commit([change], [room.record("service", key.actor, device.section, body)])
        room.applied.set()  # whoever waits for the next time limit looks again
        room.events.publish(DeviceChanged(device_id))

    async def repaired(self, device_id: str, key: Key, reason: str) -> None:
        """Say that a failed device works again: it is driven and proved anew, and planned with (S14).

        Raises:
            NotPossible: it has not failed.
        """
        room = self._room
        device = self._device(device_id)
        if device_id not in room.book.faults:
            raise NotPossible(f"{device_id} has not failed")
        row = room.book.faults.pop(device_id)
        body = {"device": device_id, "failed": row.reason, "reason": reason}
        await room.store.commit(
            [FaultGone(device_id)], [room.record("repaired", key.actor, device.section, body)]
        )
        room.alarms.end(AlarmKind.FAILED, device_id)
        room.fleet.drive_anew(device_id)
        room.events.publish(DeviceChanged(device_id))

    def _not_journalled(self, order: str, device: Device, undo: list[Change]) -> NoReturn:
        """Refuse a release that did not reach the disk; where it still lands, this lands behind it (P1)."""
        self._room.note(f"{order}_refused", device.section, {"device": device.id}, undo)
        raise NotPossible(self._degraded())

    def _degraded(self) -> str:
        return f"JOURNAL DEGRADED ({self._room.store.degraded}): a release is refused"

    def _device(self, device_id: str) -> Device:
        try:
            return self._room.site.devices[device_id]
        except KeyError:
            near = [d for d in self._room.site.devices if d.startswith(device_id[:6])][:5]
            raise Unknown(
                f"no device {device_id}" + (f"; did you mean {', '.join(near)}?" if near else "")
            ) from None
