"""What just changed, for those who watch (console, notify, metrics): lossy by design, no source of truth.

Publishing is synchronous and cannot block or fail; each subscriber has a bounded queue and is told
`Resync` when it overflows, upon which it takes a new snapshot.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """Desired, commanded, shown or verdict of a device changed: look at it again."""

    device: str


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """State, revision, verdict or release progress of an incident changed."""

    incident: str


@dataclass(frozen=True, slots=True)
class StepChanged:
    """A step entered a new state."""

    incident: str
    revision: int
    device: str


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """An alarm was raised or is gone; `cause` is its key."""

    cause: str


@dataclass(frozen=True, slots=True)
class BeyondSite:
    """A plan that was pressed reaches upstream beyond this site: the neighbour has to warn there.

    Attributes:
        from_post, to_post: chainages in the direction of travel; `to_post` is the first post of this site.
    """

    incident: str
    revision: int
    carriageway: str
    from_post: str
    to_post: str
    length_m: int


@dataclass(frozen=True, slots=True)
class Resync:
    """This subscriber missed events: take a new snapshot."""


Event: TypeAlias = DeviceChanged | IncidentChanged | StepChanged | AlarmChanged | BeyondSite | Resync

QUEUE_LIMIT = 10_000
"""Events a subscriber may lag behind; one activation of 1,000 devices is about 5,000."""


class Subscription:
    """A bounded queue of events. Repeats of one event that are still unread are dropped."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: deque[Event] = deque()
        self._unread: set[Event] = set()
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event; on overflow everything unread becomes one `Resync`."""
        if event in self._unread:
            return
        if len(self._queue) >= self._limit:
            self._queue.clear()
            self._unread.clear()
            event = Resync()
        self._queue.append(event)
        self._unread.add(event)
        self._arrived.set()

    async def drain(self) -> list[Event]:
        """Wait for at least one event and return all unread ones in order."""
        await self._arrived.wait()
        batch = list(self._queue)
        self._queue.clear()
        self._unread.clear()
        self._arrived.clear()
        return batch


class EventBus:
    """Publishes to every subscription; subscribe first, then take the snapshot, so nothing falls between."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, event: Event) -> None:
        """Hand the event to all subscribers; never blocks."""
        for subscription in self._subscriptions:
            subscription.put(event)

    @contextmanager
    def subscribe(self, limit: int = QUEUE_LIMIT) -> Iterator[Subscription]:
        """Give a subscription that ends with the block."""
        subscription = Subscription(limit)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
