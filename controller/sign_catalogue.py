"""The product's sign texts as tables: what happened, where, what to do, in each language.

A row is chosen by how much of the case it names: situation before group before position. A ladder lists one
sentence from its longest form to its shortest, which every sign of two characters can show. None sends
traffic to a lane, so that none can send it to a closed one (S4); a wrong-way driver alone is met by keeping
to the slow side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from config.messages import Language, Position, Situation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row of a table; a condition that is None fits everything."""

    value: T
    situation: Situation | None = None
    group: str | None = None
    position: Position | None = None

    def score(self, situation: Situation, group: str, position: Position) -> int:
        """Return how specific the row is for this case, -1 where it is not for it."""
        score = 0
        for weight, mine, asked in (
            (4, self.situation, situation),
            (2, self.group, group),
            (1, self.position, position),
        ):
            if mine is not None and mine != asked:
                return -1
            score += weight if mine is not None else 0
        return score


@dataclass(frozen=True, slots=True)
class Ladder:
    """One sentence, longest form first.

    Attributes:
        paged: so many of its first forms say too much to be lost: where none of them fits on one page,
            they are shown on two before anything shorter is.
    """

    forms: tuple[str, ...]
    paged: int = 0


ZH, EN = Language.ZH, Language.EN
_S, _P = Situation, Position

WHAT: Mapping[Language, Mapping[str, str]] = {
    ZH: {
        "crash": "事故",
        "breakdown": "故障车",
        "debris": "障碍物",
        "pedestrian": "行人",
        "animal": "动物",
        "roadwork": "施工",
        "congestion": "拥堵",
        "weather": "恶劣|天气",
        "fire": "火情",
        "spill": "泄漏物",
        "wrong_way": "逆行|车辆",
        "other": "异常|情况",
    },
    EN: {
        "crash": "CRASH",
        "breakdown": "BREAKDOWN",
        "debris": "DEBRIS",
        "pedestrian": "PEDESTRIAN",
        "animal": "ANIMAL",
        "roadwork": "ROADWORK",
        "congestion": "CONGESTION",
        "weather": "BAD WEATHER",
        "fire": "FIRE",
        "spill": "SPILL",
        "wrong_way": "WRONG WAY DRIVER",
        "other": "INCIDENT",
    },
}
"""Type group → the word for it; every group has one."""

SIDE: Mapping[Language, Mapping[str, str]] = {
    ZH: {"right": "右", "left": "左"},
    EN: {"right": "RIGHT", "left": "LEFT"},
}
"""Side of the road → its word."""

ADVICE: Mapping[Language, Sequence[Row[str]]] = {
    ZH: (
        Row("注意|减速|避让"),
        Row("减速|慢行", position=_P.MIDDLE),
        Row("谨慎|驾驶", position=_P.FAR),
        Row("减速|慢行", group="weather"),
        Row("减速|慢行", _S.QUEUE),
        Row("禁止|通行", _S.CLOSURE),
        Row("请勿|驶入", _S.CLOSURE, position=_P.MIDDLE),
        Row("提前|绕行", _S.CLOSURE, position=_P.FAR),
        Row("禁止|驶入", _S.CLOSURE, "fire"),
    ),
    EN: (
        Row("SLOW DOWN"),
        Row("REDUCE SPEED", position=_P.MIDDLE),
        Row("TAKE CARE", position=_P.FAR),
        Row("DO NOT ENTER", _S.CLOSURE),
        Row("TAKE DETOUR", _S.CLOSURE, position=_P.FAR),
    ),
}
"""What to do."""

