"""What a site file may mean wrongly about a device: its place, its abilities, its base and fallback."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

from config import address_checks
from config.chainage import parse_chainage
from config.draft import Draft, Row
from config.finding import Finding, Level, Path
from config.schema import MultiFile
from config.showing import base_value, fallback_value
from config.sign_fit import why_unfit
from config.site import SignShape
from devices.models.schema import value_key, value_keys
from devices.values import Aspect, DeviceType, Message, Value

ON_RAMPS = (DeviceType.SIGN, DeviceType.BEACON)
"""What may stand on a ramp and speak of the carriageway it joins."""
MAX_NEAR = 200
"""Names a misspelling is compared with; a comparison with thousands, thousands of times, takes minutes."""


def unknown(draft: Draft, path: Path, collection: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    """Report a name that refers to nothing, unless what it names is there but of wrong form."""
    known = list(known)
    if name in known or {(collection, name), (collection, "*")} & draft.broken:
        return
    near = difflib.get_close_matches(name, known[:MAX_NEAR], n=1)
    listed = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    remedy = f"did you mean {near[0]}?" if near else f"there is {listed}" if listed else "define it"
    yield draft.report(path, f"no such entry under {collection}", remedy)


def off_table(draft: Draft, path: Path, carriageway: str, chainage: str) -> Iterator[Finding]:
    """Report a chainage of wrong form, or one its carriageway does not have."""
    try:
        parsed = parse_chainage(chainage)
    except ValueError:
        yield draft.report(path, "no chainage", "write it like K1890+300")
        return
    table = draft.tables.get(carriageway)
    if table is None:
        return
    try:
        table.to_m(parsed)
    except ValueError:
        covered = ", ".join(f"{piece.start} to {piece.end}" for piece in table.pieces)
        yield draft.report(path, f"not on {carriageway}", f"it covers {covered}")


def _names(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for row in draft.rows:
        first = seen.setdefault(row.file.id, row.index)
        if first != row.index:
            yield draft.report((*row.path, "id"), f"already the name of devices[{first}]", "give it another")


def _references(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        yield from unknown(draft, (*row.path, "link"), "links", row.file.link, draft.file.links)
        if row.file.gantry is not None:
            yield from unknown(draft, (*row.path, "gantry"), "gantries", row.file.gantry, draft.file.gantries)
        if row.file.carriageway is not None:
            known = draft.file.carriageways
            yield from unknown(draft, (*row.path, "carriageway"), "carriageways", row.file.carriageway, known)
        if draft.model_of(row) is None:
            models = ", ".join(draft.models)
            yield draft.report((*row.path, "model"), "no such device model", f"there is {models}")


def _places(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        device = row.file
        if device.ramp is not None:
            yield from _on_ramp(draft, row, device.ramp)
            continue
        if device.gantry is not None:
            for key, value in (("carriageway", device.carriageway), ("at", device.at)):
                if value is not None:
                    yield draft.report((*row.path, key), f"its gantry {device.gantry} says so", "delete it")
            continue
        if row.type is DeviceType.HEAD:
            yield draft.report((*row.path, "gantry"), "a head hangs on a gantry", "add `gantry: ...`")
            continue
        for key, value in (("carriageway", device.carriageway), ("at", device.at)):
            if value is None:
                yield draft.report(
                    (*row.path, key), f"needed for a {row.type}", f"add `{key}: ...`, a gantry or a ramp"
                )
        if device.carriageway in draft.file.carriageways and device.at is not None:
            assert device.carriageway is not None
            yield from off_table(draft, (*row.path, "at"), device.carriageway, device.at)


def _on_ramp(draft: Draft, row: Row, ramp: str) -> Iterator[Finding]:
    if row.type not in ON_RAMPS:
        kinds = " or ".join(ON_RAMPS)
        yield draft.report((*row.path, "ramp"), f"a {row.type} does not stand on a ramp", f"only a {kinds}")
        return
    if not any(collection == "junctions" for collection, _ in draft.broken):
        yield from unknown(draft, (*row.path, "ramp"), "junctions", ramp, draft.ramps)
    for key in ("carriageway", "at", "gantry"):
        if getattr(row.file, key) is not None:
            yield draft.report((*row.path, key), f"its ramp {ramp} says so", "delete it")


def _lanes(draft: Draft) -> Iterator[Finding]:
    over: dict[tuple[str, int], str] = {}
    for row in draft.rows:
        path, lane = (*row.path, "lane"), row.file.lane
        if row.type is not DeviceType.HEAD:
            continue
        if lane is None:
            yield draft.report(path, "a head stands over a lane", "add `lane: ...`")
            continue
        carriageway = draft.file.carriageways.get(draft.carriageway_of(row) or "")
        if carriageway is not None and str(lane) not in carriageway.lanes:
            lanes = ", ".join(sorted(carriageway.lanes))
            yield draft.report(path, f"{draft.carriageway_of(row)} has no such lane", f"it has {lanes}")
        if row.file.gantry is not None:
            first = over.setdefault((row.file.gantry, lane), row.file.id)
            if first != row.file.id:
                yield draft.report(
                    path, f"{first} is over this lane of {row.file.gantry}", "mend lane or gantry"
                )


def _lost_defaults(draft: Draft) -> bool:
    """Whether what a device lacks may stand under `defaults` in the wrong form."""
    return ("defaults", "*") in draft.broken


def _keys_of_type(draft: Draft) -> Iterator[Finding]:
    owner = {"lane": "head", "aspects": "head", "siren": "beacon", "matrix": "sign"}
    for row in draft.rows:
        for key, kind in owner.items():
            if row.file.type != kind and getattr(row.file, key) is not None:
                yield draft.report((*row.path, key), f"a {row.file.type} has none", f"only for a {kind}")
        if row.type is DeviceType.SIGN and draft.matrix_of(row) is None and not _lost_defaults(draft):
            remedy = "add `matrix: {width_px: ..., height_px: ...}`"
            yield draft.report((*row.path, "matrix"), "needed for a sign", remedy)


def _models(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        model = draft.model_of(row)
        if model is not None and row.type not in model.types:
            kinds = " or ".join(model.types)
            yield draft.report((*row.path, "model"), f"cannot be a {row.type}", f"it is for a {kinds}")


def _abilities(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        model = draft.model_of(row)
        if model is None or row.type not in model.types:
            continue
        can = model.value_keys()
        if can is not None and (named := draft.aspects_of(row)) and (more := sorted(set(named) - can)):
            inherited = row.file.aspects is None
            path = ("defaults", "head", "aspects") if inherited else (*row.path, "aspects")
            yield draft.report(path, f"{model.model} cannot show {', '.join(more)}", "leave them out")
        if can is not None and draft.siren_of(row) and "siren" not in can and "flash_siren" not in can:
            yield draft.report((*row.path, "siren"), f"{model.model} has no siren", "write siren: false")


def _showings(draft: Draft) -> Iterator[Finding]:
    """S12: every device has a base and a fallback, and can show them."""
    for row in draft.rows:
        for key, (path, raw), read in (
            ("base", draft.base_of(row), base_value),
            ("fallback", draft.fallback_of(row), fallback_value),
        ):
            if raw is None:
                if _lost_defaults(draft):
                    continue
                remedy = f"add `{key}: ...` here or under defaults.{row.file.type}"
                yield draft.report(path, f"every {row.type} needs a {key}", remedy)
                continue
            value, finding = _read(draft, row, path, raw, read)
            if finding is not None:
                yield finding
            if value is not None:
                yield from _cannot_show(draft, row, path, value)
                if key == "fallback":
                    yield from _mild_fallback(draft, row, path, value)


def _read(
    draft: Draft,
    row: Row,
    path: Path,
    raw: str | MultiFile,
    read: Callable[[DeviceType, str | MultiFile], Value | None],
) -> tuple[Value | None, Finding | None]:
    try:
        return read(row.type, raw), None
    except ValueError as err:
        problem, _, remedy = str(err).partition("; ")
        return None, draft.report(path, problem, remedy)


def _cannot_show(draft: Draft, row: Row, path: Path, value: Value) -> Iterator[Finding]:
    if isinstance(value, Message):
        matrix = draft.matrix_of(row)
        if matrix is not None:
            shape = SignShape(matrix.width_px, matrix.height_px, matrix.glyph_px)
            if (why := why_unfit(value.multi, shape)) is not None:
                yield draft.report(path, f"does not fit {row.file.id}: {why}", "shorten the text")
        return
    key, model = value_key(value), draft.model_of(row)
    can = draft.aspects_of(row) if isinstance(value, Aspect) else None
    if can is None and model is not None:
        can = tuple(model.value_keys() or value_keys(row.type))
    if can is not None and key not in can:
        yield draft.report(path, f"{row.file.id} cannot show {key}", f"it can show {', '.join(sorted(can))}")


def _mild_fallback(draft: Draft, row: Row, path: Path, value: Value) -> Iterator[Finding]:
    """Warn where losing the controller would take a closure off the road."""
    if value is not Aspect.CLOSED and row.type is not DeviceType.BEACON:
        yield draft.report(
            path, "would drop a closure when the controller is lost", "hold keeps it", Level.WARNING
        )


def _defaults(draft: Draft) -> Iterator[Finding]:
    """Defaults are wrong also where no device uses them."""
    for kind in DeviceType:
        defaults = getattr(draft.file.defaults, kind.value)
        for key, raw, read in (
            ("base", defaults.base, base_value),
            ("fallback", defaults.fallback, fallback_value),
        ):
            if raw is None:
                continue
            try:
                read(kind, raw)
            except ValueError as err:
                problem, _, remedy = str(err).partition("; ")
                yield draft.report(("defaults", kind.value, key), problem, remedy)


def _interlocks(draft: Draft) -> Iterator[Finding]:
    types = {row.file.id: row.type for row in draft.rows}
    for name, interlock in draft.file.interlocks.items():
        for device in interlock.never:
            path: Path = ("interlocks", name, "never", device)
            yield from unknown(draft, path, "devices", device, types)
            if types.get(device, DeviceType.HEAD) is not DeviceType.HEAD:
                yield draft.report(path, "interlocks are between heads", "name a head")
        live = draft.file.kind == "live"
        yield draft.report(
            ("interlocks", name),
            "this version checks interlocks' names but does not enforce them",
            "a live site must not rely on it: remove it" if live else "for trying out only",
            Level.ERROR if live else Level.WARNING,
        )


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (
    _names,
    _references,
    _places,
    _lanes,
    _keys_of_type,
    _models,
    _abilities,
    _showings,
    _defaults,
    _interlocks,
    *address_checks.CHECKS,
)
