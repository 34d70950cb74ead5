"""Writes the console's types from the description the API gives of itself, so that both tell the same.

python -m docs.console            rewrites api/console/src/api/types.ts
python -m docs.console --check    only says whether it is out of date, exit code 1 if so
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.pages.http import description

FILE = Path(__file__).parents[1] / "api" / "console" / "src" / "api" / "types.ts"
_NOTE = "// Written from the API's description by `python -m docs.console`; change the API, not this file.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def text() -> str:
    """Return the file as it should be: one type a schema, and `Calls`, which has every call."""
    found = description()
    parts = [_NOTE]
    for name, schema in sorted(found["components"]["schemas"].items()):
        if name not in ("HTTPValidationError", "ValidationError"):
            parts.append(f"export type {_name(name)} = {_type(schema)};\n")
    parts.append("export interface Calls {\n" + "".join(_calls(found)) + "}\n")
    return "\n".join(parts)


def _calls(found: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in found["paths"].items():
        for method, call in methods.items():
            answer = _answer(call["responses"])
            body = call.get("requestBody")
            sent = _type(body["content"]["application/json"]["schema"]) if body else "undefined"
            yield f'  "{method.upper()} {path}": {{ body: {sent}; answer: {answer} }};\n'


def _answer(responses: Mapping[str, Any]) -> str:
    normal = next(answer for status, answer in sorted(responses.items()) if status.startswith("2"))
    schema = normal.get("content", {}).get("application/json", {}).get("schema")
    return _type(schema) if schema else "unknown"


def _type(schema: Mapping[str, Any], indent: str = "") -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one, indent) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "array":
        return f"{_grouped(_type(schema['items'], indent))}[]"
    if kind == "object" and "properties" in schema:
        return _object(schema, indent)
    if kind == "object":
        values = schema.get("additionalProperties", {})
        return f"Record<string, {_type(values, indent) if isinstance(values, dict) else 'unknown'}>"
    return _PLAIN.get(kind, "unknown") if kind is not None else "unknown"


def _object(schema: Mapping[str, Any], indent: str) -> str:
    needed, inner = set(schema.get("required", [])), indent + "  "
    rows = []
    for name, field in schema["properties"].items():
        if field.get("description"):
            rows.append(f"{inner}/** {field['description']} */\n")
        rows.append(f"{inner}{name}{'' if name in needed else '?'}: {_type(field, inner)};\n")
    return "{\n" + "".join(rows) + indent + "}"


def _grouped(inner: str) -> str:
    return f"({inner})" if " | " in inner else inner


def _name(name: str) -> str:
    return re.sub(r"Shape$", "", name)


def main() -> int:
    """Rewrite or check; return the exit code."""
    wanted = text()
    if FILE.is_file() and FILE.read_text("utf-8") == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        sys.stdout.write("api/console/src/api/types.ts is out of date: run python -m docs.console\n")
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
