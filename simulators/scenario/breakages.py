"""What may happen on the road and to processes: faults of devices, links and brokers; tables and readers."""

from collections.abc import Callable, Mapping
from typing import Any

from config.site import LinkKind, Site
from simulators.scenario.acts import Act, pick_of, some_devices, text_of
from simulators.scenario.devices import take_devices
from simulators.scenario.durations import span_ms
from simulators.scenario.values import order_json, take_wishes
from simulators.scenario.words import nearest, words_of


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


def everything(value: Any, site: Site) -> Act:
    """Read `[N of] DEVICES`, or `everything`."""
    return Act("", target="everything") if value == "everything" else some_devices(value, site)


def fault(value: Any, site: Site) -> Act:
    """Read `[N of] DEVICES FAULT[, FAULT …]`."""
    words = words_of(text_of(value))
    pick, words = pick_of(words)
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


def link(value: Any, site: Site) -> Act:
    """Read `LINK FAULT[, FAULT …]`."""
    words = words_of(text_of(value))
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


def latency(value: Any, site: Site) -> Act:
    """Read a span that every link takes for each request."""
    return Act("", span_ms=span_ms(text_of(value)))


def loss(value: Any, site: Site) -> Act:
    """Read how many of a hundred requests every link loses."""
    return Act("", changes={"loss_percent": _percent(str(value))})


def process(name: str) -> Callable[[Any, Site], Act]:
    """Return the reader of orders to one process."""

    def read(value: Any, site: Site) -> Act:
        order = text_of(value)
        if order not in PROCESS_ORDERS[name]:
            raise ValueError(f"{order!r} is no order; orders are {', '.join(PROCESS_ORDERS[name])}")
        return Act("", target=order)

    return read


def detector(value: Any, site: Site) -> Act:
    """Read a message for the broker."""
    match value:
        case {"topic": str(topic), "payload": payload, **rest} if not set(rest) - {"retain"}:
            return Act("", target=topic, body={"payload": payload, "retain": bool(rest.get("retain", False))})
    raise ValueError("give topic and payload")
