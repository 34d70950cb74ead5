"""The native driver against a scripted device over a real broker: what is sent and credited, what is not."""

import asyncio
import json
from typing import Any

import aiomqtt
import pytest

from devices.driver import Reading
from devices.drivers.mqtt import OFFLINE
from devices.errors import DeviceRejected, DeviceUnreachable, NotASimulator
from devices.values import (
    Aspect,
    BeaconState,
    DeviceType,
    Message,
    PortalAspect,
    SpeakerState,
    SpeedLimit,
    Value,
)
from tests.broker import nats_broker
from tests.contract.mqtt_peer import BASE, DEVICE, SITE, Json, native, near, peer, until, until_retained

GOLDEN: dict[DeviceType, tuple[Value, bytes]] = {
    DeviceType.HEAD: (Aspect.CLOSED, b'"closed"'),
    DeviceType.SIGN: (
        Message("前方快车道事故,注意减速避让"),
        '{"multi":"前方快车道事故,注意减速避让"}'.encode(),
    ),
    DeviceType.BEACON: (BeaconState(flash=True, siren=True), b'{"flash":true,"siren":true}'),
    DeviceType.PORTAL: (PortalAspect.RED, b'"red"'),
    DeviceType.SPEAKER: (SpeakerState("slow", 3, 80), b'{"clip":"slow","repeats":3,"volume":80}'),
    DeviceType.SPEED: (SpeedLimit(60), b'{"kmh":60}'),
}


def ignore() -> None:
    """Take an ack without note."""


@pytest.mark.parametrize("device_type", list(DeviceType))
async def test_command_is_these_bytes_on_this_topic_not_retained(device_type: DeviceType) -> None:
    value, desired = GOLDEN[device_type]
    async with (
        nats_broker() as address,
        aiomqtt.Client(*address) as sniffer,
        peer(address) as far,
        near(address, device_type=device_type) as us,
    ):
        far.on_cmd = far.mute
        await sniffer.subscribe(f"onekey/{SITE}/+/cmd", qos=1)
        order = us.order(value, seq=3)
        drive = asyncio.create_task(us.driver.drive(order, ignore))
        async with asyncio.timeout(3):
            message = await anext(sniffer.messages)
        drive.cancel()
        issued, expires = str(order.issued_at_ms).encode(), str(order.expires_at_ms).encode()
        assert str(message.topic) == "onekey/t-site/LCS-1/cmd"
        assert message.qos == 1
        assert not message.retain
        assert message.payload == (
            b'{"v":1,"cmd_id":"7.3","incident_id":"I-20260101-0001","device":"LCS-1","epoch":7,"seq":3,'
            b'"issued_at":' + issued + b',"expires_at":' + expires + b',"desired":' + desired + b"}"
        )


@pytest.mark.parametrize("order_of", ["ack-first", "state-first", "state-only", "wrong-value"])
async def test_drive_returns_the_state_that_shows_the_command(order_of: str) -> None:
    acks: list[int] = []
    async with nats_broker() as address, peer(address) as far, near(address) as us:

        async def answer(cmd: Json) -> None:
            if order_of == "state-first":
                await far.state("closed", cmd["cmd_id"])
                # The broker keeps no order between two subscriptions: the state has to be there.
                await until(lambda: (seen := us.driver.last()) is not None and seen.cmd_id == cmd["cmd_id"])
                await far.ack(cmd["cmd_id"])
            elif order_of == "state-only":
                await far.state("closed", cmd["cmd_id"])
            else:
                await far.ack(cmd["cmd_id"])
                await far.state("dark" if order_of == "wrong-value" else "closed", cmd["cmd_id"])

        far.on_cmd = answer
        order = us.order()
        async with asyncio.timeout(3):
            sent_s = us.clock.mono_s()
            reading = await us.driver.drive(order, lambda: acks.append(1))
        assert reading.value is (Aspect.DARK if order_of == "wrong-value" else Aspect.CLOSED)
        assert (reading.live, reading.cmd_id, reading.at_s > sent_s) == (True, "7.1", True)
        assert acks == [1]
        assert us.driver.last() == reading
        if order_of == "state-first":
            await until(lambda: us.driver.counters["late_ack"] == 1)
            await far.ack(order.cmd_id)
            await until(lambda: us.driver.counters["stray_ack"] == 1)
        assert acks == [1]


