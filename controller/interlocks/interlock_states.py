"""How the interlocks of a running site stand: kept, possibly violated, violated, latched. Plain JSON."""

from typing import Any

from config.interlocks import Interlock
from controller.interlocks.interlock_table import conflicts
from controller.interlocks.interlock_views import interlock_view
from controller.room import ControlRoom
from devices.values import value_to_json


def interlock_state(room: ControlRoom, interlock: Interlock) -> dict[str, Any]:
    """Return one interlock with what its devices show now and who waits because of it.

    `stands` is `conflict` while it is violated, `possible` while that cannot be excluded because a device
    is not known, else `kept`; `state` is the same, but `latched` until a person has reset it.
    """
    shown = room.conflicts.shown(interlock)
    facts = {d: None if value is None else frozenset({value}) for d, value in shown.items()}
    found = next(conflicts(room.site, facts, (interlock,)), None)
    latch = room.book.latches.get(interlock.id)
    now = "kept" if found is None else "conflict" if found.certain else "possible"
    return {
        **interlock_view(interlock),
        "state": now if latch is None else "latched",
        "stands": now,
        "shown": {d: None if value is None else value_to_json(value) for d, value in shown.items()},
        "since_ms": latch.since_ms if latch is not None else None,
        "seen": dict(latch.row().seen) if latch is not None else None,
        "holds": [d for d in interlock.never if interlock.id in room.fleet.partners.held_by(d)],
    }
