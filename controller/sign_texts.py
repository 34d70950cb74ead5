"""What signs say: the catalogue of texts, longest first, and how strict each is.

The texts are data. None of them sends traffic to a lane, so that none can send it to a closed one (S4).
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

from config.sign_fit import why_unfit
from config.site import Carriageway, SignShape
from controller.incident import IncidentType

WHAT: Mapping[str, str] = {
    "crash": "事故",
    "breakdown": "故障车",
    "debris": "障碍物",
    "pedestrian": "行人",
    "animal": "动物",
    "roadwork": "施工",
    "congestion": "拥堵",
    "weather": "恶劣天气",
    "fire": "火情",
    "spill": "泄漏物",
    "wrong_way": "逆行车辆",
    "other": "异常情况",
}
"""Type group → the word for it; every group has one."""

ADVICE = ("注意减速避让", "减速慢行", "谨慎驾驶")
"""By band of `Policy.sign_bands_m`, the nearest first."""

CLOSURE_ADVICE = ("禁止通行", "请勿驶入", "提前绕行")
"""The same for a carriageway with no lane open."""

NEAR = ("前方{lanes}{what},{advice}", "前方{lanes}{what}", "{lanes}{what}", "{what}慢行", "{what}", "慢行")
"""At the portal and inside a tunnel: the driver is there."""

FAR = (
    "前方{distance}{tunnel}{lanes}{what},{advice}",
    "前方{distance}{lanes}{what},{advice}",
    "前方{distance}{lanes}{what}",
    "{distance}{lanes}{what}",
    "前方{lanes}{what}",
    "{lanes}{what}",
    "{what}慢行",
    "{what}",
    "慢行",
)
"""Farther away: what, where and what to do."""

CLOSURE = (
    "前方{distance}{tunnel}{what},道路封闭,{advice}",
    "前方{distance}{what},道路封闭,{advice}",
    "前方{distance}道路封闭,{advice}",
    "前方{distance}道路封闭",
    "前方道路封闭",
    "道路封闭",
    "封闭",
)
"""No lane is open."""


class Level(IntEnum):
    """How strict a sign is (S4, S6); the larger is the stricter."""

    BLANK = 0
    NOTICE = 1
    CLOSURE = 2


_TAG = re.compile(r"\[[^\[\]]*\]")
_CLOSED = re.compile(
    r"(道路|隧道|公路|高速|全线|全幅|双向|洞口|前方)(全部|临时|已|全)?(封闭|关闭)|^(全)?(封闭|关闭)"
    r"|禁止(通行|驶入|进入)|请勿(通行|驶入|进入)|\b(road|tunnel|carriageway) closed\b|\bdo not enter\b",
    re.IGNORECASE,
)
_SENDS = re.compile(r"(?:走|靠|驶入|并入|改走|变道至|变至|转入|使用|\buse|\bkeep|\bmerge)\s*(?:the )?")
_SIDES = {"左": 0, "left": 0, "右": -1, "right": -1}


def level(multi: str) -> Level:
    """Return how strict a sign's text is; markup does not count."""
    plain = _TAG.sub("", multi).strip()
    if not plain:
        return Level.BLANK
    return Level.CLOSURE if _CLOSED.search(plain) else Level.NOTICE


def sends_to(multi: str, carriageway: Carriageway) -> frozenset[int]:
    """Return the lanes a text sends traffic to; empty for texts that only warn."""
    plain, lanes = _TAG.sub("", multi), set()
    words = {word: lane.number for lane in carriageway.lanes for word in (lane.name.zh, *lane.aliases)}
    outer = sorted(carriageway.lane_numbers)
    for verb in _SENDS.finditer(plain):
        rest = plain[verb.end() :]
        named = max((word for word in words if rest.startswith(word)), key=len, default=None)
        if named is not None:
            lanes.add(words[named])
        else:
            lanes |= {outer[end] for side, end in _SIDES.items() if rest.startswith(side)}
    return frozenset(lanes)


def distance_text(metres: int) -> str:
    """Return a distance as signs write it: hundreds of metres below 2 km, whole kilometres above.

    Empty below 50 m: the driver is there.
    """
    hundreds = (metres + 50) // 100
    if hundreds <= 0:
        return ""
    if hundreds < 20:
        return f"{hundreds * 100}米"
    return f"{(metres + 500) // 1000}公里"


def lane_words(carriageway: Carriageway, lanes: frozenset[int]) -> str:
    """Return what drivers call these lanes; the leftmost is the fast lane to all of them (快车道)."""
    known = [lane for lane in carriageway.lanes if lane.number in lanes]
    if len(known) > 2:
        return f"{len(known)}条车道"
    fast = "快车道"
    return "、".join(
        fast if lane.number == 1 and fast in (lane.name.zh, *lane.aliases) else lane.name.zh for lane in known
    )


def warning(
    kind: IncidentType, lanes: str, *, tunnel: str = "", distance_m: int | None = None, band: int = 0
) -> Iterator[str]:
    """Yield texts about lanes that are closed or affected, the longest first.

    Args:
        kind: what happened; its group chooses the word.
        lanes: see `lane_words`; empty where no lane is named.
        tunnel: name of the tunnel it happened in, empty in the open.
        distance_m: from the sign to the place; None where the driver is at it.
        band: index of the sign band, for the advice.
    """
    forms = NEAR if distance_m is None else FAR
    yield from _filled(forms, WHAT[kind.group], lanes, tunnel, distance_m, ADVICE[band])


def closure(
    kind: IncidentType, *, tunnel: str = "", distance_m: int | None = None, band: int = 0
) -> Iterator[str]:
    """Yield closure texts, the longest first; arguments as in `warning`."""
    yield from _filled(CLOSURE, WHAT[kind.group], "", tunnel, distance_m, CLOSURE_ADVICE[band])


def first_that_fits(texts: Iterator[str], shape: SignShape | None) -> tuple[str | None, bool]:
    """Return the first text the sign can show whole, and whether a longer one did not fit."""
    for number, text in enumerate(texts):
        if shape is None or why_unfit(text, shape) is None:
            return text, number > 0
    return None, True


def _filled(
    forms: tuple[str, ...], what: str, lanes: str, tunnel: str, distance_m: int | None, advice: str
) -> Iterator[str]:
    distance = "" if distance_m is None else distance_text(distance_m)
    texts = (
        form.format(what=what, lanes=lanes, tunnel=tunnel, distance=distance, advice=advice) for form in forms
    )
    yield from dict.fromkeys(texts)
