"""How long to wait before the next attempt: one rule for every connection (P3)."""

import random

FIRST_S = 0.1
WANTED_CAP_S = 1.0
"""Longest mean wait while somebody wants the connection."""
IDLE_CAP_S = 5.0
SPREAD = 0.25
"""Attempts are spread by this share each way, so that many links do not knock in step."""


def jitter() -> float:
    """Return a fresh factor around 1; draw one per attempt and keep it until the next."""
    return random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - spreads load, guards nothing


def backoff_s(failures: int, cap_s: float, factor: float) -> float:
    """Return the seconds between the last attempt and the next.

    Args:
        failures: attempts failed in a row; 0 after a success, which still never gives a spin.
        cap_s: longest wait before `factor` is applied.
        factor: from `jitter()`.
    """
    doublings = min(max(failures - 1, 0), 16)
    return float(min(cap_s, FIRST_S * 2**doublings) * factor)
