"""Cuts a normalised text into words of the fixed vocabulary and of the loaded site; longest word wins.

Every character ends up in exactly one token; what no table explains is an UNKNOWN token, never dropped.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from config.site import Carriageway, Site
from controller.incident import IncidentType
from controller.intake.normal import normalise
from controller.intake.words import DIGITS, SEVERITIES, TYPES, WORDS, Kind


@dataclass(frozen=True, slots=True)
class LaneWord:
    """Lanes a word names.

    Attributes:
        by_carriageway: an alias's lanes on each carriageway that knows it; empty for the other forms.
        numbers: lanes said by number.
        every: all running lanes.
        count: so many lanes, which ones is not said.
        unclear: the word itself leaves a choice.
    """

    by_carriageway: Mapping[str, frozenset[int]] | None = None
    numbers: frozenset[int] = frozenset()
    every: bool = False
    count: int | None = None
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, its normalised text, and what it stands for.

    Attributes:
        ids: carriageways or tunnels the word may mean (more than one: an ambiguous alias); of a road its
            carriageways, none where the site does not have that road; of an offset `entrance` or `exit`.
        number: vehicles, or an offset in metres.
        written: chainages as `config.chainage` reads them, one or two.
    """

    kind: Kind
    text: str
    ids: frozenset[str] = frozenset()
    lanes: LaneWord | None = None
    type: IncidentType | None = None
    number: int | None = None
    written: tuple[str, ...] = ()


Lexicon = dict[str, Token]

_STATIC: Final[Lexicon] = {
    normalise(word): Token(kind, normalise(word)) for kind, words in WORDS.items() for word in words
}
_STATIC.update({w: Token(Kind.TYPE, w, type=t) for t, words in TYPES.items() for w in map(normalise, words)})


_STATIC.update({w: Token(Kind.SEVERITY, w) for words in SEVERITIES.values() for w in map(normalise, words)})
_LONGEST_STATIC: Final = max(map(len, _STATIC))

_NUM = "[1-9]|[一二三四五六七八九]"
_NUM_EN = "[1-9]|one|two|three|four|five|six"
_COUNT = "[0-9]{1,3}|[一两二三四五六七八九十]"
_COUNT_EN = "[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten"
_METRES = r"(?:\+ *[0-9]+(?:\.[0-9]+)?)"
_KM = rf"[a-z]{{0,2}}k *[0-9]+(?: *{_METRES})?|[0-9]+ *k(?: *{_METRES})?"
_M = "(?:米|m(?![a-z0-9]))"
_SIDES = ("左", "右")
_CHAINAGE = re.compile(
    rf"(?:桩号:?)?(?<![a-z0-9])(?P<one>{_KM})(?![a-z0-9+]){_M}?"
    rf"(?: ?(?:-|~|至|到|to ) ?(?P<two>{_KM}|[0-9]+\+[0-9]+)(?![a-z0-9+]){_M}?)?"
)
_CHAINAGE_ZH = re.compile(r"(?<![0-9.+])(?P<km>[0-9]{2,4})(?:公里|千米)(?:\+?(?P<m>[0-9]{1,3})米?)?(?![0-9])")
_OFFSET = re.compile(
    rf"(?:距离?(?P<end>入口|进口|出口)处?|进洞|洞内)(?P<zh>[0-9]{{1,5}}){_M}处?"
    r"|(?P<en>[0-9]{1,5}) ?(?:m|met(?:re|er)s?) (?:from|after|inside|behind) "
    r"the (?P<portal>entrance|exit)(?: portal)?(?![a-z])"
)
_QUEUE = re.compile(
    r"(?:后方)?(?:排队|拥堵|缓行|堵车)长?约?[0-9]{1,3}(?:\.[0-9])?(?:公里|千米|米)"
    r"|[0-9]{1,3} ?km (?:queue|tailback)(?![a-z])"
)
_ROAD = re.compile(
    r"(?<![a-z0-9])(?P<road>[gs][0-9]{1,4}|[am][0-9]{1,3})(?![0-9a-z])(?:[\u4e00-\u9fff]{2,3}高速(?:公路)?)?"
)
_VEHICLES = re.compile(
    rf"(?P<n>{_COUNT})(?:辆|台|部)?(?:[小大]?[货客]|小轿|小|大|轿|面包|半挂|罐|挂|摩托|危化品)?车(?!道|流)"
    rf"|(?P<m>{_COUNT})(?:辆|台)"
    rf"|(?P<en>{_COUNT_EN}) (?:cars?|vehicles?|trucks?|lorry|lorries|vans?)(?![a-z])"
    r"|(?:[小大]?[货客]|小轿|半挂|面包|危化品|轿|罐|挂|小|摩托)车(?!道)|大巴|(?:truck|lorry|bus|van)(?![a-z])"
)
_TIME = re.compile(
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9]{1,2}(?:点|时)(?:[0-9]{1,2}分?|半)?|[0-9]{1,2}月[0-9]{1,2}[日号]"
)
_LANES_ZH = re.compile(
    rf"第(?P<list>(?:{_NUM})(?:(?:[、,和及与]第?|第)?(?:{_NUM}))*)(?:号|条|个)?(?:行车|车)?道"
    rf"|(?P<no>{_NUM})号车道|车道(?P<after>[1-9])(?![0-9])"
)
_LANES_COUNT = re.compile(
    r"(?P<n>[1-9]|[一二两双三四五六])(?P<measure>个|条|股)?(?:行车|车)道"
    r"|(?P<en>both|two|three|four) lanes(?![a-z])"
)
_LANES_ALL = re.compile(
    r"(?:所有|全部|各|整个)的?(?:行车|车)道|(?:车道)?全幅|全断面|全部封闭|道路中断"
    r"|(?:all|every) (?:the )?(?:running )?lanes?(?![a-z])"
)
_LANES_EN = re.compile(
    rf"lanes? (?:no\.? ?|number )?(?P<list>(?:{_NUM_EN})"
    rf"(?:(?:, ?(?:and )?| and | ?& ?|-| to | ?/ ?| or )(?:lane )?(?:{_NUM_EN}))*)(?![a-z0-9])"
)


