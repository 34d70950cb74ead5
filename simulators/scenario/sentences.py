"""The sentences an expectation may be, as one table: form, meaning, example and reader of each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from config.site import Site
from devices.values import DeviceType
from simulators.scenario.devices import ANY, NOUNS, Devices, take_devices
from simulators.scenario.durations import span_ms
from simulators.scenario.reports import (
    STATES,
    Agree,
    Alarm,
    Joined,
    JournalUnbroken,
    NoIncident,
    PlanSays,
    Ready,
    RefusedWith,
    Report,
    ReportedAs,
    State,
    VerdictIs,
    WaitsFor,
)
from simulators.scenario.road import Before, Condition, Count, Going, Shows, TwoAspects, Unchanged, heads_of
from simulators.scenario.values import take_wishes
from simulators.scenario.words import ended, unquoted, words_of

Claim: TypeAlias = Condition | Report
_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,15}\Z")
_SHOW = ("show", "shows")
_ARE = ("are", "is")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of sentence.

    Attributes:
        begins: first words it may begin with.
        said: the form as the reference page gives it; capitals stand for something.
        of: `road` is judged by the lamps, `report` by what the controller says.
    """

    said: str
    of: str
    meaning: str
    example: str
    begins: tuple[str, ...]
    read: Callable[[list[str], Site, Count], Claim]


def read_sentence(sentence: str, site: Site, *, count: Count = Count.ALL) -> Claim:
    """Return what a sentence asks.

    Args:
        count: how many of the devices of a plain sentence have to; `some`, `no` in it say otherwise.

    Raises:
        ValueError: it is no sentence of the grammar; the text has the form that is nearest.
    """
    words = words_of(sentence)
    if not words:
        raise ValueError("say what is expected, e.g. heads FU-*-1 show closed")
    for form in FORMS:
        if words[0] in form.begins:
            try:
                return form.read(words, site, count)
            except ValueError as err:
                raise ValueError(f"{ended(err)} It is written: {form.said}; e.g. {form.example}") from None
    begins = ", ".join(sorted({word for form in FORMS for word in form.begins if word not in _SINGULAR}))
    raise ValueError(f"no sentence begins with {words[0]!r}; it may begin with {begins}")


def _road(words: list[str], site: Site, count: Count) -> Claim:
    if words[0] in _COUNTS:
        count = Count(words.pop(0))
    which, rest = take_devices(words, site)
    verb = rest.pop(0) if rest else ""
    if verb in _ARE:
        return _are(which, rest)
    if verb == "agree":
        _end(rest)
        return Agree(which)
    if verb not in _SHOW:
        raise ValueError(f"{verb or 'nothing'!r} stands where show, are or agree is needed")
    wishes, rest = take_wishes(rest, which.types)
    shows = Shows(which, wishes, site.devices, count)
    match rest:
        case []:
            return shows
        case ["before", *other]:
            second, rest = take_devices(other, site)
            if not rest or rest.pop(0) not in _SHOW:
                raise ValueError("say what the second ones show")
            wishes, rest = take_wishes(rest, second.types)
            _end(rest)
            return Before(shows, Shows(second, wishes, site.devices))
        case ["going", "upstream" | "downstream" as way]:
            return Going(shows, way == "upstream", {d: site.devices[d].at_m for d in which.ids})
    raise ValueError(f"{' '.join(rest)!r} is too much")


def _are(which: Devices, rest: list[str]) -> Claim:
    match rest:
        case ["unchanged"]:
            return Unchanged(which)
        case ["reported", word]:
            return ReportedAs(which, word)
    raise ValueError(f"are {' '.join(rest)}: write `are unchanged` or `are reported WORD`")


def _end(rest: Sequence[str]) -> None:
    if rest:
        raise ValueError(f"{' '.join(rest)!r} is too much")


def _named(words: list[str]) -> tuple[str, list[str]]:
    """Take the name of an incident from the front, where one stands there."""
    return (words[0], words[1:]) if words and _NAME.match(words[0]) else ("", words)


def _patterns(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip(",") for word in words)


def _incident(words: list[str], site: Site, count: Count) -> Claim:
    name, rest = _named(words[1:])
    match rest:
        case ["waits", "for", *patterns] if patterns:
            return WaitsFor(name, _patterns(patterns))
        case [state] if state in STATES:
            return State(name, state)
        case [state, "names", *patterns] if state in STATES and patterns:
            return State(name, state, _patterns(patterns))
    raise ValueError(f"{' '.join(rest) or 'nothing'!r} is no state; the states are {', '.join(STATES)}")


def _verdict(words: list[str], site: Site, count: Count) -> Claim:
    name, rest = _named(words[1:])
    match rest:
        case ["met" | "missed" | "given" as outcome]:
            return VerdictIs(name, outcome)
        case ["met", "in", span]:
            return VerdictIs(name, "met", span_ms(span))
    raise ValueError("a verdict is met or missed")


def _alarm(words: list[str], site: Site, count: Count) -> Claim:
    wanted = words[0] != "no"
    rest = words[1 if wanted else 2 :]
    kind = rest.pop(0) if rest and rest[0] != "for" else ""
    if not rest:
        return Alarm(kind, None, wanted)
    if rest[0] != "for":
        raise ValueError(f"{' '.join(rest)!r} is too much")
    which, rest = take_devices(rest[1:], site)
    _end(rest)
    return Alarm(kind, which, wanted)