@pytest.mark.parametrize(
    ("what", "counter"),
    [
        pytest.param({"state": {"cmd_id": "7.0"}}, "other_state", id="state-of-another-command"),
        pytest.param({"state": {"cmd_id": None}}, "other_state", id="state-of-no-command"),
        pytest.param({"state": {"device": "LCS-2"}}, "bad_state", id="state-of-another-device"),
        pytest.param({"ack": {"cmd_id": "7.0"}}, "stray_ack", id="ack-of-another-command"),
        pytest.param({"ack": {"device": "LCS-2"}}, "bad_ack", id="ack-of-another-device"),
        pytest.param({"ack": {"ok": "yes"}}, "bad_ack", id="ack-of-another-form"),
    ],
)
async def test_what_is_not_ours_is_never_credited(what: dict[str, Json], counter: str) -> None:
    acks: list[int] = []
    async with nats_broker() as address, peer(address) as far, near(address) as us:

        async def answer(cmd: Json) -> None:
            for kind, changed in what.items():
                body: Json = {"device": DEVICE, "cmd_id": cmd["cmd_id"], "ok": True, "shown": "closed"}
                await far.say(kind, body | changed)

        far.on_cmd = answer
        drive = asyncio.create_task(us.driver.drive(us.order(), lambda: acks.append(1)))
        await until(lambda: us.driver.counters[counter] == 1)
        assert not drive.done()
        assert acks == []
        await far.obey({"cmd_id": "7.1", "desired": "closed"})
        async with asyncio.timeout(3):
            assert (await drive).value is Aspect.CLOSED
        assert acks == [1]


async def test_duplicate_and_late_acks_count_once() -> None:
    acks: list[int] = []
    async with nats_broker() as address, peer(address) as far, near(address) as us:

        async def twice(cmd: Json) -> None:
            await far.ack(cmd["cmd_id"])
            await far.ack(cmd["cmd_id"])

        far.on_cmd = twice
        given_up = asyncio.create_task(us.driver.drive(us.order(), lambda: acks.append(1)))
        await until(lambda: us.driver.counters["duplicate_ack"] == 1)
        given_up.cancel()
        await asyncio.wait({given_up})
        await far.ack("7.1")
        await until(lambda: us.driver.counters["stray_ack"] == 1)
        assert acks == [1]


async def test_retained_state_is_held_but_proves_nothing() -> None:
    async with nats_broker() as address, peer(address) as far:
        await far.state("closed", "7.1")
        await far.ack("7.1", retain=True)
        for kind in ("state", "ack"):
            await until_retained(address, f"{BASE}/{kind}")
        async with near(address) as us:
            await until(lambda: us.driver.last() is not None)
            held = us.driver.last()
            assert held is not None
            assert (held.value, held.live) == (Aspect.CLOSED, False)
            assert us.wakes > 0
            waiting = asyncio.create_task(us.driver.read_back(0.0))
            far.on_cmd = far.mute
            acks: list[int] = []
            drive = asyncio.create_task(us.driver.drive(us.order(), lambda: acks.append(1)))
            await far.cmds.get()
            # A replay of both in the middle of the drive, in our own words: still nothing.
            us.link.subscribe("x", lambda *_: None, wire_filter=f"onekey/{SITE}/+/state")
            us.link.subscribe("y", lambda *_: None, wire_filter=f"onekey/{SITE}/+/ack")
            await until(lambda: us.driver.counters["retained_state"] >= 2)
            await until(lambda: us.driver.counters["retained_ack"] >= 2)
            assert not drive.done()
            assert not waiting.done()
            assert acks == []
            await far.state("closed", "7.1")
            async with asyncio.timeout(3):
                assert (await drive).live
                assert (await waiting).live


@pytest.mark.parametrize("code", ["stale", "expired"])
async def test_nack_is_a_refusal_with_what_the_device_said(code: str) -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:

        async def refuse(cmd: Json) -> None:
            applied = {"epoch": 9, "seq": 4}
            await far.ack(cmd["cmd_id"], ok=False, reason=code, applied=applied, at=1_700_000_000_000)

        far.on_cmd = refuse
        acks: list[int] = []
        with pytest.raises(DeviceRejected, match=code) as caught:
            async with asyncio.timeout(3):
                await us.driver.drive(us.order(), lambda: acks.append(1))
        err = caught.value
        assert (err.code, err.applied, err.device_ms) == (code, (9, 4), 1_700_000_000_000)
        assert acks == []


async def test_the_clock_of_a_device_is_told_by_acks_and_states_and_no_late_one_counts() -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:

        async def refuse(cmd: Json) -> None:
            await far.ack(cmd["cmd_id"], ok=False, reason="expired", at=1_700_000_000_000)

        far.on_cmd = refuse
        with pytest.raises(DeviceRejected):
            async with asyncio.timeout(3):
                await us.driver.drive(us.order(), ignore)
        assert us.driver.clock_offset_ms is None, "one message may have been late"
        for late_ms in (0, 4_000):
            await far.state("open", None, at=1_700_000_000_000 - late_ms)
        await until(lambda: us.driver.clock_offset_ms is not None)
        offset = us.driver.clock_offset_ms
        last = us.driver.last()
        assert last is not None
        assert last.clock_offset_ms == offset
        assert offset is not None
        assert abs(offset - (1_700_000_000_000 - us.clock.wall_ms())) < 3_000