class Lexer:
    """The words of one site on top of the fixed ones; build once a site, use for every text."""

    def __init__(self, site: Site) -> None:
        """Collect aliases; the same word for two things keeps both, so that it can be asked about."""
        self._words: Lexicon = {}
        for c in site.carriageways.values():
            self._add(Kind.CARRIAGEWAY, c.id, (*c.aliases, c.direction.zh, c.direction.en))
        for t in site.tunnels.values():
            names = (*t.aliases, t.name.zh, t.name.en)
            self._add(Kind.TUNNEL, t.id, (*names, *filter(None, map(_without_tunnel, names))))
        for c in site.carriageways.values():
            self._add_lanes(c)
        self._roads: dict[str, frozenset[str]] = {}
        for c in site.carriageways.values():
            road = normalise(c.road)
            self._roads[road] = self._roads.get(road, frozenset()) | {c.id}
        self._longest = max([_LONGEST_STATIC, *map(len, self._words)])

    def _add(self, kind: Kind, id_: str, names: Iterable[str]) -> None:
        for word in filter(None, map(normalise, names)):
            had = self._words.get(word)
            ids = frozenset({id_}) | (had.ids if had is not None and had.kind is kind else frozenset())
            self._words[word] = Token(kind, word, ids=ids)

    def _add_lanes(self, c: Carriageway) -> None:
        words: dict[str, frozenset[int]] = {}
        for lane in c.lanes:
            for name in (*lane.aliases, lane.name.zh, lane.name.en):
                word = normalise(name)
                words[word] = words.get(word, frozenset()) | {lane.number}
        stems = [(w[:-2], n) for w, n in words.items() if w.endswith("车道") and len(w) == 3]
        for one, first in stems:
            for two, second in stems:
                if first != second:
                    for joint in ("", "、", "和", "及", "与"):
                        word = f"{one}{joint}{two}车道"
                        # 左右车道 are two lanes; 右快车道 is one, and where those are two nobody knows which.
                        if not joint and (one in _SIDES) is not (two in _SIDES):
                            self._words[word] = Token(Kind.LANE, word, lanes=LaneWord(unclear=True))
                        else:
                            words[word] = first | second
        for word, numbers in words.items():
            if not word:
                continue
            had = self._words.get(word)
            known = dict(had.lanes.by_carriageway or {}) if had is not None and had.lanes is not None else {}
            known[c.id] = numbers
            self._words[word] = Token(Kind.LANE, word, lanes=LaneWord(by_carriageway=known))

    def names(self, kind: Kind) -> Mapping[str, frozenset[str]]:
        """Return the site's words of a kind with the ids they stand for."""
        return {word: token.ids for word, token in self._words.items() if token.kind is kind}

    def scan(self, text: str) -> tuple[Token, ...]:
        """Return the tokens of a normalised text in order; spaces are left out."""
        tokens: list[Token] = []
        at = 0
        while at < len(text):
            if text[at] == " ":
                at += 1
                continue
            token = self._longest_at(text, at)
            if token is not None:
                tokens.append(token)
                at += len(token.text)
                continue
            end = _unknown_end(text, at)
            piece = text[at:end]
            last = tokens[-1] if tokens else None
            if _is_mark(piece):
                tokens.append(Token(Kind.PUNCTUATION, piece))
            elif last is not None and last.kind is Kind.UNKNOWN and text[at - 1] != " ":
                tokens[-1] = Token(Kind.UNKNOWN, last.text + piece)
            else:
                tokens.append(Token(Kind.UNKNOWN, piece))
            at = end
        return tuple(tokens)

    def _longest_at(self, text: str, at: int) -> Token | None:
        best: Token | None = None
        for size in range(min(self._longest, len(text) - at), 0, -1):
            word = text[at : at + size]
            found = self._words.get(word) or _STATIC.get(word)
            if found is not None and _whole_words(text, at, at + size):
                best = found
                break
        pattern = self._pattern_at(text, at)
        if pattern is not None and (best is None or len(pattern.text) > len(best.text)):
            return pattern
        return best

    def _pattern_at(self, text: str, at: int) -> Token | None:
        tokens = [
            make(found)
            for regex, make in _PATTERNS
            if (found := regex.match(text, at)) is not None and found.end() > at
        ]
        road = _ROAD.match(text, at)
        if road is not None:
            tokens.append(Token(Kind.ROAD, road[0], ids=self._roads.get(road["road"], frozenset())))
        return max(tokens, key=lambda token: len(token.text), default=None)


