"""What a site file may mean wrongly about junctions: where traffic leaves and enters, and on which ramps."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from config.draft import Draft
from config.finding import Finding, Path
from config.messages import Language, outside
from config.references import off_table, unknown
from config.schema_road import JunctionSideFile
from config.sign_fit import why_banned
from devices.multi import escape


def _sides(draft: Draft) -> Iterator[tuple[Path, str, JunctionSideFile]]:
    for junction, file in draft.file.junctions.items():
        for carriageway, side in file.carriageways.items():
            yield ("junctions", junction, "carriageways", carriageway), carriageway, side


def _places(draft: Draft) -> Iterator[Finding]:
    for path, carriageway, side in _sides(draft):
        if carriageway not in draft.file.carriageways:
            yield from unknown(draft, path, "carriageways", carriageway, draft.file.carriageways)
            continue
        said = [((*path, "exit"), side.exit), ((*path, "entry"), side.entry)]
        said += [((*path, "ramps", name, "joins"), ramp.joins) for name, ramp in side.ramps.items()]
        for key, chainage in said:
            if chainage is not None:
                yield from off_table(draft, key, carriageway, chainage)


def _empty(draft: Draft) -> Iterator[Finding]:
    for path, _, side in _sides(draft):
        for name, ramp in side.ramps.items():
            if ramp.joins is None and side.entry is None:
                problem, remedy = "nothing says where it joins", "add `joins: ...`, or `entry: ...` above"
                yield draft.report((*path, "ramps", name), problem, remedy)
        if side.exit is None and side.entry is None and not side.ramps:
            yield draft.report(path, "neither exit nor entry", "add what there is, or delete the line")


def _ramp_names(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for path, _, side in _sides(draft):
        for name in side.ramps:
            first = seen.setdefault(name, str(path[1]))
            if first != path[1] or draft.ramps[name].side is not side:
                problem, remedy = f"a ramp of {first} has this name", "give each ramp a name of its own"
                yield draft.report((*path, "ramps", name), problem, remedy)


def _names(draft: Draft) -> Iterator[Finding]:
    """A sign shows the name: it must be readable, allowed, and mean one exit."""
    language = Language(draft.file.policy.messages.language)
    seen: dict[str, str] = {}
    for name, file in draft.file.junctions.items():
        path: Path = ("junctions", name, "name", language.value)
        shown = outside(getattr(file.name, language.value)).strip()
        if not shown:
            yield draft.report(path, "signs have none of its characters", "write it another way")
            continue
        if (why := why_banned(escape(shown), draft.file.policy.messages.banned)) is not None:
            yield draft.report(path, why, "write it another way")
        first = seen.setdefault(shown.casefold(), name)
        if first != name:
            yield draft.report(path, f"already the name of {first}", "a driver must know which exit is meant")


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (_places, _empty, _ramp_names, _names)
