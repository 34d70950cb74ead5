"""The one task that writes: groups submissions into transactions, and says JOURNAL DEGRADED when it cannot.

Intents, verdicts and releases are awaited and answered within `Limits.answer_s` whatever the disk does;
steps are handed over and ride along. Once anything went wrong the state is latched: everything goes to the
spool as well, answers say `durable: false` at once, and the writer keeps trying behind them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from controller.incident import SYSTEM, Actor
from controller.store import batch as sql
from controller.store.errors import StoreError
from controller.store.journal import ChainRow, JournalValueError
from controller.store.open import check_durable, read_tail
from controller.store.rows import Change, Record
from controller.store.spool import Spool, Spooled
from devices.clock import Clock
from devices.failpoints import failpoint_off_loop


@dataclass(frozen=True, slots=True)
class Limits:
    """Times and sizes of the writer.

    Attributes:
        answer_s: an awaited commit answers in this time, committed or not.
        batch_s: the oldest step waits this long for a commit at most.
        queue: submissions that may wait; more are spooled.
        early: waiting submissions that are committed before `batch_s` is over.
        batch_items: submissions in one transaction at most; its SQL is built on the loop in about 3 ms.
        idle_s: quiet time after which the WAL is checkpointed.
        wal_bytes: size of the WAL from which it is checkpointed without waiting for quiet.
        busy_s: how long SQLite waits for a lock somebody else holds.
        retry_s: first pause after an I/O error; doubles up to 5 s.
        close_s: `close` gives the disk this long.
    """

    answer_s: float = 0.3
    batch_s: float = 0.5
    queue: int = 20_000
    early: int = 1_000
    batch_items: int = 256
    idle_s: float = 2.0
    wal_bytes: int = 64 * 2**20
    busy_s: float = 1.0
    retry_s: float = 0.1
    close_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Durability:
    """Whether a submission was on disk when the answer was given, and after how many milliseconds."""

    durable: bool
    ms: int


@dataclass(slots=True, eq=False)
class _Item:
    changes: tuple[Change, ...]
    records: tuple[Record, ...]
    landed: asyncio.Future[bool] | None = None  # None: a step nobody waits for
    spooled: bool = False
    encoded: sql.Encoded = field(default_factory=lambda: sql.Encoded((), ()))


# Rows encoded between two looks at the event loop; about a millisecond of work.
_ENCODE_SLICE = 50
_SLOWEST_RETRY_S = 5.0
_NOT_STORABLE = (StatementError, ValueError, TypeError, OverflowError)


def _is_disk(error: Exception) -> bool:
    """Whether the file failed (try again) rather than one row of the batch (leave that one out)."""
    if isinstance(error, OperationalError | InternalError) or type(error) is OSError:
        return True
    # "database disk image is malformed" and "file is not a database" come as the bare class.
    return isinstance(error, DBAPIError) and type(error.orig).__name__ == "DatabaseError"


def _text(error: Exception) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error)


class Writer:
    """Owns the writing connection, the end of the chain and the queue.

    Args:
        epochs: live epochs by section, owned by the store.
        tail: last row of the journal at start.
        on_degraded: called once with the reason when the state is latched.
        on_landed: called with the journal rows of each commit; cheap, must not raise.
    """

    def __init__(
        self,
        database: Path,
        engine: AsyncEngine,
        conn: AsyncConnection,
        *,
        clock: Clock,
        epochs: Mapping[str, int],
        tail: ChainRow | None,
        spool: Spool,
        limits: Limits,
        on_degraded: Callable[[str], None] | None,
        on_landed: Callable[[Sequence[ChainRow]], None] = lambda _: None,
    ) -> None:
        self._on_landed = on_landed
        self.degraded: str | None = None
        self._database = database
        self._engine = engine
        self._conn: AsyncConnection | None = conn
        self._clock = clock
        self._epochs = epochs
        self._tail = tail
        self._spool = spool
        self._limits = limits
        self._on_degraded = on_degraded
        self._queue: deque[_Item] = deque()
        self._in_flight: list[_Item] = []
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._wal = database.with_name(database.name + "-wal")
        self._unchecked = True
        # Done while degraded: whoever waits for a commit need not wait for the time-out.
        self._latched: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False
        self._stopped = False
        self._given_up = 0  # records the next start takes from the spool

    @property
    def waiting(self) -> int:
        """Submissions not yet committed."""
        return len(self._queue) + len(self._in_flight)

    def when_degraded(self, tell: Callable[[str], None]) -> None:
        """Tell `tell` instead of the owner given at the start; at once where the state is latched."""
        self._on_degraded = tell
        if self.degraded is not None:
            tell(self.degraded)

    def submit(self, changes: Sequence[Change], records: Sequence[Record]) -> None:
        """Hand over without waiting; never blocks, never raises."""
        self._put(_Item(tuple(changes), tuple(records)))

    async def commit(self, changes: Sequence[Change], records: Sequence[Record]) -> Durability:
        """Commit this and everything handed over before; answers within `answer_s` and never raises."""
        began_s = self._clock.mono_s()
        landed = asyncio.get_running_loop().create_future()
        accepted = self._put(_Item(tuple(changes), tuple(records), landed))
        # Already degraded: the restriction leaves now, the writer goes on trying behind it.
        if accepted and self.degraded is None:
            await asyncio.wait(
                [landed, self._latched], timeout=self._limits.answer_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not landed.done():
                self.latch(f"an intent was not committed within {self._limits.answer_s * 1000:.0f} ms")
        durable = self.degraded is None and landed.done() and landed.result()
        return Durability(durable, round((self._clock.mono_s() - began_s) * 1000))

    async def flush(self) -> None:
        """Wait until what was handed over so far is committed, at most `answer_s`; never latches."""
        landed = asyncio.get_running_loop().create_future()
        if self._put(_Item((), (), landed)):
            await asyncio.wait([landed], timeout=self._limits.answer_s)

    async def restore(self, actor: Actor = SYSTEM) -> bool:
        """End the degraded state if a commit behind everything waiting lands in time; a person's order.

        Its record says how many records are only in the spool, for the next start to take, and how many lines
        not even that could hold.
        """
        if self.degraded is None:
            return True
        body = {"reason": self.degraded, "only_in_spool": self._given_up, "lost": self._spool.lost}
        landed = asyncio.get_running_loop().create_future()
        record = Record("journal_restored", actor, "", body, self._clock.wall_ms())
        if not self._put(_Item((), (record,), landed)):
            return False
        await asyncio.wait([landed], timeout=self._limits.close_s)
        if landed.done() and landed.result():
            self.degraded = None
            self._latched = asyncio.get_running_loop().create_future()
        return self.degraded is None

    def latch(self, reason: str) -> None:
        """Enter JOURNAL DEGRADED, once: spool what is not committed, tell the owner, leave a record."""
        if self.degraded is not None:
            return
        self.degraded = reason
        self._latched.set_result(None)
        for item in (*self._in_flight, *self._queue):
            self._to_spool(item)
        record = Record("journal_degraded", SYSTEM, "", {"reason": reason}, self._clock.wall_ms())
        self._put(_Item((), (record,)))
        if self._on_degraded:
            self._on_degraded(reason)

    async def run(self) -> None:
        """Write until `close`; an exception that leaves here is a bug or a second writer."""
        try:
            while not (self._closing and not self._queue):
                await self._pause()
                left = len(self._queue)
                while left:
                    chunk = [self._queue.popleft() for _ in range(min(left, self._limits.batch_items))]
                    left -= len(chunk)
                    await self._take(chunk)
        except Exception as error:
            self.latch(f"the writer died: {error}")
            raise
        finally:
            self._stopped = True
            for item in (*self._in_flight, *self._queue):
                self._give_up(item, "the writer stopped")

    async def close(self, task: asyncio.Task[None]) -> None:
        """Flush and end `task`, the one that runs `run`; what the disk does not take in time is spooled."""
        self._closing = True
        self._wake.set()
        done, _ = await asyncio.wait([task], timeout=self._limits.close_s)
        if not done:
            task.cancel()
            await asyncio.wait([task], timeout=self._limits.busy_s)
        if self._timer:
            self._timer.cancel()
        if self._conn is not None:
            await self._conn.close()
            self._conn = None

    def _put(self, item: _Item) -> bool:
        """Queue an item; False if it went to the spool only."""
        if self._stopped or len(self._queue) >= self._limits.queue:
            self._give_up(item, "the writer stopped" if self._stopped else "the journal queue is full")
            return False
        self._queue.append(item)
        if self.degraded is not None:
            self._to_spool(item)
        if item.landed or len(self._queue) >= self._limits.early:
            self._wake.set()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limits.batch_s, self._wake.set)
        return True

    def _give_up(self, item: _Item, reason: str) -> None:
        """Leave an item to the spool alone."""
        if self.degraded is None:
            # The record of it would only follow the item out; the owner and the spool have the reason.
            self.latch(reason)
        self._given_up += len(item.records)
        self._to_spool(item, reason)
        if item.landed and not item.landed.done():
            item.landed.set_result(False)

    def _to_spool(self, item: _Item, reason: str = "") -> None:
        if not item.spooled:
            item.spooled = True
            seq = self._tail.seq if self._tail else 0
            line = Spooled(seq, reason or self.degraded or "", item.changes, item.records)
            self._spool.put(line, aloud=item.landed is not None)

    async def _pause(self) -> None:
        """Wait until there is something to commit; checkpoint once when it stays quiet."""
        while not self._wake.is_set():
            try:
                await asyncio.wait_for(self._wake.wait(), self._limits.idle_s if self._unchecked else None)
            except TimeoutError:
                await self._checkpoint()
        self._wake.clear()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def _take(self, chunk: list[_Item]) -> None:
        """Encode and commit a chunk; what cannot be encoded goes to the spool by itself."""
        self._in_flight = chunk
        good: list[_Item] = []
        rows = 0
        for item in chunk:
            try:
                item.encoded = sql.encode(item.changes, item.records, self._epochs)
                good.append(item)
            except (JournalValueError, *_NOT_STORABLE, AttributeError, KeyError) as error:
                self._give_up(item, f"a submission cannot be stored: {error}")
            rows += len(item.changes) + len(item.records)
            if rows >= _ENCODE_SLICE:
                rows = 0
                await asyncio.sleep(0)
        await self._land(good)
        self._in_flight = []
        if self._wal_is_big():
            await self._checkpoint()

    async def _land(self, items: list[_Item]) -> None:
        """Commit `items` in one transaction, however long the disk takes; a bad one is left out."""
        journal = sql.chain(self._tail, [record for item in items for record in item.encoded.records])
        pause_s = self._limits.retry_s
        while items:
            looked = self._conn is None  # a new connection looks at the chain's end first
            try:
                await self._write(items, journal)
            except Exception as error:
                await self._drop_connection()
                if _is_disk(error):
                    self.latch(f"the database failed: {_text(error)}")
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, _SLOWEST_RETRY_S)
                    continue
                if not isinstance(error, _NOT_STORABLE):
                    raise
                if len(items) == 1 and not looked:
                    continue  # a row of somebody else's in our place looks the same: look before giving up
                if len(items) == 1:
                    self._give_up(items[0], f"a submission cannot be stored: {_text(error)}")
                    return
                for item in items:
                    await self._land([item])
                return
            self._tail = journal[-1] if journal else self._tail
            self._unchecked = True
            self._on_landed(journal)
            for item in items:
                if item.landed and not item.landed.done():
                    item.landed.set_result(True)
            return

    async def _write(self, items: list[_Item], journal: list[ChainRow]) -> None:
        fresh = self._conn is None
        conn = self._conn = self._conn or await self._engine.connect()
        encoded = [item.encoded for item in items]
        if not await conn.run_sync(self._fill, encoded, journal, fresh):
            return
        await failpoint_off_loop("before_commit")
        await conn.commit()
        await failpoint_off_loop("after_commit")

    def _fill(
        self, conn: Connection, encoded: list[sql.Encoded], journal: list[ChainRow], fresh: bool
    ) -> bool:
        """Put everything into an open transaction; False where it is already in the file."""
        if fresh:
            # After an error nobody knows whether the commit reached the disk: ask the file.
            check_durable(conn, self._database)
            stored = read_tail(conn)
            conn.rollback()
            if journal and stored == journal[-1]:
                return False
            if stored != self._tail:
                raise StoreError(
                    f"{self._database}: somebody else wrote to the journal; stopping to keep it whole."
                )
        sql.apply(conn, encoded, journal)
        return True

    async def _drop_connection(self) -> None:
        """Forget the connection, so that the next attempt starts with a clean one."""
        if self._conn is not None:
            conn, self._conn = self._conn, None
            await conn.invalidate()
            await conn.close()

    def _wal_is_big(self) -> bool:
        try:
            return self._wal.stat().st_size > self._limits.wal_bytes
        except OSError:
            return False

    async def _checkpoint(self) -> None:
        """Copy the WAL into the database; PASSIVE never waits for a reader."""
        self._unchecked = False
        if self._conn is None:
            return
        try:
            await self._conn.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
            await self._conn.rollback()
        except DBAPIError as error:
            await self._drop_connection()
            self.latch(f"the checkpoint failed: {_text(error)}")
