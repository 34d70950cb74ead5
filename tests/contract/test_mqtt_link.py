"""The link against brokers that restart, freeze, refuse or are not there, and against its own handlers."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from devices.clock import SystemClock
from devices.drivers.mqtt import MqttDriver
from devices.errors import DeviceUnreachable, NotASimulator
from devices.links.mqtt import MqttLink
from devices.values import Aspect, DeviceType
from tests.broker import NatsBroker, nats_broker
from tests.contract.mqtt_peer import BASE, DEVICE, SITE, native, near, peer, until


def ignore() -> None:
    """Take an ack without note."""


async def test_broker_restart_wakes_watchers_and_the_device_is_driven_again() -> None:
    async with nats_broker() as broker, near(broker) as us:
        async with peer(broker) as far:
            far.on_cmd = far.mute
            drive = asyncio.create_task(us.driver.drive(us.order(), ignore))
            await far.cmds.get()
            await broker.stop()
            with pytest.raises(DeviceUnreachable, match="broker"):
                async with asyncio.timeout(1):
                    await drive
            assert not us.link.state.up
            for call in (us.driver.drive(us.order(), ignore), us.driver.read_back(0.0)):
                with pytest.raises(DeviceUnreachable, match=f"broker 127.0.0.1:{broker.port}"):
                    await call
        woken = us.wakes
        await broker.start()
        async with peer(broker) as far:
            began = time.monotonic()
            await until(lambda: us.wakes > woken)
            assert time.monotonic() - began < 2.0
            async with asyncio.timeout(3):
                assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED
            assert us.link.state.counters["connects"] == 2
            assert us.link.state.reason == ""


async def test_the_first_report_after_a_lost_broker_wakes_though_it_says_nothing_new() -> None:
    """The device is there again: what was refused or put off while it was not is tried now, not in 10 s."""
    async with nats_broker() as broker, near(broker) as us:
        async with peer(broker) as far:
            await far.state("open", None)
            await until(lambda: (held := us.driver.last()) is not None and held.live)
        woken = us.wakes
        await broker.stop()
        await until(lambda: not us.link.state.up)
        await broker.start()
        await until(lambda: us.wakes > woken and us.link.state.up)
        async with peer(broker) as far:
            woken, before = us.wakes, us.driver.last()
            for more in (1, 0):
                await far.state("open", None)
                await until(lambda: us.driver.last() != before)  # noqa: B023 - looked at in this turn
                before = us.driver.last()
                assert us.wakes == woken + more
                woken = us.wakes


async def test_frozen_broker_costs_its_caller_the_callers_deadline_and_nothing_is_left() -> None:
    async with nats_broker() as broker, peer(broker) as far, near(broker) as us:
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(), ignore)
        broker.freeze()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await us.driver.drive(us.order(ttl_s=0.3), ignore)
        assert time.monotonic() - began < 2  # the keepalive is far longer
        broker.thaw()
        await far.cmds.get()
        await far.cmds.get()  # the frozen one comes through late: its answer must not count for the next
        async with asyncio.timeout(3):
            reading = await us.driver.drive(us.order(Aspect.OPEN), ignore)
        assert (reading.value, reading.cmd_id) == (Aspect.OPEN, "7.3")


async def test_cancelled_while_a_frozen_broker_does_not_answer_the_connect() -> None:
    async with nats_broker() as broker:
        broker.freeze()
        async with near(broker, up=False):
            await until(lambda: any(t.get_name().startswith("mqtt-connect") for t in asyncio.all_tasks()))
            await asyncio.sleep(0.1)  # past the TCP connect, before CONNACK; `near` checks what is left
        broker.thaw()


async def test_no_broker_is_one_warning_and_paced_attempts(caplog: pytest.LogCaptureFixture) -> None:
    async with nats_broker() as broker:
        await broker.stop()
        with caplog.at_level(logging.DEBUG):
            async with near(broker, up=False) as us:
                await until(lambda: us.link.state.counters.get("failed_connects", 0) >= 4)
                began = time.monotonic()
                await until(lambda: us.link.state.counters["failed_connects"] >= 5)
                assert time.monotonic() - began > 0.35  # half a second, less a quarter at random
                with pytest.raises(DeviceUnreachable, match="refused"):
                    await us.link.publish("x", b"")
        downs = [r for r in caplog.records if "down" in r.getMessage() and r.levelno >= logging.WARNING]
        assert len(downs) == 1
        assert not [r for r in caplog.records if "never retrieved" in r.getMessage()]


async def test_what_is_asked_before_the_first_connection_waits_for_it() -> None:
    """At a start devices are driven before the link can be up: that is no loss and no alarm."""
    async with nats_broker() as broker, peer(broker), near(broker, up=False) as us:
        assert not us.link.up
        async with asyncio.timeout(5):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED
    async with nats_broker() as broker:
        await broker.stop()
        async with near(broker, up=False) as us, asyncio.timeout(5):
            with pytest.raises(DeviceUnreachable, match="refused"):
                await us.driver.read_back(0.0)


async def test_a_broker_that_does_not_let_us_in_is_named_in_plain_words() -> None:
    async def not_you(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(bytes([0x20, 2, 0, 5]))  # CONNACK: not authorised
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(not_you, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        async with near(("127.0.0.1", port), up=False) as us:
            await until(lambda: us.link.state.counters.get("failed_connects", 0) >= 1)
            assert us.link.reason == f"broker 127.0.0.1:{port}: it refuses the connection: Not authorized"


async def test_a_peer_that_hangs_up_before_accepting_is_left_at_once() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, near(server.sockets[0].getsockname(), up=False) as us:
        await until(lambda: us.link.state.counters.get("failed_connects", 0) >= 3, within_s=2)
        assert "closed the connection" in us.link.reason


async def test_a_handler_that_raises_is_logged_once_and_the_link_lives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_payload: bytes, _retained: bool, _at_s: float) -> None:
        raise KeyError("broken")

    async with nats_broker() as broker, peer(broker) as far, near(broker) as us:
        us.link.subscribe("t/broken", broken)
        await until(lambda: us.link.state.counters.get("subscribed") == 5)
        for _ in range(3):
            await far.client.publish("t/broken", b"", qos=1)
        await until(lambda: us.link.state.counters.get("handler_errors") == 3)
        assert len([r for r in caplog.records if "a handler raised" in r.getMessage()]) == 1
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(), ignore)
        assert us.link.state.counters["connects"] == 1


async def test_topics_added_to_a_filter_in_use_get_their_retained_message() -> None:
    got: list[tuple[bytes, bool]] = []
    async with nats_broker() as broker, near(broker) as us, aiomqtt.Client(*broker) as other:
        topic = f"onekey/{SITE}/LCS-9/state"
        await other.publish(topic, b"held", qos=1, retain=True)
        await until(lambda: us.link.state.counters.get("unrouted") == 1)
        us.link.subscribe(topic, lambda p, r, _s: got.append((p, r)), wire_filter=f"onekey/{SITE}/+/state")
        await until(lambda: got == [(b"held", True)])
        await other.publish(topic, b"now", qos=1, retain=True)
        await until(lambda: (b"now", False) in got)


async def test_two_devices_of_one_name_are_refused() -> None:
    clock = SystemClock()
    link = MqttLink("l", "127.0.0.1", 1, site_id=SITE, client_id="c", clock=clock, simulated=True)
    MqttDriver("a", DeviceType.HEAD, native(), SITE, DEVICE, link, clock)
    with pytest.raises(ValueError, match=f"{BASE}/ack is subscribed twice"):
        MqttDriver("b", DeviceType.HEAD, native(), SITE, DEVICE, link, clock)


async def test_a_thousand_devices_need_four_filters_and_lose_no_message() -> None:
    heard: dict[int, int] = {}
    async with nats_broker() as broker, near(broker, up=False) as us:
        for n in range(1000):
            us.link.subscribe(
                f"onekey/{SITE}/D-{n}/state",
                lambda _p, _r, _s, n=n: heard.__setitem__(n, heard.get(n, 0) + 1),  # type: ignore[misc]
                wire_filter=f"onekey/{SITE}/+/state",
            )
        await until(lambda: us.link.up)
        assert us.link.state.counters["subscribed"] == 4
        async with aiomqtt.Client(*broker, max_inflight_messages=0) as other:
            other.pending_calls_threshold = 5_000
            async with asyncio.timeout(10):
                for _ in range(3):
                    await asyncio.gather(
                        *(other.publish(f"onekey/{SITE}/D-{n}/state", b"x" * 200, qos=1) for n in range(1000))
                    )
        await until(lambda: sum(heard.values()) == 3000)
        assert set(heard.values()) == {3}


async def test_what_a_frozen_broker_did_not_take_follows_or_is_dropped_with_the_link() -> None:
    heard: list[bytes] = []
    async with nats_broker() as broker:
        async with near(broker) as us:
            us.link.subscribe("t/echo", lambda p, _r, _s: heard.append(p))
            await until(lambda: us.link.state.counters["subscribed"] == 5)
            sent = [n.to_bytes(2, "big") * 3_000 for n in range(1_500)]  # more than the kernel buffers
            broker.freeze()
            for payload in sent:
                await us.link.publish("t/echo", payload)
            broker.thaw()
            await until(lambda: len(heard) == len(sent))
            assert heard == sent
            before = time.process_time()
            await asyncio.sleep(0.3)
            assert time.process_time() - before < 0.15  # the emptied buffer is not watched for ever
            broker.freeze()
            for payload in sent:
                await us.link.publish("t/echo", payload)
            began = time.monotonic()
        assert time.monotonic() - began < 1.0  # leaving waits for nothing a frozen broker holds
        broker.thaw()


async def test_a_command_waits_until_the_broker_has_taken_every_subscription() -> None:
    async with nats_broker() as broker, peer(broker), near(broker) as us:
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(), ignore)  # the device is proved: nothing else to wait for
            heard = asyncio.Event()
            us.link.subscribe("t/added-later", lambda _payload, _retained, _at_s: heard.set())
            await us.link.prove(DEVICE)
            await us.link.publish("t/added-later", b"", qos=0)
            await heard.wait()


@pytest.mark.parametrize("spoiled", [b"+/state", b"+/identity"])
async def test_a_subscription_the_wire_has_spoiled_is_made_again(spoiled: bytes) -> None:
    """The broker confirms whatever it was asked for: nothing else tells that we would hear nothing."""
    async with nats_broker() as broker, peer(broker), spoiling(broker, spoiled) as at, near(at) as us:
        with pytest.raises((TimeoutError, NotASimulator)):
            async with asyncio.timeout(1.5):
                await us.driver.drive(us.order(ttl_s=1.5), ignore)
        assert us.link.state.counters["asked_again"] == 1
        async with asyncio.timeout(3):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED
        assert us.link.state.counters["connects"] == 1


@contextlib.asynccontextmanager
async def spoiling(broker: NatsBroker, once: bytes) -> AsyncIterator[tuple[str, int]]:
    """Pass everything on to the broker; the first time these bytes come by, their last bit is turned over."""
    spoiled = once[:-1] + bytes([once[-1] ^ 1])
    left = 1

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        while chunk := await reader.read(65_536):
            if left and once in chunk:
                left, chunk = 0, chunk.replace(once, spoiled, 1)
            writer.write(chunk)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(broker.host, broker.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[:2]
