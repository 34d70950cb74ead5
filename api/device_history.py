"""What a device was told and what went wrong with it, as store and journal have it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from api.history import from_store
from config.site import Device
from controller.alarms.alarm import AlarmKind
from controller.alarms.device_alarms import shared_by
from controller.room import ControlRoom
from controller.store.reads import JournalEntry
from controller.store.rows import StepRow

COMMANDS = 20
ERRORS = 20
_STEPS = 500
"""Steps the figures are made from: at one incident an hour the last three weeks of a device."""
_ORDERS = ("lock", "unlock", "service", "release_adopted", "repaired", "commissioned")
_ABOUT = (AlarmKind.DEVICE, AlarmKind.FAILED, AlarmKind.CLOCK, AlarmKind.UNEXPLAINED)
_FAILED = ("mismatch", "timeout", "unreachable", "rejected")


async def device_history(room: ControlRoom, device: Device) -> dict[str, Any]:
    """Return the last commands of a device, its proofs' times and its errors; at most 0.5 s behind."""
    store = room.store
    causes = [f"{kind}:{device.id}" for kind in _ABOUT] + [f"link:{shared}" for shared in shared_by(device)]
    steps = await from_store(store.steps_of(device.id, _STEPS))
    orders = await from_store(store.journal_about("device", [device.id], _ORDERS, COMMANDS))
    alarms = await from_store(store.journal_about("cause", causes, ("alarm",), ERRORS))
    commands = [*map(_step, steps[:COMMANDS]), *map(_order, orders)]
    commands.sort(key=lambda one: -one["at_ms"])
    return {
        "commands": commands[:COMMANDS],
        "proof": proof_times([took for step in steps if (took := took_ms(step)) is not None]),
        "failures": dict(Counter(step.state for step in steps if step.state in _FAILED)),
        "errors": [
            {"at_ms": row.at_ms, "text": row.body["text"], "raised": row.body["raised"]} for row in alarms
        ],
    }


def proof_times(took: Sequence[int]) -> dict[str, int | None]:
    """Return how many, and the values below which half and 99 of 100 lie (nearest rank); null for none."""
    ranked = sorted(took)

    def share(percent: int) -> int | None:
        return ranked[-(-percent * len(ranked) // 100) - 1] if ranked else None

    return {"count": len(ranked), "p50_ms": share(50), "p99_ms": share(99)}


def took_ms(step: StepRow) -> int | None:
    """Return the milliseconds from the write of a step to its proof; None where it was not proved."""
    sent, proved = step.times.get("sent"), step.times.get("verified")
    return proved - sent if sent is not None and proved is not None else None


def _step(step: StepRow) -> dict[str, Any]:
    return {
        "at_ms": step.at_ms,
        "kind": "step",
        "incident": step.incident,
        "revision": step.number,
        "state": step.state,
        "actor": None,
        "reason": step.reason,
        "took_ms": took_ms(step),
    }


def _order(row: JournalEntry) -> dict[str, Any]:
    return {
        "at_ms": row.at_ms,
        "kind": row.kind,
        "incident": None,
        "revision": None,
        "state": None,
        "actor": dict(row.actor),
        "reason": row.body.get("reason") or "",
        "took_ms": None,
    }
