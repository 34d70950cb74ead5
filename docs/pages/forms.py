"""A pydantic form as tables: one section a class, in the order a file is written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docs.pages.markdown import code, one_line, table

Schema = Mapping[str, Any]
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
"""How an id is written; tables say `name` for it."""
_WORDS = {"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text"}


def sections(schema: Schema, titles: Mapping[str, str], texts: Mapping[str, Mapping[str, str]]) -> str:
    """Return one section for each form the schema names, from the top down.

    Args:
        schema: as `model_json_schema` gives it.
        titles: form → heading; a form without one is an error, so that none is forgotten.
        texts: form → key → meaning, where the schema has no description.
    """
    words = {n: form_of(f, {}) for n, f in schema.get("$defs", {}).items() if "enum" in f and n not in titles}
    plain = _spelled_out(schema, words)
    return "\n".join(_section(name, form, titles, texts.get(name, {})) for name, form in _forms(plain))


def _spelled_out(part: Any, words: Mapping[str, str]) -> Any:
    """Return the schema with every mention of a plain enum replaced by its values."""
    if isinstance(part, Mapping):
        if "$ref" in part and (name := part["$ref"].rsplit("/", 1)[1]) in words:
            return {**part, "$ref": f"/{words[name]}"}
        return {key: _spelled_out(one, words) for key, one in part.items()}
    return [_spelled_out(one, words) for one in part] if isinstance(part, list) else part


def _forms(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Give each form once, the top one first, the others as they are first mentioned."""
    forms: Mapping[str, Schema] = schema.get("$defs", {})
    waiting: list[tuple[str, Schema]] = [(schema["title"], schema)] if "properties" in schema else []
    waiting += [] if waiting else [(name, forms[name]) for name in _mentioned(schema, forms)]
    seen: set[str] = set()
    while waiting:
        name, form = waiting.pop(0)
        if name in seen or "properties" not in form:
            continue
        seen.add(name)
        yield name, form
        waiting += [(other, forms[other]) for other in _mentioned(form["properties"], forms)]


def _mentioned(part: Any, forms: Mapping[str, Schema]) -> list[str]:
    if isinstance(part, Mapping):
        own = [part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else []
        own = [name for name in own if name in forms]
        return own + [
            n for key, one in part.items() if key not in ("$ref", "$defs") for n in _mentioned(one, forms)
        ]
    if isinstance(part, list):
        return [name for one in part for name in _mentioned(one, forms)]
    return []


def _section(name: str, form: Schema, titles: Mapping[str, str], texts: Mapping[str, str]) -> str:
    needed = set(form.get("required", []))
    rows = []
    for key, field in form["properties"].items():
        meaning = one_line(field.get("description")) or texts.get(key, "")
        if not meaning:
            raise ValueError(f"{name}.{key}: say in its docstring what it means")
        rows.append([code(key), form_of(field, titles), _need(key, field, needed), meaning])
    head = one_line((form.get("description") or "").split("\n\n")[0])
    return f"## {titles[name]}\n\n{head}\n\n" + table(("key", "form", "needed or default", "meaning"), rows)


def _need(key: str, field: Schema, needed: Sequence[str] | set[str]) -> str:
    if key in needed:
        return "needed"
    default = field.get("default")
    said = default not in (None, [], "") and not isinstance(default, Mapping)  # a form says its own defaults
    return code(json.dumps(default, ensure_ascii=False)) if said else ""


def form_of(field: Schema, titles: Mapping[str, str]) -> str:
    """Return what may be written there, in words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        return f"[{titles[name]}](#{anchor(titles[name])})" if name in titles else name
    for union in ("anyOf", "oneOf"):
        if union in field:
            kinds = [form_of(one, titles) for one in field[union] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in field or "const" in field:
        return ", ".join(code(str(value)) for value in field.get("enum", [field.get("const")]))
    match field.get("type"):
        case "array":
            items = field.get("items", {}) or field.get("prefixItems", [{}])[0]
            return f"list of {form_of(items, titles)}"
        case "object":
            by_pattern = list(field.get("patternProperties", {}).values())
            values = by_pattern[0] if by_pattern else field.get("additionalProperties")
            return f"key → {form_of(values, titles)}" if isinstance(values, Mapping) else "object"
        case None:
            return "any"
        case kind:
            if field.get("pattern") == NAME:
                return "name"
            return ", ".join([_WORDS[kind], *_bounds(field)])


def _bounds(field: Schema) -> Iterator[str]:
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif "exclusiveMinimum" in field and high is not None:
        yield f"above {field['exclusiveMinimum']}, to {high}"
    if "pattern" in field:
        yield code(field["pattern"])


def anchor(title: str) -> str:
    """Return the anchor of a heading."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")
