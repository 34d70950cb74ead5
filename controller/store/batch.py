"""Turns changes and records into SQL: which statement, which parameters, in which order.

The encoding of JSON and the chaining of hashes happen here, apart from any waiting.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Connection, Delete, Insert, Table, bindparam, delete, insert, or_
from sqlalchemy.dialects.sqlite import insert as upsert

from controller.incident import Actor
from controller.store import rows, schema
from controller.store.journal import ChainRow, JournalValueError, canonical, chained
from controller.store.rows import Change, Record

Parameters: TypeAlias = dict[str, Any]
JSON_FIELDS = frozenset(
    {
        "report",
        "release",
        "actor",
        "plan",
        "verdict",
        "times",
        "value",
        "body",
        "course",
        "ack",
        "shelf",
        "seen",
    }
)
"""Fields of rows that are JSON text in the database."""


def _insert_or_update(table: Table) -> Insert:
    statement = upsert(table)
    others = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)


def _delete(table: Table) -> Delete:
    (key,) = table.primary_key.columns
    return delete(table).where(key == bindparam(key.name))


def _delete_permit() -> Delete:
    permits, at_ms = schema.permits.c, bindparam("at_ms", type_=BigInteger)
    ours = permits.incident == bindparam("incident")
    return _delete(schema.permits).where(ours, or_(at_ms.is_(None), permits.at_ms == at_ms))


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where one kind of change goes; `if_new` is the statement that leaves a stored row alone."""

    table: Table
    statement: Insert | Delete
    if_new: Insert | None = None


def _first(table: Table) -> Target:
    """The first row of a key stays: a later one must not take down what is submitted together with it."""
    if_new = upsert(table).on_conflict_do_nothing()
    return Target(table, if_new, if_new)


def _target(table: Table, *, once: bool = False) -> Target:
    if_new = upsert(table).on_conflict_do_nothing()
    return Target(table, insert(table) if once else _insert_or_update(table), if_new)


TARGETS: Mapping[type[Change], Target] = {
    rows.IncidentRow: _target(schema.incidents),
    rows.RevisionRow: _target(schema.revisions, once=True),
    rows.VerdictRow: _target(schema.verdicts, once=True),
    rows.StepRow: _target(schema.steps),
    rows.IdempotencyRow: _first(schema.idempotency),
    rows.AdoptedRow: _target(schema.adopted),
    rows.AdoptedGone: Target(schema.adopted, _delete(schema.adopted)),
    rows.PermitRow: _target(schema.permits),
    rows.PermitGone: Target(schema.permits, _delete_permit()),
    rows.LockRow: _target(schema.locks),
    rows.LockGone: Target(schema.locks, _delete(schema.locks)),
    rows.ServiceRow: _target(schema.services),
    rows.ServiceGone: Target(schema.services, _delete(schema.services)),
    rows.FaultRow: _target(schema.faults),
    rows.FaultGone: Target(schema.faults, _delete(schema.faults)),
    rows.CommissionedRow: _target(schema.commissioned),
    rows.AlarmRow: _target(schema.alarms),
    rows.LatchRow: _target(schema.latches),
    rows.LatchGone: Target(schema.latches, _delete(schema.latches)),
    rows.AlarmGone: Target(schema.alarms, _delete(schema.alarms)),
    rows.EpochRow: _target(schema.epochs),
}
_FIELDS = {kind: tuple(f.name for f in fields(kind)) for kind in TARGETS}
_JOURNAL = insert(schema.journal)


@dataclass(frozen=True, slots=True)
class EncodedRecord:
    """A record whose texts are made but which has no place in the chain yet."""

    at_ms: int
    kind: str
    actor: str
    section: str
    epoch: int
    body: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """Changes and records ready for the database."""

    changes: tuple[tuple[Target, Parameters], ...]
    records: tuple[EncodedRecord, ...]


def parameters(change: Change) -> Parameters:
    """Return the columns of one change; raises JournalValueError where a JSON field has no canonical form."""
    columns: Parameters = {}
    for name in _FIELDS[type(change)]:
        value = getattr(change, name)
        # What is missing is SQL NULL, so that it can be asked for; a value of None is JSON null.
        if name in JSON_FIELDS and not (name in ("release", "course") and value is None):
            value = canonical(value, name)
        columns[name] = value
    return columns


@lru_cache(maxsize=256)
def _actor(actor: Actor) -> str:
    return canonical({"id": actor.id, "role": actor.role, "via": actor.via}, "actor")


def encode_record(record: Record, epochs: Mapping[str, int]) -> EncodedRecord:
    """Return the record with its texts made; the epoch is that of its section now, 0 without one."""
    if type(record.at_ms) is not int:
        raise JournalValueError(
            f"at_ms of a {record.kind} record is {record.at_ms!r}, not integer milliseconds"
        )
    return EncodedRecord(
        record.at_ms,
        record.kind,
        _actor(record.actor),
        record.section,
        epochs.get(record.section, 0),
        canonical(record.body),
    )


def encode(changes: Sequence[Change], records: Sequence[Record], epochs: Mapping[str, int]) -> Encoded:
    """Make every text of one submission; raises JournalValueError if any of it cannot be stored."""
    return Encoded(
        tuple((TARGETS[type(change)], parameters(change)) for change in changes),
        tuple(encode_record(record, epochs) for record in records),
    )


def chain(tail: ChainRow | None, records: Iterable[EncodedRecord]) -> list[ChainRow]:
    """Return the journal rows that follow `tail`."""
    made: list[ChainRow] = []
    for record in records:
        tail = chained(
            tail,
            at_ms=record.at_ms,
            kind=record.kind,
            actor=record.actor,
            section=record.section,
            epoch=record.epoch,
            body=record.body,
        )
        made.append(tail)
    return made


_CHAIN_FIELDS = tuple(f.name for f in fields(ChainRow))


def apply(conn: Connection, batch: Sequence[Encoded], journal: Sequence[ChainRow]) -> None:
    """Execute one batch on `conn` without committing it.

    Each table's changes keep their order and neighbours of one kind go out as one executemany. Order
    between tables does not matter inside one transaction, as no table refers to another.
    """
    by_table: dict[str, list[tuple[Insert | Delete, list[Parameters]]]] = {}
    for encoded in batch:
        for target, columns in encoded.changes:
            groups = by_table.setdefault(target.table.name, [])
            if not groups or groups[-1][0] is not target.statement:
                groups.append((target.statement, []))
            groups[-1][1].append(columns)
    for groups in by_table.values():
        for statement, many in groups:
            conn.execute(statement, many)
    append(conn, journal)


def append(conn: Connection, journal: Sequence[ChainRow]) -> None:
    """Execute the insertion of journal rows without committing it."""
    if journal:
        conn.execute(_JOURNAL, [{name: getattr(row, name) for name in _CHAIN_FIELDS} for row in journal])
