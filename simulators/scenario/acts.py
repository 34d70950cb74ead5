"""The steps a scenario may take, as one table: word, what follows it, meaning, example and reader."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config.site import LinkKind, Site
from simulators.scenario.devices import ANY, NOUNS, Devices, take_devices
from simulators.scenario.durations import span_ms
from simulators.scenario.values import order_json, take_wishes
from simulators.scenario.words import unquoted, words_of

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,15}\Z")


@dataclass(frozen=True)
class Act:
    """One step, read.

    Attributes:
        verb: the word of the table.
        name: incident it is about; empty for the newest.
        body: of the call to the controller.
        which: devices it is about; `pick` takes so many of them by the seed.
        values: device → JSON value.
        changes: faults by name.
        target: link, process order, topic, or text.
        span_ms: how long.
    """

    verb: str
    name: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    which: Devices | None = None
    pick: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    span_ms: int = 0


@dataclass(frozen=True, slots=True)
class Verb:
    """One word a step may begin with.

    Attributes:
        follows: what stands behind the colon.
        who: `person` (a dispatcher or operator does it at the controller), `road` (it happens outside),
            `process` (a process of the rig) or `time`.
        key: whether a budget begins with it.
        named: whether the name of an incident may stand behind the word.
    """

    word: str
    follows: str
    who: str
    meaning: str
    example: str
    read: Callable[[Any, Site], Act]
    key: bool = False
    named: bool = False


def read_step(word: str, value: Any, site: Site) -> Act:
    """Return the step `word: value`, `value` None where nothing follows.

    Raises:
        ValueError: no such step, or not so; with the form that is right.
    """
    verb, name = find_verb(word)
    try:
        act = verb.read(value, site)
    except ValueError as err:
        raise ValueError(f"{err}. It is written: {verb.word}: {verb.follows}; e.g. {verb.example}") from None
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
    raise ValueError(f"no step {word!r}; {nearest(word, VERBS, 'steps')}")


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """Return the remedy for a word that is none: the nearest one, else all there are."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"{what} are {', '.join(known)}"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is needed behind the colon")
    return value.strip()


def _nothing(value: Any, site: Site) -> Act:
    if value is not None:
        raise ValueError(f"nothing may follow, not {value!r}")
    return Act("")


def _report(value: Any, site: Site) -> Act:
    match value:
        case str() if value.strip():
            return Act("", body={"text": value.strip()})
        case dict() if value:
            return Act("", body={str(key): inner for key, inner in value.items()})
    raise ValueError("say it as one line of chat, or as a form")


def _reason(value: Any, site: Site) -> Act:
    return Act("", body={"reason": "scenario" if value is None else _text(value)})


def _clear(value: Any, site: Site) -> Act:
    match value:
        case {"without_proof": str(sentence), "reason": str(reason), **rest} if not rest:
            which = _all(sentence, site)
            return Act("", body={"reason": reason, "without_proof": list(which.ids)})
        case dict():
            raise ValueError("a mapping has the keys without_proof and reason")
    return _reason(value, site)


def _all(sentence: str, site: Site) -> Devices:
    which, rest = take_devices(words_of(sentence), site)
    if rest:
        raise ValueError(f"{' '.join(rest)!r} is too much")
    return which


def _devices(value: Any, site: Site) -> Act:
    words = words_of(_text(value))
    pick, words = _pick(words)
    which, rest = take_devices(words, site)
    if rest:
        raise ValueError(f"{' '.join(rest)!r} is too much")
    return Act("", which=which, pick=pick)


def _pick(words: list[str]) -> tuple[int | None, list[str]]:
    match words:
        case [count, "of", *rest] if count.isdigit():
            return int(count), rest
    return None, words


def _everything(value: Any, site: Site) -> Act:
    return Act("", target="everything") if value == "everything" else _devices(value, site)


def _values(value: Any, site: Site) -> Act:
    which, rest = take_devices(words_of(_text(value)), site)
    if rest and rest[0] in ("to", "at"):
        rest.pop(0)
    wishes, rest = take_wishes(rest, which.types)
    if rest or len(wishes) > 1:
        raise ValueError("one value, nothing behind it")
    return Act("", which=which, values={d: order_json(wishes[0], site.devices[d]) for d in which.ids})


