"""One Modbus TCP endpoint: the worker that batches requests, keeps the connection and serves dead units last.

Callers ask point by point; the worker takes all that is pending in a loop turn and sends what can share a
frame in one frame, one frame at a time. A unit that stayed silent is *suspect*: its requests wait behind
all others and the next thing sent to it is one read (T3). A new connection proves what it is before
anything else is sent on it (S10).
"""

import asyncio
import contextlib
import logging
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from devices.clock import Clock
from devices.errors import DeviceError, DeviceUnreachable
from devices.links import batching
from devices.links.backoff import Pace
from devices.links.batching import Span, Table, WriteTable
from devices.links.modbus_proof import connect
from devices.links.modbus_request import (
    DEVICE_FAILURE,
    LinkCounters,
    LinkState,
    Request,
    next_batch,
    rejection,
)
from devices.links.modbus_units import UnitHealth
from devices.links.modbus_wire import GATEWAY_CODES, LineLostError, ModbusWire, RefusedError
from devices.models.schema import Identity

_LOG = logging.getLogger(__name__)

SOON_S = 0.2
"""After a loss, requests wait for an attempt this near instead of failing; others fail at once."""
BUSY_TRIES = 5
BUSY_PAUSE_S = 0.05
BAD_POINT_S = 60.0
"""A point refused by itself shares no frame for this long, so its neighbours are not repeated each time."""

_ACCEPTED, _BUSY = 5, 6
_STOPPED = "link stopped"


