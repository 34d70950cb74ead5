"""Signs the end of the journal at most every minute or thousand records, and at each incident's end.

A checkpoint is a record of the journal, and a note in a second file and syslog: whoever cuts the journal's
tail would have to cut it there as well. Nothing waits for it, and a failure of it stops nothing.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import structlog

from controller.incident import SYSTEM, Actor
from controller.store import keyfile
from controller.store.journal import ChainRow
from controller.store.keyfile import KeyFileError
from controller.store.notes import Checkpoint, NoteError, SigningKey, parse_note
from controller.store.rows import Change, Record
from controller.store.seals import CHECKPOINT, KEY, ROTATED, KeyState
from controller.store.witness import Witness, WitnessPlaces
from controller.store.writer import Durability
from devices.clock import Clock
from devices.failpoints import failpoint

log = structlog.get_logger()

Submit: TypeAlias = Callable[[Sequence[Change], Sequence[Record]], None]
Commit: TypeAlias = Callable[[Sequence[Change], Sequence[Record]], Awaitable[Durability]]
HeadOf: TypeAlias = Callable[[int], Awaitable[str | None]]
"""seq → hash of that row, None where there is none."""

EVERY_S = 60.0
EVERY_RECORDS = 1_000
WITNESS_S = 5.0
"""A second file that takes longer is an alarm."""
START_S = 1.0
END_S = 1.0
KEEPING, CUT = "keeping", "cut"
"""What may be wrong: a checkpoint cannot be made or kept; the journal is not the one that was signed."""
AT_ONCE = frozenset({"cleared", "cancelled", "cancel", ROTATED})
"""Kinds of record that are sealed without waiting: an incident has ended."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a controller is told of its checkpoints.

    Attributes:
        name: origin of the journal, the name of its key.
        key_file: the private key; made where it is missing.
    """

    name: str
    key_file: Path
    places: WitnessPlaces
    every_s: float = EVERY_S
    every_records: int = EVERY_RECORDS


class Checkpoints:
    """Told of every committed row; `run` is its task.

    Nothing waits for its records: a commit that is slow because of one must not degrade the journal.
    """

    def __init__(self, sealing: Sealing, clock: Clock) -> None:
        self._sealing = sealing
        self._clock = clock
        self._submit: Submit = lambda _changes, _records: None
        self._witness = Witness(sealing.places)
        self._trouble: Callable[[str, str], None] = lambda _subject, _text: None
        self._said = {KEEPING: "", CUT: ""}
        self._tail: ChainRow | None = None
        self._new = 0
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._key: SigningKey | None = None
        try:
            self._key = keyfile.load_or_make(sealing.key_file, sealing.name)
        except KeyFileError as err:
            self._say(KEEPING, f"no checkpoints are signed: {err}")

    @property
    def public_key(self) -> str | None:
        """The verifier key of now, None where there is no key."""
        return self._key.public.text if self._key else None

    @property
    def file(self) -> Path:
        """The second file."""
        return self._sealing.places.file

    def when_troubled(self, tell: Callable[[str, str], None]) -> None:
        """Have trouble told as (KEEPING or CUT, text) from now on; an empty text: all is well again."""
        self._trouble = tell
        for subject, text in self._said.items():
            if text:
                tell(subject, text)

    def landed(self, rows: Sequence[ChainRow]) -> None:
        """Take note of rows that are on disk; called by the writer, cheap, never raises."""
        if not rows:
            return
        self._tail = rows[-1]
        before = self._new
        self._new += sum(row.kind != CHECKPOINT for row in rows)
        if self._new >= self._sealing.every_records or any(row.kind in AT_ONCE for row in rows):
            self._wake.set()
        elif self._new and not before and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._sealing.every_s, self._wake.set)

    async def start(self, submit: Submit, tail: ChainRow, state: KeyState, head_of: HeadOf) -> None:
        """Name the key in the journal where it is not, and compare the second file with the journal.

        Args:
            submit: hands records to the writer.
            tail: the last row of the journal.
        """
        self._submit = submit
        self.landed((tail,))
        await self._look_for_a_cut(head_of)
        if self._key is None:
            return
        staged = await asyncio.to_thread(keyfile.staged, self._sealing.key_file)
        if staged is not None and staged.public.text == state.named:
            # A rotation was cut off by a kill: the former key signs what names the new one, once.
            if not state.handed_over:
                await self.seal()
            await asyncio.to_thread(keyfile.finish, self._sealing.key_file)
            self._key = staged
        if state.named != self.public_key:
            body = {"public": self.public_key, "former": state.named}
            self._submit([], [Record(KEY, SYSTEM, "", body, self._clock.wall_ms())])

    async def run(self) -> None:
        """Seal whenever it is time; for ever."""
        while True:
            await self._wake.wait()
            await self.seal()

    async def seal(self, within_s: float = WITNESS_S) -> None:
        """Sign the end of the journal now, if there is anything new; `within_s` is for the second file."""
        async with self._turn:
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            tail, key = self._tail, self._key
            if tail is None or key is None or not self._new:
                return
            self._new = 0
            failpoint("before_checkpoint")
            note = self._sign(key, tail)
            body = {"size": tail.seq, "head": tail.hash, "note": note}
            self._submit([], [Record(CHECKPOINT, SYSTEM, "", body, self._clock.wall_ms())])
            fault = await self._witness.put(note, within_s)
            failpoint("after_checkpoint")
            self._say(KEEPING, f"a checkpoint could not be kept: {fault}" if fault else "")

    def closing(self) -> tuple[int, str] | None:
        """Return (seq, note) over what is on disk now, for an export; None without a key or record."""
        if self._tail is None or self._key is None:
            return None
        return self._tail.seq, self._sign(self._key, self._tail)

    async def rotate(self, actor: Actor, commit: Commit) -> str:
        """Make a new key, have the present one sign its name, and use it from then on.

        Returns:
            The new public key.

        Raises:
            KeyFileError: the key file cannot be replaced, or the journal did not take the record.
        """
        if self._key is None:
            raise KeyFileError(f"there is no key to rotate: {self._said[KEEPING]}")
        file = self._sealing.key_file
        new = SigningKey.new(self._sealing.name)
        try:
            await asyncio.to_thread(keyfile.stage, file, new)
        except OSError as err:
            raise KeyFileError(f"{file}: {err.strerror}: the key stays as it is") from err
        body = {"from": self._key.public.text, "to": new.public.text}
        done = await commit([], [Record(ROTATED, actor, "", body, self._clock.wall_ms())])
        if not done.durable:
            raise KeyFileError("the journal is degraded: the key stays as it is")
        await self.seal()  # by the old key, over the record that names the new one
        async with self._turn:
            with contextlib.suppress(OSError):  # the next start finishes it
                await asyncio.to_thread(keyfile.finish, file)
            self._key = new
        return new.public.text

    async def close(self) -> None:
        """Seal what is there and let the witness end."""
        if self._timer is not None:
            self._timer.cancel()
        await self.seal(END_S)
        self._witness.close()

    def _sign(self, key: SigningKey, tail: ChainRow) -> str:
        return key.sign(Checkpoint(self._sealing.name, tail.seq, tail.hash, self._clock.wall_ms()).text)

    async def _look_for_a_cut(self, head_of: HeadOf) -> None:
        text = await self._witness.newest(START_S)
        if self._key is None:
            return
        try:
            note = parse_note(text)
        except NoteError:
            return
        if note.signer([self._key.public]) is None:
            return
        size = note.checkpoint.size
        head = await head_of(size)
        if head == note.checkpoint.head:
            return
        have = self._tail.seq if self._tail else 0
        what = f"it ends at record {have}" if head is None else f"record {size} is another one"
        fault = (
            "the journal was cut or an older copy put back: "
            f"a checkpoint over {size} records was kept, {what}"
        )
        body = {"size": size, "head": note.checkpoint.head, "found": head or ""}
        self._submit([], [Record("journal_cut", SYSTEM, "", body, self._clock.wall_ms())])
        self._say(CUT, fault)

    def _say(self, subject: str, fault: str) -> None:
        if fault != self._said[subject]:
            self._said[subject] = fault
            if fault:
                log.warning("checkpoints", fault=fault)
            self._trouble(subject, fault)
