"""Two texts on the pages of one sign, where a driver needs both (S4, S5). Pure."""

from dataclasses import dataclass

from config.sign_meaning import Level, level
from config.site import SignShape
from devices.multi import MultiError, parse, write
from devices.sign_layout import together


@dataclass(frozen=True, slots=True)
class Told:
    """What one incident has a sign say.

    Attributes:
        ahead_m: from the sign to where it closes a lane or warns first; infinite where it does neither.
    """

    multi: str
    ahead_m: float


def both_matter(first: Told, second: Told, reach_m: int, stops_next: bool) -> bool:
    """Return whether a driver needs the second text as well.

    Behind a place that nobody gets past nothing matters, and no page may be milder than the next closed
    cross-section (S4): there a text that only warns is no page. Of two warnings the second matters within
    `reach_m` of the sign.

    Args:
        first: the text that would stand alone, the strictest, of equals the nearest.
        second: another one, never stricter.
        reach_m: how far ahead a second warning matters.
        stops_next: whether the next closed cross-section ahead of the sign lets nobody past.
    """
    if stops_next or level(second.multi) is not Level.NOTICE:
        return False
    if level(first.multi) is Level.CLOSURE:
        return second.ahead_m < first.ahead_m
    return second.ahead_m <= reach_m


def on_pages(first: str, second: str, shape: SignShape) -> str | None:
    """Return both texts as pages of one, each as long as reading takes; None where a sign cannot.

    Two pages at most, and no longer than a driver can wait for the second (`devices.sign_layout.together`).
    """
    try:
        message = together([parse(first), parse(second)], shape)
    except MultiError:
        return None
    return None if message is None else write(message)
