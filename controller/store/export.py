"""An exported journal: one row a line, closed by a signed checkpoint; checked without onekey's store. Pure.

A line is the row as canonical JSON; without its `hash` it is the text that was hashed. The last line is
`{"checkpoint":"…"}`: it covers every row before it, so an export that was cut is known to be.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from controller.store.journal import GENESIS, canonical
from controller.store.notes import VerifierKey
from controller.store.seals import SealCheck, Sealed

_HASH = b',"hash":"'
_AFTER = len(_HASH) + 64
_MEMBERS = ("actor", "at_ms", "body", "epoch", "hash", "kind", "prev", "section", "seq")
_TYPES = (dict, int, dict, int, str, str, str, str, int)
_CLOSING = b'{"checkpoint":'


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What the walk found.

    Attributes:
        rows: rows that fit.
        line: the first line that does not, counted from 1; None if all do.
        reason: why, for people.
        closed: the export ends with a checkpoint over all of it.
    """

    ok: bool
    rows: int
    line: int | None
    reason: str
    last_hash: str
    closed: bool
    sealed: Sealed


class ExportCheck:
    """Walks an export line by line; once it is broken it stays so.

    Args:
        keys: public keys kept apart; none takes the one the journal names.
        outside: checkpoints kept elsewhere.
    """

    def __init__(self, keys: Sequence[VerifierKey] = (), outside: Iterable[str] = ()) -> None:
        self._seals = SealCheck(keys, outside)
        self._seq = 0
        self._hash = GENESIS
        self._lines = 0
        self._fault = ""
        self._closed = False

    def feed(self, line: bytes) -> str:
        """Look at the next line, without its line feed; return what is wrong, "" for nothing."""
        if not self._fault:
            self._lines += 1
            try:
                self._fault = self._look(line)
            except (ValueError, KeyError, TypeError, RecursionError) as err:
                self._fault = f"line {self._lines} is no record: {err}"
        return self._fault

    def end(self, *, torn: bool = False) -> ExportResult:
        """Return what was found; `torn`: the last line had no line feed."""
        line: int | None = self._lines
        if not self._fault and torn:
            self._fault = "the last line is torn: the export was cut"
        if not self._fault:
            line = None
            if not self._closed:
                self._fault = "the export does not end with a checkpoint: it was cut, or made without a key"
            else:
                self._fault = self._seals.end()
        return ExportResult(
            not self._fault,
            self._seq,
            line if self._fault else None,
            self._fault,
            self._hash,
            self._closed,
            self._seals.result(),
        )

    def _look(self, line: bytes) -> str:
        if self._closed:
            return f"line {self._lines} follows the closing checkpoint"
        if line.startswith(_CLOSING):
            return self._close(line)
        # `hash` is the only member of that name after the body, and its neighbours hold no objects.
        at = line.rfind(_HASH)
        row: dict[str, Any] = json.loads(line)
        if at < 0 or tuple(row) != _MEMBERS or tuple(map(type, row.values())) != _TYPES:
            return f"line {self._lines} has not the members of a record"
        seq = row["seq"]
        if seq != self._seq + 1:
            return f"record {seq} follows record {self._seq}: records are missing or out of order"
        if row["prev"] != self._hash:
            return f"record {seq} does not name the hash of record {self._seq}"
        text = line[:at] + line[at + _AFTER + 1 :]
        if sha256(text).hexdigest() != row["hash"]:
            return f"record {seq} was changed: its hash does not fit"
        self._seq, self._hash = seq, row["hash"]
        kind = row["kind"]
        body = json.dumps(row["body"]) if kind in ("key", "key_rotated", "checkpoint") else ""
        return self._seals.feed(seq, self._hash, kind, body)

    def _close(self, line: bytes) -> str:
        said = json.loads(line)
        if set(said) != {"checkpoint"} or type(said["checkpoint"]) is not str:
            return f"line {self._lines} is no closing checkpoint"
        if closing_line(said["checkpoint"]).encode() != line:
            return f"line {self._lines} is no closing checkpoint"
        fault = self._seals.closes(said["checkpoint"], self._seq, self._hash)
        self._closed = not fault
        return fault


def closing_line(note: str) -> str:
    """Return the last line of an export."""
    return canonical({"checkpoint": note})


def check_export(
    lines: Iterable[bytes], *, keys: Sequence[VerifierKey] = (), outside: Iterable[str] = ()
) -> ExportResult:
    """Walk an export whose lines still have their line feeds."""
    check = ExportCheck(keys, outside)
    torn = False
    for line in lines:
        torn = not line.endswith(b"\n")
        if check.feed(line[:-1] if not torn else line):
            break
    return check.end(torn=torn)
