"""One device's loop: drive what is shown to what is desired, and keep it there (design 3, "Pass").

Level-triggered: a wake says "look", never what changed. It knows its device and nobody else.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from controller.fleet.account import account_of
from controller.fleet.desk import Condition, Desk
from controller.fleet.look import SETTLE_POLL_MAX_MS, Look, Target, Written, look
from controller.incident import StepState
from devices.clock import Clock
from devices.driver import Driver, Reading
from devices.errors import DeviceError, DeviceRejected, DeviceUnreachable
from devices.explain import Point
from devices.failpoints import failpoint
from devices.models import ModbusModel, MqttModel

POLL_WANTED_S = 1.0
POLL_IDLE_S = 10.0
BACKOFF_WANTED_S = (0.25, 0.5, 0.9)
"""Pauses between attempts while an incident wants the device; ± 25 %, so never above 1.2 s (P3)."""
BACKOFF_IDLE_S = (1.0, 5.0, 30.0)
REFUSED_WANTED_S, REFUSED_IDLE_S = 10.0, 30.0
"""A refusal is told again so much later: a bit turned over on the wire looks like a wrong site file."""
STALE_INTERVALS = 3
DRIFT_CALM_S = 10.0
_STANDS = frozenset({Look.VERIFIED, Look.ACKED, Look.AT_REST})
ALARM_FAILURES = 2
"""One lost exchange is tried again at once and is no alarm."""


class Reconciler:
    """Drives one device. `set_target` may be called at any time; `run` is its supervised task.

    Args:
        phase_s: shifts the polling grid, so that devices of one link are read in one frame and
            links take turns.
    """

    def __init__(
        self,
        device: str,
        model: ModbusModel | MqttModel,
        driver: Driver,
        desk: Desk,
        clock: Clock,
        target: Target,
        phase_s: float = 0.0,
    ) -> None:
        self.device = device
        self.condition = Condition(since_ms=clock.wall_ms())
        self._model = model
        self._driver = driver
        self._desk = desk
        self._clock = clock
        self._phase_s = phase_s
        self._deadline_s = model.step_deadline_ms / 1000
        self._report_s = model.report_s if isinstance(model, MqttModel) else None
        self._target = target
        self._revision = 0
        self._written = Written()
        self._poll_s = 0.0
        self._backoff = 0
        self._wake = asyncio.Event()
        self._scope: asyncio.Timeout | None = None
        self._refresh_s = -math.inf
        self._said: tuple[object, ...] = ()
        self._turned_s = self._lagging_s = self._calm_s = -math.inf
        self._drifts = 0
        self.watched = False
        """Set by others: it is read as often as while an incident wants it."""
        driver.watch(self._wake.set)

    @property
    def _pressing(self) -> bool:
        """Whether somebody waits for it: an incident, a lock, a release, or a partner of an interlock."""
        return self._target.wanted or self._target.awaited or self.watched

    @property
    def settled(self) -> bool:
        """Whether the lamps can no longer be following an order before the newest one."""
        return self._clock.mono_s() >= self._lagging_s

    @property
    def target(self) -> Target:
        """What it is driving towards."""
        return self._target

    def set_target(self, target: Target) -> None:
        """Take a new desired revision: written at once, whatever is under way (never awaits)."""
        self._target = target
        self._calm_s, self._drifts = -math.inf, 0
        self._lagging_s = self._turned_s + self._deadline_s
        self._revision += 1
        self._written = Written()
        self.condition.verdict, self.condition.reason = Look.WRITE, ""
        self._backoff = 0
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(0.0)  # ends the exchange under way; `_exchange` sees why
        self._wake.set()

    def amend_target(self, target: Target) -> None:
        """Take a target of the same value (another reason, its permit used up); nothing is written."""
        self._target = replace(target, prove=self._target.prove)

    def retry(self) -> None:
        """Look again now: what made the last order fail has been mended."""
        self._backoff = 0
        self._wake.set()

    def crashed(self, reason: str) -> None:
        """Say that the device is unknown because its task fell over; `run` is started again later."""
        self.condition.reachable, self.condition.reading = False, None
        self.condition.reason = reason
        self._said = ()
        self._written = Written()
        self._desk.step(self.device, StepState.UNREACHABLE, reason)
        self._desk.looked(self.device, self.condition.verdict, True)

    async def probe(self) -> tuple[Reading, list[Point]]:
        """Read the device now, past everything that is held of it, with every bit explained.

        Raises:
            DeviceError: it cannot be read. NotImplementedError: its driver explains nothing.
        """
        probe = getattr(self._driver, "probe", None)
        if probe is None:
            raise NotImplementedError
        async with asyncio.timeout(self._deadline_s + (self._report_s or 0.0)):
            found: tuple[Reading, list[Point]] = await probe()
            return found

    def refresh(self, newer_than_s: float) -> None:
        """Ask for a reading made after that loop time, for a release that needs fresh ones (S6)."""
        self._refresh_s = max(self._refresh_s, newer_than_s)
        self._wake.set()

    def fresh(self, within_s: float) -> bool:
        """Return whether the device answers and a live reading at most `within_s` old is held."""
        if not self._driver.asks:
            self._collect()
        reading = self.condition.reading
        return (
            self.condition.reachable is True
            and reading is not None
            and reading.live
            and self._clock.mono_s() - reading.at_s <= within_s
        )

    def known(self) -> bool:
        """Return whether what it shows is known: it answers, and not three intervals ago (S9)."""
        if not self._driver.asks:
            self._collect()
        reading = self.condition.reading
        answers = self.condition.reachable is not False
        return answers and reading is not None and self._clock.mono_s() - reading.at_s <= self._stale_s()

    async def run(self) -> None:
        """Look, act, wait; for ever."""
        while True:
            revision = self._revision
            match self._look():
                case Look.HELD:
                    await self._rest(revision)
                case Look.WRITE if self._clock.mono_s() < self._calm_s:
                    await self._pause(self._calm_s)
                case Look.WRITE:
                    await self._exchange(self._write, self._deadline_s)
                case Look.READ:
                    await self._exchange(
                        self._read, self._deadline_s if self._driver.asks else self._stale_s()
                    )
                case Look.SETTLING:
                    self._poll_s = min(self._poll_s * 2, SETTLE_POLL_MAX_MS / 1000)
                    await self._settle(revision)
                case _:
                    await self._rest(revision)

    def _look(self) -> Look:
        now_s = self._clock.mono_s()
        condition = self.condition
        if not self._driver.asks:
            self._collect()
        reading = condition.reading
        if reading is not None and now_s - reading.at_s > self._stale_s():
            reading = None  # older than three intervals is UNKNOWN (S9)
        verdict = self._judge(reading, now_s)
        if condition.reachable is False and verdict in _STANDS:
            verdict = Look.READ  # the last reading before it was lost proves nothing now (T1)
        before = condition.verdict
        unshown = verdict in (Look.SETTLING, Look.WRITE, Look.MISMATCH)
        if (before in (Look.VERIFIED, Look.ACKED) and unshown and self._written.count) or (
            before in (Look.LOCAL, Look.FAULT) and verdict is not before
        ):
            # Drift, or the device has been given back to us: what was written no longer counts.
            self._drifted(now_s)
            self._written = Written()
            verdict = self._judge(reading, now_s)
        waits = ""
        # From here to the bytes of the order nothing is awaited: what is decided now is what leaves (S9).
        if verdict is Look.WRITE and self._target.value is not None:
            waits = self._desk.held_back(self.device, self._target.value)
        verdict = Look.HELD if waits else verdict
        self._note(verdict, waits)
        return verdict

    def _drifted(self, now_s: float) -> None:
        """Mend the first drift at once, those right after a mend with pauses: two may be pulling (P3)."""
        self._drifts = self._drifts + 1 if now_s - self._written.at_s < DRIFT_CALM_S else 0
        if self._drifts:
            self._calm_s = now_s + BACKOFF_WANTED_S[min(self._drifts, len(BACKOFF_WANTED_S)) - 1]

    def _collect(self) -> None:
        """Take the newest report of a device that reports by itself."""
        condition, last = self.condition, self._driver.last()
        if last is None or last is condition.reading:
            return
        condition.reading = last
        if last.live:
            condition.reachable = condition.heard = True
            condition.failures = self._backoff = 0

    def _period_s(self) -> float:
        """Seconds between readings: its own reports, or our polls."""
        if self._report_s is not None:
            return self._report_s
        return POLL_WANTED_S if self._pressing else POLL_IDLE_S

    def _stale_s(self) -> float:
        return self._period_s() * STALE_INTERVALS + self._deadline_s

    def _judge(self, reading: Reading | None, now_s: float) -> Look:
        return look(
            self._target,
            reading,
            self._written,
            proof=self._model.proof,
            step_deadline_s=self._deadline_s,
            now_s=now_s,
        )

    def _note(self, verdict: Look, waits: str) -> None:
        condition = self.condition
        if condition.verdict is not verdict:
            condition.since_ms = self._clock.wall_ms()
        first = condition.verdict is not verdict or self._said[:1] != (self._revision,)
        reason_before = condition.reason
        condition.verdict = verdict
        reading = condition.reading
        account = account_of(verdict, reading, self._written, waits)
        if account.reason is not None:
            condition.reason = account.reason
        if verdict is Look.VERIFIED and first and reading is not None:
            condition.round_trip_ms = round((reading.at_s - self._written.at_s) * 1000)
        if account.step is not None and (first or condition.reason != reason_before):
            self._desk.step(self.device, account.step, condition.reason)
        shown = (reading.value, reading.local, reading.fault) if reading is not None else None
        said = (self._revision, verdict, condition.reason, shown, condition.reachable)
        changed, self._said = said != self._said, said
        if verdict in _STANDS and self.settled and (condition.unproved or not condition.ours):
            changed = changed or bool(condition.unproved)
            condition.unproved.clear()
            condition.ours = set() if self._target.value is None else {self._target.value}
        self._desk.looked(self.device, verdict, changed)

    async def _exchange(self, act: Callable[[], Awaitable[Reading]], limit_s: float) -> None:
        """Do one wire exchange under a deadline; a new target ends it early; a failure pauses (P3)."""
        revision, confirmed = self._revision, self._written.cmd_id
        try:
            async with asyncio.timeout(limit_s) as scope:
                self._scope = scope
                try:
                    reading = await act()
                finally:
                    self._scope = None
        except TimeoutError:
            if revision == self._revision:
                await self._failed(StepState.TIMEOUT, f"no answer within {limit_s:g} s")
        except DeviceRejected as refusal:
            if revision != self._revision:
                return
            if act == self._write and self._written.cmd_id == confirmed:
                await self._refused(refusal)
            else:  # a refused read leaves it unknown (S9); asking again orders nothing
                await self._failed(StepState.REJECTED, refusal.reason)
        except DeviceError as err:
            if revision == self._revision:
                lost = err.shared if isinstance(err, DeviceUnreachable) else ""
                await self._failed(StepState.UNREACHABLE, err.reason, lost)
        else:
            if self.condition.reachable is False and self.condition.verdict in (Look.READ, Look.MISMATCH):
                self._written = Written()  # it was away and is back: drive it anew (P3)
            failpoint("after_read_back")
            self.condition.reading = reading
            self.condition.reachable = self.condition.heard = True
            self.condition.failures = self._backoff = 0

    async def _write(self) -> Reading:
        revision, target = self._revision, self._target
        assert target.value is not None
        order = self._desk.new_order(self.device, target, self._deadline_s)
        if self.condition.commanded != target.value:
            self._turned_s = self._clock.mono_s()
        self.condition.commanded = target.value
        self.condition.unproved.add(target.value)
        self.condition.ours.add(target.value)
        self.condition.commanded_at_ms = order.issued_at_ms
        self._poll_s = self._model.settle_poll_ms / 2000
        sent = Written(self._written.count + 1, self._clock.mono_s(), order.cmd_id)
        failpoint("before_send")
        self._desk.step(self.device, StepState.SENT, "")

        def acked() -> None:
            if revision == self._revision and self._written.cmd_id != order.cmd_id:
                failpoint("before_ack")
                self._written = sent
                self._desk.step(self.device, StepState.ACKED, "")
                failpoint("after_ack")

        # Not before the link has had a turn: by then the bytes are on their way.
        asyncio.get_running_loop().call_later(0, failpoint, "after_send")
        reading = await self._driver.drive(order, acked)
        acked()
        return reading

    async def _read(self) -> Reading:
        failpoint("before_read_back")
        return await self._driver.read_back(self._clock.mono_s())

    async def _failed(self, state: StepState, reason: str, lost: str = "") -> None:
        condition = self.condition
        moved = condition.lost != lost
        condition.reachable, condition.reason, condition.lost = False, reason, lost
        condition.failures += 1
        self._said = ()  # so that the next proof is said again
        self._desk.step(self.device, state, reason)
        self._desk.looked(self.device, condition.verdict, moved or condition.failures <= ALARM_FAILURES + 1)
        pauses = BACKOFF_WANTED_S if self._pressing else BACKOFF_IDLE_S
        pause_s = pauses[min(self._backoff, len(pauses) - 1)]
        self._backoff += 1
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, no secret
        await self._pause(self._clock.mono_s() + pause_s * jitter)

    async def _refused(self, refusal: DeviceRejected) -> None:
        self.condition.reachable = True
        self.condition.reason = refusal.reason
        if self._desk.refused(self.device, refusal) and self._backoff < 1:
            self._backoff += 1  # one more order at once, with the epoch or time the device asked for
            return
        self._written = Written()
        self.condition.verdict = Look.WRITE  # whatever it showed before, it does not do what it is told
        self._desk.step(self.device, StepState.REJECTED, refusal.reason)
        self._desk.looked(self.device, self.condition.verdict, True)
        # No retry of a refusal for long; the next change of anything, or a reading, may end it.
        until_s = self._clock.mono_s() + (REFUSED_WANTED_S if self._pressing else REFUSED_IDLE_S)
        revision = self._revision
        while not await self._pause(min(until_s, self._clock.mono_s() + self._period_s())):
            if self._clock.mono_s() >= until_s or revision != self._revision:
                return
            if self._driver.asks:
                await self._exchange(self._read, self._deadline_s)
            if self._look() is not Look.WRITE:
                return

    async def _settle(self, revision: int) -> None:
        until_s = self._written.at_s + self._deadline_s
        if not self._driver.asks:
            await self._pause(until_s)
            return
        await self._pause(min(self._clock.mono_s() + self._poll_s, until_s))
        if revision == self._revision:
            await self._exchange(self._read, self._deadline_s)

    async def _rest(self, revision: int) -> None:
        """Wait for the next look: a poll on the grid, a report, a wake; then have a newer reading."""
        now_s = self._clock.mono_s()
        reading = self.condition.reading
        read_s = reading.at_s if reading is not None else -math.inf
        if self._refresh_s > read_s:
            await self._freshen()
            return
        if not self._driver.asks:
            await self._pause(min(max(read_s, now_s - 1) + self._stale_s() + 0.001, self._lag_ends_s()))
            return
        period_s = self._period_s()
        grid_s = (math.floor((now_s - self._phase_s) / period_s) + 1) * period_s + self._phase_s
        await self._pause(min(grid_s, self._lag_ends_s()))
        if revision == self._revision:
            await self._exchange(self._read, self._deadline_s)

    def _lag_ends_s(self) -> float:
        """Return when to look again because what was ordered before, or a permit, counts no more (S11)."""
        lasting = self.condition.unproved or self._target.leaves
        return self._lagging_s + 0.001 if lasting and not self.settled else math.inf

    async def _freshen(self) -> None:
        refresh_s, self._refresh_s = self._refresh_s, -math.inf
        ours = self._target.value is not None and self.condition.verdict in (Look.VERIFIED, Look.AT_REST)
        if self._driver.asks or not ours:
            await self._exchange(lambda: self._driver.read_back(refresh_s), self._deadline_s)
        else:
            # It only reports after a command or every report_s: the same order again makes it report.
            await self._exchange(self._write, self._deadline_s)

    async def _pause(self, until_s: float) -> bool:
        """Sleep until loop time `until_s` or a wake; return whether it was a wake."""
        if not self._wake.is_set():
            try:
                async with asyncio.timeout_at(until_s):
                    await self._wake.wait()
            except TimeoutError:
                return False
        self._wake.clear()
        return True