class ModbusLink:
    """A Modbus TCP endpoint with one or more units behind it.

    Args:
        simulated: kind of the site; an endpoint of the other kind gets no request but the identity read.
        identity: which identification object tells a simulator, and what it says.
        request_timeout_s: how long one request may stay unanswered.
        units: every unit id the site has behind this endpoint.
        serial: the endpoint is a gateway to a shared line; named in the reasons people read.
    """

    def __init__(
        self,
        link_id: str,
        host: str,
        port: int,
        *,
        clock: Clock,
        simulated: bool,
        identity: Identity,
        request_timeout_s: float,
        units: tuple[int, ...],
        serial: bool = False,
    ) -> None:
        self.id = link_id
        self._host, self._port, self._where = host, port, f"{host}:{port}"
        self._unit_at = f"{self._where} {'(serial gateway) ' if serial else ''}unit"
        self._clock = clock
        self._simulated = simulated
        self._identity = identity
        self._timeout_s = request_timeout_s

        self._pending: list[Request] = []
        self._sending: list[Request] = []
        self._asked = 0
        self._wake = asyncio.Event()
        self._watchers: list[tuple[int | None, Callable[[], None]]] = []
        self._counts: Counter[str] = Counter()

        self._wire: ModbusWire | None = None
        self._since_s = clock.mono_s()
        self._down = DeviceUnreachable(f"{self._where}: not connected yet", shared=link_id)
        self._just_lost = False  # no attempt has failed since it was up
        self._pace = Pace()

        self._health = UnitHealth(units)
        self._probe_points: dict[int, tuple[Table, int]] = {}
        self._bad_points: dict[tuple[int, Table, int], float] = {}

    @property
    def state(self) -> LinkState:
        """Return what is known of the link now; no I/O."""
        return LinkState(
            up=self._wire is not None,
            since_s=self._since_s,
            reason="" if self._wire else self._down.reason,
            suspects={unit: suspect.reason for unit, suspect in self._health.suspects.items()},
            counters=LinkCounters(**self._counts),
        )

    def watch_up(self, wake: Callable[[], None], unit: int | None = None) -> None:
        """Have `wake()` called whenever the endpoint is connected and proved, or `unit` answers again.

        Args:
            wake: cheap, never raising, called in the loop.
            unit: None for every unit.
        """
        self._watchers.append((unit, wake))

    async def write(
        self, unit: int, table: WriteTable, address: int, values: tuple[int, ...], expires_at_s: float
    ) -> float:
        """Write a run of points, all of it in one frame; return the loop time of the reply.

        A cancelled caller's write is not sent if it was not on its way yet.

        Raises:
            DeviceUnreachable: no answer, no connection, or `expires_at_s` passed before it could be sent.
            DeviceRejected: refused; `code` is `exc-<n>`.
        """
        if not 1 <= len(values) <= batching.WRITE_LIMIT[table]:
            raise ValueError(f"{len(values)} points do not fit one {table} frame")
        _, at_s = await self._ask(Span(unit, table, address, len(values)), values, expires_at_s)
        return at_s

    async def read(
        self, unit: int, table: Table, address: int, count: int, max_gap: int = 0
    ) -> tuple[tuple[int, ...], float]:
        """Read a run of points; return them and the loop time of the reply.

        Args:
            max_gap: points nobody asked for that a frame shared with a neighbour may span.

        Raises:
            DeviceUnreachable: no answer or no connection. DeviceRejected: refused.
        """
        if not 1 <= count <= batching.READ_LIMIT[table]:
            raise ValueError(f"{count} points do not fit one {table} frame")
        return await self._ask(Span(unit, table, address, count, max_gap), None, math.inf)

    async def run(self) -> None:
        """Work until cancelled. However it ends, every waiting caller is told."""
        try:
            while True:
                # One turn for callers whose answer just came: their next requests share frames again.
                await asyncio.sleep(0)
                self._discard_late()
                until_s = await (self._step_down() if self._wire is None else self._step_up(self._wire))
                if until_s is not None:
                    await self._sleep(until_s)
        finally:
            self._lose(_STOPPED)
            self._fail(self._pending, self._down)

    async def _ask(
        self, span: Span, values: tuple[int, ...] | None, expires_at_s: float
    ) -> tuple[tuple[int, ...], float]:
        now = self._clock.mono_s()
        answer = asyncio.get_running_loop().create_future()
        request = Request(span, values, expires_at_s, now, self._asked, answer)
        if self._bad_points.get(request.key, -math.inf) > now:
            request.span = replace(span, alone=True)
        self._asked += 1
        self._pace.wanted(now)
        self._pending.append(request)
        self._wake.set()
        return await request.answer

    async def _sleep(self, until_s: float) -> None:
        delay_s = None if math.isinf(until_s) else until_s - self._clock.mono_s()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        self._wake.clear()

    def _discard_late(self) -> None:
        now = self._clock.mono_s()
        late = [r for r in self._pending if r.expires_at_s <= now]
        self._fail(late, DeviceUnreachable(f"{self._where}: order expired before it could be sent"))

    # One step: each returns when to look again, None for at once

    async def _step_up(self, wire: ModbusWire) -> float | None:
        if wire.lost:
            self._lose(wire.lost.reason, garbage=wire.lost.garbage)
            return None
        now = self._clock.mono_s()
        batch = next_batch(self._pending, lambda r: self._held(r, now))
        asked_s = {r.unit: r.asked_at_s for r in reversed(self._pending)}  # the oldest of each unit
        unit, probe_s = self._health.next_probe(asked_s, line_busy=batch is not None)
        if unit is not None and probe_s <= now:
            await self._probe(wire, unit)
        elif batch is not None:
            await self._send(wire, batch)
        else:
            return min((r.not_before_s for r in self._pending if r.not_before_s > now), default=probe_s)
        return None

    async def _step_down(self) -> float | None:
        now, due_s = self._clock.mono_s(), self._pace.due_s()
        if now >= due_s:
            await self._connect(now)
            return None
        if not (self._just_lost and due_s - now <= SOON_S):
            self._fail(self._pending, self._down)
        return due_s

    def _held(self, request: Request, now: float) -> bool:
        return request.unit in self._health.suspects or request.not_before_s > now

    # One frame

    async def _send(self, wire: ModbusWire, batch: list[Request]) -> None:
        unit, is_write = batch[0].unit, batch[0].values is not None
        self._pending = [r for r in self._pending if r not in batch]
        self._sending = batch
        left_s = min(r.expires_at_s for r in batch) - self._clock.mono_s()
        try:
            await (self._write if is_write else self._read)(wire, batch, min(self._timeout_s, left_s))
        except RefusedError as err:
            self._refused(batch, err.code)
        except TimeoutError:
            self._silent(unit, batch, is_write=is_write)
        except LineLostError as err:
            if is_write:
                # It may have arrived: what the unit shows is read before anything else is written (T3).
                self._suspect(unit, f"write unanswered, {err.reason}")
            self._lose(err.reason, garbage=err.garbage)
        self._sending = []

    async def _write(self, wire: ModbusWire, batch: list[Request], timeout_s: float) -> None:
        first = batch[0].span
        assert first.table in ("coil", "holding")
        values = [value for r in batch for value in (r.values or ())]
        self._counts["frames"] += 1
        self._health.wrote(first.unit, self._clock.mono_s())
        await wire.write(first.unit, first.table, first.address, values, timeout_s)
        self._health.wrote(first.unit, self._clock.mono_s())
        self._answered(first.unit)
        self._succeed(batch)

    async def _read(self, wire: ModbusWire, batch: list[Request], timeout_s: float) -> None:
        first = batch[0].span
        end = max(r.span.end for r in batch)
        self._counts["frames"] += 1
        values = await wire.read(first.unit, first.table, first.address, end - first.address, timeout_s)
        now = self._clock.mono_s()
        self._answered(first.unit)
        self._probe_points[first.unit] = (first.table, first.address)
        for request in batch:
            at = request.span.address - first.address
            request.succeed(values[at : at + request.span.count], now)

    def _refused(self, batch: list[Request], code: int) -> None:
        self._counts["exceptions"] += 1
        unit = batch[0].unit
        if code in GATEWAY_CODES:
            self._health.silence.clear()  # the gateway answers, so the connection is well
            self._suspect(unit, GATEWAY_CODES[code])
            self._give_up(unit, batch)
            return
        self._answered(unit)
        if code == _ACCEPTED and batch[0].values is not None:
            self._succeed(batch)  # it works on it; the read-back tells when it is done
        elif code in (_ACCEPTED, _BUSY):
            self._busy(batch)
        elif len(batch) > 1:
            # One bad point must not fail its neighbours: once more, each by itself.
            for request in batch:
                request.span = replace(request.span, alone=True)
                request.tries += 1
            self._put_back(batch)
        elif code == DEVICE_FAILURE and batch[0].tries == 0:
            batch[0].tries = 1
            self._put_back(batch)
        else:
            self._bad_points[batch[0].key] = self._clock.mono_s() + BAD_POINT_S
            self._fail(batch, rejection(f"{self._unit_at} {unit}", batch[0].span, code))

    def _busy(self, batch: list[Request]) -> None:
        tired = [r for r in batch if r.tries >= BUSY_TRIES]
        self._fail(tired, DeviceUnreachable(f"{self._unit_at} {batch[0].unit}: busy (exc-6)"))
        for request in batch:
            request.not_before_s = self._clock.mono_s() + BUSY_PAUSE_S * 2**request.tries
            request.tries += 1
        self._put_back([r for r in batch if r not in tired])

    def _put_back(self, batch: Sequence[Request]) -> None:
        self._pending = sorted([*self._pending, *batch], key=lambda r: r.order)

    # Units that do not answer

    async def _probe(self, wire: ModbusWire, unit: int) -> None:
        """Send one read to a suspect unit; its writes go on if it answers, else all its requests fail."""
        wanted = self._of(unit)
        reads = [r for r in wanted if r.values is None]
        await (self._send(wire, reads[:1]) if reads else self._probe_for_writes(wire, unit, wanted))
        self._health.probed(self._clock.mono_s())

    async def _probe_for_writes(self, wire: ModbusWire, unit: int, wanted: list[Request]) -> None:
        table, address = self._probe_points.get(unit, (wanted[0].span.table, wanted[0].span.address))
        self._counts["frames"] += 1
        try:
            await wire.read(unit, table, address, 1, self._timeout_s)
            self._answered(unit)
        except RefusedError as err:
            if err.code in GATEWAY_CODES:
                self._refused(wanted, err.code)
            else:
                self._counts["exceptions"] += 1
                self._answered(unit)
        except TimeoutError:
            self._silent(unit, [], is_write=False)
        except LineLostError as err:
            self._lose(err.reason, garbage=err.garbage)
            self._fail(wanted, self._down)

    def _of(self, unit: int) -> list[Request]:
        return [r for r in self._pending if r.unit == unit]

    def _give_up(self, unit: int, batch: Sequence[Request]) -> None:
        reason = f"{self._unit_at} {unit}: {self._health.suspects[unit].reason}"
        self._fail([*batch, *self._of(unit)], DeviceUnreachable(reason, shared=f"{self.id}/{unit}"))

    def _suspect(self, unit: int, reason: str) -> None:
        if self._health.suspect(unit, reason, self._clock.mono_s()):
            _LOG.warning("unit %d suspect: %s", unit, reason, extra={"link_id": self.id})

    def _answered(self, unit: int) -> None:
        self._pace.good()
        if self._health.answered(unit):
            _LOG.info("unit %d answers again", unit, extra={"link_id": self.id})
            for of_unit, wake in self._watchers:
                if of_unit in (None, unit):
                    wake()

    def _silent(self, unit: int, batch: list[Request], *, is_write: bool) -> None:
        self._counts["timeouts"] += 1
        self._suspect(unit, "write unanswered in time" if is_write else f"no answer in {self._timeout_s:g} s")
        self._give_up(unit, batch)
        if self._health.silent(unit) or is_write:
            self._lose("write unanswered" if is_write else "connected, but nothing answers")

    # The connection

    async def _connect(self, now: float) -> None:
        self._pace.attempt(now)
        wire = ModbusWire(self._host, self._port, self.id, self._wake.set)
        try:
            await connect(
                wire,
                self._where,
                self._health.by_trust(),
                simulated=self._simulated,
                identity=self._identity,
                timeout_s=self._timeout_s,
                on_silent=self._no_identity,
            )
        except DeviceUnreachable as err:
            err.shared = self.id
            self._counts["garbage"] += int(wire.lost is not None and wire.lost.garbage)
            if err.reason != self._down.reason:
                _LOG.warning("link down: %s", err.reason, extra={"link_id": self.id})
            self._down, self._just_lost = err, False
            self._fail(self._pending, err)
            return
        self._wire, self._since_s = wire, self._clock.mono_s()
        self._health.silence.clear()
        self._counts["reconnects"] += 1
        _LOG.info("link up: %s", self._where, extra={"link_id": self.id})
        for _, wake in self._watchers:
            wake()

    def _no_identity(self, unit: int, refusal: RefusedError | None) -> None:
        if refusal:
            self._counts["exceptions"] += 1
            self._suspect(unit, GATEWAY_CODES[refusal.code])
            return
        self._counts["timeouts"] += 1
        if self._simulated:  # a real device need not know the function
            self._suspect(unit, f"no answer in {self._timeout_s:g} s")

    def _lose(self, reason: str, *, garbage: bool = False) -> None:
        """Drop the connection; the next attempt is at once unless this one was as short-lived as the last."""
        self._counts["garbage"] += int(garbage)
        self._down = DeviceUnreachable(f"{self._where}: {reason}", shared=self.id)
        self._just_lost = True
        if self._wire:
            # What is not delivered yet must not arrive later (T3).
            self._wire.close(abandon=bool(self._sending or self._health.silence))
            self._wire, self._since_s = None, self._clock.mono_s()
            level = logging.INFO if reason == _STOPPED else logging.WARNING
            _LOG.log(level, "link down: %s", self._down.reason, extra={"link_id": self.id})
        self._fail(self._sending, self._down)

    def _succeed(self, writes: Sequence[Request]) -> None:
        for request in writes:
            request.succeed((), self._clock.mono_s())

    def _fail(self, requests: Sequence[Request], error: DeviceError) -> None:
        for request in requests:
            request.fail(error)
        self._pending = [r for r in self._pending if not r.answer.done()]
