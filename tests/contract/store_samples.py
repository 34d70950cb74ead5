"""Rows and a settable clock for the tests of the store."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from controller.incident import Actor
from controller.store.rows import Change, IdempotencyRow, IncidentRow, Record, RevisionRow, StepRow
from controller.store.store import Store
from controller.store.writer import Limits

ACTOR = Actor("u7", "dispatcher", "api")
ACTOR_JSON = {"id": "u7", "role": "dispatcher", "via": "api"}
START_MS = 1_795_305_600_000  # 2026-11-22 00:00 UTC
PLAN = {"demands": [{"device": "LCS-1", "value": {"aspect": "closed"}, "reason": "前方事故"}]}


class Clock:
    """Wall time set by hand, monotonic time of the loop."""

    def __init__(self, wall_ms: int = START_MS) -> None:
        self.now_ms = wall_ms

    def mono_s(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return self.now_ms


def record(kind: str = "intent", at_ms: int = START_MS, **body: Any) -> Record:
    return Record(kind, ACTOR, "fujian", body, at_ms)


def incident(id_: str, state: str = "activating", **changed: Any) -> IncidentRow:
    fields: dict[str, Any] = {
        "section": "fujian",
        "carriageway": "G15-F",
        "report": {"lanes": {"1": "blocked"}, "text": "紧急"},
        "created_ms": START_MS,
        "updated_ms": START_MS,
        "revision": 1,
        "actor": ACTOR_JSON,
    }
    return IncidentRow(id=id_, state=state, **(fields | changed))


def revision(id_: str, number: int = 1, kind: str = "activation", phase: str = "") -> RevisionRow:
    return RevisionRow(id_, number, kind, phase, ACTOR_JSON, START_MS + number, 5000, "digest", PLAN)


def intent(id_: str) -> tuple[list[Change], list[Record]]:
    changes: list[Change] = [
        incident(id_),
        revision(id_),
        IdempotencyRow(f"key-{id_}", "hash", id_, START_MS),
    ]
    return changes, [record("plan", incident=id_, plan=PLAN), record(incident=id_)]


def step(id_: str, device: str, state: str = "sent", t_ms: int = 3) -> StepRow:
    return StepRow(id_, 1, device, state, "", t_ms, START_MS + t_ms, {state: t_ms})


PATIENT = Limits(answer_s=5.0)


@asynccontextmanager
async def opened(path: Path, clock: Clock | None = None, **options: Any) -> AsyncIterator[Store]:
    """Open a store that is patient with a busy disk, unless `limits` say otherwise."""
    options.setdefault("limits", PATIENT)
    store = await Store.open(path, clock=clock or Clock(), sections=["fujian", "zhejiang"], **options)
    try:
        yield store
    finally:
        await store.close()


async def until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for a condition; fails at the deadline."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - the condition lies in a file
            await asyncio.sleep(0.005)


def kinds(path: Path) -> list[str]:
    """Return the kinds of all journal rows, read past the store."""
    conn = sqlite3.connect(path)
    try:
        return [row[0] for row in conn.execute("SELECT kind FROM journal ORDER BY seq")]
    finally:
        conn.close()


def spool_of(path: Path) -> Path:
    return path.with_name(path.name + ".spool.jsonl")


QUICK = Limits(batch_s=0.02, retry_s=0.02, busy_s=0.2, close_s=2.0)