async def test_too_large_a_command_is_refused_before_anything_is_sent() -> None:
    model = native().model_copy(update={"max_payload_bytes": 300})
    async with (
        nats_broker() as address,
        peer(address) as far,
        near(address, model=model, device_type=DeviceType.SIGN) as us,
    ):
        with pytest.raises(DeviceRejected, match=r"\d{3} bytes, the device takes at most 300"):
            await us.driver.drive(us.order(Message("事" * 60)), ignore)
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(Message("事")), ignore)
        assert [json.loads(p)["desired"] for t, p in far.received if t.endswith("cmd")] == [{"multi": "事"}]


async def test_an_expired_order_is_not_sent() -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        with pytest.raises(DeviceUnreachable, match="expired"):
            await us.driver.drive(us.order(ttl_s=0.0), ignore)
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(), ignore)
        assert far.cmds.qsize() == 1


async def test_last_will_ends_what_waits_and_a_return_wakes() -> None:
    async with nats_broker() as address, near(address) as us:
        async with peer(address) as far:
            await far.say("availability", b"online", retain=True)
            far.on_cmd = far.mute
            drive = asyncio.create_task(us.driver.drive(us.order(), ignore))
            wait = asyncio.create_task(us.driver.read_back(us.clock.mono_s()))
            await far.cmds.get()
            woken = us.wakes
            await far.say("availability", b"offline", retain=True)
            for waiting in (drive, wait):
                with pytest.raises(DeviceUnreachable, match="last will"):
                    async with asyncio.timeout(3):
                        await waiting
            assert us.wakes == woken + 1
            with pytest.raises(DeviceUnreachable, match="last will"):
                await us.driver.drive(us.order(), ignore)
            with pytest.raises(DeviceUnreachable, match="last will"):
                await us.driver.read_back(0.0)
        async with peer(address) as far:
            woken, hellos = us.wakes, far.hellos
            await far.say("availability", b"online", retain=True)
            await until(lambda: us.wakes > woken)
            async with asyncio.timeout(3):
                reading = await us.driver.drive(us.order(), ignore)
            assert reading.value is Aspect.CLOSED
            assert far.hellos > hellos  # whoever came back proved itself anew


async def test_the_brokers_own_word_that_the_device_died_is_believed() -> None:
    async with nats_broker() as address, near(address) as us:
        async with peer(address, will=True) as far:
            await far.state("open", None)
            await until(lambda: us.driver.last() is not None)
            far.cut()
            await until(lambda: getattr(us.driver.last(), "note", "") == OFFLINE)
        held = us.driver.last()
        assert held is not None
        assert (held.value, held.live) == (Aspect.OPEN, False)


async def test_a_live_report_after_the_last_will_is_a_return() -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        await far.say("availability", b"offline", retain=True)
        await until(lambda: us.wakes == 2)  # the link, the last will
        await far.state("dark", None)
        await until(lambda: us.wakes == 3)
        async with asyncio.timeout(3):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED


async def test_read_back_waits_for_a_newer_live_report() -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        await far.state("closed", None)
        await until(lambda: us.driver.last() is not None)
        first = await us.driver.read_back(0.0)
        assert first == us.driver.last()
        newer = asyncio.create_task(us.driver.read_back(us.clock.mono_s()))
        await far.say("state", b"{not json")
        await until(lambda: us.driver.counters["bad_state"] == 1)
        assert not newer.done()
        await far.state("closed", None)
        async with asyncio.timeout(3):
            assert (await newer).at_s > first.at_s


@pytest.mark.parametrize(
    "change",
    [{"shown": "dark"}, {"mode": "local"}, {"mode": "fallback"}, {"fault": True}, {"cmd_id": "7.9"}, {}],
)
async def test_only_a_changed_report_wakes(change: Json) -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        base: Json = {"shown": "closed", "cmd_id": None}
        await far.state(**base)
        await until(lambda: us.driver.last() is not None)
        woken, before = us.wakes, us.driver.last()
        await far.state(**(base | change))
        await until(lambda: us.driver.last() != before)
        assert us.wakes == woken + bool(change)
        held = us.driver.last()
        assert held is not None
        assert (held.local, held.fallback) == (
            change.get("mode") == "local",
            change.get("mode") == "fallback",
        )
        assert held.fault is change.get("fault", False)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe{}",
        b'{"shown": NaN}',
        b'{"shown": "closed", "at": 1e999}',
        b"[" * 5_000,
        b'{"a":' * 1_500 + b"1" + b"}" * 1_500,
        b"[]",
        b'"closed"',
        b"{}",
        b'{"shown": 4}',
        b'{"shown": ["closed"]}',
        b'{"shown": "closed", "cmd_id": 7}',
        b'{"shown": "closed", "mode": "asleep"}',
        b'{"shown": "closed", "fault": "no"}',
        b'{"shown": "closed", "at": "now"}',
        b'{"shown": "closed", "x": "\\ud800"}',
        b'{"shown": "closed", "x": "' + b"x" * 9_000 + b'"}',
    ],
)
async def test_bad_payloads_are_dropped_and_the_next_good_one_counts(payload: bytes) -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        await far.say("state", payload)
        await far.say("ack", payload)
        await far.say("availability", payload)
        counted = us.driver.counters
        await until(
            lambda: {"bad_state", "bad_ack", "bad_availability"} <= {k for k, n in counted.items() if n}
        )
        assert counted["bad_state"] == counted["bad_ack"] == counted["bad_availability"] == 1
        assert us.driver.last() is None
        async with asyncio.timeout(3):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED
        assert us.link.state.counters.get("handler_errors", 0) == 0


