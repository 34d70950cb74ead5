"""How a table of sign texts is read: the row that names most of the case is for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from config.messages import Position, Situation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row of a table; a condition that is None fits everything."""

    value: T
    situation: Situation | None = None
    group: str | None = None
    position: Position | None = None

    def score(self, situation: Situation, group: str, position: Position) -> int:
        """Return how specific the row is for this case, -1 where it is not for it."""
        score = 0
        for weight, mine, asked in (
            (4, self.situation, situation),
            (2, self.group, group),
            (1, self.position, position),
        ):
            if mine is not None and mine != asked:
                return -1
            score += weight if mine is not None else 0
        return score


@dataclass(frozen=True, slots=True)
class Ladder:
    """One sentence, longest form first.

    Attributes:
        paged: so many of its first forms say too much to be lost: where none of them fits on one page,
            they are shown on two before anything shorter is.
    """

    forms: tuple[str, ...]
    paged: int = 0


def best(rows: Iterable[Row[T]], situation: Situation, group: str, position: Position) -> T:
    """Return the value of the most specific row for a case; of equals the first.

    Raises:
        LookupError: no row is for it.
    """
    scored = ((row.score(situation, group, position), row) for row in rows)
    score, row = max(scored, key=lambda pair: pair[0])
    if score < 0:
        raise LookupError(f"no text for {situation}, {group}, {position}")
    return row.value
