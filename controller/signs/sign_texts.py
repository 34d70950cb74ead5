"""What one sign says: the text of the catalogue or the site that tells most and fits, and its strictness."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from config.messages import (
    Language,
    MessagePolicy,
    Position,
    SignText,
    Situation,
    blanks,
    filled,
    outside,
    words,
)
from config.sign_meaning import lanes_sent_to
from config.site import Carriageway, SignShape, Text
from controller.incident import IncidentType
from controller.signs import sign_catalogue
from controller.signs.sign_catalogue import ADVICE, SIDE
from controller.signs.sign_ladders import LADDERS, NEEDED
from controller.signs.sign_rows import best
from devices.multi import Multi, escape, parse, write
from devices.sign_layout import coloured, lay_out, lay_out_on_pages, together, why_unfit

RED = 1
"""MULTI's number of the colour of closure texts, on signs with colours."""

DEFAULT = MessagePolicy()

WHAT: Mapping[str, str] = {
    group: word.replace("|", "") for group, word in sign_catalogue.WHAT[Language.ZH].items()
}
"""Type group → the word for it."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one sign has to tell.

    Attributes:
        group: of the incident's type.
        lanes: see `lane_words`; empty where no lane is named.
        distance_m: from the sign to the place, to the portal where that is unknown; None where the driver
            is at it.
        tunnel: name of the tunnel it happened in, empty in the open.
        exit: name of the last exit before a closure.
        drives: `right` or `left`.
        sign: its id, for texts of the site that are for it alone.
    """

    situation: Situation
    group: str
    position: Position
    lanes: str = ""
    distance_m: int | None = None
    tunnel: str = ""
    exit: str = ""
    drives: str = "right"
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text as words that must stay together; `paged`: rather on two pages than not at all."""

    words: tuple[str, ...]
    paged: bool = False

    @property
    def multi(self) -> str:
        """The text in one line."""
        return escape("".join(self.words))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a sign shows; `shortened`: a longer text did not fit; `paged`: it takes two pages."""

    multi: str
    shortened: bool = False
    paged: bool = False


def sends_to(multi: str, carriageway: Carriageway) -> frozenset[int]:
    """Return the lanes a text sends traffic to; empty for texts that only warn."""
    names = {
        name.casefold(): lane.number for lane in carriageway.lanes for name in (lane.name.zh, *lane.aliases)
    }
    return lanes_sent_to(multi, names, carriageway.lane_numbers)


def distance_text(metres: int, language: Language = Language.ZH) -> str:
    """Return a distance as signs write it: hundreds of metres below 2 km, whole kilometres above.

    Empty below 50 m: the driver is there.
    """
    hundreds = (metres + 50) // 100
    if hundreds <= 0:
        return ""
    metre, kilometre = ("米", "公里") if language is Language.ZH else ("\u00a0m", "\u00a0km")
    if hundreds < 20:
        return f"{hundreds * 100}{metre}"
    return f"{(metres + 500) // 1000}{kilometre}"


def named(name: Text, language: Language) -> str:
    """Return a name in the language of the signs."""
    return name.zh if language is Language.ZH else name.en


def lane_words(carriageway: Carriageway, lanes: frozenset[int], language: Language = Language.ZH) -> str:
    """Return what drivers call these lanes; the leftmost is the fast lane to all of them (快车道)."""
    known = [lane for lane in carriageway.lanes if lane.number in lanes]
    if language is Language.EN:
        rows = [outside(lane.name.en).upper().replace(" ", "\u00a0") for lane in known]
        return f"{len(known)}\u00a0LANES" if len(known) > 2 else " AND ".join(rows)
    if len(known) > 2:
        return f"{len(known)}条|车道"
    fast = "快车道"
    return "、".join(
        fast if lane.number == 1 and fast in (lane.name.zh, *lane.aliases) else outside(lane.name.zh)
        for lane in known
    )


_PLACES = (Position.NEAR, Position.MIDDLE, Position.FAR)


def position(distance_m: int | None, band: int) -> Position:
    """Return where a sign stands, by the index of its sign band."""
    return Position.HERE if distance_m is None else _PLACES[band]


def warning(
    kind: IncidentType, lanes: str, *, tunnel: str = "", distance_m: int | None = None, band: int = 0
) -> Telling:
    """Return what to tell about lanes that are closed, or about an incident that closes none.

    Args:
        kind: what happened; its group chooses the word.
        lanes: see `lane_words`; empty where no lane is named.
        tunnel, distance_m: see `Telling`.
        band: index of the sign band.
    """
    situation = Situation.LANES if lanes else Situation.ADVISORY
    return Telling(situation, kind.group, position(distance_m, band), lanes, distance_m, tunnel)