def _no(words: list[str], site: Site, count: Count) -> Claim:
    match words:
        case ["no", "incident"]:
            return NoIncident()
        case ["no", "alarm", *_]:
            return _alarm(words, site, count)
    return _road(words, site, count)


def _refused(words: list[str], site: Site, count: Count) -> Claim:
    match words:
        case ["refused"]:
            return RefusedWith("")
        case ["refused", "saying", text]:
            return RefusedWith(unquoted(text))
    raise ValueError("say what the refusal says")


def _plan(words: list[str], site: Site, count: Count) -> Claim:
    name, rest = _named(words[1:])
    match rest:
        case ["says", text]:
            return PlanSays(name, unquoted(text))
    raise ValueError("say which text a note of the plan has")


def _fixed(words: list[str], site: Site, count: Count) -> Claim:
    match words:
        case ["two", "aspects"]:
            return TwoAspects(heads_of(site.devices))
        case ["journal", "unbroken"]:
            return JournalUnbroken()
        case ["controller", "ready"]:
            return Ready()
        case ["joined"]:
            return Joined()
    raise ValueError(f"{' '.join(words)!r} is no sentence")


_COUNTS = tuple(Count)
_SINGULAR = frozenset({*(kind.value for kind in DeviceType), "device"})
_DEVICES = (*NOUNS, *ANY)

FORMS: tuple[Form, ...] = (
    Form(
        "DEVICES show VALUE [or VALUE …]",
        "road",
        "All of the devices show one of the values. `some DEVICES show …` asks for at least one, "
        "`no DEVICES show …` for none.",
        "heads FU-*-1 in sanduling show closed",
        (*_DEVICES, "all", "some"),
        _road,
    ),
    Form(
        "no DEVICES show VALUE · no incident · no alarm [KIND] [for DEVICES]",
        "road",
        "None of the devices shows it; no incident is open; no such alarm stands.",
        "no heads of FU in sanduling show dark",
        ("no",),
        _no,
    ),
    Form(
        "DEVICES show VALUE before DEVICES show VALUE",
        "road",
        "The last of the first came to show theirs before the earliest of the second did, counted from the "
        "step before.",
        "heads FU-*-2 in sanduling show closed before heads FU-*-1 in sanduling show caution",
        (),
        _road,
    ),
    Form(
        "DEVICES show VALUE going upstream|downstream",
        "road",
        "They came to show it one cross-section after the other, against the traffic or with it.",
        "heads of FU lane 1 in sanduling show open going upstream",
        (),
        _road,
    ),
    Form(
        "DEVICES are unchanged",
        "road",
        "Their lamps did not change at all since the step before.",
        "devices of ZJ are unchanged",
        (),
        _road,
    ),
    Form(
        "DEVICES agree",
        "report",
        "What the controller reports as shown is what their lamps show.",
        "devices agree",
        (),
        _road,
    ),
    Form(
        "DEVICES are reported WORD",
        "report",
        "The controller reports them with this verdict (verified, mismatch, unreachable, …) or mode "
        "(local, fault, fallback, remote), or `well`.",
        "heads LCS-FU-07-1 are reported unreachable",
        (),
        _road,
    ),
    Form(
        "two aspects",
        "road",
        "Some head lights two lamps at once. It is what `never` is for.",
        "two aspects",
        ("two",),
        _fixed,
    ),
    Form(
        "incident [NAME] STATE [names PATTERN …]",
        "report",
        "The incident is in this state. With `names` its verdict names exactly these devices as not proved. "
        "`incident [NAME] waits for PATTERN …`: its release waits for them.",
        "incident degraded names LCS-FU-07-1",
        ("incident",),
        _incident,
    ),
    Form(
        "verdict [NAME] met [in SPAN] · missed · given",
        "report",
        "The verdict of its newest window; with `in` the last device was proved so soon after the key; "
        "`given` is either.",
        "verdict met in 500ms",
        ("verdict",),
        _verdict,
    ),
    Form(
        "alarm [KIND] [for DEVICES]",
        "report",
        "An alarm of that kind stands, about each of the devices.",
        "alarm unexplained for heads LCS-FU-07-1",
        ("alarm",),
        _alarm,
    ),
    Form(
        'refused [saying "TEXT"]',
        "report",
        "The step before was refused; without this expectation a refused step fails the run.",
        'refused saying "lock"',
        ("refused",),
        _refused,
    ),
    Form(
        "joined", "report", "The report before was joined to an open incident.", "joined", ("joined",), _fixed
    ),
    Form(
        'plan [NAME] says "TEXT"',
        "report",
        "A note of the incident's plan (its code or its text) has this text in it.",
        'plan says "no_coverage"',
        ("plan",),
        _plan,
    ),
    Form(
        "journal unbroken",
        "report",
        "The whole chain of the journal verifies.",
        "journal unbroken",
        ("journal",),
        _fixed,
    ),
    Form(
        "controller ready",
        "report",
        "The controller answers and drives devices.",
        "controller ready",
        ("controller",),
        _fixed,
    ),
)
