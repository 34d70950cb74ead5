"""Strict JSON in, and two ways to address into it: dotted paths to read, `${name}` templates to write."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

MISSING: Final = object()
"""What `at_path` answers where nothing is there; JSON `null` is None."""


class BadPayloadError(ValueError):
    """The bytes are no JSON this product accepts; the text says why, short enough for a log line."""


def parse_object(payload: bytes, max_bytes: int) -> Mapping[str, Any]:
    """Return the JSON object in `payload`.

    Stricter than `json.loads`: UTF-8 only, no NaN or infinities (spelled or overflowing), no lone
    surrogates, so that whatever passes can be stored and sent on.

    Raises:
        BadPayloadError: too large, not UTF-8, not JSON, nested too deeply, or no object.
    """
    if len(payload) > max_bytes:
        raise BadPayloadError(f"{len(payload)} bytes, more than {max_bytes}")
    try:
        text = payload.decode("utf-8")
        parsed = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise BadPayloadError("nested too deeply") from None
    except ValueError as err:  # also JSONDecodeError and both Unicode errors
        raise BadPayloadError(str(err)[:200]) from None
    if not isinstance(parsed, dict):
        raise BadPayloadError("not a JSON object")
    return parsed


def at_path(parsed: Any, path: str) -> Any:
    """Return what stands at a dotted path such as `applied.seq`; MISSING where a step is not there."""
    for key in path.split("."):
        if not isinstance(parsed, dict) or key not in parsed:
            return MISSING
        parsed = parsed[key]
    return parsed


def fill(template: Any, facts: Mapping[str, Any]) -> Any:
    """Return a copy of `template` with every string that is exactly `${name}` replaced by its fact.

    Raises:
        KeyError: a name is not among the facts.
    """
    match template:
        case str() if template.startswith("${") and template.endswith("}"):
            return facts[template[2:-1]]
        case Mapping():
            return {key: fill(part, facts) for key, part in template.items()}
        case list() | tuple():
            return [fill(part, facts) for part in template]
    return template


def names_in(template: Any) -> frozenset[str]:
    """Return the names `fill` would ask for."""
    match template:
        case str() if template.startswith("${") and template.endswith("}"):
            return frozenset({template[2:-1]})
        case Mapping():
            return frozenset().union(*(names_in(part) for part in template.values()))
        case list() | tuple():
            return frozenset().union(*(names_in(part) for part in template))
    return frozenset()


def encode(value: Any) -> bytes:
    """Return compact JSON: keys in the order given, Chinese as UTF-8 and not escaped.

    Raises:
        ValueError: a float that JSON has no form for, or a lone surrogate.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is out of range")
    return number
