"""The MQTT face of a simulated device: a client of its own, with its own last will and reconnecting."""

import asyncio
import contextlib
import json
import logging
import socket
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import aiomqtt

from config.site import Link, MqttAddress
from devices.clock import Clock
from devices.glyphs import FontMissing
from devices.models import MqttModel
from devices.sign_bitmap import bitmap
from devices.sign_pictures import picture_to_json
from devices.values import Message
from simulators.behaviour import SimulatedDevice
from simulators.endpoints import Endpoint
from simulators.faults import LinkFaults
from simulators.loss import Loss
from simulators.native_envelope import VERSION, Applied, Refusal, Taken, judge
from simulators.shown import LitFaces, LitLamps, shown_to_json

_LOG = logging.getLogger("onekey.simulators")
_PAHO_LOG = logging.getLogger("onekey.simulators.paho")
_PAHO_LOG.setLevel(logging.CRITICAL)  # it prints a line per device and try while the broker is away
_NODELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
_BACK_OFF_S = (0.1, 0.2, 0.4, 0.8)
_ANSWER_S = 2.0
"""How long a broker may take for a connection or a PUBACK before the device gives the connection up."""
_KEEPALIVE_S = 10
_AT_ONCE = 40
"""Devices that seek the broker at the same time; a thousand at once would each wait too long for an answer,
give up, and come again."""
_REFUSED = 0x80
_LEAVE_S = 1.0
_CANCEL_AGAIN_S = 1.5
_MANY = 500
"""nats-server grants 1,000 QoS 1 subscriptions in all, and some must be left for controllers: hellos are
heard at QoS 0, and in larger fleets commands too (at most once over a standing connection loses nothing)."""
_ONLINE, _OFFLINE = b"online", b"offline"