def _fault(value: Any, site: Site) -> Act:
    words = words_of(_text(value))
    pick, words = _pick(words)
    which, rest = take_devices(words, site)
    changes: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for part in " ".join(rest).split(","):
        match part.split():
            case ["wrong", *_] as wrong:
                wishes, over = take_wishes(words_of(" ".join(wrong[1:])), which.types)
                if over or len(wishes) > 1:
                    raise ValueError("one value behind wrong")
                values = {d: order_json(wishes[0], site.devices[d]) for d in which.ids}
            case words_of_fault:
                changes |= _change(words_of_fault, DEVICE_FAULTS)
    return Act("", which=which, pick=pick, changes=changes, values=values)


def _change(words: list[str], table: Mapping[str, tuple[str, Any, str]]) -> dict[str, Any]:
    said = " ".join(words)
    if said in table and not callable(table[said][1]):
        name, fixed, _ = table[said]
        return {name: fixed}
    word, arg = " ".join(words[:-1]), words[-1] if words else ""
    if word in table and callable(table[word][1]):
        name, read, _ = table[word]
        return {name: read(arg)}
    raise ValueError(f"no fault {said!r}; {nearest(said, _fault_forms(table), 'faults')}")


def _fault_forms(table: Mapping[str, tuple[str, Any, str]]) -> list[str]:
    return [f"{word} {'…' if callable(row[1]) else ''}".strip() for word, row in table.items()]


def _number(text: str) -> int:
    if not text.isdigit():
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _percent(text: str) -> int:
    return _number(text.removesuffix("%"))


def _units(text: str) -> list[int]:
    return [_number(one) for one in text.split("+")]


DEVICE_FAULTS: Mapping[str, tuple[str, Any, str]] = {
    "silent": ("silent", True, "hears nothing and says nothing, though its connection stands"),
    "offline": ("offline", True, "its communication side is without power"),
    "stuck": ("stuck", True, "the lamps stay as they are, whatever is commanded"),
    "local": ("local", True, "its cabinet is switched to manual"),
    "faulty": ("fault", True, "it reports itself faulty"),
    "no state": ("drop_state", True, "an MQTT device acknowledges but reports no state"),
    "exception": ("exception", _number, "a Modbus device answers this exception code"),
    "latency": ("latency_ms", span_ms, "it takes so long before it looks at a request"),
    "lamps late": ("lamp_delay_ms", span_ms, "from the command to the lamps"),
    "feedback late": ("feedback_delay_ms", span_ms, "from the lamps to what it reports"),
    "clock ahead": ("clock_offset_ms", span_ms, "the clock of an MQTT device is ahead"),
}
"""Words of `fault` → fault of the control API, fixed value or reader, meaning. `wrong VALUE` comes on top."""
LINK_FAULTS: Mapping[str, tuple[str, Any, str]] = {
    "down": ("down", True, "the socket is closed and connections are cut"),
    "up": ("down", False, "and open again"),
    "serial": ("serial", True, "one request at a time"),
    "latency": ("latency_ms", span_ms, "added to every request or command"),
    "dead units": ("dead_units", _units, "unit ids nobody answers for, `12` or `11+12`"),
    "loss": ("loss_percent", _percent, "so many of a hundred requests or commands get lost, by the seed"),
    "mended": ("mended", True, "all faults of the link off"),
}
PROCESS_ORDERS = {
    "controller": ("kill", "stop", "start", "restart", "forget"),
    "broker": ("kill", "stop", "start", "restart", "freeze", "thaw"),
}


def _link(value: Any, site: Site) -> Act:
    words = words_of(_text(value))
    if words[0] not in site.links:
        raise ValueError(f"no link {words[0]!r}; there are {', '.join(site.links)}")
    changes: dict[str, Any] = {}
    for part in " ".join(words[1:]).split(","):
        changes |= _change(part.split(), LINK_FAULTS)
    if changes.pop("mended", False):
        serial = site.links[words[0]].kind is LinkKind.MODBUS_TCP and site.links[words[0]].serial
        calm = {"down": False, "latency_ms": 0, "dead_units": [], "loss_percent": 0, "serial": serial}
        changes = calm | changes
    return Act("", target=words[0], changes=changes)


