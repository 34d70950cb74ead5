"""What people order of interlocks: the reset of one that was seen violated (S9)."""

from collections.abc import Sequence

from config.interlocks import Interlock
from controller.alarms.alarm import AlarmKind
from controller.events import DeviceChanged
from controller.incidents.lifecycle import NotPossible
from controller.interlocks.interlock_table import may_show
from controller.interlocks.latches import Latch
from controller.key import Key, Unknown
from controller.room import ControlRoom, permit_rows
from controller.store.rows import Change, LatchGone
from devices.values import in_words


class InterlockOrders:
    """The verbs on interlocks; each is journalled in one awaited transaction, then driven."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room

    async def reset(
        self, interlock_id: str, key: Key, reason: str, without_proof: Sequence[str] = ()
    ) -> Interlock:
        """End a latch: its devices go to what everything else demands; this is the person's release (S6).

        Args:
            interlock_id: written or built in.
            key: who and when.
            reason: what was found and mended.
            without_proof: devices nobody can read, which this person answers for.

        Raises:
            Unknown: the site has no such interlock.
            NotPossible: it is not latched, its conflict still stands or may stand, or the order cannot be
                journalled.
        """
        room = self._room
        interlock = self._find(interlock_id)
        latch = room.book.latches.get(interlock_id)
        if latch is None:
            raise NotPossible(f"{interlock_id} is not latched: nothing is to be reset")
        if room.store.degraded:
            raise NotPossible(f"JOURNAL DEGRADED ({room.store.degraded}): a release is refused")
        self._check(interlock, without_proof)
        del room.book.latches[interlock_id]
        granted = room.permits_of(room.falls(room.derive()), latch.source)
        room.book.latches[interlock_id] = latch  # it stands until its end is journalled
        changes: list[Change] = [LatchGone(interlock_id), *permit_rows(granted)]
        body = {
            "interlock": interlock_id,
            "reason": reason,
            "devices": sorted(granted),
            "without_proof": sorted(without_proof),
        }
        section = room.section_of(interlock_id)
        record = room.record("conflict_reset", key.actor, section, body)
        done = await room.store.commit(changes, [record])
        if not done.durable:
            undo: list[Change] = [latch.row(), *room.refused(granted)]
            room.note("conflict_reset_refused", section, {"interlock": interlock_id}, undo)
            raise NotPossible(f"JOURNAL DEGRADED ({room.store.degraded}): a release is refused")
        self._end(latch)
        room.grant(granted, latch.source)
        room.apply()
        return interlock

    def _check(self, interlock: Interlock, without_proof: Sequence[str]) -> None:
        """Refuse while the conflict stands, or may stand because a device cannot be read (S7)."""
        site, shown = self._room.site, self._room.conflicts.shown(interlock)
        unknown = [device for device, value in shown.items() if value is None]
        if stray := sorted(set(without_proof) - set(unknown)):
            raise NotPossible(f"{', '.join(stray)} can be read: without_proof is for devices that cannot")
        possible = {d: None if v is None else frozenset({v}) for d, v in shown.items()}
        if not all(may_show(site, d, named, possible[d]) for d, named in interlock.never.items()):
            return
        if not unknown:
            said = ", ".join(f"{d} {in_words(value)}" for d, value in shown.items() if value is not None)
            raise NotPossible(f"the conflict still stands ({said}): mend it first")
        if asked := sorted(set(unknown) - set(without_proof)):
            raise NotPossible(
                f"the conflict may still stand: {', '.join(asked)} cannot be read. Mend it, or answer for it "
                "by naming it in without_proof"
            )

    def _end(self, latch: Latch) -> None:
        room = self._room
        room.book.latches.pop(latch.interlock.id, None)
        room.metrics.latched.set(len(room.book.latches))
        room.alarms.end(AlarmKind.CONFLICT, latch.interlock.id)
        for device in latch.interlock.never:
            room.events.publish(DeviceChanged(device))

    def _find(self, interlock_id: str) -> Interlock:
        try:
            return self._room.site.interlocks[interlock_id]
        except KeyError:
            raise Unknown(f"no interlock {interlock_id}; `onekey interlock list` has them all") from None
