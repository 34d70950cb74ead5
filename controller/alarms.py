"""What needs a person's eye: one alarm a cause, raised once, gone when the facts are."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """What it is about; part of the cause."""

    UNEXPLAINED = "unexplained"
    """A restriction found on the road that nobody ordered here (S11)."""
    DEVICE = "device"
    """A device is unreachable, faulty, refusing or does not show what it was told."""
    CLOCK = "clock"
    """A device's clock makes it refuse commands that are in time."""
    JOURNAL = "journal"
    """JOURNAL DEGRADED (P1)."""
    REVIEW = "review"
    """An open incident asks "still needed?" (S13)."""
    LOCK = "lock"
    """A lock is past its expiry; it holds until a person ends it (S14)."""
    TASK = "task"
    """A background task crashed and was restarted."""
    OUTDATED = "outdated"
    """Stored demands differ from what today's site would give."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One standing alarm; `cause` is `<kind>:<subject>`."""

    cause: str
    kind: AlarmKind
    subject: str
    text: str
    since_ms: int


class Alarms:
    """The standing alarms. `on_change` is told (alarm, raised?) and must not raise."""

    def __init__(self, on_change: Callable[[Alarm, bool], None]) -> None:
        self._standing: dict[str, Alarm] = {}
        self._on_change = on_change

    def raise_(self, kind: AlarmKind, subject: str, text: str, now_ms: int) -> None:
        """Raise it once; a repeat of a standing cause changes nothing."""
        cause = f"{kind}:{subject}"
        if cause not in self._standing:
            alarm = Alarm(cause, kind, subject, text, now_ms)
            self._standing[cause] = alarm
            self._on_change(alarm, True)

    def end(self, kind: AlarmKind, subject: str) -> None:
        """End it because the fact is gone; nothing happens if it does not stand."""
        alarm = self._standing.pop(f"{kind}:{subject}", None)
        if alarm is not None:
            self._on_change(alarm, False)

    def standing(self) -> tuple[Alarm, ...]:
        """Return the standing alarms, oldest first."""
        return tuple(sorted(self._standing.values(), key=lambda a: a.since_ms))
