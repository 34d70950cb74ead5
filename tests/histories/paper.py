"""A store on paper that outlives its controller: what was committed is there again, what waited is not."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from controller.incident import OPEN_STATES
from controller.store import rows
from controller.store.batch import JSON_FIELDS
from controller.store.reads import RevisionHead, StoredIncident
from controller.store.rows import Change, Record
from controller.store.writer import Durability
from tests.unit.virtual_room import PaperStore

BATCH_S = 0.5
"""Steps nobody waits for are on disk after this at the latest; a kill loses what is younger (P2)."""

T = TypeVar("T")
_GONE: dict[type[Any], type[Any]] = {
    rows.AdoptedGone: rows.AdoptedRow,
    rows.PermitGone: rows.PermitRow,
    rows.LockGone: rows.LockRow,
    rows.ServiceGone: rows.ServiceRow,
    rows.FaultGone: rows.FaultRow,
    rows.LatchGone: rows.LatchRow,
    rows.AlarmGone: rows.AlarmRow,
}
_KEYS: dict[type[Any], tuple[str, ...]] = {
    rows.IncidentRow: ("id",),
    rows.RevisionRow: ("incident", "number"),
    rows.VerdictRow: ("incident", "number"),
    rows.StepRow: ("incident", "number", "device"),
    rows.IdempotencyRow: ("key",),
    rows.LatchRow: ("interlock",),
    rows.AlarmRow: ("cause",),
    rows.EpochRow: ("section",),
}


class LastingPaper(PaperStore):
    """Takes and gives back rows as the real store does, without a disk.

    Args:
        sections: ids of the sections.
        disk_s: how long the next commit takes.
        told: shown every record as it is handed over.
        before: the paper of the life before; its landed rows are taken over, its epochs passed.
    """

    def __init__(
        self,
        sections: Sequence[str],
        disk_s: Callable[[], float],
        told: Callable[[Record], None],
        before: "LastingPaper | None" = None,
    ) -> None:
        super().__init__(sections)
        self.landed: dict[type[Any], dict[tuple[Any, ...], Any]] = {}
        self.intended: set[str] = set()
        self.released: set[str] = set()
        self._disk_s, self._told = disk_s, told
        self._younger: list[tuple[Sequence[Change], Sequence[Record]]] = []
        self._flushing: asyncio.TimerHandle | None = None
        if before is not None:
            before.lose()
            self.epochs = {section: epoch + 1 for section, epoch in before.epochs.items()}
            self.landed, self._ids = before.landed, before._ids
            self.intended, self.released = before.intended, before.released
            self.records = before.records

    def lose(self) -> None:
        """The process is killed: what has not landed is gone, and nothing more lands."""
        self._younger = []
        self._dead = True
        if self._flushing is not None:
            self._flushing.cancel()

    _dead = False

    async def commit(self, changes: Sequence[Change], records: Sequence[Record]) -> Durability:
        self.submit(changes, records)
        await asyncio.sleep(self._disk_s())
        self._land()
        return Durability(not self._dead, 0)

    def submit(self, changes: Sequence[Change], records: Sequence[Record]) -> None:
        if self._dead:
            return
        self.records += records
        self._younger.append((tuple(changes), tuple(records)))
        for record in records:
            self._told(record)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(BATCH_S, self._land)

    async def raise_epoch(self, section: str, above: int) -> int:
        self.epochs[section] = max(self.epochs[section], above + 1)
        return self.epochs[section]

    def _land(self) -> None:
        self._flushing = None
        waited, self._younger = self._younger, []
        for changes, records in waited:
            for change in changes:
                kind = _GONE.get(type(change), type(change))
                key = tuple(getattr(change, name) for name in _KEYS.get(kind, ("device",)))
                table = self.landed.setdefault(kind, {})
                if kind is type(change):
                    table[key] = change
                elif not isinstance(change, rows.PermitGone) or _ends(change, table.get(key)):
                    table.pop(key, None)
            for record in records:
                if record.kind in ("intent", "release"):
                    self.intended.add(str(record.body.get("incident")))
                if record.kind == "release":
                    self.released.add(str(record.body.get("incident")))

    # What a start asks --------------------------------------------------------------------------------

    def _all(self, kind: type[T]) -> list[T]:
        return [_read(row) for row in self.landed.get(kind, {}).values()]

    def _by_device(self, kind: type[T]) -> dict[str, T]:
        return {cast(Any, row).device: row for row in self._all(kind)}

    async def alarms(self) -> list[rows.AlarmRow]:
        return self._all(rows.AlarmRow)

    async def adopted(self) -> dict[str, rows.AdoptedRow]:
        return self._by_device(rows.AdoptedRow)

    async def permits(self) -> dict[str, rows.PermitRow]:
        return self._by_device(rows.PermitRow)

    async def locks(self) -> dict[str, rows.LockRow]:
        return self._by_device(rows.LockRow)

    async def services(self) -> dict[str, rows.ServiceRow]:
        return self._by_device(rows.ServiceRow)

    async def faults(self) -> dict[str, rows.FaultRow]:
        return self._by_device(rows.FaultRow)

    async def commissioned(self) -> dict[str, rows.CommissionedRow]:
        return self._by_device(rows.CommissionedRow)

    async def latches(self) -> dict[str, rows.LatchRow]:
        return {row.interlock: row for row in self._all(rows.LatchRow)}

    async def incidents(
        self, limit: int = 100, before: str | None = None, states: Sequence[str] = ()
    ) -> list[rows.IncidentRow]:
        found = [row for row in self._all(rows.IncidentRow) if not states or row.state in states]
        return sorted(found, key=lambda row: row.id, reverse=True)[:limit]

    async def revisions(self, incident: str) -> list[rows.RevisionRow]:
        found = [row for row in self._all(rows.RevisionRow) if row.incident == incident]
        return sorted(found, key=lambda row: row.number)

    async def verdicts(self, incident: str) -> list[rows.VerdictRow]:
        return [row for row in self._all(rows.VerdictRow) if row.incident == incident]

    async def steps(self, incident: str, number: int | None = None) -> list[rows.StepRow]:
        found = (row for row in self._all(rows.StepRow) if row.incident == incident)
        return [row for row in found if number in (None, row.number)]

    async def open_incidents(self) -> list[StoredIncident]:
        states = {state.value for state in OPEN_STATES}
        ids = sorted(row.id for row in self._all(rows.IncidentRow) if row.state in states)
        return [stored for id_ in ids if (stored := await self.incident(id_)) is not None]

    async def incident(self, id_: str) -> StoredIncident | None:  # type: ignore[override]
        row = self.landed.get(rows.IncidentRow, {}).get((id_,))
        if row is None:
            return None
        revisions = await self.revisions(id_)
        names = [field.name for field in fields(RevisionHead)]
        history = tuple(RevisionHead(*(getattr(r, name) for name in names)) for r in revisions)
        latest = revisions[-1] if revisions else None
        verdict = next((v for v in await self.verdicts(id_) if latest and v.number == latest.number), None)
        return StoredIncident(_read(row), latest, history, verdict)


def _ends(gone: rows.PermitGone, permit: rows.PermitRow | None) -> bool:
    """Return whether it deletes this permit, and not a later one of the same device."""
    if permit is None or permit.incident != gone.incident:
        return False
    return gone.at_ms in (None, permit.at_ms)


def _read(row: T) -> T:
    """Return a row as it comes back from its columns: JSON again, and nobody else's object."""
    names = [field.name for field in fields(cast(Any, row)) if field.name in JSON_FIELDS]
    return cast(T, replace(cast(Any, row), **{n: json.loads(json.dumps(getattr(row, n))) for n in names}))
