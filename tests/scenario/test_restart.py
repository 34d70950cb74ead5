"""kill -9 and what a start makes of what it finds (P2, S11)."""

import asyncio

import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Road, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
KILLS = 10
READY_S = 5.0
VERIFIED_S = 5.0


@pytest.mark.timeout(120)
async def test_an_activation_killed_half_way_is_resumed_ten_times_of_ten():
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
        loop = asyncio.get_running_loop()
        for number in range(KILLS):
            async with Desk(rig.url, rig.token) as desk:
                press = asyncio.create_task(desk.press(ORIGIN, wait=False, separate=True))
                # A different moment each time: before, in and after the fan-out.
                await asyncio.sleep(0.004 * number)
                await rig.kill_serve()
                answered = (await asyncio.gather(press, return_exceptions=True))[0]
            began_s = loop.time()
            await rig.restart_serve()
            async with Desk(rig.url, rig.token) as desk:

                async def is_ready(desk=desk):
                    return await desk.ready(), None

                await until(is_ready, READY_S, "ready")
                assert loop.time() - began_s < READY_S
                listed = (await desk.call("GET", "/api/v1/incidents"))["incidents"]
                open_ones = [i for i in listed if i["state"] in ("activating", "active", "degraded")]
                if isinstance(answered, dict):
                    assert answered["id"] in [i["id"] for i in open_ones], "an acknowledged press was lost"
                for one in open_ones:
                    await desk.until_state(one["id"], "active", within_s=VERIFIED_S)
                    incident = await desk.incident(one["id"])
                    lamps = await road.lamps()
                    heads = [d for d in incident["plan"]["demands"] if d["type"] != "beacon"]
                    assert {d["device"]: lamps[d["device"]] for d in heads} == {
                        d["device"]: d["value"] for d in heads
                    }
                for one in open_ones:
                    await desk.order(one["id"], "clear", reason="next round")
                    await desk.until_state(one["id"], "cleared", within_s=20)
                verify = await desk.call("GET", "/api/v1/audit/verify")
                assert verify["ok"], verify


async def test_a_release_killed_half_way_goes_on():
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
            incident = await desk.press(ORIGIN)
            await road.latency(60)
            await desk.order(incident["id"], "clear", reason="road is free")
            await road.until_lamp("LCS-FU-13-1", "open", within_s=20)
        await rig.kill_serve()
        await road.latency(0)
        assert (await road.lamps())["LCS-FU-07-1"] == "closed"
        await rig.restart_serve()
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_state(incident["id"], "cleared", within_s=20)
            await desk.until_well(within_s=15)


async def test_an_empty_store_opens_none_of_five_closed_heads():
    found = [f"LCS-FU-{n:02d}-1" for n in (7, 8, 9)] + ["LCS-FU-02-2", "LCS-FU-05-1"]
    async with running_rig(serve=False) as rig, Road(rig.control_url) as road:
        for head in found:
            await road.switch(head, "closed")
        await rig.start_serve()
        async with Desk(rig.url, rig.token) as desk:

            async def adopted():
                rows = (await desk.call("GET", "/api/v1/alarms"))["alarms"]
                heads = {row["subject"] for row in rows if row["kind"] == "unexplained"}
                return heads == set(found), heads

            await until(adopted, 15, "five unexplained restrictions")
            incident = await desk.press(ORIGIN)
            await desk.order(incident["id"], "clear", reason="test")
            await desk.until_state(incident["id"], "cleared", within_s=20)
            lamps = await road.lamps()
            assert {lamps[head] for head in found} == {"closed"}
            history = await road.history()
            assert not [
                e for e in history if e["device"] in found and e["lamp"] == "open" and e["cause"] == "command"
            ]
            await desk.call("POST", f"/api/v1/devices/{found[0]}/release", json={"reason": "seen: free"})
            await road.until_lamp(found[0], "open", within_s=5)
            assert (await road.lamps())[found[1]] == "closed"
