"""The one line that says why a device shows what it shows: who wants it, why, and who is outranked."""

from collections.abc import Mapping, Sequence

from devices.multi import plain
from devices.values import Message, Value, in_words

LEAVING = "/leaving"
"""Suffix of the source id of demands a correction replaced."""


def name_of(source: str, holder: str = "") -> str:
    """Return what people call a source; empty for what nobody ordered.

    Args:
        source: the incident's id, `lock:DEVICE`, `interlock:NAME` or `adopted:DEVICE`.
        holder: who set a lock.
    """
    if source.startswith("lock:"):
        return f"lock of {holder}" if holder else "lock"
    if source.startswith("interlock:"):
        return f"interlock {source.removeprefix('interlock:')}"
    if source.startswith("adopted:"):
        return ""
    if source.endswith(LEAVING):
        return f"incident {source.removesuffix(LEAVING)} as it was before its correction"
    return f"incident {source}"


def why(
    value: Value, sources: Sequence[str], reason: str, outranked: Sequence[str], names: Mapping[str, str]
) -> str:
    """Return e.g. `closed: incident I-…, lane 1 blocked, 420 m ahead; lock of B outranked`.

    Args:
        sources, outranked: ids of who stands behind the value and of who wished something else.
        reason: as their demand says it.
        names: id → see `name_of`.
    """
    who = " and ".join(name for source in sources if (name := names.get(source, name_of(source))))
    text = f"{_shown(value)}: {who}, {reason}" if who else f"{_shown(value)}: {reason}"
    beaten = (names.get(source, name_of(source)) or "what was found on the road" for source in outranked)
    return "; ".join((text, *(f"{name} outranked" for name in beaten)))


def _shown(value: Value) -> str:
    """Return a value in words, a sign's text as it is read."""
    if isinstance(value, Message) and value.multi:
        return f"「{' / '.join(plain(page) for page in value.multi.split('[np]'))}」"
    return in_words(value)
