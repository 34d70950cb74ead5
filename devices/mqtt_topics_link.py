"""What a driver needs of a connection to a broker; who holds the connection is not its business."""

from collections.abc import Callable
from typing import Protocol


class MqttTopicsLink(Protocol):
    """What the driver needs of a connection to a broker."""

    @property
    def up(self) -> bool:
        """Whether a publish could leave now."""
        ...

    @property
    def reason(self) -> str:
        """Why it is down; empty while up."""
        ...

    @property
    def link_id(self) -> str:
        """Its id in the site file."""
        ...

    async def tried(self) -> None:
        """Return once the first attempt to connect has ended, well or not."""
        ...

    def subscribe(
        self, topic: str, handler: Callable[[bytes, bool, float], None], *, wire_filter: str = ""
    ) -> None:
        """Have `handler(payload, retained, at_s)` called for every message on exactly `topic`."""
        ...

    def missed(self, *topics: str) -> None:
        """Say that a message on each of these was waited for in vain."""
        ...

    def watch_up(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called whenever the link came up."""
        ...

    def watch_down(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called whenever the link was lost."""
        ...

    async def prove(self, device: str) -> None:
        """Return once the device is on the same side of simulated | live as the site (S10)."""
        ...

    def disprove(self, device: str) -> None:
        """Forget the proof: the device left the broker, and another may come back under its name."""
        ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Hand one message to the connection; fails at once where there is none."""
        ...