async def test_an_unknown_aspect_is_a_reading_without_value() -> None:
    async with nats_broker() as address, peer(address) as far, near(address) as us:
        await far.state("flashing_amber", None)
        await until(lambda: us.driver.last() is not None)
        held = us.driver.last()
        assert held is not None
        assert held.value is None
        assert "flashing_amber" in held.note


async def test_a_model_without_cmd_id_in_its_states_is_proved_after_settling() -> None:
    paths = native().state.model_copy(update={"cmd_id": None})
    model = native().model_copy(update={"state": paths, "settle_ms": 150})
    async with nats_broker() as address, peer(address) as far, near(address, model=model) as us:
        far.on_cmd = far.mute
        order = us.order()
        drive = asyncio.create_task(us.driver.drive(order, ignore))
        await far.cmds.get()
        sent_s = us.clock.mono_s()
        await far.ack(order.cmd_id)
        await far.state("open", None)
        await until(lambda: us.driver.last() is not None)
        assert not drive.done()
        while not drive.done():
            await far.state("closed", None)
        reading: Reading = await drive
        assert reading.value is Aspect.CLOSED
        assert reading.at_s - sent_s > 0.1


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(None, id="silent"),
        pytest.param({"simulator": False}, id="says-no"),
        pytest.param({"simulator": True, "nonce": "old"}, id="other-nonce"),
        pytest.param({"simulator": True, "device": "LCS-2"}, id="other-device"),
    ],
)
async def test_a_simulated_site_sends_nothing_to_a_device_that_is_no_simulator(identity: Json | None) -> None:
    async with nats_broker() as address, peer(address, identity=identity) as far, near(address) as us:
        with pytest.raises(NotASimulator, match="did not prove itself a simulator: nothing was sent"):
            async with asyncio.timeout(3):
                await us.driver.drive(us.order(), ignore)
        assert far.hellos >= 1
        far.identity = {"simulator": True}
        async with asyncio.timeout(3):
            await us.driver.drive(us.order(seq=5), ignore)
        cmds = [json.loads(p)["cmd_id"] for t, p in far.received if t == f"{BASE}/cmd"]
        assert cmds == ["7.5"]


async def test_a_live_site_refuses_a_device_while_it_answers_as_a_simulator() -> None:
    async with nats_broker() as address, peer(address) as far, near(address, simulated=False) as us:
        await until(lambda: far.hellos == 1)
        await until(lambda: "received" in us.link.state.counters)
        with pytest.raises(DeviceUnreachable, match="answers as a simulator and this site is live"):
            async with asyncio.timeout(3):
                await us.driver.drive(us.order(), ignore)
        assert far.cmds.empty()
        far.identity = None
        async with asyncio.timeout(3):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED


async def test_a_live_site_drives_a_real_device_without_asking_it() -> None:
    async with (
        nats_broker() as address,
        peer(address, identity=None) as far,
        near(address, simulated=False) as us,
    ):
        async with asyncio.timeout(3):
            assert (await us.driver.drive(us.order(), ignore)).value is Aspect.CLOSED
        assert far.hellos == 1  # the one to all


VALUES: list[tuple[DeviceType, Value, Any]] = [
    (DeviceType.HEAD, Aspect.MERGE_LEFT, "merge_left"),
    (DeviceType.SIGN, Message(), {"multi": ""}),
    (DeviceType.BEACON, BeaconState(flash=True), {"flash": True, "siren": False}),
]


@pytest.mark.parametrize(("device_type", "value", "wire"), VALUES)
async def test_every_type_of_value_makes_the_round_trip(
    device_type: DeviceType, value: Value, wire: Any
) -> None:
    async with nats_broker() as address, peer(address) as far, near(address, device_type=device_type) as us:
        async with asyncio.timeout(3):
            reading = await us.driver.drive(us.order(value), ignore)
        assert reading.value == value
        assert far.cmds.get_nowait()["desired"] == wire
