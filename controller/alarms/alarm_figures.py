"""How busy the alarm list is, by the figures control rooms are judged by (EEMUA 191). Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from controller.alarms.alarm import Alarm

FLOOD = 10
"""More alarms than this in ten minutes are a flood: nobody can act on each."""
TEN_MIN_MS = 600_000
DAY_MS = 86_400_000
_TOP = 10


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """The figures of one moment.

    Attributes:
        rate_10min: alarms raised in the last ten minutes.
        flood: they were more than a person can act on.
        standing: active ones, shelved not counted.
        stale: of these, older than a day.
        top: causes raised most often in the last day, with how often.
    """

    rate_10min: int
    flood: bool
    standing: int
    stale: int
    shelved: int
    unacked: int
    top: tuple[tuple[str, int], ...]


def figures(alarms: Iterable[Alarm], raises: Iterable[tuple[int, str]], now_ms: int) -> AlarmFigures:
    """Return the figures of a list of alarms.

    Args:
        raises: (UTC milliseconds, cause) of what was raised lately.
    """
    alarms, raises = tuple(alarms), tuple(raises)
    seen = [alarm for alarm in alarms if alarm.shelf is None]
    rate = sum(ms > now_ms - TEN_MIN_MS for ms, _ in raises)
    counts = Counter(cause for ms, cause in raises if ms > now_ms - DAY_MS)
    return AlarmFigures(
        rate_10min=rate,
        flood=rate > FLOOD,
        standing=sum(alarm.active for alarm in seen),
        stale=sum(alarm.active and alarm.since_ms < now_ms - DAY_MS for alarm in seen),
        shelved=len(alarms) - len(seen),
        unacked=sum(alarm.ack is None for alarm in seen),
        top=tuple(counts.most_common(_TOP)),
    )
