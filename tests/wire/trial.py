"""One trial: an order to one device while something goes wrong, and what its lamps say of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from controller.fleet.look import Target
from devices.values import Aspect
from simulators.lamp_history import Cause, LampEvent
from tests.simulated import until
from tests.wire.rig import Proved, Wire
from tests.wire.troubles import MARK, Troubles, forget_retained

ORDERED = (Aspect.OPEN, Aspect.CLOSED_AHEAD, Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT, Aspect.CLOSED)
LATE = {"old_ack", "old_state"}
"""Words about an earlier order: they come while the lamps have not followed a newer one yet."""
HEALED_S = 30.0


class Contradicted(AssertionError):
    """The lamps say something else than the controller, or showed what is too old."""


class Trials:
    """Trials on all devices of a rig at the same time, one after the other on each."""

    def __init__(self, wire: Wire, seed: int) -> None:
        self.seed = seed
        self.tried: Counter[str] = Counter()
        self.proved = 0
        self._wire = wire

    async def run(self, count: int) -> None:
        """Make so many trials; raises Contradicted for the first that fails."""
        devices = list(self._wire.site.devices)
        shares = [count // len(devices) + (n < count % len(devices)) for n in range(len(devices))]
        async with asyncio.TaskGroup() as group:
            for n, (device, share) in enumerate(zip(devices, shares, strict=True)):
                group.create_task(self._row(device, share, random.Random(self.seed * 1_000 + n)))

    async def _row(self, device: str, count: int, chance: random.Random) -> None:
        self._want(device, Aspect.CLOSED)
        await self._until_proved(device, "before the first trial")
        for number in range(count):
            await self._trial(device, chance, f"SEED={self.seed} {device} trial {number}")

    async def _trial(self, device: str, chance: random.Random, where: str) -> None:
        wire = self._wire
        began_seq = wire.simulation.history.last_seq
        before = wire.desk.given[device][-1].value
        given, proved = len(wire.desk.given[device]), len(wire.desk.proved[device])
        troubles = Troubles(wire, chance)
        kinds = chance.sample(troubles.kinds(device), chance.choice((1, 1, 2)))
        where = f"{where} ({', '.join(kinds)})"
        early = chance.random() < 0.5 and not LATE & set(kinds)
        if early:
            await self._make(troubles, kinds, device)
        elif LATE & set(kinds):
            await troubles.make("lamps_late", device)
        wanted = chance.choice([v for v in ORDERED if v is not wire.reconcilers[device].target.value])
        self._want(device, wanted)
        await asyncio.sleep(chance.uniform(0, 0.02))
        if not early:
            await self._make(troubles, kinds, device)
        await asyncio.sleep(chance.uniform(0, 0.6))
        if chance.random() < 0.3:
            self._want(device, chance.choice([v for v in ORDERED if v is not wanted]))
            await asyncio.sleep(chance.uniform(0, 0.3))
        wire.simulation.restore(device)
        await self._until_proved(device, where)
        if "retained" in kinds:
            await forget_retained(wire.stranger, wire.site.id, wire.faces[device])
        values = [before, *(order.value for order in wire.desk.given[device][given:])]
        events = wire.simulation.history.since(device=device)
        newest = [event for event in events if event.seq > began_seq]
        _nothing_old(newest, values, where)
        for one in wire.desk.proved[device][proved:]:
            _shown(events, one, where)
            self.proved += 1
        self.tried.update(kinds)

    async def _make(self, troubles: Troubles, kinds: Sequence[str], device: str) -> None:
        for kind in kinds:
            await troubles.make(kind, device)

    def _want(self, device: str, value: Aspect) -> None:
        leaves = (Aspect.CLOSED,)  # a person ordered whatever it shows to be left
        self._wire.reconcilers[device].set_target(Target(value, True, "I-1", leaves))

    async def _until_proved(self, device: str, where: str) -> None:
        """Whatever went wrong, in the end the lamps show what is wanted, and that is proved.

        Both at once: a device that is polled may have lost its lamps since it was read, and nobody can know
        before the next poll. Whether each proof was true when it was read, `_shown` judges.
        """
        loop, simulated = self._wire.reconcilers[device], self._wire.simulation.devices[device]
        try:
            await until(
                lambda: self._wire.stands(device) and simulated.lamp == loop.target.value, within_s=HEALED_S
            )
        except TimeoutError:
            text = f"{where}: {loop.target.value} not shown and proved, the lamps show {simulated.lamp}"
            raise Contradicted(f"{text}: {loop.condition}") from None


def _nothing_old(events: Sequence[LampEvent], ordered: Sequence[object], where: str) -> None:
    """What commands lit is what was ordered, in that order: nothing older came last, nothing strange came."""
    lit = [event.lamp for event in events if event.cause is Cause.COMMAND]
    if MARK in lit:
        raise Contradicted(f"{where}: a command that was too old was applied: {lit}")
    rest = iter(ordered)
    if any(value not in rest for value in lit if value is not Aspect.DARK):
        raise Contradicted(f"{where}: ordered {ordered}, lit {lit}")


def _shown(events: Sequence[LampEvent], proved: Proved, where: str) -> None:
    """The lamps showed it at some moment between the order and the reading that proved it."""
    at_order = [event.lamp for event in events if event.mono_s <= proved.ordered_s][-1:]
    later = [event.lamp for event in events if proved.ordered_s < event.mono_s <= proved.read_s]
    if proved.value not in (*at_order, *later):
        raise Contradicted(
            f"{where}: proved {proved.value}, the lamps showed {[*at_order, *later]} till then"
        )
