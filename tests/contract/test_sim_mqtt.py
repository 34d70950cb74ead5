"""Simulated native MQTT devices against a plain aiomqtt client on a real broker."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import pytest

from config.site import MqttAddress
from devices.clock import SystemClock
from devices.values import Aspect, BeaconState, Message
from simulators.simulation import Simulation
from tests.broker import NatsBroker, nats_broker
from tests.simulated import simulation_of, until
from tests.sites import BROKER, head, tiny_site

CLOCK = SystemClock()
HEAD = "LCS-G4-1"


@dataclass
class Ear:
    """A client that hears everything of the site, in order."""

    client: aiomqtt.Client
    heard: list[tuple[str, Any, bool]] = field(default_factory=list)

    async def listen(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            try:
                body = json.loads(message.payload)
            except ValueError:
                body = message.payload.decode()
            self.heard.append((str(message.topic).removeprefix("onekey/tiny/"), body, bool(message.retain)))

    def all(self, topic: str, *, live: bool = True) -> list[Any]:
        return [body for heard, body, retained in self.heard if heard == topic and retained is not live]

    async def nth(self, topic: str, number: int = 1, *, within_s: float = 3.0) -> Any:
        await until(lambda: len(self.all(topic)) >= number, within_s=within_s)
        return self.all(topic)[number - 1]

    async def say(self, topic: str, body: dict[str, Any], *, retain: bool = False) -> None:
        await self.client.publish(f"onekey/tiny/{topic}", json.dumps(body), qos=1, retain=retain)


@contextlib.asynccontextmanager
async def ear(host: str, port: int) -> AsyncIterator[Ear]:
    async with aiomqtt.Client(host, port, timeout=3) as client:
        made = Ear(client)
        await client.subscribe("onekey/tiny/#", qos=1)
        task = asyncio.create_task(made.listen(), name="ear")
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def world(**site: Any) -> AsyncIterator[tuple[Simulation, Ear, NatsBroker]]:
    async with (
        nats_broker() as broker,
        ear(broker.host, broker.port) as made,
        simulation_of(tiny_site(**site), broker=(broker.host, broker.port)) as sim,
    ):
        names = {f"{device.name}/state" for device in sim.fleets[BROKER].devices}
        await until(lambda: names <= {topic for topic, *_ in made.heard})
        made.heard.clear()
        yield sim, made, broker


def command(
    seq: int, desired: Any, *, device: str = HEAD, epoch: int = 9, ttl_ms: int = 5_000
) -> dict[str, Any]:
    now_ms = CLOCK.wall_ms()
    return {
        "v": 1,
        "cmd_id": f"{epoch}.{seq}",
        "incident_id": "I-1",
        "device": device,
        "epoch": epoch,
        "seq": seq,
        "issued_at": now_ms,
        "expires_at": now_ms + ttl_ms,
        "desired": desired,
    }


@pytest.mark.parametrize(
    ("device", "desired", "lamp"),
    [
        pytest.param(HEAD, "closed", Aspect.CLOSED, id="head"),
        pytest.param(
            "VMS-1",
            {"multi": "前方快车道事故,注意减速避让"},
            Message("前方快车道事故,注意减速避让"),
            id="sign",
        ),
        pytest.param("BCN-1", {"flash": True, "siren": True}, BeaconState(True, True), id="beacon"),
    ],
)
async def test_a_command_is_acknowledged_then_shown(device: str, desired: Any, lamp: Any) -> None:
    async with world() as (sim, heard, _):
        await heard.say(f"{device}/cmd", command(1, desired, device=device))
        ack = await heard.nth(f"{device}/ack")
        assert (ack["v"], ack["device"], ack["cmd_id"], ack["ok"]) == (1, device, "9.1", True)
        state = await heard.nth(f"{device}/state")
        assert abs(state.pop("at") - CLOCK.wall_ms()) < 5_000
        assert state == {
            "v": 1,
            "device": device,
            "shown": desired,
            "cmd_id": "9.1",
            "epoch": 9,
            "seq": 1,
            "mode": "remote",
            "fault": False,
        }
        topics = [topic for topic, *_ in heard.heard]
        assert topics.index(f"{device}/ack") < topics.index(f"{device}/state")
        assert sim.devices[device].lamp == lamp
        assert not [t for t in topics if t.split("/")[0] != device]


async def test_state_names_the_command_only_once_the_lamps_show_it() -> None:
    async with world() as (sim, heard, _):
        sim.set_device_faults(HEAD, lamp_delay_ms=100, local=False)
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        await heard.nth(f"{HEAD}/ack")
        sim.set_device_faults(HEAD, fault=True)  # makes it report while the lamps are still on their way
        early, late = await heard.nth(f"{HEAD}/state", 1), await heard.nth(f"{HEAD}/state", 2)
        assert (early["shown"], early["cmd_id"], early["seq"], early["fault"]) == ("open", None, 1, True)
        assert (late["shown"], late["cmd_id"]) == ("closed", "9.1")


async def test_refusals_duplicates_and_order_over_the_wire() -> None:
    async with world() as (sim, heard, _):
        first = command(5, "closed")
        await heard.say(f"{HEAD}/cmd", first)
        stored = await heard.nth(f"{HEAD}/ack", 1)
        changes = sim.history.last_seq
        await heard.say(f"{HEAD}/cmd", first)
        assert await heard.nth(f"{HEAD}/ack", 2) == stored
        await heard.say(f"{HEAD}/cmd", command(4, "open"))
        stale = await heard.nth(f"{HEAD}/ack", 3)
        assert (stale["ok"], stale["reason"], stale["applied"]) == (False, "stale", {"epoch": 9, "seq": 5})
        await heard.say(f"{HEAD}/cmd", command(6, "open", ttl_ms=-1))
        assert (await heard.nth(f"{HEAD}/ack", 4))["reason"] == "expired"
        sim.set_device_faults(HEAD, local=True)
        await heard.say(f"{HEAD}/cmd", command(7, "open"))
        assert (await heard.nth(f"{HEAD}/ack", 5))["reason"] == "local"
        assert sim.history.last_seq == changes  # none of the four touched a lamp
        sim.restore(HEAD)
        await heard.say(f"{HEAD}/cmd", command(1, "open", epoch=10))
        assert (await heard.nth(f"{HEAD}/ack", 6))["ok"] is True
        await until(lambda: sim.devices[HEAD].lamp == Aspect.OPEN)


async def test_a_command_is_late_by_the_clock_of_the_device() -> None:
    async with world() as (sim, heard, _):
        sim.set_device_faults(HEAD, clock_offset_ms=60_000)
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        nack = await heard.nth(f"{HEAD}/ack")
        assert nack["reason"] == "expired"
        assert nack["at"] - CLOCK.wall_ms() > 50_000


async def test_a_retained_command_is_refused_when_it_is_replayed() -> None:
    async with nats_broker() as broker, ear(broker.host, broker.port) as heard:
        await heard.say(f"{HEAD}/cmd", command(1, "closed"), retain=True)
        async with simulation_of(tiny_site(), broker=(broker.host, broker.port)) as sim:
            assert (await heard.nth(f"{HEAD}/ack"))["reason"] == "retained"
            assert sim.devices[HEAD].lamp == Aspect.OPEN


async def test_every_device_answers_the_hello_of_all_and_its_own() -> None:
    async with world() as (_, heard, __):
        await heard.say("hello", {"v": 1, "nonce": "n-1"})
        for device in ("VMS-1", "BCN-1", HEAD):
            assert await heard.nth(f"{device}/identity") == {
                "v": 1,
                "device": device,
                "nonce": "n-1",
                "simulator": True,
            }
        await heard.say(f"{HEAD}/hello", {"v": 1, "nonce": "n-2"})
        assert (await heard.nth(f"{HEAD}/identity", 2))["nonce"] == "n-2"
        assert len(heard.all("VMS-1/identity")) == 1
        assert not [1 for topic, _, retained in heard.heard if topic.endswith("/identity") and retained]


async def test_offline_speaks_the_last_will_and_coming_back_reports() -> None:
    async with world() as (sim, heard, _):
        sim.set_device_faults(HEAD, offline=True)
        assert await heard.nth(f"{HEAD}/availability", 1) == "offline"
        assert not sim.online(HEAD)
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        sim.set_device_faults(HEAD, offline=False)
        assert await heard.nth(f"{HEAD}/availability", 2, within_s=2.0) == "online"
        assert (await heard.nth(f"{HEAD}/state"))["shown"] == "open"
        assert not heard.all(f"{HEAD}/ack")  # clean session: what was said meanwhile is gone


async def test_reboot_cuts_the_connection_and_loses_lamps_and_memory() -> None:
    async with world() as (sim, heard, _):
        await heard.say(f"{HEAD}/cmd", command(5, "closed"))
        await heard.nth(f"{HEAD}/state", 1)
        sim.devices[HEAD].reboot()
        assert await heard.nth(f"{HEAD}/availability", 1) == "offline"
        assert await heard.nth(f"{HEAD}/availability", 2, within_s=2.0) == "online"
        back = await heard.nth(f"{HEAD}/state", 2)
        assert (back["shown"], back["cmd_id"], back["epoch"], back["seq"]) == ("dark", None, 0, 0)
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        assert (await heard.nth(f"{HEAD}/ack", 2))["ok"] is True


async def test_silent_says_nothing_and_drop_state_only_acknowledges() -> None:
    async with world() as (sim, heard, _):
        sim.set_device_faults(HEAD, drop_state=True)
        sim.set_device_faults("VMS-1", silent=True)
        await heard.say("VMS-1/cmd", command(1, {"multi": "x"}, device="VMS-1"))
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        await heard.nth(f"{HEAD}/ack")
        await until(lambda: sim.devices[HEAD].lamp == Aspect.CLOSED)
        sim.restore(HEAD)
        assert (await heard.nth(f"{HEAD}/state", 1))["cmd_id"] == "9.1"
        assert len(heard.all(f"{HEAD}/state")) == 1
        assert not [topic for topic, *_ in heard.heard if topic in ("VMS-1/ack", "VMS-1/state")]
        assert sim.devices["VMS-1"].lamp == Message()


async def test_contradictory_or_local_lamps_are_reported_as_they_are() -> None:
    async with world() as (sim, heard, _):
        sim.set_device_faults(HEAD, local=True)
        assert (await heard.nth(f"{HEAD}/state", 1))["mode"] == "local"
        sim.devices[HEAD].switch_at_panel(Aspect.CAUTION)
        state = await heard.nth(f"{HEAD}/state", 2)
        assert (state["shown"], state["mode"], state["cmd_id"]) == ("caution", "local", None)


async def test_latency_of_link_and_device_add_up() -> None:
    async with world() as (sim, heard, _):
        await sim.set_latency(60)
        sim.set_device_faults(HEAD, latency_ms=60)
        start_s = CLOCK.mono_s()
        await heard.say(f"{HEAD}/cmd", command(1, "closed"))
        await heard.nth(f"{HEAD}/ack")
        assert 0.12 <= CLOCK.mono_s() - start_s < 0.6


async def test_devices_report_by_themselves() -> None:
    site = tiny_site()
    quick = site.devices[HEAD].model.model_copy(update={"report_s": 0.05})
    async with world(device={HEAD: {"model": quick}}) as (_, heard, __):
        states = [await heard.nth(f"{HEAD}/state", n) for n in (1, 2, 3)]
        assert {state["shown"] for state in states} == {"open"}


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_devices_come_back_soon_after_the_broker(end: str) -> None:
    async with world() as (sim, _, broker):
        devices = sim.fleets[BROKER].devices
        await getattr(broker, end)()
        await until(lambda: not any(device.connected for device in devices))
        await broker.start()
        await until(lambda: all(device.connected for device in devices), within_s=2.0)


async def test_a_link_down_takes_all_its_devices_off() -> None:
    async with world() as (sim, heard, _):
        await sim.set_link_faults(BROKER, down=True)
        for device in ("VMS-1", "BCN-1", HEAD):
            assert await heard.nth(f"{device}/availability", 1) == "offline"
        await sim.set_link_faults(BROKER, down=False)
        assert await heard.nth(f"{HEAD}/availability", 2, within_s=2.0) == "online"


async def test_ending_the_simulation_leaves_the_last_wills() -> None:
    async with nats_broker() as broker:
        async with simulation_of(tiny_site(), broker=(broker.host, broker.port)):
            pass
        async with ear(broker.host, broker.port) as heard:
            await until(lambda: len(heard.all(f"{HEAD}/availability", live=False)) == 1)
            assert heard.all(f"{HEAD}/availability", live=False) == ["offline"]


async def test_a_frozen_broker_neither_holds_the_end_nor_leaves_sockets() -> None:
    async with nats_broker() as broker:
        async with simulation_of(tiny_site(), broker=(broker.host, broker.port)) as sim:
            broker.freeze()
            sim.devices[HEAD].reboot()  # one device is in the middle of connecting when the end comes
            await asyncio.sleep(0.3)
            assert not sim.online(HEAD)
            start_s = CLOCK.mono_s()
        assert CLOCK.mono_s() - start_s < 3.0
        broker.thaw()


async def test_forty_devices_answer_a_burst_together() -> None:
    names = [f"LCS-M{n}" for n in range(40)]
    more = [head(n, link=BROKER, address=MqttAddress(n), model="native-mqtt") for n in names]
    async with world(add=more) as (sim, heard, _):
        start_s = CLOCK.mono_s()
        bodies = [(f"{name}/cmd", command(1, "closed", device=name)) for name in names]
        await asyncio.gather(*(heard.say(topic, body) for topic, body in bodies))
        shown = {f"{name}/state" for name in names}

        def done() -> bool:
            proved = {t for t, body, _ in heard.heard if t in shown and body["cmd_id"] == "9.1"}
            return proved == shown

        await until(done)
        assert CLOCK.mono_s() - start_s < 1.5
        assert all(sim.devices[name].lamp == Aspect.CLOSED for name in names)
