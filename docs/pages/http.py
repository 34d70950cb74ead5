"""`reference/http.md`: every call, from the description the running app gives of itself."""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from api import bodies
from api.app import create_app
from api.auth import actor_of
from api.context import AppContext
from api.problems import MEDIA_TYPE
from api.roles import NEEDED
from config.loader import load_site, sample_site_path
from config.tokens import Role, Tokens
from controller.intake.form import SEVERITIES
from devices.clock import SystemClock
from docs.pages.docstrings import attribute_texts, member_texts, summary
from docs.pages.markdown import code, fence, one_line, table

_INTRO = """# HTTP calls

All calls of the API are under `/api/v1`; bodies and answers are JSON. A running controller describes itself
at `/openapi.json`.

**Token.** Every call but GET carries `Authorization: Bearer TOKEN`. `onekey serve` prints the token of the
role `configure` when it starts; [roles](#roles) says what others there are. Reading needs no token: let only
those reach the port who may look.

**Who gives the order.** These headers go into the journal with every order:
"""
_ERRORS = f"""
**Errors** are `{MEDIA_TYPE}`: `title` and `status` say what, `detail` says what to do, `errors` names each
field that is wrong with the value that was sent.
"""
_ROLES = """
## Roles

Each token has a role. A call whose token has too little of one is answered 403 with the role it `needed`;
nothing was done. The console disables what a role may not do, and the API refuses it all the same. The
journal has the role with every order.
"""
_FILE = """
`ONEKEY_TOKEN` is the token of the role `configure`. `ONEKEY_TOKENS` names a file with others, one a line;
make each with `openssl rand -hex 24`, and keep the file to the controller (`chmod 600`):

```text
# role    token                                             name (may be left out)
operate   5d0c8a7b1e9f42a6b3c7d8e90f1a2b3c4d5e6f708192a3b4  li.na
manage    c1b2a39485766758493a2b1c0d9e8f7a6b5c4d3e2f1a0b9c  wang.wei
view      0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5a6b7
```

Orders with a token that has a name are that person's, whatever name is sent. The file is read at the
start: a token taken out of it, or given a lesser role, ends or lessens the console sessions opened with it.
"""
_MORE = {
    "type": "One of [the types of incident](words.md#types-of-incident).",
    "severity": f"One of {', '.join(code(word) for word in SEVERITIES)}.",
    "reason": "Why; it goes into the journal.",
    "confirmed_by": "Two names, needed while the journal is degraded.",
    "text": "The line of chat.",
}


def description() -> Mapping[str, Any]:
    """Return the OpenAPI description of the app; no process, store or device is needed for it."""
    site = load_site(sample_site_path())
    room = SimpleNamespace(clock=SystemClock(), store=SimpleNamespace(idempotency=None))
    facts = {"room": room, "site": site, "tokens": Tokens.of(""), "started_ms": 0, "ready": lambda: False}
    return create_app(cast(AppContext, SimpleNamespace(**facts))).openapi()


