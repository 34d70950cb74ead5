"""Before each send: a release waits while a partner may violate an interlock, a restriction never (S9)."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from config.site import Site
from controller.fleet.look import Look
from controller.fleet.reconciler import POLL_IDLE_S, POLL_WANTED_S
from controller.incident import StepState
from controller.interlocks.interlock_table import words
from controller.states.stricter import strictness
from devices.models import load_models
from devices.values import Aspect, DeviceType, Value
from tests.unit.api_room import Lamp
from tests.unit.interlocks import drawn_rules, rule, with_rules
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import Virtual, virtual_room

pytestmark = pytest.mark.looptime
A, B, C = "H9000-1", "H9000-2", "H9500-1"
PLC = load_models()["plc-lane-light"]


def polled(site: Site) -> Site:
    """Return the site with devices that are asked, not such that report by themselves."""
    return replace(site, devices={d.id: replace(d, model=PLC) for d in site.devices.values()})


SITE = with_rules(polled(road(gantries=(9_000, 9_500))), rule("pair", {A: "open", B: "closed"}))


async def lock(virtual: Virtual, device: str, value: Value) -> None:
    await virtual.commands.devices.lock(device, value, "test", virtual.key())


async def unlock(virtual: Virtual, device: str) -> None:
    await virtual.commands.devices.unlock(device, virtual.key())


async def with_both_raised(virtual: Virtual) -> None:
    """Close B: A, which must not be open then, shows caution."""
    await lock(virtual, B, Aspect.CLOSED)
    await virtual.until(lambda: (virtual.shows(A), virtual.shows(B)) == (Aspect.CAUTION, Aspect.CLOSED))
    await asyncio.sleep(1)


def condition(virtual: Virtual, device: str):
    return virtual.room.fleet.reconcilers[device].condition


async def test_a_release_waits_until_the_partner_is_proved_and_goes_at_that_moment():
    async with virtual_room(SITE) as virtual:
        await with_both_raised(virtual)
        virtual.lamps[B].delay_s = 1.5
        await unlock(virtual, B)
        await asyncio.sleep(1.0)
        assert virtual.shows(A) is Aspect.CAUTION
        assert condition(virtual, A).verdict is Look.HELD
        assert condition(virtual, A).reason == f"waits for {B} (closed or open): interlock pair"
        await virtual.until(lambda: virtual.shows(B) is Aspect.OPEN)
        opened_s = virtual.room.clock.mono_s()
        await virtual.until(lambda: virtual.shows(A) is Aspect.OPEN)
        assert virtual.room.clock.mono_s() - opened_s <= 0.7, "an event, not a poll: B's settle poll is 0.5 s"
        assert condition(virtual, A).verdict in (Look.VERIFIED, Look.AT_REST)


async def test_a_stuck_partner_holds_it_for_ever_without_spinning_and_the_metric_counts_once():
    async with virtual_room(SITE) as virtual:
        await with_both_raised(virtual)
        virtual.lamps[B].stuck = True
        await unlock(virtual, B)
        await asyncio.sleep(20)
        before = virtual.room.metrics.passes.labels("held")._value.get()
        await asyncio.sleep(600)
        looks = virtual.room.metrics.passes.labels("held")._value.get() - before
        assert virtual.shows(A) is Aspect.CAUTION
        assert looks <= 610, "once a reading of its own, plus the changes of its partner"
        assert virtual.room.metrics.holds.labels("pair")._value.get() == 1
        virtual.lamps[B].value = Aspect.OPEN  # mended at its cabinet
        await virtual.until(lambda: virtual.shows(A) is Aspect.OPEN, within_s=POLL_WANTED_S + 0.2)


@pytest.mark.parametrize("how", ["dead", "faulty", "contradicting"])
async def test_an_unknown_partner_counts_as_the_worst(how):
    async with virtual_room(SITE) as virtual:
        await with_both_raised(virtual)
        lamp = virtual.lamps[B]
        lamp.dead, lamp.faulty = how == "dead", how == "faulty"
        lamp.stuck, lamp.value = True, None if how == "contradicting" else Aspect.OPEN
        await asyncio.sleep(3)
        await unlock(virtual, B)
        await asyncio.sleep(30)
        assert virtual.shows(A) is Aspect.CAUTION
        assert condition(virtual, A).reason == f"waits for {B} (unknown): interlock pair"
        lamp.dead = lamp.faulty = lamp.stuck = False
        lamp.value = Aspect.OPEN
        await virtual.until(lambda: virtual.shows(A) is Aspect.OPEN, within_s=POLL_WANTED_S + 1.3)


async def test_a_restriction_leaves_at_once_whatever_the_partner_may_show():
    """Nobody knows what B shows, so it may be what A's cross must not stand with."""
    site = with_rules(SITE, rule("pair", {A: "closed", B: "closed_ahead"}))
    async with virtual_room(site) as virtual:
        virtual.lamps[B].dead = True
        await asyncio.sleep(40)
        assert virtual.room.fleet.partners.possible(B) is None
        await lock(virtual, A, Aspect.CLOSED)
        await asyncio.sleep(0.01)
        assert virtual.shows(A) is Aspect.CLOSED


