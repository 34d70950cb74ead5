"""What an interlock may say wrongly: devices, showings, and combinations no road could keep (S9)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from config.draft import Draft, Row
from config.finding import Finding, Level, Path
from config.references import unknown
from config.schema import InterlockFile
from config.showing import base_value
from config.showings import HEIGHT, LaneNames, able, above_all, spelled, top, words_of
from devices.models.keys import value_keys
from devices.values import DeviceType

SEARCHED = 20_000
"""States looked at for one that keeps several interlocks; a search that would need more says nothing."""


@dataclass(frozen=True)
class Subject:
    """One device as interlocks see it.

    Attributes:
        words: everything it may be named by; empty where that is not known.
        base: what is true of it at rest; None where we do not decide that.
    """

    row: Row
    words: tuple[str, ...]
    base: frozenset[str] | None

    @property
    def top(self) -> str | None:
        """The strictest showing it can be driven to from any other."""
        return top(self.row.type, self.words)

    def at_rest(self) -> str:
        """Return it with what it shows at rest, for people."""
        return f"{self.row.file.id} {'+'.join(sorted(self.base or ()))}"


def subjects(draft: Draft) -> dict[str, Subject]:
    """Return every device of sound form by its id."""
    names = {name: lane_names(draft, name) for name in draft.file.carriageways}
    return {
        row.file.id: _subject(draft, row, names.get(draft.carriageway_of(row) or "", LaneNames({}, ())))
        for row in draft.rows
    }


def lane_names(draft: Draft, carriageway: str) -> LaneNames:
    """Return how the lanes of a carriageway are spelled."""
    lanes = draft.file.carriageways[carriageway].lanes
    return spelled((int(n), (lane.zh, lane.en, *lane.aliases)) for n, lane in lanes.items())


def _subject(draft: Draft, row: Row, lanes: LaneNames) -> Subject:
    raw = draft.base_of(row)[1]
    try:
        value = None if raw is None else base_value(row.type, raw)
    except ValueError:
        value = None
    base = None if value is None else words_of(value, lanes)
    return Subject(row, able(row.type, can_show(draft, row), lanes.numbers), base)


def can_show(draft: Draft, row: Row) -> frozenset[str] | None:
    """Return the names of what a device can show, None where nothing limits its type."""
    model = draft.model_of(row)
    can = model.value_keys() if model is not None else None
    if (named := draft.aspects_of(row) or draft.lights_of(row)) is not None:
        can = frozenset(named) if can is None else can & frozenset(named)
    if row.type is DeviceType.BEACON and not draft.siren_of(row):
        can = frozenset({"dark", "flash"}) & (value_keys(row.type) if can is None else can)
    return can


def _names(draft: Draft) -> Iterator[Finding]:
    known = {row.file.id: row for row in draft.rows}
    for name, interlock in draft.file.interlocks.items():
        for device in interlock.never:
            path: Path = ("interlocks", name, "never", device)
            yield from unknown(draft, path, "devices", device, known)
            if device in known and known[device].type not in HEIGHT:
                kinds = ", ".join(HEIGHT)
                yield draft.report(path, f"a {known[device].type} takes no part", f"it is for a {kinds}")


def _showings(draft: Draft) -> Iterator[Finding]:
    known = subjects(draft)
    for name, interlock in draft.file.interlocks.items():
        for device, words in interlock.never.items():
            subject = known.get(device)
            if subject is None or not subject.words:
                continue
            for i, word in enumerate(words):
                if word not in subject.words:
                    remedy = f"it can show {', '.join(subject.words)}"
                    yield draft.report(
                        ("interlocks", name, "never", device, i), f"{device} never shows {word}", remedy
                    )


def _sound(draft: Draft) -> dict[str, tuple[InterlockFile, Mapping[str, Subject]]]:
    """Return the interlocks all of whose devices and showings there are."""
    known = subjects(draft)
    return {
        name: (interlock, {device: known[device] for device in interlock.never})
        for name, interlock in draft.file.interlocks.items()
        if all(
            device in known and set(words) <= set(known[device].words)
            for device, words in interlock.never.items()
        )
    }


def _kept(draft: Draft) -> Iterator[Finding]:
    """Some state keeps every interlock; so does the road at rest, and what a conflict is driven to."""
    sound = _sound(draft)
    for name, (interlock, devices) in sound.items():
        path: Path = ("interlocks", name)
        near = [o for o, (i, _) in sound.items() if o != name and i.never.keys() & interlock.never.keys()]
        if not _some_state_keeps(sound, (name,)):
            yield draft.report(path, "no state keeps it", "it names everything its devices can show")
            continue
        if rivals := [other for other in near if not _some_state_keeps(sound, (name, other))]:
            yield draft.report(path, f"no state keeps it and {', '.join(rivals)}", "take one of them back")
            continue
        if _violated_at_rest(interlock, devices):
            rest = ", ".join(subject.at_rest() for subject in devices.values())
            remedy = "change a base, or what must never stand together"
            yield draft.report((*path, "never"), f"the road at rest violates it: {rest}", remedy)
        if not _kept_at_top(interlock, devices):
            tops = ", ".join(f"{device} {s.top or 'nothing stricter'}" for device, s in devices.items())
            remedy = "leave one device a showing that is always allowed, e.g. closed"
            yield draft.report(path, f"its most restrictive state violates it: {tops}", remedy)


def _violated_at_rest(interlock: InterlockFile, devices: Mapping[str, Subject]) -> bool:
    return all((devices[device].base or frozenset()) & set(w) for device, w in interlock.never.items())


def _kept_at_top(interlock: InterlockFile, devices: Mapping[str, Subject]) -> bool:
    return any(
        (highest := devices[device].top) is not None and above_all(devices[device].row.type, highest, words)
        for device, words in interlock.never.items()
    )


def _some_state_keeps(
    sound: Mapping[str, tuple[InterlockFile, Mapping[str, Subject]]], names: Sequence[str]
) -> bool:
    """Return whether some state of their devices keeps all of them; True where there are too many to look."""
    devices = {d: s for name in names for d, s in sound[name][1].items()}
    choices = [[(device, state) for state in _states(subject)] for device, subject in devices.items()]
    count = 1
    for row in choices:
        count *= len(row)
    if count > SEARCHED:
        return True
    return any(
        not any(
            all(state[device] & set(words) for device, words in sound[name][0].never.items())
            for name in names
        )
        for state in map(dict, product(*choices))
    )


@cache
def _sign_states(words: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    levels = [word for word in words if word in HEIGHT[DeviceType.SIGN]]
    sends = [word for word in words if word not in levels]
    lit = [level for level in levels if level != "blank"]
    return tuple(frozenset({one}) for one in levels) + tuple(
        frozenset({one, other}) for one in lit for other in sends
    )


def _states(subject: Subject) -> tuple[frozenset[str], ...]:
    if subject.row.type is DeviceType.SIGN:
        return _sign_states(subject.words)
    return tuple(frozenset({word}) for word in subject.words)


def _repeats(draft: Draft) -> Iterator[Finding]:
    first: dict[frozenset[tuple[str, frozenset[str]]], str] = {}
    for name, interlock in draft.file.interlocks.items():
        says = frozenset((device, frozenset(words)) for device, words in interlock.never.items())
        other = first.setdefault(says, name)
        if other != name:
            yield draft.report(("interlocks", name), f"says what {other} says", "delete one", Level.WARNING)


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (_names, _showings, _kept, _repeats)