class MqttDevice:
    """One device on a broker; holds what only this wire needs: connection and memory of commands."""

    def __init__(self, site_id: str, behaviour: SimulatedDevice, fleet: "MqttFleet", clock: Clock) -> None:
        """Take a native MQTT device.

        Raises:
            TypeError: its model or address is of another protocol.
        """
        device = behaviour.device
        if not isinstance(device.model, MqttModel) or not isinstance(device.address, MqttAddress):
            raise TypeError(f"{device.id}: not an MQTT device")
        self.behaviour = behaviour
        self.connected = False
        self.applied: Applied | None = None
        self.name = name = device.address.name
        self._model = device.model
        self._fleet = fleet
        self._clock = clock
        self._client_id = f"sim-{site_id}-{name}"
        topics = device.model.topics
        self._command, self._ack, self._state, self._availability = (
            topic.format(site=site_id, device=name)
            for topic in (topics.command, topics.ack, topics.state, topics.availability)
        )
        self._hellos = (f"onekey/{site_id}/hello", f"onekey/{site_id}/{name}/hello")
        self._identity = f"onekey/{site_id}/{name}/identity"
        self._client: aiomqtt.Client | None = None
        self._failures = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._delayed: set[asyncio.TimerHandle] = set()
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        # each device at its own moment, so that a thousand do not report or come back in one turn
        self._spread = zlib.crc32(self._client_id.encode()) / 2**32
        behaviour.on_report = self.report
        behaviour.on_faults = self.look_at_faults
        behaviour.on_reboot = self._lose_power

    async def run(self) -> None:
        """Be on the broker for ever, coming back ≤ 1 s after every loss; cancel to end, with last will."""
        while True:
            await self._may_connect.wait()
            try:
                await self._session()
            except aiomqtt.MqttError:
                pass  # no broker, or it went away: that is what the pause below is for
            except Exception:
                _LOG.exception("%s: the simulated device broke; it starts again", self.behaviour.device.id)
            finally:
                self.connected, self._client = False, None
                self._drop_pending()
            pause_s = _BACK_OFF_S[min(self._failures, len(_BACK_OFF_S) - 1)]
            self._failures += 1
            await asyncio.sleep(pause_s * (1 + self._spread / 4))

    def report(self) -> None:
        """Publish the state, retained, unless a fault keeps it in."""
        faults = self.behaviour.faults
        if faults.drop_state or faults.silent:
            return
        self._publish(
            self._state,
            {
                "v": VERSION,
                "device": self.name,
                "shown": self._told(),
                "cmd_id": self.behaviour.feedback.cmd_id,
                "epoch": self.applied.epoch if self.applied else 0,
                "seq": self.applied.seq if self.applied else 0,
                "mode": self.behaviour.mode.value,
                "fault": faults.fault,
                "at": self._now_ms(),
            },
            retain=True,
        )

    def _told(self) -> Any:
        """Return what the device says it shows; None where it cannot tell."""
        shown, shape = self.behaviour.feedback.shown, self.behaviour.device.shape
        if isinstance(shown, LitLamps | LitFaces):
            return None
        if self._model.sign_form == "pixels" and isinstance(shown, Message) and shape is not None:
            try:
                return picture_to_json(bitmap(shown.multi, shape, colour=shape.colour))
            except FontMissing:
                return None
        return shown_to_json(shown)

    def look_at_faults(self) -> None:
        """Leave or seek the broker as the faults of device and link say."""
        if self.behaviour.faults.offline or self._fleet.faults.down:
            self._may_connect.clear()
            self._cut()
        else:
            self._may_connect.set()

    def _lose_power(self) -> None:
        self.applied = None
        self._drop_pending()
        self._cut()

    def _cut(self) -> None:
        """End the connection without a word, so that the broker speaks the last will."""
        client, self._client = self._client, None
        self.connected = False
        if client is not None:
            _drop_socket(client)

    async def _session(self) -> None:
        client = aiomqtt.Client(
            self._fleet.endpoint.host,
            self._fleet.endpoint.port,
            identifier=self._client_id,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            timeout=_ANSWER_S,
            keepalive=_KEEPALIVE_S,
            max_inflight_messages=0,
            socket_options=_NODELAY,
            logger=_PAHO_LOG,
            will=aiomqtt.Will(self._availability, _OFFLINE, qos=1, retain=True),
        )
        async with contextlib.AsyncExitStack() as stack:
            door = contextlib.AsyncExitStack()
            stack.push_async_callback(door.aclose)
            await door.enter_async_context(self._fleet.door)
            try:
                await stack.enter_async_context(client)
            except BaseException:
                _drop_socket(client)  # aiomqtt leaves it open where the broker accepts but does not answer
                raise
            client.pending_calls_threshold = 1_000
            self._client = client
            reporter: asyncio.Task[None] | None = None
            try:
                qos = 1 if len(self._fleet.devices) <= _MANY else 0
                granted = await client.subscribe([(self._command, qos), *((t, 0) for t in self._hellos)])
                if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in granted):
                    raise aiomqtt.MqttError(f"{self._client_id}: the broker refused a subscription")
                await door.aclose()
                self.connected, self._failures = True, 0
                if not self._may_connect.is_set():  # a fault came while we were connecting
                    self._cut()
                self._publish(self._availability, _ONLINE, retain=True)
                self.report()
                reporter = asyncio.create_task(self._report_often(), name=f"mqtt reports {self.name}")
                async for message in client.messages:
                    self._take(str(message.topic), bytes(message.payload), retained=bool(message.retain))
            finally:
                if reporter is not None:
                    reporter.cancel()
                self._client = client
                self._cut()
                with contextlib.suppress(aiomqtt.MqttError, TimeoutError):  # until aiomqtt has seen the cut
                    async with asyncio.timeout(_LEAVE_S):
                        async for _ in client.messages:
                            pass

    async def _report_often(self) -> None:
        period_s = self._model.report_s
        await asyncio.sleep(period_s * self._spread)
        while True:
            if self.connected:
                self.behaviour.heard()  # a broker that keeps the session is communication
            self.report()
            await asyncio.sleep(period_s)

    def _take(self, topic: str, payload: bytes, *, retained: bool) -> None:
        if self.behaviour.faults.silent or not self.connected:
            return
        link = self._fleet.faults
        if topic == self._command and self._fleet.loss.takes(self.name, link.loss_percent, link.loss_seed):
            return
        delay_ms = self.behaviour.faults.latency_ms + self._fleet.faults.latency_ms
        if delay_ms <= 0:
            self._handle(topic, payload, retained)
            return

        def due() -> None:
            self._delayed.discard(handle)
            self._handle(topic, payload, retained)

        handle = asyncio.get_running_loop().call_later(delay_ms / 1000, due)
        self._delayed.add(handle)

    def _handle(self, topic: str, payload: bytes, retained: bool) -> None:
        self.behaviour.heard()
        if topic == self._command:
            self._obey(payload, retained)
        elif not retained:
            self._identify(payload)

    def _obey(self, payload: bytes, retained: bool) -> None:
        faults, now_ms = self.behaviour.faults, self._now_ms()
        verdict = judge(
            payload,
            retained=retained,
            device=self.behaviour.device,
            name=self.name,
            applied=self.applied,
            local=faults.local,
            now_ms=now_ms,
        )
        if not isinstance(verdict, Taken):
            self._publish(self._ack, verdict.answer)
        elif faults.exception is not None:
            order = {"epoch": self.applied.epoch, "seq": self.applied.seq} if self.applied else None
            refusal = {
                "ok": False,
                "reason": Refusal.INVALID.value,
                "applied": order or {"epoch": 0, "seq": 0},
            }
            self._publish(self._ack, {**verdict.applied.ack, **refusal})
        else:
            self.applied = verdict.applied
            self._publish(self._ack, verdict.applied.ack)
            self.behaviour.command(verdict.value, verdict.applied.cmd_id)

    def _identify(self, payload: bytes) -> None:
        try:
            hello = json.loads(payload)
            nonce = hello["nonce"] if hello["v"] == VERSION else None
        except (ValueError, KeyError, TypeError):
            return
        if isinstance(nonce, str):
            answer = {"v": VERSION, "device": self.name, "nonce": nonce, "simulator": True}
            self._publish(self._identity, answer)

    def _publish(self, topic: str, body: Mapping[str, Any] | bytes, *, retain: bool = False) -> None:
        """Send now, in the order of the calls; a connection that does not confirm in time is given up."""
        client = self._client
        if client is None or not self.connected:
            return
        payload = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        task = asyncio.create_task(self._send(client, topic, payload, retain), name=f"mqtt send {self.name}")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, client: aiomqtt.Client, topic: str, payload: bytes, retain: bool) -> None:
        try:
            await client.publish(topic, payload, qos=1, retain=retain)
        except aiomqtt.MqttError:
            if self._client is client:
                self._cut()

    def _drop_pending(self) -> None:
        for task in self._sending:
            task.cancel()
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()

    def _now_ms(self) -> int:
        return self._clock.wall_ms() + self.behaviour.faults.clock_offset_ms


