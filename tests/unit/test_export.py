"""An exported journal: nothing can be changed, taken out, put in, moved or cut without being found."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.store.export import ExportCheck, ExportResult, check_export, closing_line
from controller.store.journal import ChainRow, canonical, chained
from controller.store.notes import Checkpoint, SigningKey

NAME = "onekey-test"
OLD, NEW, STRANGER = (SigningKey(NAME, bytes([n]) * 32) for n in (1, 2, 3))
ROWS = 200


class Writer:
    """Makes a journal as the store does, with what an export adds."""

    def __init__(self, key: SigningKey = OLD) -> None:
        self.key = key
        self.rows: list[ChainRow] = []
        self.notes: list[str] = []
        self.add("key", public=key.public.text, former=None)

    def add(self, kind: str = "step", **body: object) -> None:
        tail = self.rows[-1] if self.rows else None
        made = chained(
            tail,
            at_ms=1_795_305_600_000,
            kind=kind,
            actor='{"id":"李"}',
            section="fu",
            epoch=7,
            body=canonical(body),
        )
        self.rows.append(made)

    def note(self) -> str:
        tail = self.rows[-1]
        return self.key.sign(Checkpoint(NAME, tail.seq, tail.hash, 1_795_305_600_000).text)

    def seal(self, late: int = 0) -> None:
        note = self.note()
        for n in range(late):
            self.add(n=n)
        self.notes.append(note)
        self.add("checkpoint", note=note)

    def rotate(self, new: SigningKey = NEW) -> None:
        self.add("key_rotated", **{"from": self.key.public.text, "to": new.public.text})
        self.seal()
        self.key = new

    def export(self) -> bytes:
        lines = [row.export_line() for row in self.rows]
        return ("\n".join([*lines, closing_line(self.note())]) + "\n").encode()


def journal(rows: int = ROWS) -> Writer:
    made = Writer()
    while len(made.rows) < rows:
        made.add(device=f"LCS-FU-{len(made.rows)}", state="verified", hash=',"hash":"')
        if len(made.rows) % 37 == 0:
            made.seal(late=2)
    return made


WHOLE = journal()
EXPORT = WHOLE.export()
LINES = EXPORT.splitlines(keepends=True)
KEYS = [OLD.public]


def checked(data: bytes, **how: object) -> ExportResult:
    lines = data.split(b"\n")
    last = lines.pop()
    whole = [line + b"\n" for line in lines] + ([last] if last else [])
    return check_export(whole, **({"keys": KEYS} | how))  # type: ignore[arg-type]


def test_the_whole_export_is_good_with_the_public_key_alone() -> None:
    found = checked(EXPORT)
    assert found.ok, found.reason
    assert (found.rows, found.closed, found.line) == (len(WHOLE.rows), True, None)
    assert found.sealed.size == found.rows
    assert found.sealed.checkpoints == len(WHOLE.notes) + 1


class Prefixes:
    """The state of the check before each line, so that a mutant costs what lies behind it only."""

    def __init__(self) -> None:
        self.before: list[ExportCheck] = []
        self.starts: list[int] = []
        check, at = ExportCheck(KEYS), 0
        for line in LINES:
            self.before.append(copy.deepcopy(check))
            self.starts.append(at)
            assert check.feed(line[:-1]) == ""
            at += len(line)

    def found(self, line: int, data: bytes) -> bool:
        """Whether the export with everything from `line` on replaced by `data` is refused."""
        *whole, last = data.split(b"\n")
        kept = self.before[line]
        lines = kept._lines
        if whole and whole[0] != LINES[line][:-1]:
            # Nearly always refused at once, and then the state before it is as it was: no copy needed.
            refused = kept.feed(whole[0])
            kept._fault, kept._lines = "", lines
            if refused:
                return True
        check = copy.deepcopy(kept)
        for one in [*whole, *([last] if last else [])]:
            if check.feed(one):
                return True
        return not check.end(torn=bool(last)).ok


@pytest.fixture(scope="module")
def prefixes() -> Prefixes:
    return Prefixes()


def mutants(raw: bytes, chance: random.Random) -> Iterator[tuple[str, int, bytes]]:
    """Every byte once each: flipped in one bit, deleted, swapped with the next, one put before it."""
    for at, byte in enumerate(raw):
        yield "flip", at, raw[:at] + bytes([byte ^ (1 << chance.randrange(8))]) + raw[at + 1 :]
        yield "delete", at, raw[:at] + raw[at + 1 :]
        yield "insert", at, raw[:at] + bytes([chance.randrange(256)]) + raw[at:]
        if at + 1 < len(raw) and raw[at + 1] != byte:
            yield "swap", at, raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :]


def every_mutant(raw: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Every byte as every other one, deleted, swapped with every later one, and every byte put before it."""
    for at, byte in enumerate(raw):
        yield "delete", at, raw[:at] + raw[at + 1 :]
        for other in range(256):
            new = bytes([other])
            yield "insert", at, raw[:at] + new + raw[at:]
            if other != byte:
                yield "change", at, raw[:at] + new + raw[at + 1 :]
        for to in range(at + 1, len(raw)):
            if raw[to] != byte:
                swapped = raw[at + 1 : to] + raw[at : at + 1]
                yield "swap", at, raw[:at] + raw[to : to + 1] + swapped + raw[to + 1 :]


