"""The sentences of the product's sign texts, in each language, each from its longest form to its shortest.

Every sign of two characters can show the last form. None sends traffic to a lane, so that none can send it to
a closed one (S4); a wrong-way driver alone is met by keeping to the slow side, and a closure names the exit
before it.
"""

from collections.abc import Mapping, Sequence

from config.messages import Language, Position, Situation
from controller.signs.sign_rows import Ladder, Row

ZH, EN = Language.ZH, Language.EN
_S, _P = Situation, Position

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
                    "道路|封闭,|{exit}|驶出",
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
                    "前方|{distance}|{what},|请走|应急|车道,|减速|慢行",
                    "前方|{distance}|{what},|请走|应急|车道",
                    "前方|{what},|请走|应急|车道",
                    "请走|应急|车道",
                    "慢行",
                ),
                paged=3,
            ),
            _S.SHOULDER,
        ),
        Row(
            Ladder(
                (
                    "前方|{distance}|注意|排队,|{lanes}|{what},|{advice}",
                    "前方|{distance}|注意|排队,|{advice}",
                    "前方|{distance}|注意|排队",
                    "{distance}|注意|排队",
                    "前方|注意|排队",
                    "注意|排队",
                    "慢行",
                ),
                paged=1,
            ),
            _S.QUEUE,
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
            "congestion",
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
                    "ROAD CLOSED, EXIT AT {exit}",
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
            Ladder(
                (
                    "{what} {distance}, USE HARD SHOULDER, SLOW DOWN",
                    "{what} {distance}, USE HARD SHOULDER",
                    "{what}, USE HARD SHOULDER",
                    "USE HARD SHOULDER",
                    "SLOW",
                ),
                paged=3,
            ),
            _S.SHOULDER,
        ),
        Row(
            Ladder(
                (
                    "QUEUES LIKELY {distance}, {what}, {lanes} CLOSED, {advice}",
                    "QUEUES LIKELY {distance}, {advice}",
                    "QUEUES LIKELY {distance}",
                    "QUEUES LIKELY",
                    "QUEUES",
                    "SLOW",
                ),
                paged=1,
            ),
            _S.QUEUE,
        ),
        Row(
            Ladder(("QUEUE {distance}, {advice}", "QUEUE {distance}", "QUEUE AHEAD", "QUEUE", "SLOW")),
            _S.QUEUE,
            "congestion",
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