LADDERS: Mapping[Language, Sequence[Row[Ladder]]] = {
    ZH: (
        Row(
            Ladder(
                (
                    "前方|{distance}|{tunnel}|{lanes}|{what},|{advice}",
                    "前方|{distance}|{lanes}|{what},|{advice}",
                    "前方|{distance}|{lanes}|{what}",
                    "{distance}|{lanes}|{what}",
                    "前方|{lanes}|{what}",
                    "{lanes}|{what}",
                    "{what}|慢行",
                    "{what}",
                    "慢行",
                ),
                paged=6,
            ),
            _S.LANES,
        ),
        Row(
            Ladder(
                (
                    "前方|{lanes}|{what},|{advice}",
                    "前方|{lanes}|{what}",
                    "{lanes}|{what}",
                    "{what}|慢行",
                    "{what}",
                    "慢行",
                ),
                paged=3,
            ),
            _S.LANES,
            position=_P.HERE,
        ),
        Row(
            Ladder(
                (
                    "前方|{distance}|{tunnel}|{what},|{advice}",
                    "前方|{distance}|{what},|{advice}",
                    "前方|{distance}|{what}",
                    "{distance}|{what}",
                    "前方|{what}",
                    "{what}|慢行",
                    "{what}",
                    "慢行",
                )
            ),
            _S.ADVISORY,
        ),
        Row(
            Ladder(("前方|{what},|{advice}", "前方|{what}", "{what}|慢行", "{what}", "慢行")),
            _S.ADVISORY,
            position=_P.HERE,
        ),
        Row(
            Ladder(
                (
                    "前方|{distance}|{tunnel}|{what},|道路|封闭,|请从|{exit}|驶出",
                    "前方|{distance}|道路|封闭,|请从|{exit}|驶出",
                    "前方|{distance}|{tunnel}|{what},|道路|封闭,|{advice}",
                    "前方|{distance}|{what},|道路|封闭,|{advice}",
                    "前方|{distance}|道路|封闭,|{advice}",
                    "前方|{distance}|道路|封闭",
                    "前方|道路|封闭",
                    "道路|封闭",
                    "封闭",
                )
            ),
            _S.CLOSURE,
        ),
        Row(
            Ladder(
                (
                    "前方|{distance}|车辆|排队,|{advice}",
                    "前方|{distance}|排队,|{advice}",
                    "前方|{distance}|排队",
                    "前方|排队",
                    "排队|慢行",
                    "慢行",
                )
            ),
            _S.QUEUE,
        ),
        Row(
            Ladder(
                (
                    "前方|逆行|车辆,|靠{side}|行驶,|禁止|超车",
                    "逆行|车辆,|靠{side}|行驶,|禁止|超车",
                    "逆行|来车,|靠{side}|慢行",
                    "逆行|车辆",
                    "逆行",
                ),
                paged=3,
            ),
            _S.WRONG_WAY,
        ),
        Row(
            Ladder(
                (
                    "前方有|逆行|车辆,|禁止|超车,|前方|隧道|封闭,|禁止|驶入",
                    "逆行|车辆,|禁止|超车,|前方|隧道|封闭",
                    "逆行|车辆,|隧道|封闭",
                    "隧道|封闭",
                    "封闭",
                ),
                paged=3,
            ),
            _S.WRONG_WAY_CLOSED,
        ),
        Row(
            Ladder(("隧道内|{what},|减速|慢行,|注意|避让", "隧道内|{what},|减速|慢行", "减速|慢行", "慢行")),
            _S.INSIDE,
        ),
        Row(
            Ladder(("隧道内|火情,|请勿|停车,|尽快|驶离", "隧道|火情,|尽快|驶离", "尽快|驶离", "驶离")),
            _S.INSIDE,
            "fire",
        ),
        Row(Ladder(("请勿|停车,|尽快|驶离|隧道", "请尽快|驶离|隧道", "尽快|驶离", "驶离")), _S.DRIVE_OUT),
        Row(
            Ladder(("对向|隧道|{what},|请尽快|驶离|隧道", "请尽快|驶离|隧道", "尽快|驶离", "驶离")),
            _S.OTHER_BORE,
        ),
    ),
    EN: (
        Row(
            Ladder(
                (
                    "{what} {distance}, {tunnel}, {lanes} CLOSED, {advice}",
                    "{what} {distance}, {lanes} CLOSED, {advice}",
                    "{what} {distance}, {lanes} CLOSED",
                    "{what}, {lanes} CLOSED",
                    "{what}, {lanes}",
                    "{what} {distance}",
                    "{what}",
                    "SLOW",
                ),
                paged=5,
            ),
            _S.LANES,
        ),
        Row(
            Ladder(
                (
                    "{what} {distance}, {tunnel}, {advice}",
                    "{what} {distance}, {advice}",
                    "{what} {distance}",
                    "{what}",
                    "SLOW",
                )
            ),
            _S.ADVISORY,
        ),
        Row(
            Ladder(
                (
                    "ROAD CLOSED {distance}, {what}, EXIT AT {exit}",
                    "ROAD CLOSED {distance}, EXIT AT {exit}",
                    "ROAD CLOSED {distance}, {tunnel}, {what}, {advice}",
                    "ROAD CLOSED {distance}, {what}, {advice}",
                    "ROAD CLOSED {distance}, {advice}",
                    "ROAD CLOSED {distance}",
                    "ROAD CLOSED",
                    "SHUT",
                )
            ),
            _S.CLOSURE,
        ),
        Row(
            Ladder(("QUEUE {distance}, {advice}", "QUEUE {distance}", "QUEUE AHEAD", "QUEUE", "SLOW")),
            _S.QUEUE,
        ),
        Row(
            Ladder(
                (
                    "WRONG WAY DRIVER, KEEP {side}, DO NOT OVERTAKE",
                    "WRONG WAY DRIVER, KEEP {side}",
                    "WRONG WAY DRIVER",
                    "WRONG WAY",
                    "SLOW",
                ),
                paged=2,
            ),
            _S.WRONG_WAY,
        ),
        Row(
            Ladder(
                (
                    "WRONG WAY DRIVER, DO NOT OVERTAKE, TUNNEL CLOSED",
                    "WRONG WAY DRIVER, TUNNEL CLOSED",
                    "TUNNEL CLOSED",
                    "SHUT",
                ),
                paged=2,
            ),
            _S.WRONG_WAY_CLOSED,
        ),
        Row(Ladder(("{what} IN TUNNEL, SLOW DOWN", "{what} IN TUNNEL", "SLOW DOWN", "SLOW")), _S.INSIDE),
        Row(
            Ladder(
                ("FIRE IN TUNNEL, DO NOT STOP, DRIVE OUT", "FIRE IN TUNNEL, DRIVE OUT", "DRIVE OUT", "EXIT")
            ),
            _S.INSIDE,
            "fire",
        ),
        Row(
            Ladder(("DO NOT STOP, DRIVE OUT OF TUNNEL", "DRIVE OUT OF TUNNEL", "DRIVE OUT", "EXIT")),
            _S.DRIVE_OUT,
        ),
        Row(
            Ladder(("{what} IN OTHER TUBE, DRIVE OUT OF TUNNEL", "DRIVE OUT OF TUNNEL", "DRIVE OUT", "EXIT")),
            _S.OTHER_BORE,
        ),
    ),
}
"""Where, and how the parts make a sentence; a form whose `{exit}` is empty is left out."""

NEEDED = frozenset({"exit"})
"""Blanks without which a form makes no sense."""


def best(rows: Iterable[Row[T]], situation: Situation, group: str, position: Position) -> T:
    """Return the value of the most specific row for a case; of equals the first.

    Raises:
        LookupError: no row is for it.
    """
    scored = ((row.score(situation, group, position), row) for row in rows)
    score, row = max(scored, key=lambda pair: pair[0])
    if score < 0:
        raise LookupError(f"no text for {situation}, {group}, {position}")
    return row.value
