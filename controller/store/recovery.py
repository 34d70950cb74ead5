"""What a start does with the spool of a degraded run: bring in what the database lacks, name the rest."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from controller.incident import SYSTEM
from controller.store import batch as sql
from controller.store import rows, schema, spool
from controller.store.journal import ChainRow
from controller.store.rows import Change, Record
from controller.store.spool import Spooled

# An order to release, or the end of a restriction, is not repeated from a file hours later (S11): the
# restriction stays until a person orders again.
_NOT_REPEATED = (
    rows.PermitRow,
    rows.AdoptedGone,
    rows.LockGone,
    rows.ServiceGone,
    rows.FaultGone,
    rows.LatchGone,
    rows.EpochRow,
)


def recover(
    conn: Connection, file: Path, tail: ChainRow | None, epochs: Mapping[str, int], now_ms: int
) -> ChainRow | None:
    """Bring the spool's missing submissions into the open transaction of `conn`, and add a record of it.

    Safe to repeat: a submission whose records are in the journal already is left out, and a change never
    overwrites a newer row.

    Returns:
        The new end of the chain; `tail` if there was nothing in the file.
    """
    found, unreadable = spool.read(file)
    if not found and not unreadable:
        return tail
    there = _landed(conn, found)
    missing = [one for one in found if not _is_landed(one, there)]
    journal: list[ChainRow] = []
    left_out: list[str] = []
    for one in missing:
        encoded = sql.encode((), one.records, epochs)
        journal += sql.chain(journal[-1] if journal else tail, encoded.records)
        for change in one.changes:
            if isinstance(change, _NOT_REPEATED):
                left_out.append(" ".join((type(change).__name__, getattr(change, "device", ""))).strip())
            else:
                _bring_in(conn, change)
    body = {
        "spooled": len(found),
        "brought_in": len(missing),
        "unreadable": unreadable,
        "left_out": left_out,
        "reason": found[0].reason if found else "",
    }
    record = sql.encode_record(Record("spool_recovered", SYSTEM, "", body, now_ms), epochs)
    journal += sql.chain(journal[-1] if journal else tail, [record])
    sql.append(conn, journal)
    return journal[-1]


def put_aside(file: Path, now_ms: int) -> None:
    """Rename a spool that was brought in; people may still want to read it."""
    if file.exists():
        file.rename(file.with_name(f"{file.name}.{now_ms}"))


def _content(records: Iterable[Record]) -> list[tuple[int, str, str, str, str]]:
    made = (sql.encode_record(record, {}) for record in records)
    return [(one.at_ms, one.kind, one.actor, one.section, one.body) for one in made]


def _landed(conn: Connection, found: Sequence[Spooled]) -> set[tuple[int, str, str, str, str]]:
    """Return what the journal holds of the time the spool was written in."""
    if not found:
        return set()
    table = schema.journal
    times = [record.at_ms for one in found for record in one.records] or [0]
    query = select(table.c.at_ms, table.c.kind, table.c.actor, table.c.section, table.c.body).where(
        table.c.seq > min(one.after_seq for one in found), table.c.at_ms.between(min(times), max(times))
    )
    return {(row.at_ms, row.kind, row.actor, row.section, row.body) for row in conn.execute(query)}


def _is_landed(one: Spooled, there: set[tuple[int, str, str, str, str]]) -> bool:
    return bool(one.records) and there.issuperset(_content(one.records))


def _bring_in(conn: Connection, change: Change) -> None:
    target = sql.TARGETS[type(change)]
    newer = isinstance(change, rows.IncidentRow | rows.StepRow) and not _is_older(conn, change)
    statement = target.statement if newer or target.if_new is None else target.if_new
    conn.execute(statement, [sql.parameters(change)])


def _is_older(conn: Connection, change: rows.IncidentRow | rows.StepRow) -> bool:
    """Whether the database holds a newer state of the same incident or step."""
    if isinstance(change, rows.IncidentRow):
        incidents = schema.incidents.c
        stored = conn.execute(
            select(incidents.revision, incidents.updated_ms).where(incidents.id == change.id)
        ).one_or_none()
        return stored is not None and tuple(stored) > (change.revision, change.updated_ms)
    steps = schema.steps.c
    at_ms = conn.execute(
        select(steps.at_ms).where(
            steps.incident == change.incident, steps.number == change.number, steps.device == change.device
        )
    ).scalar()
    return at_ms is not None and at_ms > change.at_ms
