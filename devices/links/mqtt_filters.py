"""What a broker has been asked for, what has come through it, and what to ask for again."""

from typing import Final

ASK_AGAIN_S: Final = 2.0
"""A filter nothing came through is asked for again at most this often."""


class TopicFilters:
    """The filters of one link, over all its connections; pure bookkeeping.

    A broker confirms a SUBSCRIBE whose bytes a bad wire has changed, and keeps the connection up: all that
    is sent to the filter meant is then lost in silence. So a filter nothing has come through on this
    connection is asked for again whenever somebody has waited for one of its topics in vain.
    """

    def __init__(self, *filters: str) -> None:
        self._filters = dict.fromkeys(filters)
        self._of_topic: dict[str, str] = {}
        self._unasked: dict[str, None] = {}
        self._heard: set[str] = set()
        self._again_s: dict[str, float] = {}

    @property
    def complete(self) -> bool:
        """Whether the broker has been asked for everything."""
        return not self._unasked

    def add(self, topic: str, wire_filter: str) -> None:
        """Ask for `wire_filter` (again), which brings `topic`."""
        self._of_topic[topic] = wire_filter
        self._filters[wire_filter] = None
        self._unasked[wire_filter] = None

    def renew(self) -> None:
        """Start a new connection: everything is to be asked for, nothing has come."""
        self._unasked = dict(self._filters)
        self._heard.clear()
        self._again_s.clear()

    def take(self) -> list[str]:
        """Return what is to be asked for now; the caller asks."""
        unasked, self._unasked = list(self._unasked), {}
        return unasked

    def heard(self, topic: str) -> None:
        """Note that a message came on `topic`."""
        self._heard.add(self._of_topic.get(topic, topic))

    def missed(self, topic: str, now_s: float) -> bool:
        """Note that `topic` was waited for in vain; returns whether its filter is to be asked for again."""
        wire_filter = self._of_topic.get(topic, topic)
        if wire_filter in self._heard or wire_filter in self._unasked:
            return False
        if now_s - self._again_s.get(wire_filter, -ASK_AGAIN_S) < ASK_AGAIN_S:
            return False
        self._again_s[wire_filter] = now_s
        self._unasked[wire_filter] = None
        return True
