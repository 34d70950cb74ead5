"""Reads one line of chat: facts out of its words, then one decision, in doubt never the daring one.

`activate` needs an explicit command and four certain facts (direction, place, lanes, type), and every word
of the text explained: what no table knows, a question, a doubt or a negation only ever leads to asking.
"""

import re

from config.site import Site
from controller.incident import Report
from controller.intake.decision import Decision, Missing, Parsed
from controller.intake.facts import Facts, read_facts
from controller.intake.normal import normalise
from controller.intake.scan import Lexer
from controller.intake.words import Kind

LONGEST_TEXT = 1_000
"""Characters read; a longer text is no line of chat and only asked about."""


def parse_text(text: str, site: Site, *, lexer: Lexer | None = None) -> Parsed:
    """Return what the text says of this site and what it asks for. Never raises, whatever the text.

    Args:
        lexer: the site's, for callers who read many texts; built anew where None.
    """
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    if len(text) > LONGEST_TEXT:
        question = Missing(
            "text",
            f"文本超过{LONGEST_TEXT}字，请用一句话说明",
            f"The text is longer than {LONGEST_TEXT} characters; say it in one line",
        )
        return Parsed(text[:LONGEST_TEXT], Decision.ASK, missing=(question,))
    lexer = Lexer(site) if lexer is None else lexer
    return _decide(text, read_facts(site, lexer, lexer.scan(normalise(text))))


def _decide(text: str, facts: Facts) -> Parsed:
    decision, extra = _decision(facts)
    missing = (*facts.missing, *extra)
    if decision in (Decision.CLEAR, Decision.IGNORE, Decision.ACTIVATE):
        missing = ()
    report = None
    if decision not in (Decision.CLEAR, Decision.IGNORE, Decision.ASK) and not facts.missing:
        assert facts.place is not None
        assert facts.type is not None
        report = Report(facts.place, facts.lanes, facts.type, facts.severity, text)
    unsure = 10 * len(extra) + min(30, 3 * sum(map(len, facts.residue)))
    confidence = 0 if decision is Decision.IGNORE else max(0, 100 - 25 * len(facts.missing) - unsure)
    return Parsed(
        text=text,
        decision=decision,
        report=report,
        missing=missing,
        confidence=confidence,
        notes=_notes(facts),
        carriageway=facts.carriageway.id if facts.carriageway else None,
        tunnel=facts.place.tunnel if facts.place else facts.tunnel.id if facts.tunnel else None,
        place=facts.place,
        lanes=facts.lanes,
        type=facts.type,
        severity=facts.severity,
        not_understood=facts.residue,
    )


def _decision(facts: Facts) -> tuple[Decision, tuple[Missing, ...]]:
    """Return the first step that has an answer, and what it adds to ask."""
    steps = (_not_an_order(facts), _release(facts), _nothing_now(facts), _incident(facts))
    return next(step for step in steps if step is not None)


_Step = tuple[Decision, tuple[Missing, ...]]


def _not_an_order(facts: Facts) -> _Step | None:
    kinds = facts.kinds
    if Kind.DRILL in kinds:
        announced = kinds & {Kind.FUTURE, Kind.PAST, Kind.QUESTION} and Kind.COMMAND not in kinds
        return (Decision.IGNORE if announced else Decision.DRILL), ()
    if Kind.QUESTION in kinds:
        report = facts.any_type and facts.any_place
        return (Decision.ASK, (_IS_IT_AN_ORDER,)) if report else (Decision.IGNORE, ())
    return None


def _release(facts: Facts) -> _Step | None:
    if not facts.released:
        return None
    unsure = facts.kinds & {Kind.COMMAND, Kind.DOUBT, Kind.FUTURE, Kind.OR}
    if unsure or facts.order_denied or facts.stray_not:
        return Decision.ASK, (_START_OR_RELEASE,)
    return (Decision.IGNORE if Kind.PAST in facts.kinds else Decision.CLEAR), ()


def _nothing_now(facts: Facts) -> _Step | None:
    command = Kind.COMMAND in facts.kinds
    if Kind.PAST in facts.kinds:
        return (Decision.ASK, (_IS_IT_NOW,)) if command else (Decision.IGNORE, ())
    if facts.any_type or command or facts.corrected or _answers(facts):
        return None
    return Decision.IGNORE, ()


def _incident(facts: Facts) -> _Step:
    if facts.corrected:
        return Decision.UPDATE, ()
    if facts.stray_not or facts.kinds & {Kind.DOUBT, Kind.OR}:
        return Decision.ASK, (_unsure(facts),)
    if facts.missing:
        return Decision.ASK, ()
    told = set(facts.words.get(Kind.DONE, ())) - _HARMLESS_DONE
    if facts.ordered and not (facts.order_denied or facts.residue or told or facts.kinds & _HOLDS_BACK):
        return Decision.ACTIVATE, ()
    return Decision.PREPARE, (_START_IT,)


_HARMLESS_DONE = frozenset({"已", "已经", "刚", "刚刚"})
"""Away from the command these only say that the event has happened."""

_HOLDS_BACK = frozenset(
    {Kind.TIME, Kind.FUTURE, Kind.SHOULDER, Kind.APPROXIMATE, Kind.OUTSIDE, Kind.ELSEWHERE}
    | {Kind.NEGATION, Kind.MOVED, Kind.EXCEPT, Kind.BOTH_WAYS}
)
"""A person must look before it goes out, though all four facts are stated."""

_IS_IT_AN_ORDER = Missing("command", "这是询问还是报告？", "Is this a question or a report?")
_START_OR_RELEASE = Missing("command", "启动还是解除预警？", "Start the warning, or release it?")
_IS_IT_NOW = Missing("command", "是现在发生的吗？", "Is it happening now?")
_START_IT = Missing("command", "启动预警吗？", "Start the warning?")


def _unsure(facts: Facts) -> Missing:
    words = [w for kind in (Kind.DOUBT, Kind.OR, Kind.NEGATION) for w in facts.words.get(kind, ())]
    said = "、".join(dict.fromkeys(words))
    return Missing("text", f"“{said}”：请核实后再说一次", f'"{said}": check, then say it again for certain')


def _answers(facts: Facts) -> bool:
    """Whether a text without type or command still reads like part of a report."""
    stated = [facts.carriageway is not None, facts.tunnel is not None or facts.place is not None]
    return sum((*stated, bool(facts.lanes))) >= 2 and sum(map(len, facts.residue)) <= 6


def _notes(facts: Facts) -> tuple[str, ...]:
    notes = []
    if facts.residue:
        notes.append("not understood: " + ", ".join(facts.residue))
    if Kind.SHOULDER in facts.kinds:
        notes.append("the shoulder is named; it is not a running lane and is not closed by the plan")
    if Kind.COMMAND in facts.kinds and not facts.ordered:
        notes.append("the command is denied or told as done, so it is not taken as an order")
    if facts.kinds & {Kind.FUTURE, Kind.TIME}:
        notes.append("a time is named; a planned event is only prepared")
    if facts.kinds & {Kind.APPROXIMATE, Kind.OUTSIDE}:
        notes.append("the place is approximate or outside a portal; check it")
    return tuple(notes)