async def test_the_partners_of_a_held_release_are_read_like_wanted_devices():
    """An idle partner is polled every 10 s; while something waits for it, every second (S9)."""
    site = with_rules(SITE, rule("pair", {A: "open", C: "closed"}))
    async with virtual_room(site) as virtual:
        await lock(virtual, C, Aspect.CLOSED)
        await virtual.until(lambda: virtual.shows(A) is not Aspect.OPEN)
        await asyncio.sleep(1)
        virtual.lamps[C].stuck = True
        await unlock(virtual, C)
        await asyncio.sleep(30)  # C has been written three times and given up: a fault of an idle device
        virtual.lamps[C].value = Aspect.OPEN  # mended at the cabinet, nobody tells us
        await asyncio.sleep(POLL_WANTED_S + 0.2)
        assert virtual.shows(A) is Aspect.OPEN
        await asyncio.sleep(1)
        assert not virtual.room.fleet.reconcilers[C].watched


async def test_a_reading_older_than_three_intervals_is_unknown_to_partners():
    async with virtual_room(SITE) as virtual:
        partners, lamp = virtual.room.fleet.partners, virtual.lamps[B]
        await asyncio.sleep(25)
        assert partners.possible(B) == {Aspect.OPEN}
        clock, last_s = virtual.room.clock, condition(virtual, B).reading.at_s
        lamp.read_back = forever  # no answer, and no failure yet either
        oldest_s = 0.0
        while partners.possible(B) is not None:
            oldest_s = clock.mono_s() - last_s
            await asyncio.sleep(0.05)
        assert oldest_s <= 3 * POLL_IDLE_S + PLC.step_deadline_ms / 1000


async def forever(_: float):
    await asyncio.sleep(3_600)


async def test_heads_of_an_open_order_are_read_every_second_and_idle_ones_every_ten():
    async with virtual_room(SITE) as virtual:
        await lock(virtual, B, Aspect.CLOSED)
        await asyncio.sleep(5)
        ages = {A: [], B: [], C: []}
        for _ in range(400):
            await asyncio.sleep(0.1)
            for device, row in ages.items():
                row.append(virtual.room.clock.mono_s() - condition(virtual, device).reading.at_s)
        assert max(ages[A]) <= POLL_WANTED_S + 0.1, "raised by the interlock, so it is part of the order"
        assert max(ages[B]) <= POLL_WANTED_S + 0.1
        assert 8 < max(ages[C]) <= POLL_IDLE_S + 0.1