def _latency(value: Any, site: Site) -> Act:
    return Act("", span_ms=span_ms(_text(value)))


def _loss(value: Any, site: Site) -> Act:
    return Act("", changes={"loss_percent": _percent(str(value))})


def _process(name: str) -> Callable[[Any, Site], Act]:
    def read(value: Any, site: Site) -> Act:
        order = _text(value)
        if order not in PROCESS_ORDERS[name]:
            raise ValueError(f"{order!r} is no order; orders are {', '.join(PROCESS_ORDERS[name])}")
        return Act("", target=order)

    return read


def _detector(value: Any, site: Site) -> Act:
    match value:
        case {"topic": str(topic), "payload": payload, **rest} if not set(rest) - {"retain"}:
            return Act("", target=topic, body={"payload": payload, "retain": bool(rest.get("retain", False))})
    raise ValueError("give topic and payload")


def _service(value: Any, site: Site) -> Act:
    return Act("", which=_all(unquoted(_text(value)), site))


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
            _nothing,
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
            _nothing,
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
            _nothing,
            key=True,
            named=True,
        ),
        Verb(
            "lock",
            "DEVICES [to] VALUE",
            "person",
            "An operator's own demand on devices.",
            "lock: heads LCS-FU-16-2 to closed",
            _values,
        ),
        Verb("unlock", "DEVICES", "person", "Ends their locks.", "unlock: heads LCS-FU-16-2", _devices),
        Verb(
            "out of service",
            "DEVICES",
            "person",
            "Plans treat them as missing.",
            "out of service: signs VMS-FU-2",
            _service,
        ),
        Verb(
            "back in service",
            "DEVICES",
            "person",
            "And no longer.",
            "back in service: signs VMS-FU-2",
            _service,
        ),
        Verb(
            "release",
            "DEVICES",
            "person",
            "Orders a restriction away that nobody ordered here.",
            "release: heads LCS-FU-07-1",
            _devices,
        ),
        Verb(
            "fault",
            "[N of] DEVICES FAULT[, FAULT …]",
            "road",
            "Something breaks. `3 of heads …` takes three of them by the seed.",
            "fault: heads LCS-FU-07-1 stuck",
            _fault,
        ),
        Verb(
            "mend",
            "DEVICES, or everything",
            "road",
            "All their faults are off.",
            "mend: heads LCS-FU-07-1",
            _everything,
        ),
        Verb(
            "reboot",
            "DEVICES",
            "road",
            "They lose power for an instant: lamps off, nothing remembered.",
            "reboot: beacons of FU",
            _devices,
        ),
        Verb(
            "switch",
            "DEVICES [to] VALUE",
            "road",
            "Somebody at the cabinet switches their lamps.",
            "switch: heads LCS-FU-08-1 to closed",
            _values,
        ),
        Verb(
            "link",
            "LINK FAULT[, FAULT …]",
            "road",
            "Something happens to a connection.",
            "link: FU-PLC-1 down",
            _link,
        ),
        Verb(
            "latency", "SPAN", "road", "Every link takes so long for each request.", "latency: 50ms", _latency
        ),
        Verb(
            "loss", "N%", "road", "So many of a hundred requests get lost on every link.", "loss: 2%", _loss
        ),
        Verb(
            "detector",
            "{topic: TEXT, payload: …, retain: false}",
            "road",
            "A detector publishes on the broker; a payload that is no text is sent as JSON.",
            "detector: {topic: sensors/radar-1, payload: {lane: 1}}",
            _detector,
        ),
        Verb(
            "broker",
            " | ".join(PROCESS_ORDERS["broker"]),
            "process",
            "The MQTT broker: ended in order or by kill -9, started, both, frozen, thawed.",
            "broker: restart",
            _process("broker"),
        ),
        Verb(
            "controller",
            " | ".join(PROCESS_ORDERS["controller"]),
            "process",
            "The controller: ended by kill -9 or in order, started, kill and start; `forget` throws away the "
            "store of a stopped one.",
            "controller: restart",
            _process("controller"),
        ),
        Verb(
            "wait",
            "SPAN",
            "time",
            "Nothing happens; `--fast` skips it.",
            "wait: 2s",
            lambda value, site: Act("", span_ms=span_ms(_text(value))),
        ),
    )
}
