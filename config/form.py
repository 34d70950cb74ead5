"""From plain data to a `Draft`: what pydantic finds wrong, told in the words of a site file.

Items of wrong form are taken out and the rest is validated again, so that checks of meaning still run
over everything that is sound.
"""

import copy
import difflib
import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.draft import Draft, Reporter
from config.finding import Finding, Path
from config.schema import SiteFile
from config.yaml_lines import Document
from devices.models import ModbusModel, MqttModel

_COLLECTIONS = (
    "carriageways",
    "tunnels",
    "junctions",
    "links",
    "gantries",
    "devices",
    "cameras",
    "interlocks",
)
_OPTIONAL = ("defaults", "policy", "note", *_COLLECTIONS)
_STAND_IN = {"site": "unnamed", "name": {"zh": "?", "en": "?"}, "kind": "simulated"}
_PATTERN_REMEDY = "letters, digits, - and _ only, beginning with a letter or digit"


def validate(
    document: Document, report: Reporter, models: Mapping[str, ModbusModel | MqttModel]
) -> tuple[Draft | None, list[Finding]]:
    """Return what has the right form, and a finding for everything that has not.

    The draft is None where too little is left to check anything else.
    """
    if not isinstance(document.data, dict):
        return None, [report((), "a site file is a mapping of keys", "begin with `site: name`")]
    try:
        file = SiteFile.model_validate(document.data)
    except ValidationError as err:
        findings = _findings(err, document, report)
        data, device_indices, camera_indices, broken = _without(document.data, err)
    else:
        return Draft(file, report, _range(file.devices), _range(file.cameras), frozenset(), models), []
    try:
        file = SiteFile.model_validate(data)
    except ValidationError:
        return None, findings
    return Draft(file, report, device_indices, camera_indices, frozenset(broken), models), findings


def _range(items: list[Any]) -> tuple[int, ...]:
    return tuple(range(len(items)))


def _without(
    data: dict[str, Any], err: ValidationError
) -> tuple[dict[str, Any], tuple[int, ...], tuple[int, ...], set[tuple[str, str]]]:
    """Take the items of wrong form out of a copy of the data."""
    data = copy.deepcopy(data)
    broken: set[tuple[str, str]] = set()
    dropped: dict[str, set[int]] = {"devices": set(), "cameras": set()}
    for error in err.errors(include_url=False):
        top, *rest = error["loc"] or ("",)
        held = data.get(str(top))
        if top in _COLLECTIONS and rest and isinstance(held, dict):
            broken.add((str(top), str(rest[0])))
        elif top in dropped and rest and isinstance(held, list) and isinstance(rest[0], int):
            dropped[str(top)].add(rest[0])
            item = held[rest[0]]
            named = item.get("id") if isinstance(item, dict) else None
            broken.add((str(top), str(named)))
        elif top in _STAND_IN:
            data[str(top)] = _STAND_IN[str(top)]
        elif top in _OPTIONAL or error["type"] == "extra_forbidden":
            data.pop(str(top), None)
            broken.add((str(top), "*"))
    for collection, name in broken:
        if isinstance(data.get(collection), dict):
            data[collection].pop(name, None)
    kept: dict[str, tuple[int, ...]] = {}
    for name, gone in dropped.items():
        held = data.get(name)
        count = len(held) if isinstance(held, list) else 0
        kept[name] = tuple(i for i in range(count) if i not in gone)
        if isinstance(held, list):
            data[name] = [held[i] for i in kept[name]]
    return data, kept["devices"], kept["cameras"], broken


def _findings(err: ValidationError, document: Document, report: Reporter) -> list[Finding]:
    """One finding a path: the branches of a union would otherwise be told apart one by one."""
    by_path: dict[Path, Finding] = {}
    for error in err.errors(include_url=False):
        path = _path(error["loc"], document, missing=error["type"] == "missing")
        if path not in by_path:
            by_path[path] = report(path, *_words(error, path))
    return list(by_path.values())


def _path(loc: tuple[str | int, ...], document: Document, *, missing: bool) -> Path:
    """Return the part of a pydantic location that the file has; union branches and key marks fall out."""
    path: Path = ()
    for part in loc:
        if document.holds((*path, part)):
            path = (*path, part)
    return (*path, loc[-1]) if missing else path


def _words(error: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """Return problem and remedy in the words of a site file."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "needed here", f"add `{path[-1]}: ...`"
        case "extra_forbidden":
            known = _keys(path[:-1])
            near = difflib.get_close_matches(str(path[-1]), known, n=1)
            return "unknown key", f"did you mean {near[0]}?" if near else f"keys here: {', '.join(known)}"
        case "literal_error":
            return "not one of the choices", f"write {context['expected']}"
        case "bool_type":
            return "not true or false", "write true or false"
        case "int_type":
            return "not a whole number", "write digits only"
        case "string_type":
            quotes = isinstance(error["input"], int | float) and "put it in quotes"
            return "not a text", quotes or "write one text"
        case "string_pattern_mismatch":
            lane = len(path) > 1 and path[-2] == "lanes"
            return "not a name", "lanes are numbered 1 to 9" if lane else _PATTERN_REMEDY
        case "dict_type" | "model_type" | "model_attributes_type":
            return "not a mapping of keys", "write `key: value` below it"
        case "list_type":
            return "not a list", "write [a, b] or one `- a` a line"
        case "too_short":
            return "empty", "give at least " + str(context.get("min_length", 1))
    text = str(error["msg"])
    return text.removeprefix("Value error, ").removeprefix("Input ")[:200], ""


def _keys(path: Path) -> list[str]:
    """Return the keys the schema has at `path`."""
    kind: Any = SiteFile
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            kind = fields[str(part)].annotation if str(part) in fields else None
        else:
            kind = get_args(kind)[-1] if get_args(kind) else None
        kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _plain(kind: Any) -> Any:
    """Strip `Annotated`, and take the mapping form of a union."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        models = [arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, BaseModel)]
        return models[0] if models else None
    return kind