def calls() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Give (method, path, description) of each call, in the order of the app."""
    for path, methods in description()["paths"].items():
        for method, call in methods.items():
            yield method.upper(), path, call


def page() -> str:
    """Return the page."""
    found = description()
    headers = [p for _, _, call in calls() for p in call.get("parameters", []) if _is_actor(p)]
    actor = {p["name"]: one_line(p.get("description")) for p in headers}
    parts = [_INTRO, table(("header", "meaning"), [[code(_title(n)), t] for n, t in actor.items()]), _ERRORS]
    listed = [[f"[`{m} {p}`](#{_anchor(m, p)})", _first(c["description"])] for m, p, c in calls()]
    parts.append(table(("call", "does"), listed))
    parts += [_ROLES, table(("role", "may, beside what stands above it", "calls"), _roles()), _FILE]
    parts += [_call(method, path, call, found) for method, path, call in calls()]
    return "\n".join(parts)


def _call(method: str, path: str, call: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    parts = [f"## {method} {path}\n", _paragraphs(call["description"])]
    if "x-onekey-role" in call:
        parts.append(f"Needs a token of the role {code(call['x-onekey-role'])}, or one that may do more.\n")
    rows = [_parameter(p, found) for p in call.get("parameters", []) if not _is_actor(p)]
    if rows:
        parts.append(table(("parameter", "in", "form", "meaning"), rows))
    if "requestBody" in call:
        parts.append(_body(call["requestBody"], found))
    parts.append(_answers(call["responses"]))
    return "\n".join(parts)


def _roles() -> Iterator[list[str]]:
    for role, text in member_texts(Role).items():
        calls = [code(call) for call, needed in NEEDED.items() if needed is role and "/session" not in call]
        yield [code(role), text, ", ".join(calls)]


def _parameter(parameter: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    where, name = parameter["in"], parameter["name"]
    shown = code(_title(name) if where == "header" else name)
    return [shown, where, _schema(parameter["schema"], found), one_line(parameter.get("description"))]


def _body(body: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    schema = _resolved(body["content"]["application/json"]["schema"], found)
    form = getattr(bodies, schema["title"])
    texts, needed = {**_MORE, **attribute_texts(form)}, set(schema.get("required", []))
    rows = [
        [code(name), _schema(field, found), "yes" if name in needed else "", _sentence(texts[name])]
        for name, field in schema["properties"].items()
    ]
    examples = schema.get("examples") or [_example(schema)]
    text = "\n".join(json.dumps(example, ensure_ascii=False) for example in examples)
    optional = "" if body.get("required") else " (may be left out)"
    head = f"Body{optional}: {summary(form)}\n"
    return "\n".join([head, table(("field", "form", "needed", "meaning"), rows), fence(text, "json")])


def _example(schema: Mapping[str, Any]) -> Any:
    return {name: field["examples"][0] for name, field in schema["properties"].items() if "examples" in field}


def _answers(responses: Mapping[str, Any]) -> str:
    said = {status: one_line(answer["description"]) for status, answer in sorted(responses.items())}
    # What FastAPI adds by itself where a path has a parameter is never answered.
    rows = [[code(status), text] for status, text in said.items() if text != "Validation Error"]
    return table(("answer", "means"), rows)


def _schema(schema: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    schema = _resolved(schema, found)
    if "anyOf" in schema:
        kinds = [_schema(one, found) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds)) + _default(schema)
    if "enum" in schema or "const" in schema:
        return ", ".join(code(str(v)) for v in schema.get("enum", [schema.get("const")])) + _default(schema)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_schema(schema['items'], found)}" + _default(schema)
    if kind == "object" and "additionalProperties" in schema:
        return "object"
    words = {"integer": "whole number", "boolean": "true or false", "string": "text"}
    bounds = [f"{w} {schema[k]}" for k, w in (("minimum", "from"), ("maximum", "to")) if k in schema]
    limits = [
        f"{w} {schema[k]}" for k, w in (("minLength", "at least"), ("maxLength", "at most")) if k in schema
    ]
    limits = [f"{', '.join(limits)} characters"] if limits else []
    return ", ".join([words.get(kind, kind), *bounds, *limits]) + _default(schema)


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "" if default in (None, [], "") else f", default {code(json.dumps(default))}"


def _resolved(schema: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            name = one["$ref"].rsplit("/", 1)[1]
            resolved: Mapping[str, Any] = found["components"]["schemas"][name]
            return resolved
    return schema


def _is_actor(parameter: Mapping[str, Any]) -> bool:
    return parameter["name"].replace("-", "_").lower() in actor_of.__annotations__


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _first(text: str) -> str:
    return one_line(text.split("\n\n", maxsplit=1)[0])


def _paragraphs(text: str) -> str:
    return "\n\n".join(one_line(part) for part in text.split("\n\n")) + "\n"


def _anchor(method: str, path: str) -> str:
    kept = "".join(c for c in path if c.isalnum() or c in "_-")
    return f"{method.lower()}-{kept}"
