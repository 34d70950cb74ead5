"""Opening the files: one process only, the pragmas that make a commit durable, schema, end of the chain."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, event, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from controller.store import schema
from controller.store.errors import StoreBroken, StoreError
from controller.store.journal import ChainRow, verify
from devices.failpoints import failpoint

TAIL = 200
"""Journal rows whose hashes are checked at every start."""

# The WAL file shrinks to this after a checkpoint; without it one burst would keep 64 MB for ever.
_WAL_KEPT_BYTES = 4 * 2**20


class FileLock:
    """An exclusive lock on `<db>.lock`, held until `release` or the end of the process."""

    def __init__(self, database: Path) -> None:
        """Take the lock; raises StoreError if another process has it."""
        self.path = database.with_name(database.name + ".lock")
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path}: {error.strerror}. Give a folder this user may write to."
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
            os.close(self._fd)
            raise StoreError(
                f"{database} is in use by process {owner or 'unknown'}. Stop that one, or give this one "
                f"a database of its own; two controllers on one store would fight over the road."
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let the next process in. The file stays: removing it would let two processes lock two files."""
        os.close(self._fd)


def writer_engine(database: Path, *, busy_s: float) -> AsyncEngine:
    """Return the engine of the one connection that writes and checkpoints."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(database)),
        pool_size=1,
        max_overflow=0,
        # The transaction takes the write lock with its first statement, not half-way.
        connect_args={"timeout": busy_s, "isolation_level": "IMMEDIATE"},
    )
    event.listen(
        engine.sync_engine,
        "connect",
        _pragmas(
            "journal_mode=wal",
            "synchronous=2",
            "wal_autocheckpoint=0",
            f"journal_size_limit={_WAL_KEPT_BYTES}",
        ),
    )
    return engine


def reader_engine(database: Path, *, size: int = 3) -> AsyncEngine:
    """Return a small pool of connections that cannot write and never checkpoint."""
    engine = create_async_engine(
        URL.create(
            "sqlite+aiosqlite", database=f"file:{quote(str(database))}", query={"mode": "ro", "uri": "true"}
        ),
        pool_size=size,
        max_overflow=0,
        connect_args={"timeout": 5.0},
    )
    event.listen(engine.sync_engine, "connect", _pragmas("query_only=1", "wal_autocheckpoint=0"))
    return engine


def _pragmas(*settings: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    return on_connect


def check_durable(conn: Connection, database: Path) -> None:
    """Raise StoreError unless a commit on this connection survives a power cut."""
    found = {
        name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
    }
    if found != {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}:
        raise StoreError(
            f"{database}: SQLite did not take the settings that make a commit durable ({found}). "
            f"Put the database on a local disk; network file systems do not carry a WAL."
        )


def check_whole(conn: Connection, database: Path) -> None:
    """Raise StoreBroken where SQLite itself finds the file damaged."""
    found = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    conn.rollback()
    if found != "ok":
        raise damaged(database, found)


def stand_in(database: Path) -> Path:
    """Return the empty place beside a damaged database where this run keeps its rows instead."""
    place = database.with_name(f"{database.name}.stand-in")
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    return place


def damaged(database: Path, reason: object) -> StoreBroken:
    """Return the error of a file that is not what a store wrote."""
    return StoreBroken(
        f"{database}: the file is damaged: {reason}. Keep a copy of it as evidence, then restore a backup "
        f"or take a new path."
    )


def is_damage(error: DBAPIError) -> bool:
    """Return whether it is the file that is wrong ("not a database", "malformed"), not the disk or a lock."""
    return type(error.orig).__name__ == "DatabaseError"


def migrate(conn: Connection, database: Path) -> None:
    """Bring the schema to the newest revision in one transaction; StoreError if it is newer or foreign."""
    tables = set(inspect(conn).get_table_names())
    found = None
    if "alembic_version" in tables:
        found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    elif tables:
        raise StoreError(f"{database} is a database of another program. Give a path of its own to the store.")
    if found == schema.REVISION:
        return
    # Loaded late: it takes longer than the rest of a start, and most starts do not need it.
    from alembic import command  # noqa: PLC0415 - late, see above
    from alembic.config import Config  # noqa: PLC0415 - late, see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - late, see above

    config = Config()
    here = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", here.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"{database} has schema {found}; this program knows {schema.REVISION} at most. It was written by "
            f"a newer onekey: start that one, or restore a copy made before the upgrade."
        )
    # SQLite commits each CREATE by itself otherwise, and a kill in between would leave half a schema.
    conn.rollback()
    conn.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(config, "head")
    failpoint("before_migration")
    conn.commit()
    failpoint("after_migration")


def read_tail(conn: Connection) -> ChainRow | None:
    """Return the last journal row, None if there is none."""
    table = schema.journal
    row = conn.execute(select(table).order_by(table.c.seq.desc()).limit(1)).one_or_none()
    return ChainRow(*row) if row else None


def check_tail(conn: Connection, database: Path) -> ChainRow | None:
    """Check the last rows of the chain and return the last one; raises StoreBroken if they do not hold."""
    table = schema.journal
    newest = conn.execute(select(table).order_by(table.c.seq.desc()).limit(TAIL + 1)).all()
    rows = [ChainRow(*row) for row in reversed(newest)]
    before = rows.pop(0) if len(rows) > TAIL else None
    found = verify(rows, after=before)
    if not found.ok:
        raise StoreBroken(
            f"{database}: the journal is broken at its end: {found.reason}. Keep a copy of the file as "
            f"evidence, look at it with `onekey audit verify`, then restore a backup or take a new path."
        )
    return rows[-1] if rows else None
