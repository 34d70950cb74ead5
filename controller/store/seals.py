"""Whether the signed checkpoints of a journal fit it, and what lies behind the last one. Pure.

Fed row by row beside the chain's own check. Trust runs forward from a key that was given: over its own
checkpoints, and over a new key whose naming it signed. Backward the hashes carry it: the newest key will do.
"""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.store.notes import Note, NoteError, VerifierKey, parse_note

KEY, ROTATED, CHECKPOINT = "key", "key_rotated", "checkpoint"
"""Kinds of the records this module understands."""

_REACH = 50_000
"""How many records a checkpoint may lie back when its own record is written."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """What the journal says of its key.

    Attributes:
        named: the public key it names last; None before the first.
        handed_over: a checkpoint covers that record, so the key named there signs from then on.
    """

    named: str | None = None
    handed_over: bool = True


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the checkpoints say.

    Attributes:
        size: records the newest good checkpoint covers; 0 without one.
        checkpoints: good ones in the journal itself.
        keys: public keys that signed, oldest first.
        given: whether a key was given from outside; else the journal vouches for itself.
        outside: checkpoints kept elsewhere that were compared.
    """

    size: int
    checkpoints: int
    keys: tuple[str, ...]
    given: bool
    outside: int = 0


class SealCheck:
    """Walks beside a chain.

    Args:
        keys: public keys kept apart; none takes the one the journal names.
        outside: notes kept elsewhere, to be found again in this journal.
    """

    def __init__(self, keys: Sequence[VerifierKey] = (), outside: Iterable[str] = ()) -> None:
        self._given = tuple(keys)
        self._trusted = not keys
        self._keys: list[VerifierKey] = []
        self._pending: tuple[int, VerifierKey] | None = None
        self._heads: deque[str] = deque(maxlen=_REACH)
        self._seq = 0
        self._size = self._count = 0
        self._outside: dict[int, list[Note]] = {}
        self._unread = 0
        self._compared = 0
        self._not_ours = 0
        for text in outside:
            try:
                note = parse_note(text)
            except NoteError:
                self._unread += 1
            else:
                self._outside.setdefault(note.checkpoint.size, []).append(note)

    def feed(self, seq: int, row_hash: str, kind: str, body: str) -> str:
        """Take the next row of an unbroken chain; return what is wrong, "" for nothing."""
        self._seq = seq
        self._heads.append(row_hash)
        if seq in self._outside and (fault := self._compare(self._outside.pop(seq), row_hash)):
            return fault
        if kind in (KEY, ROTATED, CHECKPOINT):
            try:
                return self._understand(seq, kind, json.loads(body))
            except (NoteError, ValueError, KeyError, TypeError, RecursionError) as err:
                return f"record {seq} ({kind}) cannot be understood: {err}"
        return ""

    def closes(self, note: str, seq: int, row_hash: str) -> str:
        """Check the checkpoint an export ends with; return what is wrong."""
        try:
            read = parse_note(note)
        except NoteError as err:
            return f"the closing checkpoint cannot be read: {err}"
        if read.checkpoint.size != seq or read.checkpoint.head != row_hash:
            covers = read.checkpoint.size
            return f"the closing checkpoint covers {covers} records, the export has {seq}: it was cut"
        return self._accept(read)

    def end(self) -> str:
        """Return what is missing at the end of the journal, "" for nothing."""
        late = [note for size, notes in self._outside.items() if size > self._seq for note in notes]
        for note in sorted(late, key=lambda n: n.checkpoint.size):
            if note.signer(self._keys) is not None:
                return (
                    f"records {self._seq + 1} to {note.checkpoint.size} are missing: a checkpoint kept "
                    f"elsewhere was signed when they were there"
                )
        if self._given and not self._size:
            return "no checkpoint is signed by the public key that was given"
        return ""

    def result(self) -> Sealed:
        """Return what was found so far."""
        return Sealed(
            self._size, self._count, tuple(k.text for k in self._keys), bool(self._given), self._compared
        )

    def _understand(self, seq: int, kind: str, said: dict[str, object]) -> str:
        match kind:
            case "key":
                named = VerifierKey.parse(str(said["public"]))
                if self._keys and named != self._keys[-1] and self._trusted and named not in self._given:
                    return (
                        f"record {seq} names another key, and the one before it did not sign that; "
                        "if the key file was lost, give both public keys"
                    )
                if not self._keys or named != self._keys[-1]:
                    self._trust(named)
                return ""
            case "key_rotated":
                self._pending = seq, VerifierKey.parse(str(said["to"]))
                return ""
        note = parse_note(str(said["note"]))
        size = note.checkpoint.size
        back = seq - size
        if not 1 <= back < len(self._heads) or self._heads[-1 - back] != note.checkpoint.head:
            return f"the checkpoint in record {seq} does not fit record {size}"
        return self._accept(note)

    def _accept(self, note: Note) -> str:
        if not self._keys and self._given:
            self._trust(self._given[0])
        if not self._keys:
            return "a checkpoint comes before any key is named"
        if note.signer(self._keys[-1:]) is None:
            return f"the checkpoint over {note.checkpoint.size} records is not signed by the trusted key"
        self._count += 1
        if self._trusted:
            self._size = max(self._size, note.checkpoint.size)
        if self._pending is not None and note.checkpoint.size >= self._pending[0]:
            self._trust(self._pending[1])
            self._pending = None
        return ""

    def _trust(self, key: VerifierKey) -> None:
        self._keys.append(key)
        self._trusted = self._trusted or key in self._given

    def _compare(self, notes: list[Note], row_hash: str) -> str:
        for note in notes:
            if note.signer(self._keys) is None:
                self._not_ours += 1
            elif note.checkpoint.head != row_hash:
                return f"record {self._seq} is not the one a checkpoint kept elsewhere was signed over"
            else:
                self._compared += 1
        return ""
