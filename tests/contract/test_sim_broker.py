"""The broker other tests rest on: it can be stopped, killed and frozen, and comes back on its port."""

import asyncio
import contextlib

import aiomqtt
import pytest

from tests.broker import NatsBroker, nats_broker
from tests.sites import tiny_site


async def _publish(broker: NatsBroker, payload: str) -> None:
    async with aiomqtt.Client(broker.host, broker.port, timeout=10) as client:
        await client.publish("t/x", payload, qos=1, retain=True)


async def _retained(broker: NatsBroker) -> tuple[bytes, bool]:
    """Return what the broker replays; it indexes a retained message some time after its PUBACK."""
    async with asyncio.timeout(15), aiomqtt.Client(broker.host, broker.port, timeout=10) as client:
        while True:
            await client.subscribe("t/x", qos=1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    message = await anext(client.messages)
                    assert isinstance(message.payload, bytes)
                    return message.payload, bool(message.retain)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_retained_messages_outlive_the_broker_process(end: str) -> None:
    async with nats_broker() as broker:
        host, port = broker
        assert (host, port) == (broker.host, broker.port)
        await _publish(broker, "one")
        assert await _retained(broker) == (b"one", True)
        first = broker.pid
        await getattr(broker, end)()
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection(host, port)
        await broker.start()
        assert broker.pid != first
        assert await _retained(broker) == (b"one", True)


async def test_a_frozen_broker_answers_nothing_until_thawed() -> None:
    async with nats_broker() as broker:
        broker.freeze()
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client(broker.host, broker.port, timeout=0.3):
                pass
        broker.thaw()
        await _publish(broker, "two")


def test_tiny_site_takes_changes() -> None:
    site = tiny_site(ports={"plc-1": 7}, device={"VMS-1": {"at_m": 9}}, drop={"BCN-2"}, id="other")
    assert site.links["plc-1"].port == 7
    assert site.devices["VMS-1"].at_m == 9
    assert "BCN-2" not in site.devices
    assert site.id == "other"
    assert len(site.devices) == 9
