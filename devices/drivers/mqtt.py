"""Drives one device that reports by itself over MQTT, by its model's topics, template and JSON paths.

Alone in knowing which of the device's words may be credited to which order (T1, T4).
"""

import asyncio
import logging
import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from devices.clock import Clock
from devices.driver import Fitting, Order, Reading
from devices.errors import DeviceRejected, DeviceUnreachable
from devices.explain import Point
from devices.json_paths import BadPayloadError
from devices.models import MqttModel
from devices.mqtt_payloads import Ack, State, check_template, command_payload, read_ack, read_state, topics_of
from devices.mqtt_topics_link import MqttTopicsLink
from devices.value_forms import OwnForm, ValueForm
from devices.values import DeviceType

PROTOCOL = "mqtt"

OFFLINE: Final = "offline (last will)"
SILENT_REPORTS: Final = 3
"""Missed reports after which the next one counts as a return."""
CLOCK_MOVED_MS: Final = 400
CLOCK_SAMPLES: Final = 3
"""A message that was delayed makes its sender's clock look slow; the best of so many is believed."""

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Sent:
    """One order on its way."""

    cmd_id: str
    sent_s: float
    on_acked: Callable[[], None]
    shown: "asyncio.Future[Reading]"
    acked: bool = False
    state: Reading | None = None

    def take_ack(self) -> None:
        if not self.acked:
            self.acked = True
            self.on_acked()


