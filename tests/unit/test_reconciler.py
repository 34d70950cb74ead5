"""One device's loop under virtual time: assert what the lamps show, not which calls were made."""

import asyncio
import contextlib

import pytest

from controller.fleet.look import Look, Target
from controller.fleet.reconciler import Reconciler
from controller.incident import StepState
from devices.driver import Order, Reading
from devices.errors import DeviceRejected, DeviceUnreachable
from devices.models import load_models
from devices.values import Aspect

pytestmark = pytest.mark.looptime
MODEL = load_models()["plc-lane-light"]
CLOSED = Target(Aspect.CLOSED, wanted=True, incident_id="I-1")
BASE = Target(Aspect.OPEN, wanted=False)


class LoopClock:
    def mono_s(self):
        return asyncio.get_running_loop().time()

    def wall_ms(self):
        return int(self.mono_s() * 1000)


class Head:
    """A device in a few lines: lamps follow the register after a while; it can be away, stuck, local."""

    asks = True

    def __init__(self, lamps=Aspect.OPEN, lamp_delay_s=0.0):
        self.register = self.lamps = lamps
        self.lamp_delay_s = lamp_delay_s
        self.away = self.stuck = self.local = self.fault = False
        self.refuses = self.refuses_reads = None
        self.silent = False
        self.writes = []
        self._wakes = []

    async def _reach(self):
        await asyncio.sleep(0.01)
        if self.silent:
            await asyncio.sleep(3600)
        if self.away:
            raise DeviceUnreachable("connection refused")

    async def drive(self, order, on_acked):
        await self._reach()
        if self.refuses:
            raise DeviceRejected("illegal address", code=self.refuses)
        self.register = order.value
        self.writes.append(order.value)
        if not self.stuck:
            asyncio.get_running_loop().call_later(self.lamp_delay_s, self._light, order.value)
        on_acked()
        await asyncio.sleep(0.01)
        return self._reading()

    def _light(self, value):
        self.lamps = value

    async def read_back(self, newer_than_s):
        await self._reach()
        if self.refuses_reads:
            raise DeviceRejected("illegal address", code=self.refuses_reads)
        return self._reading()

    def _reading(self):
        now_s = asyncio.get_running_loop().time()
        return Reading(self.lamps, now_s, local=self.local, fault=self.fault)

    def watch(self, wake):
        self._wakes.append(wake)

    def last(self):
        return None

    def back(self):
        self.away = False
        for wake in self._wakes:
            wake()


class Desk:
    def __init__(self):
        self.seq = 0
        self.steps = []
        self.looks = []
        self.waits = ""
        self.reconciler = None

    def new_order(self, device, target, ttl_s):
        self.seq += 1
        now_s = asyncio.get_running_loop().time()
        return Order(target.value, 7, self.seq, "I-1", 0, 0, now_s + ttl_s)

    def held_back(self, device, value):
        return self.waits

    def step(self, device, state, reason):
        self.steps.append((state, reason))

    def looked(self, device, verdict, changed):
        self.looks.append(verdict)

    def refused(self, device, refusal):
        return refusal.code == "stale"


@contextlib.asynccontextmanager
async def reconciling(head, target=BASE, model=MODEL):
    desk = Desk()
    reconciler = Reconciler("LCS-1", model, head, desk, LoopClock(), target)
    desk.reconciler = reconciler
    task = asyncio.create_task(reconciler.run())
    try:
        yield reconciler, desk
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_new_target_is_written_at_once_and_proved():
    head = Head()
    async with reconciling(head) as (reconciler, desk):
        await asyncio.sleep(3.3)
        reconciler.set_target(CLOSED)
        await asyncio.sleep(0.05)
        assert head.lamps is Aspect.CLOSED
        assert [state for state, _ in desk.steps] == [StepState.SENT, StepState.ACKED, StepState.VERIFIED]


