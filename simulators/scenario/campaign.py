"""One scenario over a grid of what may vary: a cell a combination, and where the budget breaks."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.scenario.charts import percentile
from simulators.scenario.result import Run

MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class Axis:
    """A name of `given` and the values it takes."""

    name: str
    values: tuple[str, ...]


def read_axis(said: str) -> Axis:
    """Return the axis of `latency=0ms,50ms,100ms`.

    Raises:
        ValueError: it is written otherwise.
    """
    name, equals, values = said.partition("=")
    found = tuple(dict.fromkeys(value.strip() for value in values.split(",") if value.strip()))
    if not equals or not name.strip() or not found:
        raise ValueError(f"{said!r}: write it like latency=0ms,50ms,100ms")
    return Axis(name.strip(), found)


def grid(axes: Sequence[Axis]) -> list[Mapping[str, str]]:
    """Return every combination, the last axis turning fastest."""
    names = [axis.name for axis in axes]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*(axis.values for axis in axes))]


@dataclass(frozen=True)
class Cell:
    """The runs of one combination.

    Attributes:
        met: runs whose first press was proved within its budget.
        untrue: `verified` that the lamps contradict; always 0 where the product is right.
        last_ms: key → last device that was proved at all, of each run.
    """

    given: Mapping[str, str]
    runs: Sequence[Run]

    @property
    def met(self) -> int:
        """How many met their budget."""
        return sum(run.verdict == "met" for run in self.runs)

    @property
    def passed(self) -> int:
        """How many met every expectation."""
        return sum(run.good for run in self.runs)

    @property
    def untrue(self) -> int:
        """How many claims were contradicted."""
        return sum(len(run.untrue) for run in self.runs)

    @property
    def last_ms(self) -> list[float]:
        """Key → last device proved within the budget of each run."""
        return [float(run.last_in_budget_ms) for run in self.runs if run.last_in_budget_ms is not None]

    def to_json(self) -> dict[str, Any]:
        """Return its figures."""
        return {
            "given": dict(self.given),
            "runs": len(self.runs),
            "passed": self.passed,
            "met": self.met,
            "untrue": self.untrue,
            "last_p50_ms": percentile(self.last_ms, 50),
            "last_p95_ms": percentile(self.last_ms, 95),
            "last_max_ms": percentile(self.last_ms, 100),
            "verdicts": [[run.seed, run.verdict, list(run.not_proved)] for run in self.runs],
        }


def cells_of(combinations: Sequence[Mapping[str, str]], runs: Iterable[Run], repeat: int) -> list[Cell]:
    """Return the cells, given the runs of each combination one after the other."""
    rows = iter(runs)
    return [Cell(given, tuple(itertools.islice(rows, repeat))) for given in combinations]


def breaks(axes: Sequence[Axis], cells: Sequence[Cell]) -> list[str]:
    """Return where the budget is missed first along the first axis, a line a combination of the others."""
    if not axes:
        return []
    first, told = axes[0], []
    for others, row in lines_of(axes, cells).items():
        missed = next((cell for cell in row if cell.met < len(cell.runs)), None)
        where = f"{others}: " if others else ""
        if missed is None:
            told.append(f"{where}kept up to {first.name} {first.values[-1]}")
        else:
            share = f"{len(missed.runs) - missed.met} of {len(missed.runs)} missed, {_unproved(missed)}"
            told.append(f"{where}breaks at {first.name} {missed.given[first.name]} ({share})")
    return told


def _unproved(cell: Cell) -> str:
    """Return how many devices the misses of a cell name: only the dead ones, or healthy ones too."""
    counts = [len(run.not_proved) for run in cell.runs if run.verdict != "met"]
    least, most = min(counts), max(counts)
    devices = f"{most} device{'' if most == 1 else 's'}" if least == most else f"{least} to {most} devices"
    return f"{devices} not proved"


def lines_of(axes: Sequence[Axis], cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Return the cells along the first axis, by the words of the other axes."""
    rows: dict[str, list[Cell]] = {}
    for cell in cells:
        words = ", ".join(f"{axis.name} {cell.given[axis.name]}" for axis in axes[1:])
        rows.setdefault(words, []).append(cell)
    return rows
