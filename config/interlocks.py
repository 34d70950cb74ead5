"""An interlock: showings that must never all stand at once (S9)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interlock:
    """Showings that must never all stand at once.

    Attributes:
        never: device → the words of `config.showings` that take part in the forbidden combination.
        reason_zh, reason_en: why, as people are told it.
        settle_ms: how long its devices may show it while their lamps change.
        built_in: it follows from the site; nobody wrote it.
    """

    id: str
    never: Mapping[str, frozenset[str]]
    reason_zh: str
    reason_en: str
    settle_ms: int
    built_in: bool = False
