"""When a device counts as failed, and what that sets off: it is planned around until repaired (S14). Pure."""

from controller.fleet.look import Look

FAULT_STANDS_MS = 3_000
"""A fault a device reports itself counts once three polls in a row have seen it."""


def has_failed(verdict: Look, stood_ms: int) -> bool:
    """Return whether a device has failed: it was told three times and does not show it, or says so itself.

    Args:
        verdict: of its newest look.
        stood_ms: how long that verdict has stood.
    """
    return verdict is Look.MISMATCH or (verdict is Look.FAULT and stood_ms >= FAULT_STANDS_MS)
