"""Which commands get lost on a bad line: decided by seed, device and count alone."""

import zlib
from collections import Counter


class Loss:
    """Counts commands per receiver and loses some of them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seed = 0

    def takes(self, receiver: str, percent: int, seed: int) -> bool:
        """Return whether the next command for `receiver` is lost; a new seed begins to count anew."""
        if percent <= 0:
            return False
        if seed != self._seed:
            self._counts.clear()
            self._seed = seed
        self._counts[receiver] += 1
        drawn = zlib.crc32(f"{seed}/{receiver}/{self._counts[receiver]}".encode()) % 10_000
        return drawn < percent * 100
