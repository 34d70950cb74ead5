"""What the store answers: rows back as the dataclasses they were written from, from read-only connections.

A read sees everything whose commit was answered durable before it began. JSON columns come back as plain
dicts and lists.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Row, Select, Table, or_, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.incident import OPEN_STATES
from controller.store import schema
from controller.store.batch import JSON_FIELDS
from controller.store.errors import StoreError
from controller.store.journal import ChainCheck, ChainRow, VerifyResult, canonical
from controller.store.notes import VerifierKey
from controller.store.open import reader_engine
from controller.store.rows import (
    AdoptedRow,
    AlarmRow,
    CommissionedRow,
    FaultRow,
    IdempotencyRow,
    IncidentRow,
    LatchRow,
    LockRow,
    PermitRow,
    RevisionRow,
    ServiceRow,
    StepRow,
    VerdictRow,
)
from controller.store.seals import CHECKPOINT, KEY, ROTATED, KeyState, SealCheck, Sealed

T = TypeVar("T")
_VERIFY_PAGE = 200  # rows hashed between two looks at the event loop; about 4 ms


@dataclass(frozen=True, slots=True)
class RevisionHead:
    """A revision without its plan: what the history of an incident is told by."""

    number: int
    kind: str
    phase: str
    at_ms: int
    budget_ms: int
    actor: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """One incident as a restart needs it.

    Attributes:
        latest: its newest revision with the stored plan; None for one that was only prepared.
        history: every revision in order, the latest included, without plans.
        verdict: the verdict of `latest`; None while its window is open.
    """

    incident: IncidentRow
    latest: RevisionRow | None
    history: tuple[RevisionHead, ...]
    verdict: VerdictRow | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One journal row with `actor` and `body` decoded."""

    seq: int
    at_ms: int
    kind: str
    actor: Mapping[str, str]
    section: str
    epoch: int
    body: Mapping[str, Any]
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class JournalResult:
    """What a walk along a stored journal found; the first five are those of `VerifyResult`."""

    ok: bool
    rows: int
    first_bad_seq: int | None
    reason: str
    last_hash: str
    sealed: Sealed


def _result(chain: VerifyResult, sealed: Sealed, fault: str = "", seq: int | None = None) -> JournalResult:
    bad = chain.first_bad_seq if chain.first_bad_seq is not None else seq if fault else None
    ok = chain.ok and not fault
    return JournalResult(ok, chain.rows, bad, chain.reason or fault, chain.last_hash, sealed)


def _as(kind: Callable[..., T], row: Row[Any]) -> T:
    """Return the dataclass whose fields are the columns of `row`."""
    columns = {
        name: json.loads(value) if name in JSON_FIELDS and value is not None else value
        for name, value in row._mapping.items()  # noqa: SLF001 - public, despite its name
    }
    return kind(**columns)


