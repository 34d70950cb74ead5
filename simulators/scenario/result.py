"""What came of a run: every line of the script with what was shown instead, the truth, the times."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from simulators.scenario.durations import said


class Outcome(StrEnum):
    """How a run or one of its lines ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Line:
    """One step or expectation as it went.

    Attributes:
        line: of the scenario file; 0 for what every run ends with.
        at_ms: milliseconds since the run began.
        got: for a failed one, what was shown instead and when; else a word on how it went.
    """

    line: int
    said: str
    kind: str
    outcome: Outcome
    at_ms: int = 0
    took_ms: int = 0
    got: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """One revision with a window of its own: when each device was sent, acknowledged, verified.

    Attributes:
        at_ms: milliseconds since the run began.
        steps: device → state → milliseconds since the key.
        outcome: of its verdict, empty where none was written; `failed` the devices it names.
    """

    incident: str
    revision: int
    kind: str
    at_ms: int
    budget_ms: int
    steps: Mapping[str, Mapping[str, int]]
    outcome: str = ""
    failed: Sequence[str] = ()

    @property
    def verified_ms(self) -> list[int]:
        """How long each proved device took."""
        return [times["verified"] for times in self.steps.values() if "verified" in times]


@dataclass(frozen=True, slots=True)
class Shown:
    """One stretch of what a device showed, in milliseconds since the run began."""

    device: str
    from_ms: int
    to_ms: int
    lamp: Any


@dataclass(frozen=True)
class Run:
    """One run of one scenario.

    Attributes:
        claims: how many `verified` were compared with the lamp history; `untrue` those it contradicts.
        shown: what the road saw, for the strip.
        why: for a run that did not happen.
    """

    name: str
    family: str
    file: str
    about: Mapping[str, str]
    site: str
    seed: int
    given: Mapping[str, str]
    outcome: Outcome
    started_ms: int = 0
    took_ms: int = 0
    lines: Sequence[Line] = ()
    claims: int = 0
    untrue: Sequence[str] = ()
    presses: Sequence[Press] = ()
    shown: Sequence[Shown] = ()
    why: str = ""
    devices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it passed."""
        return self.outcome is Outcome.PASSED

    @property
    def failures(self) -> list[Line]:
        """The lines that failed."""
        return [line for line in self.lines if line.outcome is Outcome.FAILED]

    @property
    def last_ms(self) -> int | None:
        """Key → last device verified, of the first press; None where none was proved."""
        times = self.presses[0].verified_ms if self.presses else []
        return max(times) if times else None

    @property
    def last_in_budget_ms(self) -> int | None:
        """Key → last device proved within the budget, of the first press; late proofs are left out."""
        if not self.presses:
            return None
        first = self.presses[0]
        limit_ms = first.budget_ms or max(first.verified_ms, default=0)
        return max((t_ms for t_ms in first.verified_ms if t_ms <= limit_ms), default=None)

    @property
    def verdict(self) -> str:
        """The verdict of the first press: met, missed, or nothing."""
        return self.presses[0].outcome if self.presses else ""

    @property
    def not_proved(self) -> Sequence[str]:
        """The devices that verdict names."""
        return self.presses[0].failed if self.presses else ()

    def verdict_line(self) -> str:
        """Return the one line people read."""
        if self.outcome is Outcome.NOT_RUN:
            return self.why
        last = f"key → last device {said(self.last_ms)}; " if self.last_ms is not None else ""
        if self.good:
            return f"{last}{self.claims} verified, all true"
        first = self.failures[0] if self.failures else None
        return f"line {first.line}: {first.said}: {first.got}" if first else self.why

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read the JSON of a run back.

        Raises:
            KeyError, TypeError: it is no such JSON.
        """
        plain = {key: value for key, value in raw.items() if key not in ("last_ms", "line")}
        plain["outcome"] = Outcome(raw["outcome"])
        plain["lines"] = [Line(**{**one, "outcome": Outcome(one["outcome"])}) for one in raw["lines"]]
        plain["presses"] = [Press(**one) for one in raw["presses"]]
        plain["shown"] = [Shown(**one) for one in raw["shown"]]
        return cls(**plain)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of a run."""
        made = asdict(self)
        made["last_ms"] = self.last_ms
        made["line"] = self.verdict_line()
        return made