async def test_nothing_is_written_at_rest():
    head = Head()
    async with reconciling(head) as (reconciler, _):
        await asyncio.sleep(60)
        assert head.writes == []
        assert reconciler.condition.verdict is Look.AT_REST


async def test_a_head_lost_for_a_minute_shows_the_closure_when_it_returns():
    head = Head()
    head.away = True
    async with reconciling(head) as (reconciler, desk):
        reconciler.set_target(CLOSED)
        await asyncio.sleep(60)
        assert (StepState.UNREACHABLE, "connection refused") in desk.steps
        head.away = False  # no wake: found by the back-off alone
        await asyncio.sleep(1.3)
        assert head.lamps is Aspect.CLOSED
        assert desk.steps[-1] == (StepState.VERIFIED, "")


async def test_attempts_never_spin():
    head = Head()
    head.away = True
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(60)
        assert 40 <= desk.seq <= 110


async def test_an_idle_device_that_is_away_is_asked_rarely_and_found_at_once_by_a_wake():
    head = Head()
    head.away = True
    async with reconciling(head) as (reconciler, desk):
        await asyncio.sleep(300)
        assert len(desk.looks) < 60
        head.back()
        await asyncio.sleep(0.1)
        assert reconciler.condition.verdict is Look.AT_REST


async def test_a_new_target_interrupts_an_exchange_under_way():
    head = Head()
    head.silent = True
    async with reconciling(head, CLOSED) as (reconciler, _):
        await asyncio.sleep(0.5)
        head.silent = False
        reconciler.set_target(Target(Aspect.CLOSED, wanted=True, incident_id="I-2"))
        await asyncio.sleep(0.05)
        assert head.lamps is Aspect.CLOSED


async def test_slow_lamps_are_polled_until_they_show_it():
    head = Head(lamp_delay_s=1.2)
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(1.1)
        assert StepState.VERIFIED not in [s for s, _ in desk.steps]
        await asyncio.sleep(0.7)
        assert desk.steps[-1] == (StepState.VERIFIED, "")
        assert head.writes == [Aspect.CLOSED]


async def test_a_stuck_lamp_is_written_three_times_and_named():
    head = Head()
    head.stuck = True
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(60)
        assert len(head.writes) == 3
        state, reason = desk.steps[-1]
        assert state is StepState.MISMATCH
        assert "open" in reason


async def test_drift_is_driven_back_every_time():
    head = Head()
    async with reconciling(head, CLOSED):
        for _ in range(5):
            await asyncio.sleep(2)
            assert head.lamps is Aspect.CLOSED
            head.lamps = Aspect.DARK
        await asyncio.sleep(2)
        assert head.lamps is Aspect.CLOSED


async def test_a_device_in_local_mode_is_not_written_until_given_back():
    head = Head()
    head.local = True
    async with reconciling(head) as (reconciler, desk):
        await asyncio.sleep(1)
        reconciler.set_target(CLOSED)
        await asyncio.sleep(30)
        assert head.writes == []
        assert desk.steps[-1][0] is StepState.SKIPPED
        head.local = False
        await asyncio.sleep(2)
        assert head.lamps is Aspect.CLOSED


async def test_a_found_closure_is_not_opened():
    head = Head(Aspect.CLOSED)
    async with reconciling(head) as (reconciler, desk):
        await asyncio.sleep(30)
        assert head.lamps is Aspect.CLOSED
        assert head.writes == []
        assert reconciler.condition.verdict is Look.ADOPT
        assert Look.ADOPT in desk.looks


async def test_an_ordered_release_opens_it_and_a_later_closure_by_hand_stays():
    head = Head(Aspect.CLOSED)
    order = Target(Aspect.OPEN, wanted=False, leaves=(Aspect.CLOSED,))
    async with reconciling(head) as (reconciler, desk):
        await asyncio.sleep(1)
        reconciler.set_target(order)
        await asyncio.sleep(0.1)
        assert head.lamps is Aspect.OPEN
        assert desk.steps[-1] == (StepState.VERIFIED, "")
        reconciler.amend_target(BASE)  # the permit is used up
        head.lamps = Aspect.CLOSED
        await asyncio.sleep(30)
        assert head.lamps is Aspect.CLOSED


