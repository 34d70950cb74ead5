"""Starts that meet what they did not leave: no broker, an empty store while devices know a later command."""

import asyncio
import json
import time

import aiomqtt
import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Road, until

SIGN, BEACON = "VMS-FU-P", "BCN-FU-07"
A_DAY_MS = 86_400_000


@pytest.mark.timeout(90)
async def test_without_a_broker_the_rest_is_driven_and_all_once_it_is_there() -> None:
    async with running_rig(serve=False) as rig, Road(rig.control_url) as road:
        await rig.broker.stop()
        await rig.start_serve()
        async with Desk(rig.url, rig.token) as desk:
            devices = await desk.devices()
            mqtt = {device for device, row in devices.items() if row["model"] == "native-mqtt"}
            await desk.until_well(within_s=20, but=sorted(mqtt))
            incident = await desk.press(ORIGIN)
            wanted = {demand["device"] for demand in incident["plan"]["demands"]}
            states = {step["device"]: step["state"] for step in incident["steps"]}
            proved = {device for device, state in states.items() if state == "verified"}
            assert proved == wanted - mqtt, {d: s for d, s in states.items() if d in mqtt}
            assert set(incident["verdict"]["failed"]) <= mqtt

            async def one_alarm() -> tuple[bool, list[str]]:
                alarms = (await desk.call("GET", "/api/v1/alarms", params={"kind": "link"}))["alarms"]
                return [a["subject"] for a in alarms] == ["MQTT"], [a["cause"] for a in alarms]

            await until(one_alarm, 60, "one alarm for the broker")
            await rig.broker.start()
            await desk.until_state(incident["id"], "active", within_s=15)
            assert (await road.lamps())[SIGN] != ""


async def _former_commands(broker: tuple[str, int], desired: dict[str, object]) -> None:
    """Command devices as a controller did whose clock was a day ahead; return once they have obeyed."""
    now_ms = time.time_ns() // 1_000_000
    async with asyncio.timeout(10), aiomqtt.Client(*broker) as client:
        for device in desired:
            await client.subscribe(f"onekey/sanduling/{device}/ack", qos=1)
        epoch = (now_ms + A_DAY_MS) // 1000
        for device, value in desired.items():
            body = {
                "v": 1,
                "cmd_id": f"{epoch}.5",
                "incident_id": "",
                "device": device,
                "epoch": epoch,
                "seq": 5,
                "issued_at": now_ms,
                "expires_at": now_ms + 5_000,
                "desired": value,
            }
            await client.publish(f"onekey/sanduling/{device}/cmd", json.dumps(body), qos=1)
        obeyed = 0
        async for message in client.messages:
            answer = json.loads(bytes(message.payload))
            assert answer["ok"], answer
            obeyed += 1
            if obeyed == len(desired):
                return


@pytest.mark.timeout(90)
async def test_a_reinstalled_controller_takes_over_devices_that_know_a_higher_epoch() -> None:
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
        await rig.stop_serve()
        lamps = await road.lamps()
        await _former_commands(
            (rig.broker.host, rig.broker.port), {SIGN: {"multi": ""}, BEACON: lamps[BEACON]}
        )
        rig.forget()
        await rig.start_serve()
        async with Desk(rig.url, rig.token) as desk:
            incident = await desk.press(ORIGIN)
            await desk.until_state(incident["id"], "active", within_s=10)
            steps = {step["device"]: step["state"] for step in incident["steps"]}
            assert {SIGN, BEACON} <= set(steps)
            rows = (await desk.call("GET", "/api/v1/audit", params={"kind": "epoch"}))["rows"]
            assert rows, "the epoch was raised above what they had applied, durably"
            seen = await desk.devices()
            assert seen[SIGN]["well"]
            assert seen[BEACON]["well"]

            async def no_alarm() -> tuple[bool, list[str]]:
                alarms = (await desk.call("GET", "/api/v1/alarms"))["alarms"]
                standing = [a["cause"] for a in alarms if a["cleared_ms"] is None]
                return not standing, standing

            await until(no_alarm, 10, "no device is left at `stale`")
            await desk.order(incident["id"], "clear", reason="test")
            await desk.until_state(incident["id"], "cleared", within_s=30)
