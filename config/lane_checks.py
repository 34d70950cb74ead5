"""What a site file may mean wrongly about where lanes run, and what of a tunnel nothing warns in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from config.draft import Draft
from config.finding import Finding, Level, Path
from config.references import off_table
from devices.values import DeviceType

_REACHES = frozenset({DeviceType.HEAD, DeviceType.SIGN, DeviceType.SPEAKER})
"""Types that tell a driver inside a tunnel something; of beacons only those with a siren do."""
Extent: TypeAlias = tuple[int, int, int]
"""Column, first and last metre of a lane."""


def extents(draft: Draft, carriageway: str) -> dict[int, Extent]:
    """Return where the lanes of a carriageway lie and run; those that are not sound are left out."""
    table = draft.tables.get(carriageway)
    found: dict[int, Extent] = {}
    if table is None:
        return found
    for number, lane in draft.file.carriageways[carriageway].lanes.items():
        from_m = 0 if lane.from_ is None else draft.at_m(carriageway, lane.from_)
        to_m = table.length_m if lane.to is None else draft.at_m(carriageway, lane.to)
        if from_m is not None and to_m is not None and from_m < to_m:
            found[int(number)] = (lane.column or int(number), from_m, to_m)
    return found


def _ends(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        for number, lane in carriageway.lanes.items():
            path: Path = ("carriageways", name, "lanes", number)
            for key, text in (("from", lane.from_), ("to", lane.to)):
                if text is not None:
                    yield from off_table(draft, (*path, key), name, text)
            if lane.from_ is None or lane.to is None:
                continue
            from_m, to_m = draft.at_m(name, lane.from_), draft.at_m(name, lane.to)
            if from_m is not None and to_m is not None and from_m >= to_m:
                problem = f"traffic of {name} meets {lane.to} before {lane.from_}"
                yield draft.report(path, problem, "`from` is where the lane begins, `to` where it ends")


def _shared_columns(draft: Draft) -> Iterator[Finding]:
    for name in draft.file.carriageways:
        lanes = sorted(extents(draft, name).items())
        for i, (number, (column, from_m, to_m)) in enumerate(lanes):
            for other, (other_column, other_from_m, other_to_m) in lanes[:i]:
                if column == other_column and from_m < other_to_m and other_from_m < to_m:
                    yield draft.report(
                        ("carriageways", name, "lanes", str(number)),
                        f"lies in one column with lane {other}",
                        "give it a `column` of its own, or end one before the other begins",
                    )


def _islands(draft: Draft) -> Iterator[Finding]:
    """A lane may begin or end beside the others, not between them; and some lane runs everywhere."""
    for name, carriageway in draft.file.carriageways.items():
        lanes = extents(draft, name)
        table = draft.tables.get(name)
        numbered = sorted(map(int, carriageway.lanes)) == list(range(1, len(carriageway.lanes) + 1))
        if table is None or len(lanes) < len(carriageway.lanes) or not numbered:
            continue
        edges = sorted(
            {0, table.length_m, *(at for _, first, last in lanes.values() for at in (first, last))}
        )
        for from_m, to_m in pairwise(edges):
            columns = sorted(c for c, first, last in lanes.values() if first <= from_m and to_m <= last)
            if columns and columns[-1] - columns[0] < len(columns):
                continue
            where = f"{table.at(from_m)} and {table.at(to_m)}"
            what = "a lane is missing between others" if columns else "no lane runs"
            problem, remedy = f"{what} between {where}", "mend `from`, `to` or `column`"
            yield draft.report(("carriageways", name, "lanes"), problem, remedy)
            break


def _heads(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        name, at_m = draft.carriageway_of(row), draft.place_m(row)
        if row.type is not DeviceType.HEAD or name not in draft.file.carriageways or at_m is None:
            continue
        extent = extents(draft, name).get(row.file.lane or 0)
        if extent is not None and not extent[1] <= at_m <= extent[2]:
            yield draft.report((*row.path, "lane"), f"{name} has no lane {row.file.lane} there", "mend it")


def shoulder_runs(draft: Draft, carriageway: str) -> list[tuple[int, int]]:
    """Return where a shoulder may be opened by order: as the file says, else everywhere outside tunnels."""
    file, table = draft.file.carriageways[carriageway], draft.tables.get(carriageway)
    if file.shoulder != "by_order" or table is None:
        return []
    bores = [t.bores[carriageway] for t in draft.file.tunnels.values() if carriageway in t.bores]
    edges = [
        (draft.at_m(carriageway, stretch.from_), draft.at_m(carriageway, stretch.to))
        for stretch in file.shoulder_runs or bores
    ]
    sound = sorted((a, b) for a, b in edges if a is not None and b is not None and a < b)
    if file.shoulder_runs:
        return sound
    starts, ends = [0, *(b + 1 for _, b in sound)], [*(a - 1 for a, _ in sound), table.length_m]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if a < b]


def _shoulders(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        path: Path = ("carriageways", name, "shoulder_runs")
        if carriageway.shoulder_runs and carriageway.shoulder != "by_order":
            yield draft.report(path, "its shoulder is closed", "write `shoulder: by_order`, or delete this")
            continue
        last_m = -1
        for i, run in enumerate(carriageway.shoulder_runs):
            yield from off_table(draft, (*path, i, "from"), name, run.from_)
            yield from off_table(draft, (*path, i, "to"), name, run.to)
            from_m, to_m = draft.at_m(name, run.from_), draft.at_m(name, run.to)
            if from_m is None or to_m is None:
                continue
            if not last_m < from_m < to_m:
                problem, remedy = "not in the direction of travel", "list runs as traffic meets them"
                yield draft.report((*path, i), problem, remedy)
            last_m = max(from_m, to_m)


def _bare_tunnels(draft: Draft) -> Iterator[Finding]:
    """Warn of stretches inside a tunnel in which no head, sign or sound reaches a driver."""
    if any(collection == "devices" for collection, _ in draft.broken):
        return  # what is missing may be of wrong form
    gap_m = draft.file.policy.coverage_gap_m
    for tunnel, file in draft.file.tunnels.items():
        for name, bore in file.bores.items():
            entry_m, exit_m = draft.at_m(name, bore.from_), draft.at_m(name, bore.to)
            if entry_m is None or exit_m is None or entry_m >= exit_m:
                continue
            there = {
                at_m
                for row in draft.rows
                if draft.carriageway_of(row) == name
                and row.file.ramp is None
                and (at_m := draft.place_m(row)) is not None
                and entry_m < at_m < exit_m
                and (row.type in _REACHES or draft.siren_of(row))
            }
            table = draft.tables[name]
            for from_m, to_m in pairwise([entry_m, *sorted(there), exit_m]):
                if to_m - from_m > gap_m:
                    where = f"{table.at(from_m)} to {table.at(to_m)}"
                    yield draft.report(
                        ("tunnels", tunnel, "bores", name),
                        f"no head, sign or sound from {where}, {to_m - from_m} m",
                        "a closure known only before the portal is worse than none",
                        Level.WARNING,
                    )


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (
    _ends,
    _shared_columns,
    _islands,
    _heads,
    _shoulders,
    _bare_tunnels,
)