@dataclass(eq=False, slots=True)
class _Awaited:
    """One read-back somebody waits for."""

    newer_than_s: float
    reading: "asyncio.Future[Reading]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class MqttDriver:
    """See `devices.driver.Driver`; the device is named `name` on the wire and `device_id` in our records.

    Args:
        form: how its values stand in payloads; the product's own JSON where nothing is said.

    Attributes:
        asks: False: the device reports by itself and `last` answers a poll.
        counters: what was dropped or not credited, by reason; read by metrics.
    """

    asks: Final = False

    def __init__(
        self,
        device_id: str,
        device_type: DeviceType,
        model: MqttModel,
        site_id: str,
        name: str,
        link: MqttTopicsLink,
        clock: Clock,
        form: ValueForm | None = None,
    ) -> None:
        check_template(model)
        self.device_id = device_id
        self.counters: Counter[str] = Counter()
        self._offsets_ms: deque[int] = deque(maxlen=CLOCK_SAMPLES)
        self._told_offset_ms = 0
        self._form = form or OwnForm(device_type)
        self._model = model
        self._name = name
        self._link = link
        self._clock = clock
        self._topics = topics_of(model, site_id, name)
        self._watchers: list[Callable[[], None]] = []
        self._newest: Reading | None = None
        self._offline = self._lost = False
        self._sent: dict[str, _Sent] = {}
        self._proved_cmd_id = ""
        self._awaited: set[_Awaited] = set()
        at = self._topics
        link.subscribe(at.ack, self._on_ack, wire_filter=at.ack_filter)
        link.subscribe(at.state, self._on_state, wire_filter=at.state_filter)
        link.subscribe(at.availability, self._on_availability, wire_filter=at.availability_filter)
        link.watch_up(self._wake)
        link.watch_down(self._on_link_down)

    def watch(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called on a changed or returning report, a change of availability, the link up."""
        self._watchers.append(wake)

    @property
    def clock_offset_ms(self) -> int | None:
        """The device's clock minus ours by its newest live acks and states; None before there are enough."""
        return max(self._offsets_ms) if len(self._offsets_ms) == CLOCK_SAMPLES else None

    def last(self) -> Reading | None:
        """Return the newest report. Once the device's last will was heard, an older one proves nothing."""
        return self._newest

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        """Publish the order; return the first live state that shows it, acked before or by that state.

        Raises:
            DeviceUnreachable: link down, last will heard, wrong side of simulated | live, order expired.
            DeviceRejected: the device's nack, a value it cannot be told, or a command larger than it takes.
        """
        payload = command_payload(self._model, self._form, self._name, order)
        if len(payload) > (limit := self._model.max_payload_bytes):
            text = f"the command has {len(payload)} bytes, the device takes at most {limit}: nothing sent"
            raise DeviceRejected(text, code="too-large")
        await self._link.tried()
        self._need_reachable()
        await self._link.prove(self._name)
        # The rest up to the publish runs in one step: proof and reachability still hold when it leaves.
        self._need_reachable()
        now_s = self._clock.mono_s()
        if now_s >= order.expires_at_s:
            raise DeviceUnreachable("the order expired before it could be sent")
        sent = _Sent(order.cmd_id, now_s, on_acked, asyncio.get_running_loop().create_future())
        self._sent[order.cmd_id] = sent
        try:
            await self._link.publish(self._topics.command, payload, qos=1)
            return await sent.shown
        finally:
            if sent.shown.cancelled():  # the caller's deadline
                self._link.missed(self._topics.state, *([] if sent.acked else [self._topics.ack]))
            _spend(sent.shown)
            if self._sent.get(order.cmd_id) is sent:
                del self._sent[order.cmd_id]

    async def read_back(self, newer_than_s: float) -> Reading:
        """Return the newest live report if it came after `newer_than_s`, else wait for the next one.

        Raises:
            DeviceUnreachable: link down or last will heard, at once or while waiting.
        """
        await self._link.tried()
        self._need_reachable()
        newest = self._newest
        if newest is not None and newest.live and newest.at_s > newer_than_s:
            return newest
        awaited = _Awaited(newer_than_s)
        self._awaited.add(awaited)
        try:
            return await awaited.reading
        finally:
            if awaited.reading.cancelled():
                self._link.missed(self._topics.state)
            _spend(awaited.reading)
            self._awaited.discard(awaited)

    async def probe(self) -> tuple[Reading, list[Point]]:
        """Wait for the next live report and explain it; raises what `read_back` does."""
        reading = await self.read_back(-math.inf)
        age_s = self._clock.mono_s() - reading.at_s
        offset = self.clock_offset_ms
        rows = [
            Point("state topic", self._topics.state, f"live report, {age_s:.1f} s old"),
            Point("cmd_id", repr(reading.cmd_id), "the command it says it shows"),
            Point("local", str(reading.local), "somebody operates it at its panel"),
            Point("fault", str(reading.fault), "it says that it is faulty"),
            Point("fallback", str(reading.fallback), "it has lost its controller"),
            Point("clock", "unknown" if offset is None else f"{offset} ms", "its clock minus ours"),
        ]
        return reading, rows

    def _need_reachable(self) -> None:
        if not self._link.up:
            raise self._link_lost()
        if self._offline:
            raise DeviceUnreachable(OFFLINE)

    def _on_ack(self, payload: bytes, retained: bool, _at_s: float) -> None:
        try:
            ack = read_ack(self._model, self._name, payload)
        except BadPayloadError as err:
            self._drop("bad_ack", err)
            return
        if retained:
            self.counters["retained_ack"] += 1
            return
        self._note_clock(ack.at_ms)
        sent = self._sent.get(ack.cmd_id)
        if sent is None or sent.shown.done():
            late = ack.cmd_id == self._proved_cmd_id  # its state overtook it
            self._proved_cmd_id = "" if late else self._proved_cmd_id
            self.counters["late_ack" if late else "stray_ack"] += 1
        elif not ack.ok:
            sent.shown.set_exception(_refusal(ack))
        elif sent.acked:
            self.counters["duplicate_ack"] += 1
        else:
            sent.take_ack()
            self._settle(sent)

    def _on_state(self, payload: bytes, retained: bool, at_s: float) -> None:
        try:
            state = read_state(self._model, self._form, self._name, payload)
        except BadPayloadError as err:
            self._drop("bad_state", err)
            return
        reading = _reading(state, at_s, live=not retained)
        before = self._newest
        if retained:
            self.counters["retained_state"] += 1
            if before is not None and before.live and replace(reading, at_s=before.at_s, live=True) == before:
                return  # the broker repeats what the device told us itself
            self._newest = reading
            if before is None or _content(before) != _content(reading):
                self._wake()
            return
        self._note_clock(state.at_ms)
        reading = replace(reading, clock_offset_ms=self.clock_offset_ms)
        moved = self._clock_moved()
        self._newest, returned = reading, self._away() or self._was_silent(before, at_s)
        self._offline = self._lost = False
        credited = self._credit(reading)
        for awaited in self._awaited:
            if at_s > awaited.newer_than_s and not awaited.reading.done():
                awaited.reading.set_result(reading)
        if returned or moved or (not credited and (before is None or _content(before) != _content(reading))):
            self._wake()

    def _on_availability(self, payload: bytes, _retained: bool, _at_s: float) -> None:
        match payload:
            case b"online":
                returned, self._offline = self._away(), False
                if returned:
                    self._wake()
            case b"offline":
                if self._offline:
                    return
                self._offline = True
                self._link.disprove(self._name)
                if self._newest is not None:
                    self._newest = replace(self._newest, live=False, note=OFFLINE)
                self._fail(DeviceUnreachable(OFFLINE))
                self._wake()
            case _:
                self.counters["bad_availability"] += 1

    def _on_link_down(self) -> None:
        # Availability known from the lost connection is no knowledge; the broker repeats it on the next.
        self._offline, self._lost = False, True
        self._fail(self._link_lost())

    def _credit(self, reading: Reading) -> bool:
        """Give a live state to the order it proves, if there is one (T1, T4)."""
        if self._model.state.cmd_id is not None:
            sent = self._sent.get(reading.cmd_id or "")
            if sent is None:
                self.counters["other_state"] += bool(self._sent)
                return False
            sent.state = sent.state or reading
            if not sent.shown.done():
                if not sent.acked:
                    self._proved_cmd_id = sent.cmd_id
                sent.take_ack()  # it could not show a command it had not taken
                self._settle(sent)
            return True
        settle_s = self._model.settle_ms / 1000
        due = [s for s in self._sent.values() if reading.at_s - s.sent_s >= settle_s]
        for sent in due:
            sent.state = sent.state or reading
            self._settle(sent)
        return bool(due)

    def _settle(self, sent: _Sent) -> None:
        if sent.acked and sent.state is not None and not sent.shown.done():
            sent.shown.set_result(sent.state)

    def _away(self) -> bool:
        """Whether its next word is a return: it said that it goes, or its broker has been away since."""
        return self._offline or self._lost

    def _link_lost(self) -> DeviceUnreachable:
        return DeviceUnreachable(self._link.reason, shared=self._link.link_id)

    def _fail(self, error: DeviceUnreachable) -> None:
        for future in [s.shown for s in self._sent.values()] + [a.reading for a in self._awaited]:
            if not future.done():
                future.set_exception(DeviceUnreachable(error.reason, shared=error.shared))

    def _was_silent(self, before: Reading | None, at_s: float) -> bool:
        """Whether a live report at `at_s` ends a silence."""
        if before is None or not before.live:
            return True
        return at_s - before.at_s > SILENT_REPORTS * self._model.report_s

    def _note_clock(self, device_ms: int | None) -> None:
        if device_ms is not None:
            self._offsets_ms.append(device_ms - self._clock.wall_ms())

    def _clock_moved(self) -> bool:
        """Whether the clock is another than was told last; true once for each move."""
        offset_ms = self.clock_offset_ms
        moved = offset_ms is not None and abs(offset_ms - self._told_offset_ms) >= CLOCK_MOVED_MS
        if moved and offset_ms is not None:
            self._told_offset_ms = offset_ms
        return moved

    def _drop(self, what: str, err: BadPayloadError) -> None:
        self.counters[what] += 1
        if self.counters[what] == 1:
            _log.warning("%s: %s dropped, more are only counted: %s", self.device_id, what, err)

    def _wake(self) -> None:
        for wake in self._watchers:
            wake()


def _reading(state: State, at_s: float, *, live: bool) -> Reading:
    return Reading(
        value=state.value,
        at_s=at_s,
        local=state.mode == "local",
        fault=state.fault,
        fallback=state.mode == "fallback",
        cmd_id=state.cmd_id,
        live=live,
        note=state.note,
    )


def _content(reading: Reading) -> tuple[object, ...]:
    """What a report says, apart from when and how it came."""
    return reading.value, reading.local, reading.fault, reading.fallback, reading.cmd_id


def _spend(future: "asyncio.Future[Reading]") -> None:
    """End a future nobody will await again, so that an error set in it is not reported as overlooked."""
    if not future.cancel() and not future.cancelled():
        future.exception()


def _refusal(ack: Ack) -> DeviceRejected:
    text = f"the device refused: {ack.reason or 'no reason given'}"
    return DeviceRejected(text, code=ack.reason, applied=ack.applied, device_ms=ack.at_ms)


def make(fitting: Fitting, link: MqttTopicsLink, clock: Clock) -> MqttDriver:
    """Return the driver of one device with topics of its own."""
    name = fitting.address.name
    return MqttDriver(
        fitting.device_id,
        fitting.device_type,
        fitting.model,
        fitting.site_id,
        name,
        link,
        clock,
        fitting.form,
    )
