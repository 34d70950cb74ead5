"""What a site file may mean wrongly about a device: its place, its abilities, its base and fallback."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from config import address_checks, type_checks
from config.draft import Draft, Row
from config.finding import Finding, Level, Path
from config.references import off_table, unknown
from config.schema_devices import MultiFile
from config.showing import base_value, fallback_value
from config.sign_fit import why_unfit
from config.site import SignShape
from devices.models import MqttModel
from devices.models.keys import value_key, value_keys
from devices.sign_chars import GLYPH_PX
from devices.values import Aspect, DeviceType, Message, PortalAspect, Value

ON_RAMPS = (DeviceType.SIGN, DeviceType.BEACON)
"""What may stand on a ramp and speak of the carriageway it joins."""


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


_OWNERS = {
    "lane": "head",
    "aspects": "head",
    "siren": "beacon",
    "matrix": "sign",
    "tunnel": "portal",
    "lights": "portal",
    "clips": "speaker",
    "speeds": "speed",
}
"""Key → the only type it belongs to."""


def _lost_defaults(draft: Draft) -> bool:
    """Whether what a device lacks may stand under `defaults` in the wrong form."""
    return ("defaults", "*") in draft.broken


def _keys_of_type(draft: Draft) -> Iterator[Finding]:
    for row in draft.rows:
        for key, kind in _OWNERS.items():
            if row.file.type != kind and getattr(row.file, key) is not None:
                yield draft.report((*row.path, key), f"a {row.file.type} has none", f"only for a {kind}")
        if row.type is DeviceType.SIGN and draft.matrix_of(row) is None and not _lost_defaults(draft):
            remedy = "add `matrix: {width_px: ..., height_px: ...}`"
            yield draft.report((*row.path, "matrix"), "needed for a sign", remedy)
        model, matrix = draft.model_of(row), draft.matrix_of(row)
        if not isinstance(model, MqttModel) or model.sign_form != "pixels" or matrix is None:
            continue
        if matrix.glyph_px < GLYPH_PX:
            problem = f"{model.model} is told pictures, and no glyph has {matrix.glyph_px} pixels"
            yield draft.report((*row.path, "matrix"), problem, f"glyph_px is {GLYPH_PX} or more")


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
        for key, named in (("aspects", draft.aspects_of(row)), ("lights", draft.lights_of(row))):
            if can is not None and named and (more := sorted(set(named) - can)):
                inherited = getattr(row.file, key) is None
                path = ("defaults", row.file.type, key) if inherited else (*row.path, key)
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
    model = draft.model_of(row)
    if not value_keys(row.type):
        return  # silent and blank are all it may be, and every speaker and speed sign can
    key = value_key(value)
    can = draft.aspects_of(row) or draft.lights_of(row)
    if can is None and model is not None:
        can = tuple(model.value_keys() or value_keys(row.type))
    if can is not None and key not in can:
        yield draft.report(path, f"{row.file.id} cannot show {key}", f"it can show {', '.join(sorted(can))}")


def _mild_fallback(draft: Draft, row: Row, path: Path, value: Value) -> Iterator[Finding]:
    """Warn where losing the controller would take a closure off the road."""
    closes = row.type in (DeviceType.HEAD, DeviceType.SIGN, DeviceType.PORTAL)
    if closes and value not in (Aspect.CLOSED, PortalAspect.RED):
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
    *type_checks.CHECKS,
    *address_checks.CHECKS,
)
