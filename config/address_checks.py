"""What a site file may mean wrongly about connections: clashing addresses, links unused or of wrong kind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from config.draft import Draft, Row
from config.finding import Finding, Level
from devices.models import ModbusModel, MqttModel

MAX_UNITS = 3
"""Unit ids one connection should carry: each dead one may cost the others a time-out."""
LAST_POINT = 65_535


def _protocols(draft: Draft) -> Iterator[Finding]:
    speaks = {"modbus_tcp": "modbus", "mqtt": "mqtt"}
    for row in draft.rows:
        model, link = draft.model_of(row), draft.file.links.get(row.file.link)
        if model is not None and link is not None and speaks[link.kind] != model.protocol:
            needed = next(kind for kind, protocol in speaks.items() if protocol == model.protocol)
            yield draft.report(
                (*row.path, "link"),
                f"is {link.kind}, but {model.model} speaks {model.protocol}",
                f"name a {needed} link",
            )


def _address_keys(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        model, address = draft.model_of(row), row.file.address
        path = (*row.path, "address")
        if isinstance(model, MqttModel):
            for key in ("unit", "command", "feedback"):
                if getattr(address, key) is not None:
                    yield draft.report(
                        (*path, key), f"{model.model} has no such number", "give `name`, or nothing"
                    )
        elif isinstance(model, ModbusModel):
            if address.name is not None:
                yield draft.report((*path, "name"), f"{model.model} is found by numbers", "delete it")
            for key in ("unit", "command", "feedback"):
                if getattr(address, key) is None:
                    yield draft.report((*path, key), f"needed for {model.model}", f"add `{key}: ...`")


def _serial_units(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        link, unit = draft.file.links.get(row.file.link), row.file.address.unit
        if link is not None and link.serial and unit is not None and not 1 <= unit <= 247:
            yield draft.report((*row.path, "address", "unit"), "no unit of a serial line", "1 to 247")


def _runs(draft: Draft, row: Row) -> Iterator[tuple[str, str, int, int]]:
    """Return (key, table, first, count) of each run of points a Modbus device has."""
    model, address = draft.model_of(row), row.file.address
    if isinstance(model, ModbusModel):
        for key, points, first in (
            ("command", model.command, address.command),
            ("feedback", model.feedback, address.feedback),
        ):
            if first is not None:
                yield key, points.table, first, points.count


def _points(draft: Draft) -> Iterator[Finding]:
    """No point belongs to two devices, whichever links lead to its outstation; none lies past the last."""
    taken: dict[tuple[str, int, int, str], dict[int, Row]] = defaultdict(dict)
    for row in draft.rows:
        link = draft.file.links.get(row.file.link)
        if link is None or row.file.address.unit is None:
            continue
        for key, table, first, count in _runs(draft, row):
            path = (*row.path, "address", key)
            if first + count - 1 > LAST_POINT:
                yield draft.report(path, f"its {count} points run past {LAST_POINT}", "mend the number")
                continue
            owners = taken[(link.host, link.port, row.file.address.unit, table)]
            run = range(first, first + count)
            clash = next((p for p in run if p in owners and owners[p].index != row.index), None)
            if clash is not None:
                yield draft.report(
                    path,
                    f"{table} {clash} of unit {row.file.address.unit} belongs to {owners[clash].file.id}",
                    f"{row.file.model} takes {count} from its first",
                )
            for point in run:
                owners.setdefault(point, row)


def _topics(draft: Draft) -> Iterator[Finding]:
    """No two devices of one broker answer to one name."""
    taken: dict[tuple[str, int, str], Row] = {}
    for row in draft.rows:
        link = draft.file.links.get(row.file.link)
        if link is None or not isinstance(draft.model_of(row), MqttModel):
            continue
        name = row.file.address.name or row.file.id
        first = taken.setdefault((link.host, link.port, name), row)
        # Two devices of one id are reported as such.
        if first.index != row.index and first.file.id != row.file.id:
            path = (*row.path, "address", "name") if row.file.address.name else (*row.path, "id")
            yield draft.report(path, f"{first.file.id} has this name on the broker", "give it another")


def _endpoints(draft: Draft) -> Iterator[Finding]:
    first: dict[tuple[str, int], str] = {}
    for name, link in draft.file.links.items():
        other = first.setdefault((link.host, link.port), name)
        if other != name:
            yield draft.report(("links", name), f"{other} is the same host and port", "use one link for both")
        if link.kind == "mqtt" and link.serial:
            yield draft.report(("links", name, "serial"), "a broker is no serial gateway", "delete it")


def _unused(draft: Draft) -> Iterator[Finding]:
    if any(collection == "devices" for collection, _ in draft.broken):
        return  # the users may be the devices of wrong form
    used = {row.file.link for row in draft.rows}
    for name in draft.file.links:
        if name not in used:
            yield draft.report(("links", name), "used by no device", "delete it", Level.WARNING)


def _many_units(draft: Draft) -> Iterator[Finding]:
    units: dict[str, set[int]] = defaultdict(set)
    for row in draft.rows:
        if row.file.address.unit is not None:
            units[row.file.link].add(row.file.address.unit)
    for name, link in draft.file.links.items():
        count = len(units[name])
        if link.kind == "modbus_tcp" and not link.serial and count > MAX_UNITS:
            yield draft.report(
                ("links", name),
                f"{count} unit ids on one connection",
                "give outstations a link each, or write serial: true for a gateway",
                Level.WARNING,
            )


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (
    _protocols,
    _address_keys,
    _serial_units,
    _points,
    _topics,
    _endpoints,
    _unused,
    _many_units,
)
