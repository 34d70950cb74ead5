"""Commissioning: a person lights each value of one device in turn and says what is seen (S14).

Read-back cannot see crossed wires: only somebody who looks at the lamps can. Hold-to-run: a value stands
while somebody keeps asking for it, then the base is restored. An incident ends every walk.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from config.site import Device, SiteKind
from controller.book import actor_to_json
from controller.fleet.desk import Condition
from controller.fleet.look import Look, Target
from controller.incident import Plan
from controller.incidents.lifecycle import NotPossible
from controller.key import Key, Unknown
from controller.room import ControlRoom
from controller.store.rows import CommissionedRow
from devices.values import (
    ASPECT_RANK,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeedLimit,
    Value,
    value_to_json,
)

HOLD_S = 3.0
"""A value that nobody has asked for again in this time goes out."""
LOOK_S = 0.1
RESTORE_S = 10.0
TEST_TEXT = Message("88888")


class Walks:
    """The walks under way, at most one a device."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._until_s: dict[str, float] = {}

    def values(self, device_id: str) -> list[Value]:
        """Return what a walk lights, in order; its base comes last by itself."""
        return walk_values(self._device(device_id))

    async def show(self, device_id: str, value: Value, key: Key) -> None:
        """Light a value, or hold it: the same call again within `HOLD_S` keeps it lit.

        The first call of a walk is journalled before anything is lit.

        Raises:
            NotPossible: an incident is open, the device is locked or holds a restriction, or the journal
                is degraded. Unknown: no such device.
        """
        room, device = self._room, self._device(device_id)
        if why := self._why_not(device_id):
            raise NotPossible(why)
        if device_id not in self._until_s:
            self._until_s[device_id] = room.clock.mono_s() + HOLD_S
            body = {"device": device_id, "value": value_to_json(value)}
            done = await room.store.commit([], [room.record("walk", key.actor, device.section, body)])
            why = "" if done.durable else "the journal is degraded: a walk ends with a release"
            if why or (why := self._why_not(device_id)):
                self._until_s.pop(device_id, None)
                raise NotPossible(why)
            room.tasks.start(f"walk {device_id}", lambda: self._hold(device))
        self._until_s[device_id] = room.clock.mono_s() + HOLD_S
        held = room.fleet.walks.get(device_id)
        if held is None or held.value != value:
            self._drive(device, value, f"walked by {key.actor.id}")
            room.note("walk_step", device.section, {"device": device_id, "value": value_to_json(value)})

    def end(self, device_id: str) -> None:
        """Let go: the base is restored and proved."""
        if device_id in self._until_s:
            self._until_s[device_id] = 0.0

    async def record(self, device_id: str, seen: Mapping[str, bool], note: str, key: Key) -> CommissionedRow:
        """Journal what a person saw: value → whether the lamps showed it; with the device's digest.

        Raises:
            NotPossible: nothing was said. Unknown: no such device.
        """
        room, device = self._room, self._device(device_id)
        if not seen:
            raise NotPossible("say of each value whether it was seen")
        row = CommissionedRow(
            device_id, digest_of(device), dict(seen), note, actor_to_json(key.actor), key.at_ms
        )
        body = {"device": device_id, "digest": row.digest, "model": device.model.model, "seen": dict(seen)}
        record = room.record("commissioned", key.actor, device.section, body | {"note": note})
        await room.store.commit([row], [record])
        room.book.commissioned[device_id] = row
        return row

    def _device(self, device_id: str) -> Device:
        device = self._room.site.devices.get(device_id)
        if device is None:
            raise Unknown(f"no device {device_id}")
        return device

    def _why_not(self, device_id: str) -> str:
        room, book = self._room, self._room.book
        if book.open():
            return f"{book.open()[0].id} is open: nothing is walked while an incident stands"
        if room.store.degraded:
            return f"JOURNAL DEGRADED ({room.store.degraded}): a walk ends with a release"
        if device_id in book.locks:
            return f"{device_id} is locked: end the lock first"
        if device_id in book.adopted and room.site.devices[device_id].base is not None:
            return f"{device_id} shows a restriction nobody ordered: release it first"
        if device_id in room.states:
            return f"{device_id} is held by {room.states[device_id].source}"
        return ""

    def _drive(self, device: Device, value: Value, because: str) -> None:
        room = self._room
        room.fleet.walks[device.id] = Target(
            value, wanted=True, leaves=tuple(walk_values(device)), because=because
        )
        room.apply()

    async def _hold(self, device: Device) -> None:
        """Wait until nobody holds it any more or an incident opens; then restore the base."""
        room = self._room
        reconciler = room.fleet.reconcilers[device.id]
        while room.clock.mono_s() < self._until_s[device.id] and not room.book.open():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        if device.id in room.fleet.walks and device.base is not None:
            self._drive(device, device.base, "base restored after a walk")
            end_s = room.clock.mono_s() + RESTORE_S
            while not _proved(reconciler.condition) and room.clock.mono_s() < end_s:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
        self._until_s.pop(device.id, None)
        restored = _proved(reconciler.condition)
        room.fleet.walks.pop(device.id, None)
        room.apply()
        room.note("walk_ended", device.section, {"device": device.id, "restored": restored})


def _proved(condition: Condition) -> bool:
    return condition.verdict in (Look.VERIFIED, Look.ACKED)


def walk_values(device: Device) -> list[Value]:
    """Return every value a person should see once: the mildest first; none for what only sounds."""
    match device.type:
        case DeviceType.HEAD:
            return [*sorted(device.aspects, key=ASPECT_RANK.__getitem__)]
        case DeviceType.SIGN:
            return [TEST_TEXT, Message("")]
        case DeviceType.BEACON:
            return [BeaconState(True, False), *([BeaconState(True, True)] if device.siren else [])]
        case DeviceType.PORTAL:
            return [*sorted(device.lights, key=tuple(PortalAspect).index)]
        case DeviceType.SPEED:
            return [SpeedLimit(kmh) for kmh in device.speeds]
        case _:
            return []


def digest_of(device: Device) -> str:
    """Return what a commissioning is good for: the same model at the same address."""
    facts = {
        "model": device.model.model_dump(mode="json", exclude={"comm_loss"}),  # words for people, no wire
        "link": device.link,
        "address": asdict(device.address),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def uncommissioned(room: ControlRoom, device_id: str) -> str:
    """Return why nobody vouches for what a device really shows; "" where somebody does.

    In a simulated site only a device that was walked and has changed since is named: there are no wires.
    """
    device, row = room.site.devices[device_id], room.book.commissioned.get(device_id)
    if row is None:
        return "never walked" if room.site.kind is SiteKind.LIVE else ""
    if row.digest != digest_of(device):
        return "its model or address changed since it was walked"
    wrong = sorted(value for value, seen in row.seen.items() if not seen)
    return f"not seen when it was walked: {', '.join(wrong)}" if wrong else ""


def uncommissioned_of(room: ControlRoom, plan: Plan) -> dict[str, str]:
    """Return device → why, of a plan's devices nobody vouches for; they are driven all the same."""
    found = {d.device: uncommissioned(room, d.device) for d in plan.demands if d.device in room.site.devices}
    return {device: why for device, why in found.items() if why}
