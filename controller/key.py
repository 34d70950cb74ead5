"""One press of a person: who, when, and the repeat that means the same; and what cannot be found."""

from dataclasses import dataclass

from controller.incident import Actor


class Unknown(Exception):
    """No such incident or device; the text names what was asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """One press: who, and when its message was completely received (T2).

    Attributes:
        at_s: loop seconds; at_ms: UTC milliseconds.
        idempotency: the caller's key and the hash of its body, None where it gave none.
    """

    actor: Actor
    at_s: float
    at_ms: int
    idempotency: tuple[str, str] | None = None