def _chainage(found: re.Match[str]) -> Token:
    one, two = found["one"], found["two"]
    written = [_k_first(one)]
    if two is not None:
        prefix = re.match(r"[a-z]*", written[0])
        written.append(_k_first(two) if "k" in two else f"{prefix[0] if prefix else 'k'}{two}")
    return Token(Kind.CHAINAGE, found[0], written=tuple(w.replace(" ", "").upper() for w in written))


def _k_first(text: str) -> str:
    late = re.fullmatch(r"([0-9]+) *k(.*)", text)
    return f"k{late[1]}{late[2]}" if late else text


def _chainage_zh(found: re.Match[str]) -> Token:
    return Token(Kind.CHAINAGE, found[0], written=(f"K{found['km']}+{found['m'] or '0'}",))


def _offset(found: re.Match[str]) -> Token:
    end = "exit" if found["end"] == "出口" or found["portal"] == "exit" else "entrance"
    return Token(Kind.OFFSET, found[0], ids=frozenset({end}), number=int(found["zh"] or found["en"]))


def _vehicles(found: re.Match[str]) -> Token:
    said = found["n"] or found["m"] or found["en"]
    return Token(Kind.VEHICLES, found[0], number=None if said is None else _number(said))


def _lanes_zh(found: re.Match[str]) -> Token:
    said = found["list"] or found["no"] or found["after"]
    numbers = frozenset(map(_number, re.findall(_NUM, said)))
    return Token(Kind.LANE, found[0], lanes=LaneWord(numbers=numbers))


def _lanes_count(found: re.Match[str]) -> Token:
    if found["en"]:
        return Token(
            Kind.LANE, found[0], lanes=LaneWord(count=2 if found["en"] == "both" else _number(found["en"]))
        )
    # 三车道 may be the third lane or three lanes; only 两 and 双 never number a lane.
    if not found["measure"] and found["n"] not in "两双":
        return Token(Kind.LANE, found[0], lanes=LaneWord(unclear=True))
    return Token(Kind.LANE, found[0], lanes=LaneWord(count=_number(found["n"])))


def _lanes_en(found: re.Match[str]) -> Token:
    said = found["list"]
    numbers = [_number(n) for n in re.findall(_NUM_EN, said)]
    if "-" in said or " to " in said:
        numbers = list(range(min(numbers), max(numbers) + 1))
    unclear = " or " in said or "/" in said
    return Token(Kind.LANE, found[0], lanes=LaneWord(numbers=frozenset(numbers), unclear=unclear))


_PATTERNS: Final = (
    (_CHAINAGE, _chainage),
    (_CHAINAGE_ZH, _chainage_zh),
    (_OFFSET, _offset),
    (_QUEUE, lambda found: Token(Kind.FILLER, found[0])),
    (_VEHICLES, _vehicles),
    (_TIME, lambda found: Token(Kind.TIME, found[0])),
    (_LANES_ZH, _lanes_zh),
    (_LANES_COUNT, _lanes_count),
    (_LANES_ALL, lambda found: Token(Kind.LANE, found[0], lanes=LaneWord(every=True))),
    (_LANES_EN, _lanes_en),
)


def _number(text: str) -> int:
    return DIGITS[text] if text in DIGITS else int(text)


def _without_tunnel(name: str) -> str:
    word = normalise(name)
    return word.removesuffix("隧道").removesuffix(" tunnel") if len(word) > 3 else ""


def _ascii_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _whole_words(text: str, start: int, end: int) -> bool:
    """Latin words match whole: `activate` is not in `activated`."""
    if start and _ascii_alnum(text[start]) and _ascii_alnum(text[start - 1]):
        return False
    return not (end < len(text) and _ascii_alnum(text[end - 1]) and _ascii_alnum(text[end]))


def _unknown_end(text: str, at: int) -> int:
    end = at + 1
    if _ascii_alnum(text[at]):
        while end < len(text) and (_ascii_alnum(text[end]) or text[end] == "'"):
            end += 1
    return end


def _is_mark(piece: str) -> bool:
    return len(piece) == 1 and piece not in "+%&=@#*<>" and unicodedata.category(piece)[0] in "PS"