Mutants: TypeAlias = Callable[[bytes], Iterator[tuple[str, int, bytes]]]


def missed(prefixes: Prefixes, made: Mutants) -> tuple[int, list[tuple[int, str, int]]]:
    """Return how many changes were tried, and line, kind and place of those that were not found."""
    tried, left = 0, []
    for number, line in enumerate(LINES):
        rest = b"".join(LINES[number + 1 : number + 3])  # the change shows in this line or the next two
        closing = b"" if number + 3 >= len(LINES) else LINES[-1]
        for kind, at, mutant in made(line):
            tried += 1
            if not prefixes.found(number, mutant + rest + closing):
                left.append((number, kind, at))
    return tried, left


@pytest.mark.timeout(120)
def test_every_change_of_one_byte_is_found(prefixes: Prefixes) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    tried, left = missed(prefixes, lambda line: mutants(line, chance))
    assert not left, (seed, left[:5])
    assert tried > 3 * len(EXPORT)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_every_change_of_one_byte_to_every_other_is_found(prefixes: Prefixes) -> None:
    tried, left = missed(prefixes, every_mutant)
    print(f"{tried:,} changes of a journal of {len(WHOLE.rows)} records, {len(left)} not found")
    assert not left, left[:5]
    assert tried > 511 * len(EXPORT)
    assert not any(checked(EXPORT + bytes([byte])).ok for byte in range(256))


def test_every_line_taken_out_moved_or_repeated_is_found(prefixes: Prefixes) -> None:
    for number in range(len(LINES)):
        assert prefixes.found(number, b"".join(LINES[number + 1 :])), f"line {number} taken out"
        assert prefixes.found(number, b"".join([LINES[number], *LINES[number:]])), f"line {number} repeated"
        if number + 1 < len(LINES):
            moved = [LINES[number + 1], LINES[number], *LINES[number + 2 :]]
            assert prefixes.found(number, b"".join(moved)), f"line {number} moved"
        for other in (0, 17, len(LINES) - 2):
            if other != number:
                assert prefixes.found(number, b"".join([LINES[other], *LINES[number + 1 :]])), (
                    f"{other} for {number}"
                )


def test_every_cut_of_an_export_is_found() -> None:
    for at in (1, 2, 40, len(LINES[-1]), len(LINES[-1]) + 1, len(EXPORT) // 2, len(EXPORT) - 1):
        assert not checked(EXPORT[:-at]).ok, at
    assert not checked(b"").ok


def test_a_tail_cut_and_closed_by_an_older_checkpoint_is_found_by_the_ones_kept_elsewhere() -> None:
    """Whoever owns the machine can only go back to a checkpoint that was really signed."""
    note = WHOLE.notes[-2]
    size = int(note.split("\n")[1])
    cut = b"".join(LINES[:size]) + (closing_line(note) + "\n").encode()
    assert checked(cut).ok
    found = checked(cut, outside=WHOLE.notes)
    assert not found.ok
    assert f"records {size + 1} to" in found.reason


def test_a_journal_written_anew_is_found_by_the_key() -> None:
    forged = journal()
    forged.key = STRANGER
    forged.rows.clear()
    forged.add("key", public=STRANGER.public.text, former=None)
    forged.add(device="nothing happened")
    forged.seal()
    assert checked(forged.export(), keys=()).ok  # its own word is all there is without a key
    found = checked(forged.export())
    assert not found.ok
    assert "public key that was given" in found.reason


@pytest.mark.parametrize("key", [OLD, NEW], ids=["the-first-key", "the-newest-key"])
def test_a_rotation_carries_the_trust_both_ways(key: SigningKey) -> None:
    made = journal(20)
    made.rotate()
    made.add()
    made.seal()
    found = checked(made.export(), keys=[key.public])
    assert found.ok, found.reason
    assert found.sealed.keys == (OLD.public.text, NEW.public.text)


def test_a_new_key_the_old_one_did_not_sign_is_found() -> None:
    made = journal(20)
    made.add("key_rotated", **{"from": OLD.public.text, "to": STRANGER.public.text})
    made.key = STRANGER
    made.seal()
    assert "not signed by the trusted key" in checked(made.export()).reason
    lost = journal(20)
    lost.seal()
    lost.add("key", public=NEW.public.text, former=OLD.public.text)
    lost.key = NEW
    lost.seal()
    assert "did not sign" in checked(lost.export()).reason
    assert checked(lost.export(), keys=[OLD.public, NEW.public]).ok


def test_a_checkpoint_of_another_journal_is_found() -> None:
    made = journal(20)
    made.add("checkpoint", note=WHOLE.notes[-1])
    assert "does not fit" in checked(made.export()).reason


@settings(max_examples=300)
@given(st.binary(max_size=300))
@example(b'{"checkpoint":"x"}\n')
@example(b'{"checkpoint":1}\n')
@example(b"[" * 200_000)
@example(LINES[0])
def test_any_bytes_are_answered_never_a_traceback(data: bytes) -> None:
    assert not checked(data).ok
    assert not checked(data, keys=()).ok
    assert not checked(LINES[0] + data).ok


@given(st.data())
def test_any_splice_of_the_export_is_answered(data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(LINES)), min_size=2, max_size=6))
    parts = [b"".join(LINES[a:b]) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    spliced = b"".join(parts)
    assert checked(spliced).ok == (spliced == EXPORT)
