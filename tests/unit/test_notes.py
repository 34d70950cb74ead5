"""Signed notes: one text a value, every change of it found; keys read back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.store.notes import (
    Checkpoint,
    NoteError,
    SigningKey,
    VerifierKey,
    parse_note,
    split_notes,
)

KEY = SigningKey("onekey-test", bytes(range(32)))
POINT = Checkpoint("onekey-test", 4213, "ab" * 32, 1_795_305_600_000)
NOTE = KEY.sign(POINT.text)


def signed_by_us(text: str) -> bool:
    try:
        return parse_note(text).signer([KEY.public]) is not None
    except NoteError:
        return False


def test_a_note_is_read_back() -> None:
    note = parse_note(NOTE)
    assert note.checkpoint == POINT
    assert note.signer([SigningKey.new("onekey-test").public, KEY.public]) == KEY.public
    assert NOTE.splitlines()[:4] == ["onekey-test", "4213", f"{'q6ur' * 10}q6s=", "at 1795305600000"]
    assert NOTE.splitlines()[5].startswith("— onekey-test ")


def test_the_form_is_that_of_signed_notes() -> None:
    """A key that others made: its hash is over name, newline, 0x01 and the key."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert key.text.split("+")[1] == "c74f20a3"
    assert not key.signed("anything\n", bytes(64))


@pytest.mark.parametrize("kind", ["flip", "delete", "insert", "swap"])
def test_every_change_of_one_byte_is_found(kind: str) -> None:
    raw = NOTE.encode()
    for at in range(len(raw)):
        changed = {
            "flip": [raw[:at] + bytes([raw[at] ^ (1 << bit)]) + raw[at + 1 :] for bit in range(8)],
            "delete": [raw[:at] + raw[at + 1 :]],
            "insert": [raw[:at] + bytes([byte]) + raw[at:] for byte in b"\n A=+0"],
            "swap": [raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :]],
        }[kind]
        for mutant in changed:
            if mutant != raw:
                assert not signed_by_us(mutant.decode("utf-8", "replace")), (kind, at)


@given(st.text())
def test_any_text_is_a_note_or_an_error(text: str) -> None:
    assert not signed_by_us(text)
    assert not signed_by_us(NOTE + text) or not text
    split_notes(text)


def test_keys_are_read_back_and_damage_is_told_without_the_secret() -> None:
    assert SigningKey.parse(KEY.text + "\n").public == KEY.public
    assert VerifierKey.parse(KEY.public.text) == KEY.public
    secret = KEY.text.split("+")[-1]
    for text in ("", "PRIVATE+KEY", KEY.public.text, KEY.text[:-1], KEY.text.replace("onekey", "other")):
        with pytest.raises(NoteError) as told:
            SigningKey.parse(text)
        assert secret not in str(told.value)
    for text in ("", "a+b+c", KEY.text, KEY.public.text[:-2], KEY.public.text.replace("-test", "")):
        with pytest.raises(NoteError):
            VerifierKey.parse(text)


def test_a_torn_last_note_is_left_out() -> None:
    other = KEY.sign(Checkpoint("onekey-test", 9, "cd" * 32, 1).text)
    file = f"{NOTE}\n{other}\n"
    assert split_notes(file) == [NOTE, other]
    for cut in range(1, len(other)):
        assert split_notes(file[: -cut - 1])[:1] == [NOTE]
        assert all(n in (NOTE, other) or not signed_by_us(n) for n in split_notes(file[: -cut - 1]))
