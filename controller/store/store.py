"""The store as the rest of the brain sees it: opened once, written through one writer, read from a pool."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Integer, cast, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.incident import SYSTEM, Actor
from controller.store import batch as sql
from controller.store import open as files
from controller.store import recovery, schema
from controller.store.checkpoints import Checkpoints, Sealing
from controller.store.errors import StoreError
from controller.store.journal import ChainRow
from controller.store.reads import Reads
from controller.store.rows import Change, EpochRow, Record
from controller.store.spool import Spool
from controller.store.writer import Durability, Limits, Writer
from devices.clock import Clock

STAND_IN_NUMBERS = 9_000
"""Incidents of a stand-in are numbered from here: those nobody can read keep their numbers."""


class Store(Reads):
    """Rows, journal, epochs and incident ids of one controller. Made by `Store.open`."""

    def __init__(
        self,
        path: Path,
        stack: AsyncExitStack,
        writer: Writer,
        readers: AsyncEngine,
        *,
        clock: Clock,
        epochs: dict[str, int],
        counters: dict[str, int],
        checkpoints: Checkpoints | None = None,
        broken: str = "",
    ) -> None:
        super().__init__(readers)
        self.read_only = broken
        """Why the store on disk is damaged and this one only stands in for it; empty where it is sound."""
        self.path = path
        self._stack = stack
        self._writer = writer
        self._clock = clock
        self._epochs = epochs
        self._counters = counters
        self._raising = asyncio.Lock()
        self._task = asyncio.create_task(writer.run(), name="store writer")
        self._sealing: asyncio.Task[None] | None = None
        self.checkpoints = checkpoints
        """Signs the end of the journal; None where the store was opened without."""

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        sections: Sequence[str],
        on_degraded: Callable[[str], None] | None = None,
        limits: Limits | None = None,
        sealing: Sealing | None = None,
        broken: str = "",
    ) -> Self:
        """Open or create the database and start its writer task.

        What a degraded run left in the spool is brought in, every section gets a new epoch, and a
        `start` record is committed before this returns.

        Args:
            path: the SQLite file; `<path>.lock` and `<path>.spool.jsonl` lie beside it.
            sections: ids of the sections this controller owns.
            on_degraded: called with the reason when JOURNAL DEGRADED is latched.
            sealing: how checkpoints are signed and where they are kept; None signs none.
            broken: why what lies at `path` is damaged. It is left as it is; an empty store beside it stands
                in, degraded for good: restrictions go to the spool, which the next sound start brings in.

        Raises:
            StoreBroken: the file is damaged or the end of the journal does not hold.
            StoreError: another process has it, the schema is newer, or the disk does not do what it must;
                the message says what to do.
        """
        limits = limits or Limits()
        async with AsyncExitStack() as stack:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                stack.callback(files.FileLock(path).release)
                database = files.stand_in(path) if broken else path
                engine = files.writer_engine(database, busy_s=limits.busy_s)
                stack.push_async_callback(engine.dispose)
                conn = await engine.connect()
                stack.push_async_callback(conn.close)
                spool = Spool(path.with_name(path.name + ".spool.jsonl"))
                opening = _Opening(database, None if broken else spool.path, clock.wall_ms())
                tail, epochs, counters = await conn.run_sync(opening.run, sections)
                checkpoints = Checkpoints(sealing, clock) if sealing is not None and not broken else None
                if not broken:
                    recovery.put_aside(spool.path, clock.wall_ms())
                readers = files.reader_engine(database)
                stack.push_async_callback(readers.dispose)
            except (DBAPIError, OSError) as error:
                reason = error.orig if isinstance(error, DBAPIError) else error
                if isinstance(error, DBAPIError) and files.is_damage(error):
                    raise files.damaged(path, reason) from error
                raise StoreError(
                    f"{path} cannot be opened: {reason}. Check the file, its folder and the disk."
                ) from error
            stack.push_async_callback(spool.close, limits.close_s)
            writer = Writer(
                database,
                engine,
                conn,
                clock=clock,
                epochs=epochs,
                tail=tail,
                spool=spool,
                limits=limits,
                on_degraded=on_degraded,
                on_landed=checkpoints.landed if checkpoints is not None else lambda _: None,
            )
            store = cls(
                database,
                stack.pop_all(),
                writer,
                readers,
                clock=clock,
                epochs=epochs,
                counters=counters,
                checkpoints=checkpoints,
                broken=broken,
            )
            if broken:
                writer.latch(broken)
            if checkpoints is not None:
                await checkpoints.start(writer.submit, tail, await store.key_state(), store.row_hash)
                store._sealing = asyncio.create_task(checkpoints.run(), name="store checkpoints")
            return store

    @property
    def epochs(self) -> Mapping[str, int]:
        """The epoch of every section, the high part of every command id."""
        return self._epochs

    @property
    def degraded(self) -> str | None:
        """Why the journal is degraded, None while it is sound."""
        return self._writer.degraded

    def when_degraded(self, tell: Callable[[str], None]) -> None:
        """Have JOURNAL DEGRADED told with its reason to `tell` from now on; at once where it stands."""
        self._writer.when_degraded(tell)

    @property
    def waiting(self) -> int:
        """Submissions handed over and not yet committed, for the metrics."""
        return self._writer.waiting

    async def run(self) -> None:
        """Return when the store is closed; raise what the writer task died of.

        The task itself was started by `open`; whoever holds the process together waits here, since the
        writer is one of the two tasks whose end may end the process.
        """
        await asyncio.shield(self._task)

    def next_incident_id(self) -> str:
        """Return a new `I-YYYYMMDD-NNNN` by UTC day; unique over restarts for every id that was stored."""
        day = datetime.fromtimestamp(self._clock.wall_ms() / 1000, UTC).strftime("%Y%m%d")
        first = STAND_IN_NUMBERS if self.read_only else 0
        self._counters[day] = self._counters.get(day, first) + 1
        return f"I-{day}-{self._counters[day]:04d}"

    async def commit(self, changes: Sequence[Change], records: Sequence[Record]) -> Durability:
        """Commit this with everything submitted before it, in order; answers in 300 ms and never raises.

        What the arguments hold must not be changed afterwards. `durable=False` means JOURNAL DEGRADED:
        it is on its way to the spool and may still be committed later, once.
        """
        return await self._writer.commit(changes, records)

    def submit(self, changes: Sequence[Change], records: Sequence[Record]) -> None:
        """Hand over steps, committed with the next awaited commit or in 500 ms; never blocks or raises."""
        self._writer.submit(changes, records)

    async def raise_epoch(self, section: str, above: int) -> int:
        """Return an epoch of `section` that is higher than `above` and durable (a device answered `stale`).

        Many devices may ask at once: one raise serves all. In JOURNAL DEGRADED the epoch is raised in
        memory and the next start may have to raise it again.
        """
        async with self._raising:
            before = self._epochs.get(section, 0)
            if before <= above:
                self._epochs[section] = above + 1
                body = {"from": before, "to": above + 1}
                record = Record("epoch", SYSTEM, section, body, self._clock.wall_ms())
                await self.commit([EpochRow(section, above + 1)], [record])
            return self._epochs[section]

    async def restore(self, actor: Actor = SYSTEM) -> bool:
        """Leave JOURNAL DEGRADED on a person's order if a commit behind everything waiting succeeds.

        A store that stands in for a damaged one stays degraded: only a start with a sound one ends it.
        """
        return not self.read_only and await self._writer.restore(actor)

    async def close(self) -> None:
        """Commit what waits, seal it, stop the writer and let the file go; a second call does nothing."""
        if self._sealing is not None and self.checkpoints is not None:
            sealing, self._sealing = self._sealing, None
            sealing.cancel()
            await asyncio.gather(sealing, return_exceptions=True)
            await self._writer.flush()
            await self.checkpoints.close()
        await self._writer.close(self._task)
        await self._stack.aclose()


class _Opening:
    """The first transactions of a start, in the order they must happen."""

    def __init__(self, path: Path, spool: Path | None, now_ms: int) -> None:
        self._path = path
        self._spool = spool
        self._now_ms = now_ms

    def run(
        self, conn: Connection, sections: Sequence[str]
    ) -> tuple[ChainRow, dict[str, int], dict[str, int]]:
        files.check_durable(conn, self._path)
        files.check_whole(conn, self._path)
        files.migrate(conn, self._path)
        tail: ChainRow | None = files.check_tail(conn, self._path)
        table = schema.epochs
        stored = {row.section: row.epoch for row in conn.execute(select(table))}
        epochs = {one: max(stored.get(one, 0) + 1, self._now_ms // 1000) for one in sections}
        if self._spool is not None:
            tail = recovery.recover(conn, self._spool, tail, epochs, self._now_ms)
        start = Record("start", SYSTEM, "", {"epochs": epochs, "schema": schema.REVISION}, self._now_ms)
        encoded = sql.encode([EpochRow(*pair) for pair in epochs.items()], [start], epochs)
        journal = sql.chain(tail, encoded.records)
        sql.apply(conn, [encoded], journal)
        conn.commit()
        counters = _counters(conn)
        conn.rollback()
        return journal[-1], epochs, counters


def _counters(conn: Connection) -> dict[str, int]:
    """Return day → highest number given on it, for every day: the wall clock may step back over midnight."""
    id_ = schema.incidents.c.id
    day = func.substr(id_, 3, 8)
    highest = func.max(cast(func.substr(id_, 12), Integer))
    return {row[0]: row[1] for row in conn.execute(select(day, highest).group_by(day))}
