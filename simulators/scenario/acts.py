"""A step of a scenario once it is read, a row of the table of steps, and the readers that many rows share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.site import Site
from simulators.scenario.devices import Devices, take_devices
from simulators.scenario.values import order_json, take_wishes
from simulators.scenario.words import unquoted, words_of


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


def text_of(value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is needed behind the colon")
    return value.strip()


def nothing(value: Any, site: Site) -> Act:
    """Read a step behind which nothing may stand."""
    if value is not None:
        raise ValueError(f"nothing may follow, not {value!r}")
    return Act("")


def all_of(sentence: str, site: Site) -> Devices:
    """Return the devices of a sentence that names nothing else."""
    which, rest = take_devices(words_of(sentence), site)
    if rest:
        raise ValueError(f"{' '.join(rest)!r} is too much")
    return which


def some_devices(value: Any, site: Site) -> Act:
    """Read `[N of] DEVICES`."""
    words = words_of(text_of(value))
    pick, words = pick_of(words)
    which, rest = take_devices(words, site)
    if rest:
        raise ValueError(f"{' '.join(rest)!r} is too much")
    return Act("", which=which, pick=pick)


def pick_of(words: list[str]) -> tuple[int | None, list[str]]:
    """Cut `N of` off."""
    match words:
        case [count, "of", *rest] if count.isdigit():
            return int(count), rest
    return None, words


def values(value: Any, site: Site) -> Act:
    """Read `DEVICES [to] VALUE`."""
    which, rest = take_devices(words_of(text_of(value)), site)
    if rest and rest[0] in ("to", "at"):
        rest.pop(0)
    wishes, rest = take_wishes(rest, which.types)
    if rest or len(wishes) > 1:
        raise ValueError("one value, nothing behind it")
    return Act("", which=which, values={d: order_json(wishes[0], site.devices[d]) for d in which.ids})


def every_device(value: Any, site: Site) -> Act:
    """Read `DEVICES`, all of them."""
    return Act("", which=all_of(unquoted(text_of(value)), site))
