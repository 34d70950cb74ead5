"""The steps a scenario may take, as one table: word, what follows it, meaning, example and reader."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.site import Site
from simulators.scenario import breakages
from simulators.scenario.acts import Act, Verb, all_of, every_device, nothing, some_devices, text_of, values
from simulators.scenario.breakages import PROCESS_ORDERS
from simulators.scenario.devices import ANY, NOUNS
from simulators.scenario.durations import span_ms
from simulators.scenario.forms import check_form
from simulators.scenario.words import ended, nearest

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,15}\Z")
_SHOWN = 60
"""So many characters of a word nobody knows are said again."""


def read_step(word: str, value: Any, site: Site) -> Act:
    """Return the step `word: value`, `value` None where nothing follows.

    Raises:
        ValueError: no such step, or not so; with the form that is right.
    """
    verb, name = find_verb(word)
    try:
        act = verb.read(value, site)
    except ValueError as err:
        raise ValueError(
            f"{ended(err)} It is written: {verb.word}: {verb.follows}; e.g. {verb.example}"
        ) from None
    return replace(act, verb=verb.word, name=name)


def find_verb(word: str) -> tuple[Verb, str]:
    """Return the table's row and the name behind the word.

    Raises:
        ValueError: no step has this word.
    """
    if word in VERBS:
        return VERBS[word], ""
    first, _, last = word.rpartition(" ")
    if first in VERBS and VERBS[first].named and _NAME.match(last):
        return VERBS[first], last
    if first in VERBS and VERBS[first].named:
        raise ValueError(f"{last!r} is no name of an incident; write a capital letter, e.g. {first} A")
    begins = word.split(" ", maxsplit=1)[0]
    if begins in (*NOUNS, *ANY, "incident", "verdict", "alarm", "some", "no", "two", "journal"):
        raise ValueError(f"an expectation says when: `- now: {word}`, `- within 3s: {word}`")
    raise ValueError(f"no step {word[:_SHOWN]!r}; {nearest(word, VERBS, 'steps')}")


def _report(value: Any, site: Site) -> Act:
    match value:
        case str() if value.strip():
            return Act("", body={"text": value.strip()})
        case dict() if value:
            form = {str(key): inner for key, inner in value.items()}
            check_form(form, site)
            return Act("", body=form)
    raise ValueError("say it as one line of chat, or as a form")


def _reason(value: Any, site: Site) -> Act:
    return Act("", body={"reason": "scenario" if value is None else text_of(value)})


def _clear(value: Any, site: Site) -> Act:
    match value:
        case {"without_proof": str(sentence), "reason": str(reason), **rest} if not rest:
            which = all_of(sentence, site)
            return Act("", body={"reason": reason, "without_proof": list(which.ids)})
        case dict():
            raise ValueError("a mapping has the keys without_proof and reason")
    return _reason(value, site)


def _interlock(value: Any, site: Site) -> Act:
    name = text_of(value)
    if name not in site.interlocks:
        raise ValueError(f"no interlock {name!r}; {nearest(name, site.interlocks, 'interlocks')}")
    return Act("", target=name)


VERBS: Mapping[str, Verb] = {
    verb.word: verb
    for verb in (
        Verb(
            "report",
            "TEXT or form",
            "person",
            "A report comes in and the key is pressed. `report A:` names the incident. "
            "A form has the fields of `POST /incidents`.",
            "report: 福向三都岭隧道内快车道追尾,启动预警",
            _report,
            key=True,
            named=True,
        ),
        Verb(
            "prepare",
            "TEXT or form",
            "person",
            "A report is only prepared; `press` presses its key.",
            "prepare: 福向三都岭隧道内快车道追尾",
            _report,
            named=True,
        ),
        Verb(
            "press",
            "(nothing)",
            "person",
            "The key of a prepared incident.",
            "press",
            nothing,
            key=True,
            named=True,
        ),
        Verb(
            "correct",
            "TEXT or form",
            "person",
            "An open incident is corrected.",
            "correct: 福向三都岭隧道内慢车道追尾,启动预警",
            _report,
            key=True,
            named=True,
        ),
        Verb(
            "clear",
            "[REASON] or {without_proof: DEVICES, reason: TEXT}",
            "person",
            "A release is ordered, or goes on without the proof of some devices.",
            "clear: lanes are free",
            _clear,
            key=True,
            named=True,
        ),
        Verb(
            "hold",
            "(nothing)",
            "person",
            "A release is stopped and the plan driven again.",
            "hold",
            nothing,
            key=True,
            named=True,
        ),
        Verb(
            "cancel",
            "[REASON]",
            "person",
            "It was a false alarm.",
            "cancel: false alarm",
            _reason,
            key=True,
            named=True,
        ),
        Verb(
            "reactivate",
            "(nothing)",
            "person",
            "A cleared incident is driven again.",
            "reactivate",
            nothing,
            key=True,
            named=True,
        ),
        Verb(
            "undo",
            "(nothing)",
            "person",
            "The newest press or correction is taken back.",
            "undo",
            nothing,
            key=True,
            named=True,
        ),
        Verb(
            "lock",
            "DEVICES [to] VALUE",
            "person",
            "An operator's own demand on devices.",
            "lock: heads LCS-FU-16-2 to closed",
            values,
        ),
        Verb("unlock", "DEVICES", "person", "Ends their locks.", "unlock: heads LCS-FU-16-2", some_devices),
        Verb(
            "out of service",
            "DEVICES",
            "person",
            "Plans treat them as missing.",
            "out of service: signs VMS-FU-2",
            every_device,
        ),
        Verb(
            "back in service",
            "DEVICES",
            "person",
            "And no longer.",
            "back in service: signs VMS-FU-2",
            every_device,
        ),
        Verb(
            "release",
            "DEVICES",
            "person",
            "Orders a restriction away that nobody ordered here.",
            "release: heads LCS-FU-07-1",
            some_devices,
        ),
        Verb(
            "reset",
            "INTERLOCK",
            "person",
            "Ends the latch of an interlock that was broken on the road.",
            "reset: site:arrows-G-FU-16-1-2",
            _interlock,
        ),
        Verb(
            "fault",
            "[N of] DEVICES FAULT[, FAULT …]",
            "road",
            "Something breaks. `3 of heads …` takes three of them by the seed.",
            "fault: heads LCS-FU-07-1 stuck",
            breakages.fault,
        ),
        Verb(
            "mend",
            "DEVICES, or everything",
            "road",
            "All their faults are off.",
            "mend: heads LCS-FU-07-1",
            breakages.everything,
        ),
        Verb(
            "reboot",
            "DEVICES",
            "road",
            "They lose power for an instant: lamps off, nothing remembered.",
            "reboot: beacons of FU",
            some_devices,
        ),
        Verb(
            "switch",
            "DEVICES [to] VALUE",
            "road",
            "Somebody at the cabinet switches their lamps.",
            "switch: heads LCS-FU-08-1 to closed",
            values,
        ),
        Verb(
            "link",
            "LINK FAULT[, FAULT …]",
            "road",
            "Something happens to a connection.",
            "link: FU-PLC-1 down",
            breakages.link,
        ),
        Verb(
            "latency",
            "SPAN",
            "road",
            "Every link takes so long for each request.",
            "latency: 50ms",
            breakages.latency,
        ),
        Verb(
            "loss",
            "N%",
            "road",
            "So many of a hundred requests get lost on every link.",
            "loss: 2%",
            breakages.loss,
        ),
        Verb(
            "detector",
            "{topic: TEXT, payload: …, retain: false}",
            "road",
            "A detector publishes on the broker; a payload that is no text is sent as JSON.",
            "detector: {topic: sensors/radar-1, payload: {lane: 1}}",
            breakages.detector,
        ),
        Verb(
            "broker",
            " | ".join(PROCESS_ORDERS["broker"]),
            "process",
            "The MQTT broker: ended in order or by kill -9, started, both, frozen, thawed.",
            "broker: restart",
            breakages.process("broker"),
        ),
        Verb(
            "controller",
            " | ".join(PROCESS_ORDERS["controller"]),
            "process",
            "The controller: ended by kill -9 or in order, started, kill and start; `forget` throws away the "
            "store of a stopped one.",
            "controller: restart",
            breakages.process("controller"),
        ),
        Verb(
            "wait",
            "SPAN",
            "time",
            "Nothing happens; `--fast` skips it.",
            "wait: 2s",
            lambda value, site: Act("", span_ms=span_ms(text_of(value))),
        ),
    )
}
