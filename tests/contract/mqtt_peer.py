"""The far end of the MQTT driver in tests: a scripted device and a started link, over a real broker."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import aiomqtt

from devices.clock import SystemClock
from devices.driver import Order
from devices.drivers.mqtt import MqttDriver
from devices.links.mqtt import MqttLink
from devices.models import MqttModel, load_models
from devices.values import Aspect, DeviceType, Value
from tests.broker import NatsBroker

SITE = "t-site"
DEVICE = "LCS-1"
BASE = f"onekey/{SITE}/{DEVICE}"

Json = dict[str, Any]
Address: TypeAlias = NatsBroker | tuple[str, int]
SIMULATOR: Json = {"simulator": True}


def _at(address: Address) -> tuple[str, int]:
    return address if isinstance(address, tuple) else (address.host, address.port)


def native() -> MqttModel:
    model = load_models()["native-mqtt"]
    assert isinstance(model, MqttModel)
    return model


class Peer:
    """A device that does to a command exactly what the test scripted in `on_cmd`, and nothing by itself."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.cmds: asyncio.Queue[Json] = asyncio.Queue()
        self.received: list[tuple[str, bytes]] = []
        self.on_cmd: Callable[[Json], Awaitable[None]] = self.obey
        self.identity: Json | None = SIMULATOR
        self.hellos = 0

    async def obey(self, cmd: Json) -> None:
        await self.ack(cmd["cmd_id"])
        await self.state(cmd["desired"], cmd["cmd_id"])

    async def mute(self, _cmd: Json) -> None:
        """Answer nothing."""

    async def say(self, what: str, payload: Json | bytes, *, retain: bool = False) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        await self.client.publish(f"{BASE}/{what}", raw, qos=1, retain=retain)

    async def ack(self, cmd_id: str, *, retain: bool = False, **more: Any) -> None:
        body = {"v": 1, "device": DEVICE, "cmd_id": cmd_id, "ok": True, "at": SystemClock().wall_ms()}
        await self.say("ack", body | more, retain=retain)

    async def state(self, shown: Any, cmd_id: str | None, **more: Any) -> None:
        body = {"v": 1, "device": DEVICE, "shown": shown, "cmd_id": cmd_id, "mode": "remote"}
        body |= {"fault": False, "at": SystemClock().wall_ms()}
        await self.say("state", body | more, retain=True)

    def cut(self) -> None:
        """Lose the connection without a word, as a device without power does."""
        wire = self.client._client.socket()
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)

    async def run(self) -> None:
        async for message in self.client.messages:
            topic, payload = str(message.topic), message.payload
            assert isinstance(payload, bytes)
            self.received.append((topic, payload))
            if topic.endswith("/hello"):
                self.hellos += 1
                if self.identity is not None:
                    nonce = json.loads(payload)["nonce"]
                    await self.say("identity", {"v": 1, "device": DEVICE, "nonce": nonce} | self.identity)
            else:
                cmd = json.loads(payload)
                self.cmds.put_nowait(cmd)
                await self.on_cmd(cmd)


@contextlib.asynccontextmanager
async def peer(
    address: Address, *, will: bool = False, identity: Json | None = SIMULATOR
) -> AsyncIterator[Peer]:
    """Have the device on the broker for the block.

    Args:
        will: whether the broker says `offline`, retained, when the device is cut off.
        identity: what it answers to a hello, besides version, device and nonce; None is nothing.
    """
    testament = aiomqtt.Will(f"{BASE}/availability", b"offline", qos=1, retain=True) if will else None
    host, port = _at(address)
    client = aiomqtt.Client(
        host,
        port,
        timeout=3,
        will=testament,
        protocol=aiomqtt.ProtocolVersion.V311,
        socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
    )
    async with client:
        far = Peer(client)
        far.identity = identity
        await client.subscribe([(f"{BASE}/cmd", 1), (f"{BASE}/hello", 1), (f"onekey/{SITE}/hello", 1)])
        task = asyncio.create_task(far.run(), name="peer")
        try:
            yield far
        finally:
            while not task.done():  # aiomqtt's wait_for may swallow one cancellation on Python 3.11
                task.cancel()
                await asyncio.wait({task}, timeout=0.1)
            if not task.cancelled() and not isinstance(task.exception(), aiomqtt.MqttError):
                task.result()


class Near:
    """Our side: a link, a driver and how often its watcher was woken."""

    def __init__(self, address: Address, model: MqttModel, device_type: DeviceType, simulated: bool) -> None:
        self.clock = SystemClock()
        host, port = _at(address)
        self.link = MqttLink(
            "mqtt", host, port, site_id=SITE, client_id="ctl", clock=self.clock, simulated=simulated
        )
        self.driver = MqttDriver("d-1", device_type, model, SITE, DEVICE, self.link, self.clock)
        self.wakes = 0
        self.driver.watch(self._woken)
        self._seq = 0

    def _woken(self) -> None:
        self.wakes += 1

    def order(self, value: Value = Aspect.CLOSED, *, seq: int | None = None, ttl_s: float = 2.0) -> Order:
        self._seq = self._seq + 1 if seq is None else seq
        now_ms = self.clock.wall_ms()
        end_ms = now_ms + round(ttl_s * 1000)
        return Order(value, 7, self._seq, "I-20260101-0001", now_ms, end_ms, self.clock.mono_s() + ttl_s)


@contextlib.asynccontextmanager
async def near(
    address: Address,
    *,
    model: MqttModel | None = None,
    device_type: DeviceType = DeviceType.HEAD,
    simulated: bool = True,
    up: bool = True,
) -> AsyncIterator[Near]:
    """Run link and driver for the block; with `up`, from when the link is up."""
    side = Near(address, model or native(), device_type, simulated)
    task = asyncio.create_task(side.link.run(), name="mqtt-link")
    try:
        if up:
            await until(lambda: side.link.up)
        yield side
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        left = [t for t in asyncio.all_tasks() if t.get_name().startswith("mqtt-")]
        assert not left, left


async def until(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    """Return as soon as `condition` holds; fail after `within_s`."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - any state of both sides, not one event
            await asyncio.sleep(0.005)


async def until_retained(address: Address, topic: str) -> None:
    """Return once the broker replays a retained message there: nats-server indexes it after its PUBACK."""
    async with asyncio.timeout(15), aiomqtt.Client(*_at(address)) as client:
        while True:
            await client.subscribe(topic, qos=1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(client.messages)
                    return