class Reads:
    """Every question the brain, the API and the checks ask of the store."""

    def __init__(self, readers: AsyncEngine) -> None:
        self._readers = readers

    async def open_incidents(self) -> list[StoredIncident]:
        """Return the incidents whose demands count, oldest first: what a start drives again."""
        table = schema.incidents
        states = [state.value for state in OPEN_STATES]
        return await self._stored(select(table).where(table.c.state.in_(states)).order_by(table.c.id))

    async def incident(self, id: str) -> StoredIncident | None:  # noqa: A002 - it is the incident's id
        """Return one incident in whatever state, None if there is none of that id."""
        table = schema.incidents
        found = await self._stored(select(table).where(table.c.id == id))
        return found[0] if found else None

    async def incidents(
        self, limit: int = 100, before: str | None = None, states: Sequence[str] = ()
    ) -> list[IncidentRow]:
        """Return incidents, newest first.

        Args:
            limit: how many at most.
            before: id of an incident; only older ones are returned.
            states: only these states; empty for all.
        """
        table = schema.incidents
        query = select(table).order_by(table.c.created_ms.desc(), table.c.id.desc()).limit(limit)
        if before is not None:
            mark = table.alias("mark")
            place = select(mark.c.created_ms, mark.c.id).where(mark.c.id == before).scalar_subquery()
            query = query.where(tuple_(table.c.created_ms, table.c.id) < place)
        if states:
            query = query.where(table.c.state.in_(states))
        return await self._all(IncidentRow, query)

    async def revisions(self, incident: str) -> list[RevisionRow]:
        """Return every revision of an incident with its plan, in order."""
        table = schema.revisions
        query = select(table).where(table.c.incident == incident).order_by(table.c.number)
        return await self._all(RevisionRow, query)

    async def steps(self, incident: str, number: int | None = None) -> list[StepRow]:
        """Return the steps of one revision, or of all, by revision and device."""
        table = schema.steps
        query = select(table).where(table.c.incident == incident).order_by(table.c.number, table.c.device)
        return await self._all(StepRow, query if number is None else query.where(table.c.number == number))

    async def steps_of(self, device: str, limit: int) -> list[StepRow]:
        """Return the last steps of a device in any incident, newest first."""
        table = schema.steps
        query = select(table).where(table.c.device == device).order_by(table.c.at_ms.desc()).limit(limit)
        return await self._all(StepRow, query)

    async def verdicts(self, incident: str) -> list[VerdictRow]:
        """Return the verdicts of an incident by revision."""
        table = schema.verdicts
        query = select(table).where(table.c.incident == incident).order_by(table.c.number)
        return await self._all(VerdictRow, query)

    async def idempotency(self, key: str) -> IdempotencyRow | None:
        """Return what an idempotency key stands for, None if it is new."""
        table = schema.idempotency
        found = await self._all(IdempotencyRow, select(table).where(table.c.key == key))
        return found[0] if found else None

    async def adopted(self) -> dict[str, AdoptedRow]:
        """Return the adopted restrictions by device."""
        return {row.device: row for row in await self._table(AdoptedRow, schema.adopted)}

    async def permits(self) -> dict[str, PermitRow]:
        """Return the standing orders to release by device."""
        return {row.device: row for row in await self._table(PermitRow, schema.permits)}

    async def locks(self) -> dict[str, LockRow]:
        """Return the operators' locks by device, expired ones too (S14: expiry holds)."""
        return {row.device: row for row in await self._table(LockRow, schema.locks)}

    async def services(self) -> dict[str, ServiceRow]:
        """Return the devices out of service."""
        return {row.device: row for row in await self._table(ServiceRow, schema.services)}

    async def faults(self) -> dict[str, FaultRow]:
        """Return the devices that have failed and are not repaired yet."""
        return {row.device: row for row in await self._table(FaultRow, schema.faults)}

    async def latches(self) -> dict[str, LatchRow]:
        """Return the interlocks that were seen violated and not reset yet."""
        return {row.interlock: row for row in await self._table(LatchRow, schema.latches)}

    async def commissioned(self) -> dict[str, CommissionedRow]:
        """Return what people saw when they walked devices."""
        return {row.device: row for row in await self._table(CommissionedRow, schema.commissioned)}

    async def alarms(self) -> list[AlarmRow]:
        """Return the alarms that were listed, in no order."""
        return await self._table(AlarmRow, schema.alarms)

    async def journal(
        self,
        after_seq: int = 0,
        limit: int = 1000,
        kinds: Sequence[str] = (),
        *,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Return journal rows behind `after_seq`, in order or the last ones first; no `kinds` means all."""
        table = schema.journal
        order = table.c.seq.desc() if newest_first else table.c.seq
        query = select(table).where(table.c.seq > after_seq).order_by(order).limit(limit)
        return await self._all(JournalEntry, query.where(table.c.kind.in_(kinds)) if kinds else query)

    async def journal_about(
        self, field: str, values: Sequence[str], kinds: Sequence[str], limit: int
    ) -> list[JournalEntry]:
        """Return the last journal rows of these kinds with one of the values in that field, newest first."""
        table = schema.journal
        # Bodies are canonical JSON, so a field is found as it is written.
        has = [table.c.body.contains(canonical({field: v})[1:-1], autoescape=True) for v in values]
        query = select(table).where(table.c.kind.in_(kinds), or_(*has))
        return await self._all(JournalEntry, query.order_by(table.c.seq.desc()).limit(limit))

    async def key_state(self) -> KeyState:
        """Return which key the journal names last, and whether a checkpoint covers that."""
        newest = await self.journal(kinds=(KEY, ROTATED), limit=1, newest_first=True)
        if not newest:
            return KeyState()
        row = newest[0]
        sealed = await self.journal(kinds=(CHECKPOINT,), limit=1, newest_first=True)
        covered = bool(sealed) and int(sealed[0].body["size"]) >= row.seq
        return KeyState(str(row.body.get("public") or row.body.get("to")), row.kind == KEY or covered)

    async def row_hash(self, seq: int) -> str | None:
        """Return the hash of one journal row, None if there is none of that number."""
        table = schema.journal
        found = await self._rows(select(table.c.hash).where(table.c.seq == seq))
        return str(found[0].hash) if found else None

    async def verify(self, keys: Sequence[VerifierKey] = (), outside: Iterable[str] = ()) -> JournalResult:
        """Walk the whole chain, a page at a time, and name the first row that does not fit.

        Args:
            keys: public keys its checkpoints must lead to; none takes the one the journal names.
            outside: checkpoints kept elsewhere.
        """
        check, seals = ChainCheck(), SealCheck(keys, outside)
        table = schema.journal
        seq: int | None = None
        while True:
            query = select(table).order_by(table.c.seq).limit(_VERIFY_PAGE)
            page = await self._rows(query if seq is None else query.where(table.c.seq > seq))
            for row in page:
                whole = check.feed(ChainRow(*tuple(row)))
                fault = seals.feed(row.seq, row.hash, row.kind, row.body) if whole else ""
                if fault or not whole:
                    return _result(check.result(), seals.result(), fault, row.seq)
            if len(page) < _VERIFY_PAGE:
                return _result(check.result(), seals.result(), seals.end())
            seq = page[-1].seq
            await asyncio.sleep(0)

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        async with self._readers.connect() as conn:
            found: Sequence[Row[Any]] = (await conn.execute(query)).all()
            return found

    async def _all(self, kind: Callable[..., T], query: Select[Any]) -> list[T]:
        return [_as(kind, row) for row in await self._rows(query)]

    async def _table(self, kind: Callable[..., T], table: Table) -> list[T]:
        return await self._all(kind, select(table))

    async def _stored(self, query: Select[Any]) -> list[StoredIncident]:
        async with self._readers.connect() as conn:
            return await conn.run_sync(_stored, query)


def _stored(conn: Connection, wanted: Select[Any]) -> list[StoredIncident]:
    # One snapshot for the four questions: a revision written in between would be half seen.
    conn.exec_driver_sql("BEGIN")
    incidents = [_as(IncidentRow, row) for row in conn.execute(wanted)]
    ids = [incident.id for incident in incidents]
    revisions, verdicts = schema.revisions, schema.verdicts
    heads: dict[str, list[RevisionHead]] = {id_: [] for id_ in ids}
    columns = [revisions.c[f.name] for f in fields(RevisionHead)]
    query = select(revisions.c.incident, *columns).where(revisions.c.incident.in_(ids))
    for row in conn.execute(query.order_by(revisions.c.number)):
        heads[row.incident].append(
            RevisionHead(row.number, row.kind, row.phase, row.at_ms, row.budget_ms, json.loads(row.actor))
        )
    stored = []
    for incident in incidents:
        history = heads[incident.id]
        latest: RevisionRow | None = None
        verdict: VerdictRow | None = None
        if history:
            key = (incident.id, history[-1].number)
            latest = _one(conn, RevisionRow, revisions, key)
            verdict = _one(conn, VerdictRow, verdicts, key)
        stored.append(StoredIncident(incident, latest, tuple(history), verdict))
    return stored


def _one(conn: Connection, kind: Callable[..., T], table: Table, key: tuple[str, int]) -> T | None:
    row = conn.execute(
        select(table).where(table.c.incident == key[0], table.c.number == key[1])
    ).one_or_none()
    return _as(kind, row) if row else None


async def verify_journal(
    path: Path, keys: Sequence[VerifierKey] = (), outside: Iterable[str] = ()
) -> JournalResult:
    """Walk the chain of a database file, in use or not; raises StoreError if it is no such file."""
    if not path.is_file():  # noqa: ASYNC240 - one look at a local file
        raise StoreError(f"{path} is not there. Give the path of a onekey database.")
    engine = reader_engine(path, size=1)
    try:
        return await Reads(engine).verify(keys, outside)
    except DBAPIError as error:
        raise StoreError(f"{path} is not a onekey database: {cast(Any, error.orig)}") from error
    finally:
        await engine.dispose()
