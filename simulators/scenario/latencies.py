"""Key → each device verified, over all runs of each scenario. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.scenario.charts import percentile
from simulators.scenario.result import Run

SHARES = (50, 95, 99, 100)
"""Percentiles that are told; the last is the slowest."""


@dataclass
class Latencies:
    """The proofs of one scenario, in milliseconds from the key of the first press of each run."""

    name: str
    runs: int = 0
    verified_ms: list[float] = field(default_factory=list)

    def percentiles(self) -> list[float]:
        """Return them in the order of `SHARES`."""
        return [percentile(self.verified_ms, share) for share in SHARES]


def latencies(runs: Sequence[Run]) -> list[Latencies]:
    """Return those of every scenario that pressed a key, in the order of the runs."""
    made: dict[str, Latencies] = {}
    for run in runs:
        if run.presses:
            one = made.setdefault(run.name, Latencies(run.name))
            one.runs += 1
            one.verified_ms += run.presses[0].verified_ms
    return [one for one in made.values() if one.verified_ms]
