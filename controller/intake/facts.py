"""Joins the words of one text into facts: what is certain, what must be asked, what is denied or told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.site import Carriageway, Site, Tunnel
from controller.incident import IncidentType, LaneImpact, Place
from controller.intake.decision import Missing
from controller.intake.lanes import LaneProblem, lanes_of
from controller.intake.normal import normalise
from controller.intake.scan import Lexer, Token
from controller.intake.where import carriageway_of, place_said, tunnel_of
from controller.intake.words import (
    AFTER_A_PLACE,
    MINOR_CRASHES,
    PLAIN_ACCIDENT,
    SEVERITIES,
    TYPE_NAMES,
    TYPE_SEVERITY,
    Kind,
)
from controller.plan.scope import lanes_matter

_SEVERITY_OF = {normalise(word): severity for severity, words in SEVERITIES.items() for word in words}
_RANK = ("minor", "moderate", "major", "critical")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words of one text say, before anything is decided.

    Attributes:
        kinds, words: every kind of word in it, and the words of each kind.
        severity: follows from type, harm and vehicles where nothing is said.
        missing: a question for each of direction, place, lanes and type that is not certain.
        ordered: there is a command, neither denied nor told as done.
        released: a release nobody denies.
        corrected: says what is not so, or says it corrects.
        order_denied: a command or a release with "not" before it.
        stray_not: a "not" before nothing we know.
        residue: pieces no table explains.
        any_type, any_place: something of the sort is named, certain or not.
    """

    kinds: frozenset[Kind]
    words: Mapping[Kind, tuple[str, ...]]
    carriageway: Carriageway | None
    tunnel: Tunnel | None
    place: Place | None
    lanes: Mapping[int, LaneImpact]
    type: IncidentType | None
    severity: str
    missing: tuple[Missing, ...]
    ordered: bool
    released: bool
    corrected: bool
    order_denied: bool
    stray_not: bool
    residue: tuple[str, ...]
    any_type: bool
    any_place: bool


def read_facts(site: Site, lexer: Lexer, tokens: Sequence[Token]) -> Facts:
    """Return the facts of one text; pure."""
    denied = _denied(tokens)
    said = [token for i, token in enumerate(tokens) if i not in denied and not _of_no_place(tokens, i)]
    carriageway, no_direction = carriageway_of(site, said)
    tunnel, no_tunnel = tunnel_of(site, lexer, tokens, said)
    place, no_place = (
        place_said(site, lexer, carriageway, tunnel, said) if no_tunnel is None else (None, no_tunnel)
    )
    lanes = lanes_of(site, carriageway, tokens)
    type_, no_type = _type(said)
    missing = [m for m in (no_direction, no_place) if m is not None]
    if isinstance(lanes, LaneProblem):
        if lanes.zh or place is None or type_ is None or lanes_matter(type_, place, site):
            missing.append(_ask_lanes(site, carriageway, lanes))
        lanes = {}
    if no_type is not None:
        missing.append(no_type)
    words: dict[Kind, tuple[str, ...]] = {}
    for token in tokens:
        words[token.kind] = (*words.get(token.kind, ()), token.text)
    commands = [i for i, token in enumerate(tokens) if token.kind is Kind.COMMAND]
    named = {tokens[i].kind for i in denied}
    return Facts(
        kinds=frozenset(words),
        words=words,
        carriageway=carriageway,
        tunnel=tunnel,
        place=place,
        lanes=lanes,
        type=type_,
        severity=_severity(said, type_),
        missing=tuple(missing),
        ordered=bool(commands) and not any(i in denied or _told(tokens, i) for i in commands),
        released=any(token.kind is Kind.RELEASE for token in said),
        corrected=Kind.CORRECTION in words or bool(named - {Kind.COMMAND, Kind.RELEASE, Kind.NEGATION}),
        order_denied=bool(named & {Kind.COMMAND, Kind.RELEASE}),
        stray_not=Kind.NEGATION in named,
        residue=words.get(Kind.UNKNOWN, ()),
        any_type=any(token.kind is Kind.TYPE for token in said),
        any_place=any(token.kind in (Kind.CARRIAGEWAY, Kind.TUNNEL, Kind.CHAINAGE) for token in said),
    )


