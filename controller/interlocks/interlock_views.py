"""What people and programs are shown of interlocks: plain JSON."""

from typing import Any

from config.interlocks import Interlock


def interlock_view(interlock: Interlock) -> dict[str, Any]:
    """Return what must never stand together, and why."""
    return {
        "id": interlock.id,
        "never": {device: sorted(words) for device, words in interlock.never.items()},
        "reason": {"zh": interlock.reason_zh, "en": interlock.reason_en},
        "settle_ms": interlock.settle_ms,
        "built_in": interlock.built_in,
    }


def in_one_line(interlock: Interlock) -> str:
    """Return it as people read it: `id  A closed + B green|yellow  why`."""
    parts = (f"{device} {'|'.join(sorted(words))}" for device, words in interlock.never.items())
    return f"{interlock.id}  {' + '.join(parts)}  {interlock.reason_zh} / {interlock.reason_en}"
