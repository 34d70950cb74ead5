"""Spans of time as people write them: `500ms`, `3s`, `2min`."""

import re

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min)\Z")
_MS = {"ms": 1, "s": 1_000, "min": 60_000}


def span_ms(text: str) -> int:
    """Return whole milliseconds.

    Raises:
        ValueError: it is no span of time; the text says how to write one.
    """
    found = _SPAN.match(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span of time; write 500ms, 3s or 2min")
    return round(float(found[1]) * _MS[found[2]])


def said(ms: float) -> str:
    """Return a span as people say it: `38 ms`, `3.41 s`."""
    return f"{ms:.0f} ms" if abs(ms) < 1_000 else f"{ms / 1000:.2f} s"
