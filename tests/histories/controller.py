"""The lives of one controller: started on the paper of the life before, killed in the middle of anything."""

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from config.site import Site
from controller.commands import Commands
from controller.events import EventBus
from controller.incident import Actor
from controller.incidents.replanning import Replanning
from controller.incidents.time_limits import TimeLimits
from controller.key import Key
from controller.metrics import Metrics
from controller.recovery import recover
from controller.room import ControlRoom
from controller.store.store import Store
from tests.histories.lamps import FaultyLamp
from tests.histories.paper import LastingPaper
from tests.unit.virtual_room import LoopClock

LOOK_S = 0.5


class Life:
    """A room between a start and its end."""

    def __init__(
        self, site: Site, lamps: Mapping[str, FaultyLamp], store: LastingPaper, clock: LoopClock
    ) -> None:
        self.store = store
        self.room = ControlRoom(
            site, cast(Store, store), lamps, clock=clock, metrics=Metrics(), events=EventBus()
        )
        self.commands = Commands(self.room)

    async def begin(self) -> None:
        """Recover and drive, as a process does at its start."""
        await recover(self.room, self.commands)
        self.room.tasks.start("time limits", TimeLimits(self.room).keep)
        self.room.tasks.start("re-planning", Replanning(self.room).keep)

    async def kill(self) -> None:
        """End it as kill -9 does: nothing it does on its way out reaches the paper."""
        self.store.lose()
        await self.room.tasks.stop()

    def key(self, actor: str = "li.na") -> Key:
        clock = self.room.clock
        return Key(Actor(actor, "dispatcher", "test"), clock.mono_s(), clock.wall_ms())

    async def until(self, condition: Callable[[], bool], within_s: float) -> None:
        """Return as soon as it holds, or when the time is over; virtual seconds."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + within_s
        while not condition() and loop.time() < end_s:  # noqa: ASYNC110 - attributes of other tasks
            await asyncio.sleep(LOOK_S)
