"""What reading a text can conclude, and in which shape callers get it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.incident import IncidentType, LaneImpact, Place, Report


class Decision(StrEnum):
    """What a text asks for; only `activate` may ever lead to a command without another press."""

    ACTIVATE = "activate"
    PREPARE = "prepare"
    ASK = "ask"
    UPDATE = "update"
    CLEAR = "clear"
    IGNORE = "ignore"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a person must say before the text can be acted on.

    Attributes:
        field: `carriageway`, `place`, `tunnel`, `chainage`, `lanes`, `type`, `command` or `text`.
    """

    field: str
    question_zh: str
    question_en: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as understood.

    Attributes:
        report: set for activate and prepare; for update and drill where every fact is certain; else None.
        missing: what to ask, in the order a dispatcher says it; empty for activate, clear and ignore.
        confidence: 0-100, how much of the report is stated and how much of the text was understood.
        notes: what a person should know though nothing is asked.
        carriageway, tunnel, place, lanes, type: the certain facts, also where the report as a whole is not.
        not_understood: the pieces of the (normalised) text no table explains; any of them bars `activate`.
    """

    text: str
    decision: Decision
    report: Report | None = None
    missing: tuple[Missing, ...] = ()
    confidence: int = 0
    notes: tuple[str, ...] = ()
    carriageway: str | None = None
    tunnel: str | None = None
    place: Place | None = None
    lanes: Mapping[int, LaneImpact] = field(default_factory=dict)
    type: IncidentType | None = None
    severity: str = "moderate"
    not_understood: tuple[str, ...] = ()
