"""The words of the product's sign texts, in each language: what happened, which side, what to do."""

from collections.abc import Mapping, Sequence

from config.messages import Language, Position, Situation
from controller.signs.sign_rows import Row

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
