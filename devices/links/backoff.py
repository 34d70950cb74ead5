"""How long to wait before the next attempt: one rule for every connection (P3)."""

import math
import random

FIRST_S = 0.1
WANTED_CAP_S = 0.5
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


class Pace:
    """When one connection is tried again: at once after a good one, never in a spin (P3)."""

    WANTED_S = 2.0
    """A request this recent means that somebody wants the connection."""

    def __init__(self) -> None:
        self._failures = 0
        self._attempt_at_s = self._wanted_at_s = -math.inf
        self._factor = 1.0

    def wanted(self, now_s: float) -> None:
        """Note that somebody wants the connection."""
        self._wanted_at_s = now_s

    def attempt(self, now_s: float) -> None:
        """Note an attempt; it counts as failed until `good` is called."""
        self._attempt_at_s, self._factor = now_s, jitter()
        self._failures += 1

    def good(self) -> None:
        """Note that the connection was of use: a connection that only opens does not end the back-off."""
        self._failures = 0

    def due_s(self) -> float:
        """Return the loop time of the next attempt, as far as is known now."""
        quick_s = self._attempt_at_s + backoff_s(self._failures, WANTED_CAP_S, self._factor)
        if quick_s < self._wanted_at_s + self.WANTED_S:
            return quick_s
        return self._attempt_at_s + backoff_s(self._failures, IDLE_CAP_S, self._factor)