def closure(kind: IncidentType, *, tunnel: str = "", distance_m: int | None = None, band: int = 0) -> Telling:
    """Return what to tell about a carriageway with no lane open; arguments as in `warning`."""
    return Telling(
        Situation.CLOSURE, kind.group, position(distance_m, band), distance_m=distance_m, tunnel=tunnel
    )


def candidates(telling: Telling, policy: MessagePolicy = DEFAULT) -> Iterator[Candidate]:
    """Yield the texts that tell it: the site's own, most specific first, then the catalogue's."""
    case = telling.situation, telling.group, telling.position
    values = {
        "what": sign_catalogue.WHAT[policy.language][telling.group],
        "lanes": telling.lanes,
        "distance": "" if telling.distance_m is None else distance_text(telling.distance_m, policy.language),
        "tunnel": outside(telling.tunnel),
        "advice": best(ADVICE[policy.language], *case),
        "exit": outside(telling.exit),
        "side": SIDE[policy.language][telling.drives],
    }
    ladder = best(LADDERS[policy.language], *case)
    own = sorted((text for text in policy.texts if _is_for(text, telling)), key=_specific, reverse=True)
    seen = set()
    for number, form in enumerate((*(text.text for text in own), *ladder.forms)):
        if any(not values[blank] for blank in blanks(form) & NEEDED):
            continue
        row = words(_tidy(filled(form, values)))
        if row and row not in seen:
            seen.add(row)
            yield Candidate(row, len(own) <= number < len(own) + ladder.paged)


def first_that_fits(
    told: Telling | Iterable[str], shape: SignShape | None, policy: MessagePolicy = DEFAULT
) -> tuple[str | None, bool]:
    """Return the first text the sign can show whole, None for none, and whether a longer one did not fit.

    Args:
        told: what to tell by the catalogue, or MULTI texts that say it, the longest first.
        shape: of the sign; None is one that shows everything.
        policy: language and texts of the site.
    """
    if isinstance(told, Telling):
        choice = choose(told, shape, policy)
        return (None, True) if choice is None else (choice.multi, choice.shortened)
    for number, text in enumerate(told):
        if (fitted := fit(text, shape)) is not None:
            return fitted, number > 0
    return None, True


def fit(multi: str, shape: SignShape | None) -> str | None:
    """Return a MULTI text as a sign should be sent it, None where it cannot show it whole.

    Text without tags gets line ends at its punctuation where the sign itself would break a line elsewhere;
    pages without times get them.
    """
    if shape is None:
        return multi
    if why_unfit(multi, shape) is not None:
        return None
    message = parse(multi)
    if len(message.pages) > 1 and all(page.on_ds is None for page in message.pages):
        timed = together([message], shape)
        return multi if timed is None else write(timed)
    if "[" in multi:
        return multi
    laid = lay_out(words(multi), shape)
    return multi if laid is None else write(laid)


@lru_cache(maxsize=4096)
def choose(telling: Telling, shape: SignShape | None, policy: MessagePolicy = DEFAULT) -> Choice | None:
    """Return the first text the sign can show whole; None where it is smaller than the shortest.

    One page is better than two; two pages are better than losing what happened where.
    """
    row = list(candidates(telling, policy))
    if shape is None:
        return Choice(row[0].multi)
    last = max((n for n, candidate in enumerate(row) if candidate.paged), default=-1)
    for number, candidate in enumerate(row[: last + 1]):
        if (message := lay_out(candidate.words, shape)) is not None:
            return _choice(message, telling, shape, number)
    for candidate in row[: last + 1]:
        if candidate.paged and (message := lay_out_on_pages(candidate.words, shape)) is not None:
            return _choice(message, telling, shape, 1)
    for number, candidate in enumerate(row[last + 1 :], start=last + 1):
        if (message := lay_out(candidate.words, shape)) is not None:
            return _choice(message, telling, shape, number)
    return None


def _choice(message: Multi, telling: Telling, shape: SignShape, number: int) -> Choice:
    if shape.colour and telling.situation is Situation.CLOSURE:
        message = coloured(message, RED)
    return Choice(write(message), number > 0, len(message.pages) > 1)


def _is_for(text: SignText, telling: Telling) -> bool:
    return (
        text.situation is telling.situation
        and (not text.groups or telling.group in text.groups)
        and (not text.positions or telling.position in text.positions)
        and (not text.signs or telling.sign in text.signs)
    )


def _specific(text: SignText) -> int:
    return 4 * bool(text.signs) + 2 * bool(text.groups) + bool(text.positions)


_BEFORE_MARK = re.compile(r" +(?=[,:])")
_DOUBLED = re.compile(r"([,:])(?:\s*[,:])+")


def _tidy(text: str) -> str:
    """Return a text without the spaces and commas that empty blanks leave behind."""
    text = _DOUBLED.sub(r"\1", _BEFORE_MARK.sub("", text))
    return re.sub(r" {2,}", " ", text).strip(" ,")