def _denied(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the index of every token a negation stands before; of the negation itself if before nothing."""
    denied = set()
    for i, token in enumerate(tokens):
        if token.kind is not Kind.NEGATION:
            continue
        at = i + 1
        while at < len(tokens) and tokens[at].kind in (Kind.FILLER, Kind.VEHICLES, Kind.ONLY):
            at += 1
        if at < len(tokens) and tokens[at].kind in _DENIABLE:
            denied.add(at)
        elif at >= len(tokens) or tokens[at].kind not in (Kind.PASSABLE, Kind.SLOW):
            denied.add(i)
    return frozenset(denied)


_DENIABLE = frozenset(
    {Kind.CARRIAGEWAY, Kind.TUNNEL, Kind.CHAINAGE, Kind.LANE, Kind.TYPE, Kind.COMMAND, Kind.RELEASE}
)


def _told(tokens: Sequence[Token], command: int) -> bool:
    """`已启动预警`, `启动预警了`: a command spoken of, not given."""
    before = command - 1
    while before >= 0 and tokens[before].kind is Kind.FILLER:
        before -= 1
    after = tokens[command + 1] if command + 1 < len(tokens) else None
    told = after is not None and (after.kind is Kind.DONE or after.text in ("了", "的", "后", "前", "时"))
    return told or (before >= 0 and tokens[before].kind is Kind.DONE)


def _of_no_place(tokens: Sequence[Token], at: int) -> bool:
    """`快车道内` is not the inside of a tunnel, and `口` or `后` says where only after a place."""
    kind, before = tokens[at].kind, tokens[at - 1].kind if at else None
    if kind is Kind.INSIDE:
        return before in (Kind.LANE, Kind.SHOULDER)
    after_a_place = before in (Kind.TUNNEL, Kind.BARE_TUNNEL, Kind.CHAINAGE)
    return kind is Kind.OUTSIDE and tokens[at].text in AFTER_A_PLACE and not after_a_place


def _ask_lanes(site: Site, carriageway: Carriageway | None, problem: LaneProblem) -> Missing:
    if problem.zh:
        return Missing("lanes", problem.zh, problem.en)
    lanes = (carriageway or next(iter(site.carriageways.values()))).lanes
    return Missing(
        "lanes",
        f"哪条车道（{'、'.join(lane.name.zh for lane in lanes)}）？",
        f"Which lane ({', '.join(lane.name.en for lane in lanes)})?",
    )


def _type(said: Sequence[Token]) -> tuple[IncidentType | None, Missing | None]:
    words = [token for token in said if token.kind is Kind.TYPE and token.type is not None]
    named = [token for token in words if token.text not in PLAIN_ACCIDENT] or words
    types = list(dict.fromkeys(token.type for token in named if token.type is not None))
    # A queue is what the rest causes; a rear-end crash or a rollover is also a collision.
    if len(types) > 1:
        types = [t for t in types if t is not IncidentType.CONGESTION]
    if {t.group for t in types} == {"crash"} and len(types) == 2:
        types = [t for t in types if t is not IncidentType.COLLISION]
    if len(types) == 1:
        return types[0], None
    zh = "还是".join(TYPE_NAMES[t][0] for t in types)
    en = " or ".join(TYPE_NAMES[t][1] for t in types)
    if not types:
        return None, Missing(
            "type", "发生了什么（追尾、抛锚、抛洒物……）？", "What happened (crash, breakdown, debris)?"
        )
    return None, Missing("type", f"主要是{zh}？", f"Which is it: {en}?")


def _severity(said: Sequence[Token], type_: IncidentType | None) -> str:
    found = ["moderate" if type_ is None else TYPE_SEVERITY.get(type_, "moderate")]
    words = [token for token in said if token.kind in (Kind.SEVERITY, Kind.TYPE)]
    if any(token.text in MINOR_CRASHES or _SEVERITY_OF.get(token.text) == "minor" for token in words):
        found = ["minor"]
    found += [severity for token in words if (severity := _SEVERITY_OF.get(token.text))]
    if any((token.number or 0) >= 3 for token in said if token.kind is Kind.VEHICLES):
        found.append("major")
    return max(found, key=_RANK.index)