async def test_a_permit_is_used_up_as_soon_as_the_lamps_can_follow_nothing_older():
    head = Head()
    async with reconciling(head, CLOSED) as (reconciler, desk):
        await asyncio.sleep(0.5)

        def looked(device, verdict, changed):
            if verdict is Look.VERIFIED and reconciler.settled:
                reconciler.amend_target(BASE)

        desk.looked = looked
        reconciler.set_target(Target(Aspect.OPEN, wanted=False, leaves=(Aspect.CLOSED,)))
        await asyncio.sleep(MODEL.step_deadline_ms / 1000)
        head.lamps = Aspect.CLOSED  # by hand, long before the next idle poll
        await asyncio.sleep(30)
        assert head.lamps is Aspect.CLOSED
        assert reconciler.condition.verdict is Look.ADOPT


async def test_a_refusal_is_not_repeated_at_once():
    head = Head()
    head.refuses = "exc-2"
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(9)
        assert desk.seq == 1
        assert desk.steps[-1] == (StepState.REJECTED, "illegal address")
        await asyncio.sleep(51)
        assert desk.seq <= 6


async def test_a_refusal_that_a_bad_wire_made_is_over_ten_seconds_later():
    head = Head()
    head.refuses = "exc-3"
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(1)
        head.refuses = None
        await asyncio.sleep(11)
        assert head.lamps is Aspect.CLOSED
        assert desk.steps[-1] == (StepState.VERIFIED, "")


async def test_at_rest_a_refusal_is_told_again_twice_a_minute_at_most():
    head = Head()
    head.refuses = "exc-2"
    async with reconciling(head, Target(Aspect.OPEN, wanted=False, prove=True)) as (_, desk):
        await asyncio.sleep(25)
        assert desk.seq == 1


async def test_a_stale_refusal_is_ordered_again_once_at_once():
    head = Head()
    head.refuses = "stale"
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(9)
        assert desk.seq == 2


async def test_a_fault_flag_is_never_verified_and_is_driven_again_when_gone():
    head = Head()
    head.fault = True
    async with reconciling(head, CLOSED) as (_, desk):
        await asyncio.sleep(10)
        assert StepState.VERIFIED not in [s for s, _ in desk.steps]
        head.fault = False
        await asyncio.sleep(2)
        assert desk.steps[-1] == (StepState.VERIFIED, "")


async def test_a_wanted_head_is_read_every_second():
    head = Head()
    async with reconciling(head, CLOSED) as (reconciler, _):
        await asyncio.sleep(35.4)  # far from the ten-second polls of an idle head
        reading = reconciler.condition.reading
        assert asyncio.get_running_loop().time() - reading.at_s < 1.1


class Reporter(Head):
    """A head that reports by itself and cannot be asked; `silent` it neither reports nor answers."""

    asks = False

    def __init__(self):
        super().__init__()
        self.held = None

    async def drive(self, order, on_acked):
        self.held = await super().drive(order, on_acked)
        return self.held

    def last(self):
        return self.held


async def test_a_head_that_reports_no_more_is_unknown():
    head = Reporter()
    async with reconciling(head, CLOSED, load_models()["native-mqtt"]) as (reconciler, _):
        await asyncio.sleep(2)
        assert reconciler.condition.verdict is Look.VERIFIED
        head.silent = True
        await asyncio.sleep(60)
        assert reconciler.condition.verdict is not Look.VERIFIED
        assert not reconciler.known()


async def test_refresh_gives_a_new_reading_at_once():
    head = Head()
    async with reconciling(head) as (reconciler, _):
        await asyncio.sleep(14.9)
        asked_s = asyncio.get_running_loop().time()
        assert not reconciler.fresh(3.0)
        reconciler.refresh(asked_s)
        await asyncio.sleep(0.05)
        assert reconciler.fresh(3.0)


