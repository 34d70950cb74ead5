"""Which lanes a text blocks, out of the lane words and what stands around them (仅…通行, 或, 不是)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from config.site import Carriageway, Site
from controller.incident import LaneImpact
from controller.intake.scan import LaneWord, Token
from controller.intake.words import Kind


@dataclass(frozen=True, slots=True)
class LaneProblem:
    """Why the lanes are not certain, in both languages; empty texts: none were named."""

    zh: str = ""
    en: str = ""


class _Said(Enum):
    BLOCKED = auto()
    AFFECTED = auto()
    OPEN = auto()
    ONLY_OPEN = auto()
    DENIED = auto()


@dataclass(frozen=True, slots=True)
class _Group:
    words: tuple[LaneWord, ...]
    said: _Said
    choice: bool


_ALTERNATIVES = LaneProblem("是哪条车道？文中给出了不止一种可能", "Which lane? The text leaves a choice")
_WHICH_BLOCKED = LaneProblem(
    "哪条车道被占用？文中只说了可通行的车道", "Which lanes are blocked? Only open ones are named"
)


def lanes_of(
    site: Site, carriageway: Carriageway | None, tokens: Sequence[Token]
) -> Mapping[int, LaneImpact] | LaneProblem:
    """Return lane number → impact if the text leaves no choice, else what is unclear.

    Args:
        carriageway: None where it is not known; then a word counts only if it means the same on every one.
    """
    kinds = {token.kind for token in tokens}
    if Kind.MOVED in kinds and (Kind.LANE in kinds or Kind.SHOULDER in kinds):
        return LaneProblem("车辆移动后现在占用哪条车道？", "Which lane is blocked now, after it was moved?")
    if Kind.EXCEPT in kinds:
        return LaneProblem("请直接说明哪些车道被占用", "Name the blocked lanes themselves, not the exception")
    groups = [group for group in _groups(tokens) if group.said is not _Said.DENIED]
    if not groups:
        if Kind.SHOULDER in kinds:
            return LaneProblem(
                "应急车道还不能单独作为封闭车道：是否占用行车道？",
                "The shoulder alone cannot be closed yet: is a running lane blocked?",
            )
        return LaneProblem()
    if any(group.choice or any(word.unclear for word in group.words) for group in groups):
        return _ALTERNATIVES
    roads = [carriageway] if carriageway is not None else list(site.carriageways.values())
    answers = [_on(road, groups) for road in roads]
    if any(answer != answers[0] for answer in answers):
        return LaneProblem()
    return answers[0]


def _on(road: Carriageway, groups: Sequence[_Group]) -> Mapping[int, LaneImpact] | LaneProblem:
    every = road.lane_numbers
    counts = {word.count for group in groups for word in group.words if word.count is not None}
    sets: dict[_Said, list[frozenset[int]]] = {said: [] for said in _Said}
    for group in groups:
        named = frozenset().union(*(_numbers(road, word) for word in group.words))
        if not named <= every or (not named and all(w.count is None for w in group.words)):
            known = "、".join(f"{lane.number} {lane.name.zh}" for lane in road.lanes)
            names = ", ".join(f"{lane.number} {lane.name.en}" for lane in road.lanes)
            return LaneProblem(
                f"{road.direction.zh}没有这条车道，只有{known}，是哪条？",
                f"{road.direction.en} has no such lane; it has {names}. Which one?",
            )
        if named or group.said is not _Said.BLOCKED:
            sets[group.said].append(named)
    passable = frozenset().union(*sets[_Said.OPEN], *sets[_Said.ONLY_OPEN])
    blocked = frozenset().union(*sets[_Said.BLOCKED])
    affected = frozenset().union(*sets[_Said.AFFECTED])
    if len(set(sets[_Said.BLOCKED])) > 1 or blocked & passable or affected & (blocked | passable):
        return _ALTERNATIVES
    if counts and not blocked:
        blocked = every - passable
    elif sets[_Said.ONLY_OPEN]:
        if blocked and blocked != every - passable:
            return _ALTERNATIVES
        blocked = every - passable
    elif passable and not blocked:
        return _WHICH_BLOCKED
    if counts and counts != {len(blocked)}:
        return LaneProblem("具体是哪几条车道？", "Which lanes exactly?")
    impacts = dict.fromkeys(affected, LaneImpact.AFFECTED) | dict.fromkeys(blocked, LaneImpact.BLOCKED)
    return dict(sorted(impacts.items())) or _WHICH_BLOCKED


def _numbers(road: Carriageway, word: LaneWord) -> frozenset[int]:
    if word.every:
        return road.lane_numbers
    if word.by_carriageway is not None:
        return word.by_carriageway.get(road.id, frozenset())
    return word.numbers


def _groups(tokens: Sequence[Token]) -> list[_Group]:
    """Lane words joined by 和, a comma or nothing, with what is said of them before and after."""
    groups = []
    at = 0
    while at < len(tokens):
        lanes = tokens[at].lanes
        if lanes is None:
            at += 1
            continue
        words, end, choice = [lanes], at + 1, _is(tokens, at - 1, Kind.OR)
        while (step := _to_next_lane(tokens, end)) is not None:
            following, joint = step
            said = _said(tokens, following, following + 1)
            if "," in joint and said in (_Said.OPEN, _Said.AFFECTED, _Said.ONLY_OPEN):
                if _struck(tokens, at):  # 占用快车道,慢车道可通行: two statements
                    break
                choice = True  # 快车道,慢车道可通行: one or two?
            choice = choice or bool(joint & {"or", "/"})
            joined = tokens[following].lanes
            assert joined is not None
            words.append(joined)
            end = following + 1
        choice = choice or _is(tokens, end, Kind.OR)
        groups.append(_Group(tuple(words), _said(tokens, at, end), choice))
        at = end
    return groups


def _to_next_lane(tokens: Sequence[Token], at: int) -> tuple[int, set[str]] | None:
    """Return where the next lane word stands if only joints lie between, and those joints."""
    joint: set[str] = set()
    while at < len(tokens):
        token = tokens[at]
        if token.kind is Kind.LANE:
            return at, joint
        if token.kind is Kind.OR:
            joint.add("or")
        elif token.kind is Kind.AND or token.text in (",", "、", "/"):
            joint.add(token.text)
        else:
            return None
        at += 1
    return None


def _struck(tokens: Sequence[Token], at: int) -> bool:
    """Whether the lane word at `at` already has its statement before it (`占用快车道`, `追尾在快车道`)."""
    before = at - 1
    while _is(tokens, before, Kind.FILLER):
        before -= 1
    return _is(tokens, before, Kind.BLOCKING) or _is(tokens, before, Kind.TYPE)


def _said(tokens: Sequence[Token], start: int, end: int) -> _Said:
    before = start - 1
    while _is(tokens, before, Kind.FILLER):
        before -= 1
    only = _is(tokens, before, Kind.ONLY)
    denied = _is(tokens, before, Kind.NEGATION)
    after = end
    slow = refused = False
    while after < len(tokens):
        token = tokens[after]
        if token.kind is Kind.PASSABLE:
            if refused or denied:
                return _Said.BLOCKED
            if only:
                return _Said.ONLY_OPEN
            return _Said.AFFECTED if slow else _Said.OPEN
        if token.kind is Kind.SLOW:
            slow = True
        elif token.kind is Kind.NEGATION:
            refused = True
        elif token.kind not in (Kind.FILLER, Kind.ONLY):
            break
        after += 1
    if denied:
        return _Said.DENIED
    if only and slow:
        return _Said.ONLY_OPEN
    return _Said.AFFECTED if slow else _Said.BLOCKED


def _is(tokens: Sequence[Token], at: int, kind: Kind) -> bool:
    return 0 <= at < len(tokens) and tokens[at].kind is kind
