"""What pydantic finds wrong with a file, told in the words of its author, each with line and remedy."""

import difflib
import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.draft import Reporter
from config.finding import Finding, Path
from config.yaml_lines import Document

_PATTERN_REMEDY = "letters, digits, - and _ only, beginning with a letter or digit"


def wrong_form(
    err: ValidationError, document: Document, report: Reporter, schema: type[BaseModel]
) -> list[Finding]:
    """Return one finding a path: the branches of a union would otherwise be told apart one by one.

    Args:
        schema: what the whole document was to be.
    """
    by_path: dict[Path, Finding] = {}
    for error in err.errors(include_url=False):
        path = _path(error["loc"], document, missing=error["type"] == "missing")
        if path not in by_path:
            by_path[path] = report(path, *_words(error, path, schema))
    return list(by_path.values())


def _path(loc: tuple[str | int, ...], document: Document, *, missing: bool) -> Path:
    """Return the part of a pydantic location that the file has; union branches and key marks fall out."""
    path: Path = ()
    for part in loc:
        if document.holds((*path, part)):
            path = (*path, part)
    return (*path, loc[-1]) if missing else path


def _words(error: Mapping[str, Any], path: Path, schema: type[BaseModel]) -> tuple[str, str]:
    """Return problem and remedy in the words of a file's author."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "needed here", f"add `{path[-1]}: ...`"
        case "extra_forbidden":
            known = _keys(path[:-1], schema)
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


def _keys(path: Path, schema: type[BaseModel]) -> list[str]:
    """Return the keys the schema has at `path`."""
    kind: Any = schema
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