async def test_a_head_whose_reads_are_refused_is_not_verified_and_is_asked_again():
    head = Head()
    async with reconciling(head, CLOSED) as (reconciler, desk):
        await asyncio.sleep(2)
        assert reconciler.condition.verdict is Look.VERIFIED
        head.refuses_reads = "exc-2"
        head.lamps = Aspect.OPEN
        await asyncio.sleep(3)
        assert reconciler.condition.reachable is False
        assert desk.steps[-1] == (StepState.REJECTED, "illegal address")
        head.refuses_reads = None
        await asyncio.sleep(3)
        assert head.lamps is Aspect.CLOSED
        assert reconciler.condition.verdict is Look.VERIFIED


async def test_a_head_that_refuses_a_drift_to_be_mended_is_not_verified():
    head = Head()
    async with reconciling(head, CLOSED) as (reconciler, _):
        await asyncio.sleep(2)
        head.refuses = "exc-2"
        head.lamps = Aspect.OPEN
        await asyncio.sleep(5)
        assert reconciler.condition.verdict is Look.WRITE
        assert reconciler.condition.reason == "illegal address"
        assert reconciler.known()
        head.local = True
        await asyncio.sleep(2)
        assert reconciler.condition.verdict is Look.LOCAL
        head.local = False
        head.refuses = None
        await asyncio.sleep(60)
        assert head.lamps is Aspect.CLOSED


async def test_a_head_that_falls_back_after_every_write_is_not_written_without_end():
    head = Head()
    async with reconciling(head, CLOSED) as (reconciler, _):
        await asyncio.sleep(20)
        written = len(head.writes)
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if head.lamps is Aspect.CLOSED and reconciler.condition.verdict is Look.VERIFIED:
                head.lamps = Aspect.OPEN
                reconciler.retry()
                reconciler.refresh(asyncio.get_running_loop().time())
        assert 8 < len(head.writes) - written < 20


async def test_a_release_that_is_held_back_is_not_written_but_read_and_goes_when_it_is_woken():
    head = Head(Aspect.CLOSED)
    opens = Target(Aspect.OPEN, wanted=False, leaves=(Aspect.CLOSED,))
    async with reconciling(head, CLOSED) as (reconciler, desk):
        await asyncio.sleep(1)
        desk.waits = "waits for LCS-2 (unknown): interlock x"
        reconciler.set_target(opens)
        await asyncio.sleep(60)
        assert head.lamps is Aspect.CLOSED
        assert (reconciler.condition.verdict, reconciler.condition.reason) == (Look.HELD, desk.waits)
        assert desk.steps[-1] == (StepState.QUEUED, desk.waits)
        assert desk.looks.count(Look.HELD) < 70, "it looks when it is woken or has been read, and never spins"
        assert reconciler.known()
        desk.waits = ""
        reconciler.retry()
        await asyncio.sleep(0.05)
        assert head.lamps is Aspect.OPEN
        assert desk.steps[-1] == (StepState.VERIFIED, "")


async def test_what_was_ordered_counts_until_the_lamps_are_proved_and_can_follow_nothing_older():
    head = Head(lamp_delay_s=1.0)
    async with reconciling(head, CLOSED) as (reconciler, _):
        await asyncio.sleep(0.5)
        assert reconciler.condition.unproved == {Aspect.CLOSED}
        reconciler.set_target(Target(Aspect.CAUTION, wanted=True, leaves=(Aspect.CLOSED,)))
        await asyncio.sleep(0.1)
        assert reconciler.condition.unproved == {Aspect.CLOSED, Aspect.CAUTION}
        await asyncio.sleep(5)
        assert reconciler.condition.verdict is Look.VERIFIED
        assert reconciler.condition.unproved == set()
