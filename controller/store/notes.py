"""Signed notes: the text a checkpoint has, how it is signed and checked (C2SP signed-note, ed25519). Pure.

    onekey-sanduling
    4213
    q83vEjRWeJA…=
    at 1795305600000

    — onekey-sanduling 4nHZrT0x…==

Origin, number of records, hash of the last of them in base64 (where a log of Merkle trees has its root),
UTC milliseconds; an empty line; one line a signature.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY"
_DASH = "— "


class NoteError(ValueError):
    """The text is no note, key or checkpoint of ours; the message says what is wrong with it."""


def _base64(text: str, size: int, what: str) -> bytes:
    """Decode strictly: one text a value, so that no flipped bit goes unseen."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(f"{what} is no base64") from None
    if len(raw) != size or base64.b64encode(raw).decode() != text:
        raise NoteError(f"{what} has another length or form")
    return raw


def _key_hash(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> str:
    if not name or "+" in name or not name.isprintable() or any(c.isspace() for c in name):
        raise NoteError(f"{name!r} is no name of a key: no blank, no plus sign")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under; its text is `<name>+<hash>+<base64>`."""

    name: str
    public: bytes

    @property
    def text(self) -> str:
        """What people keep apart from the journal."""
        data = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{_key_hash(self.name, self.public).hex()}+{data}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it back; raises NoteError."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteError("a public key looks like name+1a2b3c4d+Base64")
        name, hashed, data = parts
        raw = _base64(data, 33, "the public key")
        key = cls(_check_name(name), raw[1:])
        if raw[:1] != _ED25519 or _key_hash(name, key.public).hex() != hashed:
            raise NoteError("the public key does not fit its hash: it was not copied whole")
        return key

    def signed(self, text: str, signature: bytes) -> bool:
        """Return whether the signature of this text is of this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """A private key with its name."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = VerifierKey(_check_name(name), self._key.public_key().public_bytes_raw())

    @classmethod
    def new(cls, name: str) -> Self:
        """Make one."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def text(self) -> str:
        """The content of the key file: a secret."""
        data = base64.b64encode(_ED25519 + self._seed).decode()
        hashed = _key_hash(self.public.name, self.public.public).hex()
        return f"{_PRIVATE}+{self.public.name}+{hashed}+{data}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key file; raises NoteError without quoting the secret."""
        parts = text.strip().removeprefix(f"{_PRIVATE}+").split("+", 2)
        if len(parts) != 3 or not text.startswith(_PRIVATE):
            raise NoteError("it is no private key of onekey")
        name, hashed, data = parts
        raw = _base64(data, 33, "the private key")
        key = cls(name, raw[1:])
        if raw[:1] != _ED25519 or _key_hash(name, key.public.public).hex() != hashed:
            raise NoteError("the private key does not fit its hash: the file is damaged")
        return key

    def sign(self, text: str) -> str:
        """Return the note: the text with its signature."""
        public = self.public
        raw = _key_hash(public.name, public.public) + self._key.sign(text.encode())
        return f"{text}\n{_DASH}{public.name} {base64.b64encode(raw).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The journal of `origin` had `size` records at `at_ms`, and the hash of the last was `head` (hex)."""

    origin: str
    size: int
    head: str
    at_ms: int

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(bytes.fromhex(self.head)).decode()
        return f"{self.origin}\n{self.size}\n{root}\nat {self.at_ms}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it was read, with every signature under it: (name, hash of the key, signature)."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signer(self, keys: Iterable[VerifierKey]) -> VerifierKey | None:
        """Return the first of `keys` that really signed it."""
        for key in keys:
            hashed = _key_hash(key.name, key.public)
            for name, of_key, signature in self.signatures:
                if (name, of_key) == (key.name, hashed) and key.signed(self.checkpoint.text, signature):
                    return key
        return None


def parse_note(text: str) -> Note:
    """Read a note; raises NoteError for anything that is not exactly one."""
    head, _, tail = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) != 4 or not tail.endswith("\n"):
        raise NoteError("a checkpoint has four lines, an empty one, and signatures")
    origin, size, root, at = lines
    at_ms = at.removeprefix("at ")
    if not (_number(size) and _number(at_ms)):
        raise NoteError("size and time of a checkpoint are whole numbers")
    checkpoint = Checkpoint(origin, int(size), _base64(root, 32, "the hash").hex(), int(at_ms))
    if checkpoint.text != f"{head}\n":
        raise NoteError("the checkpoint has another form")
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    return Note(checkpoint, signatures)


def _number(text: str) -> bool:
    return 0 < len(text) < 20 and text.isascii() and text.isdigit()


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, data = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH):
        raise NoteError("a line of signature begins with a dash")
    raw = _base64(data, 68, "a signature")
    return _check_name(name), raw[:4], raw[4:]


def split_notes(text: str) -> list[str]:
    """Return the notes of a file that holds one after the other, an empty line behind each.

    A torn last one, as a power cut leaves it, is left out.
    """
    notes = []
    parts = text.split("\n\n")
    for body, signed in zip(parts[::2], parts[1::2], strict=False):
        if signed:
            notes.append(f"{body}\n\n{signed}\n")
    return notes
