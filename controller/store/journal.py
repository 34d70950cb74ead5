"""Alone in knowing how a journal record becomes text and how the chain of hashes is made and checked.

The hash of a row is the SHA-256 of the canonical JSON of the whole row but its hash:
`{"actor":…,"at_ms":…,"body":…,"epoch":…,"kind":…,"prev":…,"section":…,"seq":…}`. Anybody with an
exported line and a JSON library can check it. Pure: no clock, no file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias

GENESIS = "0" * 64
"""`prev` of the first row."""

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"
_ENCODE = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
_TEXT = json.JSONEncoder(ensure_ascii=False).encode
_DEEPEST = 64


class JournalValueError(ValueError):
    """The value has no canonical form; the message names the place inside it."""


def canonical(value: Any, name: str = "body") -> str:
    """Return the one JSON text of `value`: keys sorted by code point, no spaces, non-ASCII as itself.

    Mappings become objects, lists and tuples become lists, a StrEnum its text. `name` is what an
    error calls the value.

    Raises:
        JournalValueError: for a float (use integer ms and mm), a key that is not text, text that is
            not valid UTF-8, anything else JSON has no word for, and nesting deeper than 64.
    """
    text = _ENCODE(_plain(value, name, _DEEPEST))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise JournalValueError(f"{name} holds half a surrogate pair, which UTF-8 cannot carry") from error
    return text


def _plain(value: Any, at: str, depth: int) -> Json:
    if value is None or isinstance(value, str | int):
        return value
    if depth == 0:
        raise JournalValueError(f"{at} is nested deeper than {_DEEPEST}")
    if isinstance(value, Mapping):
        plain: dict[str, Json] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise JournalValueError(f"{at} has the key {key!r}, which is not text")
            plain[key] = (
                item if item is None or type(item) in _ATOMS else _plain(item, f"{at}.{key}", depth - 1)
            )
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, f"{at}[{n}]", depth - 1) for n, item in enumerate(value)]
    if isinstance(value, float):
        raise JournalValueError(f"{at} is the float {value!r}; records hold integers in ms and mm")
    raise JournalValueError(f"{at} is a {type(value).__name__}, which JSON has no word for")


_ATOMS = frozenset({str, int, bool})


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One journal row as stored; `actor` and `body` are canonical JSON text."""

    seq: int
    at_ms: int
    kind: str
    actor: str
    section: str
    epoch: int
    body: str
    prev: str
    hash: str

    def hashed_text(self) -> str:
        """Return the text the hash is made of."""
        return f"{self._head()},{self._tail()}"

    def export_line(self) -> str:
        """Return the row as one line of canonical JSON; without its `hash` that is the hashed text."""
        return f'{self._head()},"hash":{_TEXT(self.hash)},{self._tail()}'

    def _head(self) -> str:
        return f'{{"actor":{self.actor},"at_ms":{self.at_ms},"body":{self.body},"epoch":{self.epoch}'

    def _tail(self) -> str:
        kind, prev, section = _TEXT(self.kind), _TEXT(self.prev), _TEXT(self.section)
        return f'"kind":{kind},"prev":{prev},"section":{section},"seq":{self.seq}}}'


def chain_hash(row: ChainRow) -> str:
    """Return what `row.hash` must be, 64 hexadecimal digits; `row.hash` itself is not looked at."""
    return sha256(row.hashed_text().encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What a walk along the chain found.

    Attributes:
        rows: how many rows were looked at, the broken one included.
        first_bad_seq: `seq` of the first row that does not fit, None if all do.
        reason: why, for people; empty if all fit.
        last_hash: hash of the last good row. Rows cut off the *end* leave a chain that fits, so a
            reader who noted this hash elsewhere compares it.
    """

    ok: bool
    rows: int
    first_bad_seq: int | None = None
    reason: str = ""
    last_hash: str = GENESIS


class ChainCheck:
    """Walks a chain row by row, in order; give it the row before the first one if that is not row 1."""

    def __init__(self, *, after: ChainRow | None = None) -> None:
        self._seq = after.seq if after else 0
        self._hash = after.hash if after else GENESIS
        self._rows = 0
        self._bad: VerifyResult | None = None

    def feed(self, row: ChainRow) -> bool:
        """Look at the next row and return whether the chain still holds; once broken it stays broken."""
        if self._bad:
            return False
        self._rows += 1
        if reason := self._fault(row):
            self._bad = VerifyResult(False, self._rows, row.seq, reason, self._hash)
            return False
        self._seq, self._hash = row.seq, row.hash
        return True

    def result(self) -> VerifyResult:
        """Return what was found so far."""
        return self._bad or VerifyResult(True, self._rows, last_hash=self._hash)

    def _fault(self, row: ChainRow) -> str:
        if row.seq != self._seq + 1:
            return f"row {row.seq} follows row {self._seq}: rows are missing or out of order"
        if row.prev != self._hash:
            return f"row {row.seq} does not name the hash of row {self._seq}"
        # Only whole JSON values make the hashed text unambiguous: a quote moved from one field
        # into its neighbour must not give the same text.
        for name, text in (("actor", row.actor), ("body", row.body)):
            if not _is_canonical(text):
                return f"{name} of row {row.seq} is not canonical JSON"
        if chain_hash(row) != row.hash:
            return f"row {row.seq} was changed: its hash does not fit"
        return ""


def _is_canonical(text: str) -> bool:
    try:
        return _ENCODE(json.loads(text)) == text
    except ValueError:
        return False


def verify(rows: Iterable[ChainRow], *, after: ChainRow | None = None) -> VerifyResult:
    """Walk `rows` and name the first one that was changed, is missing or is out of order.

    Args:
        rows: in order of `seq`; an empty chain is a good one.
        after: the row before the first, where the walk does not start at row 1.
    """
    check = ChainCheck(after=after)
    for row in rows:
        if not check.feed(row):
            break
    return check.result()


def chained(
    previous: ChainRow | None, *, at_ms: int, kind: str, actor: str, section: str, epoch: int, body: str
) -> ChainRow:
    """Return the row that follows `previous` (None: the first row) with its hash."""
    seq, prev = (previous.seq + 1, previous.hash) if previous else (1, GENESIS)
    bare = ChainRow(seq, at_ms, kind, actor, section, epoch, body, prev, "")
    return ChainRow(seq, at_ms, kind, actor, section, epoch, body, prev, chain_hash(bare))
