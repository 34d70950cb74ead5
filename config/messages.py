"""The form of sign texts in tables: when one is for, what its blanks are, where a line may end.

`|` marks where a line may end inside a sentence; it may always end after punctuation or a space, and never
between a number and its unit. What is filled in comes from outside and is taken letter by letter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from devices.sign_chars import cleaned


class Language(StrEnum):
    """What a site's signs are written in."""

    ZH = "zh"
    EN = "en"


class Situation(StrEnum):
    """What a sign has to tell about."""

    LANES = "lanes"
    """Some lanes are closed, others stay open."""
    ADVISORY = "advisory"
    """No lane is closed."""
    CLOSURE = "closure"
    """No lane is open."""
    SHOULDER = "shoulder"
    """No lane is open, but the hard shoulder is, by order."""
    QUEUE = "queue"
    """The tail of a queue is ahead, or will be: before a closure of a busy carriageway."""
    WRONG_WAY = "wrong_way"
    """Somebody drives towards the reader."""
    WRONG_WAY_CLOSED = "wrong_way_closed"
    """The same, and the tunnel ahead is closed."""
    INSIDE = "inside"
    """In a tunnel whose entrance is closed, place unknown."""
    DRIVE_OUT = "drive_out"
    """In such a tunnel, downstream of a known place."""
    OTHER_BORE = "other_bore"
    """In the other bore, which is to empty."""


class Position(StrEnum):
    """Where a sign stands: at the place, its portal or inside, or in one of the three sign bands."""

    HERE = "here"
    NEAR = "near"
    MIDDLE = "middle"
    FAR = "far"


GROUPS = (
    "crash",
    "breakdown",
    "debris",
    "pedestrian",
    "animal",
    "roadwork",
    "congestion",
    "weather",
    "fire",
    "spill",
    "wrong_way",
    "other",
)
"""Types of incidents, those of one group taken together."""

BLANKS: Mapping[str, str] = {
    "what": "what happened, in one word",
    "lanes": "the lanes concerned, as drivers call them; empty where none is named",
    "distance": "from the sign to the place; to the entrance portal where the place is unknown",
    "tunnel": "the tunnel it happened in; empty in the open",
    "advice": "what to do, by position",
    "exit": "the last exit before a closure; a text with this blank is left out where there is none",
    "side": "the side slow traffic keeps to",
}
"""What may stand in braces in a text."""

SAMPLE: Mapping[Language, Mapping[str, str]] = {
    Language.ZH: {
        "what": "恶劣天气",
        "distance": "15公里",
        "advice": "注意|减速|避让",
        "exit": "江北|互通",
        "side": "右",
    },
    Language.EN: {
        "what": "BAD WEATHER",
        "distance": "15\u00a0km",
        "advice": "SLOW DOWN",
        "exit": "NORTH JUNCTION",
        "side": "RIGHT",
    },
}
"""Long values, for checking that a text of a site fits; lanes, tunnels and exits are the site's own."""

CLOSED = re.compile(
    r"(道路|隧道|公路|高速|全线|全幅|双向|洞口|前方)(全部|临时|已|全)?(封闭|关闭)|^(全)?(封闭|关闭)"
    r"|禁止(通行|驶入|进入)|请勿(通行|驶入|进入)|\b(road|tunnel|carriageway) closed\b|\bdo not enter\b"
    r"|\bshut\b",
    re.IGNORECASE,
)
"""A text that says nobody gets past."""
SENDS = re.compile(
    r"(?:走|靠|驶入|并入|改走|变道至|变至|转入|使用|\buse|\bkeep|\bmerge)\s*(?:the )?", re.IGNORECASE
)
"""Words that send traffic somewhere; what follows says where."""


@dataclass(frozen=True, slots=True)
class SignText:
    """A site's own text, in place of the product's; empty conditions fit everything.

    Attributes:
        text: with blanks and marks, see this module.
        groups, positions, signs: what and which signs it is for.
    """

    situation: Situation
    text: str
    groups: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """What a site says about its sign texts."""

    language: Language = Language.ZH
    texts: tuple[SignText, ...] = ()
    banned: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()


_BLANK = re.compile(r"\{([^{}]*)\}")
_ENDS = re.compile(r"\||(?<=[,\uff0c\u3001\u3002;\uff1b:\uff1a!\uff01?\uff1f])(?![\d| ])|(?<= )(?! )")
_NUMBER = re.compile(r"\d[\d.]*\s?\Z")
_UNIT = re.compile(r"(公里|千米|米|分钟|小时|吨|号|km|m|min|h|t|mi|ft|yd)(?![A-Za-z])", re.IGNORECASE)


def blanks(text: str) -> frozenset[str]:
    """Return the blanks of a text.

    Raises:
        ValueError: a brace out of place, or a blank nobody fills.
    """
    names = _BLANK.findall(text)
    for name in names:
        if name not in BLANKS:
            raise ValueError(f"no blank {{{name}}}; there is {', '.join(BLANKS)}")
    if re.search(r"[{}]", _BLANK.sub("", text)):
        raise ValueError("a brace stands alone; a blank is written like {what}")
    return frozenset(names)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its blanks filled; those without a value are empty."""
    return _BLANK.sub(lambda blank: values.get(blank[1], ""), text)


def outside(name: str) -> str:
    """Return a name from outside as a value for a blank: characters a sign has, and no marks of ours."""
    return cleaned(name.replace("|", " "))


def words(marked: str) -> tuple[str, ...]:
    """Return what must stay together on a line, each with the space or punctuation that follows it."""
    row: list[str] = []
    for piece in _ENDS.split(marked):
        if not piece:
            continue
        if row and _NUMBER.search(row[-1]) and _UNIT.match(piece):
            row[-1] += piece
        else:
            row.append(piece)
    row = [piece.replace("\u00a0", " ") for piece in row]
    return (*row[:-1], row[-1].rstrip()) if row else ()