def _drop_socket(client: aiomqtt.Client) -> None:
    sock = client._client.socket()  # noqa: SLF001 - aiomqtt has no way to leave impolitely
    if isinstance(sock, socket.socket):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class MqttFleet:
    """All simulated devices of one MQTT link."""

    def __init__(
        self,
        link: Link,
        site_id: str,
        devices: Iterable[SimulatedDevice],
        clock: Clock,
        *,
        broker: tuple[str, int] | None = None,
    ) -> None:
        self.link = link
        self.endpoint = Endpoint(*(broker or (link.host, link.port)))
        self.faults = LinkFaults()
        self.loss = Loss()
        self.door = asyncio.Semaphore(_AT_ONCE)
        self.devices = [MqttDevice(site_id, behaviour, self, clock) for behaviour in devices]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Let every device look for the broker; returns at once, whether there is one or not."""
        self._tasks = [asyncio.create_task(d.run(), name=f"mqtt device {d.name}") for d in self.devices]

    async def stop(self) -> None:
        """Take every device off the broker; their last wills say so."""
        pending, self._tasks = set(self._tasks), []
        while pending:
            for task in pending:
                task.cancel()  # again, for `asyncio.wait_for` of Python 3.11 may swallow one
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)

    async def set_faults(self, faults: LinkFaults) -> None:
        """Replace the faults of this link."""
        self.faults = faults
        for device in self.devices:
            device.look_at_faults()
