"""One alarm: what it is about, how soon somebody has to act, whether it stands, who has seen it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from controller.incident import Actor


class Priority(StrEnum):
    """How soon somebody has to act; at most four, or nobody looks (ISA-18.2)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the highest."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


class AlarmKind(StrEnum):
    """What it is about; part of the cause."""

    CONFLICT = "conflict"
    """What is shown on the road contradicts itself (S9)."""
    JOURNAL = "journal"
    """JOURNAL DEGRADED (P1)."""
    RELEASE = "release"
    """A release a person ordered does not go on: devices cannot be read, or something holds it."""
    LINK = "link"
    """A gateway, outstation or broker does not answer: one alarm, its devices grouped under it."""
    UNEXPLAINED = "unexplained"
    """A restriction found on the road that nobody ordered here (S11)."""
    DEVICE = "device"
    """A device is unreachable, faulty, refusing or does not show what it was told."""
    FAILED = "failed"
    """A device has failed and is planned around until a person says that it is repaired (S14)."""
    CHECKPOINT = "checkpoint"
    """Checkpoints cannot be signed or kept, or the journal is not the one that was signed."""
    DISK = "disk"
    """The disk of the store is nearly full."""
    LOOP = "loop"
    """The event loop stood still: for that time nothing was driven."""
    CLOCK = "clock"
    """A device's clock makes it refuse commands that are in time."""
    REVIEW = "review"
    """An open incident asks "still needed?" (S13)."""
    LOCK = "lock"
    """A lock is past its expiry; it holds until a person ends it (S14)."""
    SERVICE = "service"
    """A device is back in service because its time was over; it ends at once and is listed until seen."""
    TASK = "task"
    """A background task crashed and was restarted."""
    OUTDATED = "outdated"
    """Stored demands differ from what today's site would give."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What holds for every alarm of a kind.

    Attributes:
        shelvable: False where hiding it could hide a danger.
        of_process: it is about this run of the controller and has ended with it.
    """

    priority: Priority
    shelvable: bool = True
    of_process: bool = False


TRAITS: Mapping[AlarmKind, Traits] = {
    AlarmKind.CONFLICT: Traits(Priority.CRITICAL, shelvable=False),
    AlarmKind.JOURNAL: Traits(Priority.CRITICAL, shelvable=False, of_process=True),
    AlarmKind.RELEASE: Traits(Priority.HIGH, shelvable=False, of_process=True),
    AlarmKind.LINK: Traits(Priority.HIGH),
    AlarmKind.UNEXPLAINED: Traits(Priority.HIGH),
    AlarmKind.DEVICE: Traits(Priority.MEDIUM),
    AlarmKind.FAILED: Traits(Priority.HIGH),
    AlarmKind.CHECKPOINT: Traits(Priority.HIGH, of_process=True),
    AlarmKind.DISK: Traits(Priority.MEDIUM),
    AlarmKind.LOOP: Traits(Priority.HIGH, of_process=True),
    AlarmKind.CLOCK: Traits(Priority.MEDIUM),
    AlarmKind.REVIEW: Traits(Priority.MEDIUM),
    AlarmKind.LOCK: Traits(Priority.MEDIUM),
    AlarmKind.SERVICE: Traits(Priority.LOW),
    AlarmKind.TASK: Traits(Priority.HIGH, of_process=True),
    AlarmKind.OUTDATED: Traits(Priority.LOW),
}


class AlarmState(StrEnum):
    """Whether the fact stands, and whether a person has seen it."""

    ACTIVE_UNACKED = "active_unacked"
    """It stands, and nobody has acknowledged it."""
    ACTIVE_ACKED = "active_acked"
    """It stands, and somebody knows."""
    CLEARED_UNACKED = "cleared_unacked"
    """It has ended by itself, and nobody has acknowledged that it was there."""
    CLEARED_ACKED = "cleared_acked"
    """It has ended and somebody knew: only the history has it."""


class Happened(StrEnum):
    """What just changed of an alarm."""

    RAISED = "raised"
    CLEARED = "cleared"
    CHANGED = "changed"
    ACKED = "acked"
    SHELVED = "shelved"
    RETURNED = "returned"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Ack:
    """Who has seen it, and what they said."""

    actor: Actor
    note: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """Who does not want to see it, why, and until when (UTC milliseconds)."""

    actor: Actor
    reason: str
    at_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm as it stands; `cause` is `<kind>:<subject>` and is listed once.

    Attributes:
        id: names this occurrence, also over restarts.
        group: what else comes from the same root, e.g. the link of a device.
        first_up: nothing else of its group was listed when it came: look here first.
        since_ms: when it was raised; UTC milliseconds.
        times: how often it was raised since then.
        devices: those that share its cause, in the order they were lost.
        cleared_ms: when its fact ended; None while it stands.
        flapping: it comes and goes; it stands until it has been calm for a minute.
    """

    id: str
    cause: str
    kind: AlarmKind
    subject: str
    text: str
    since_ms: int
    priority: Priority = Priority.MEDIUM
    group: str = ""
    first_up: bool = True
    times: int = 1
    devices: tuple[str, ...] = ()
    cleared_ms: int | None = None
    ack: Ack | None = None
    shelf: Shelf | None = None
    flapping: bool = False

    @property
    def active(self) -> bool:
        """Whether its fact stands."""
        return self.cleared_ms is None

    @property
    def state(self) -> AlarmState:
        """One of the four states."""
        if self.active:
            return AlarmState.ACTIVE_UNACKED if self.ack is None else AlarmState.ACTIVE_ACKED
        return AlarmState.CLEARED_UNACKED if self.ack is None else AlarmState.CLEARED_ACKED


def cause_of(kind: AlarmKind, subject: str) -> str:
    """Return the key an alarm is listed under."""
    return f"{kind}:{subject}"