async def test_the_step_of_a_release_says_what_it_waits_for():
    """A release goes on without proof of a dead head; whoever must not open beside that head still waits."""
    dead, waits = "H9500-1", "H9000-2"
    site = with_rules(SITE, rule("pair", {waits: "open", dead: "closed"}))
    async with virtual_room(site) as virtual:
        incident = await virtual.press(crash(9_700))
        assert virtual.shows(waits) is not Aspect.OPEN
        virtual.lamps[dead].dead = True
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: dead in incident.release.waits_for, within_s=60)
        await virtual.commands.clear(
            incident.id, virtual.key(), reason="seen by patrol", without_proof=[dead]
        )
        await virtual.until(lambda: waits in incident.release.waits_for, within_s=60)
        said = f"waits for {dead} (unknown): interlock pair"
        assert incident.release.waits_for[waits] == said
        assert (incident.clear_window.steps[waits].state, incident.clear_window.steps[waits].reason) == (
            StepState.QUEUED,
            said,
        )
        assert virtual.shows(waits) is not Aspect.OPEN
        journalled = [r.body for r in virtual.store.records if r.kind == "step" and r.body["device"] == waits]
        assert (journalled[-1]["state"], journalled[-1]["reason"]) == ("queued", said)
        virtual.lamps[dead].dead = False
        await virtual.until(lambda: not incident.state.open, within_s=60)
        assert (virtual.shows(dead), virtual.shows(waits)) == (Aspect.OPEN, Aspect.OPEN)


# Property ------------------------------------------------------------------------------------------------


class Judge(Lamp):
    """A lamp that looks at the whole road whenever it is sent something milder."""

    def __init__(self, value: Value, device: str, road_: dict[str, "Judge"], site: Site) -> None:
        super().__init__(value)
        self.device, self.road, self.site = device, road_, site
        self.broke: list[str] = []
        self.released = 0

    async def drive(self, order, on_acked):
        falls = strictness(order.value) < strictness(self.value)
        if falls and not self.dead:
            self.released += 1
            for interlock in self.site.interlocks_of.get(self.device, ()):
                if words(self.site, self.device, order.value) & interlock.never[self.device] and all(
                    self.road[d].may_show(named) for d, named in interlock.never.items() if d != self.device
                ):
                    self.broke.append(f"{interlock.id}: {self.device} {self.value} -> {order.value}")
        return await super().drive(order, on_acked)

    def may_show(self, named: frozenset[str]) -> bool:
        """Whether it shows one of these, or was told to last and may show it in a moment."""
        last = self.orders[-1:]
        return any(words(self.site, self.device, value) & named for value in (self.value, *last))


@pytest.mark.parametrize("seed", range(24))
async def test_no_release_ever_leaves_while_a_partner_may_conflict(seed):
    rng = Random(seed)
    site = polled(road(lanes=2, gantries=(8_500, 9_000, 9_500)))
    site = with_rules(site, *drawn_rules(rng, site, 8, of=(DeviceType.HEAD,)))
    judges: dict[str, Judge] = {}
    judges |= {d.id: Judge(Aspect.OPEN, d.id, judges, site) for d in site.devices.values()}
    async with virtual_room(site, judges) as virtual:
        heads = sorted(site.devices)
        for _ in range(24):
            head = rng.choice(heads)
            lamp = judges[head]
            match rng.randrange(6):
                case 0 | 1 if head not in virtual.room.book.locks:
                    value = rng.choice((Aspect.CAUTION, Aspect.CLOSED_AHEAD, Aspect.CLOSED))
                    standing = virtual.room.states.get(head)
                    if standing is None or strictness(standing.value) <= strictness(value):
                        await lock(virtual, head, value)
                case 2 | 3 if head in virtual.room.book.locks:
                    await unlock(virtual, head)
                case 4:
                    lamp.delay_s = rng.choice((0.0, 0.3, 1.2))
                case _:
                    lamp.dead = not lamp.dead
            await asyncio.sleep(rng.choice((0.0, 0.02, 0.4, 3.0)))
        for lamp in judges.values():
            lamp.dead, lamp.delay_s = False, 0.0
        for head in tuple(virtual.room.book.locks):
            await unlock(virtual, head)
        await asyncio.sleep(120)
        assert [said for judge in judges.values() for said in judge.broke] == []
        held = {d for d in heads if condition(virtual, d).verdict is Look.HELD}
        alone = {d for d in held if not held & set(virtual.room.fleet.partners.waits_for(d))}
        assert alone == set(), "all is well and nothing is locked: only a circle may still wait"
