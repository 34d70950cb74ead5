"""kill -9 at random moments of presses and clears, judged by the lamps and the journal.

KILLS=200 SEED=7 make prove
"""

import asyncio
import os
import random
import secrets

import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Road, until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]
OPEN = ("activating", "active", "degraded", "clearing")


async def test_no_acknowledged_press_is_lost_and_nothing_opens_unordered():
    kills = int(os.environ.get("KILLS", "200"))
    seed = int(os.environ.get("SEED", secrets.randbelow(2**31)))
    print(f"SEED={seed} KILLS={kills}")
    chance = random.Random(seed)
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
        for number in range(kills):
            where = f"SEED={seed}, kill {number}"
            async with Desk(rig.url, rig.token) as desk:
                press = asyncio.create_task(desk.press(ORIGIN, wait=False, separate=True))
                clearing = chance.random() < 0.5
                ordered = None
                if clearing:
                    ordered = await press
                    await desk.until_state(ordered["id"], "active", within_s=10)
                    await desk.order(ordered["id"], "clear", reason="prove")
                await asyncio.sleep(chance.uniform(0, 0.25 if clearing else 0.06))
                await rig.kill_serve()
                answered = (await asyncio.gather(press, return_exceptions=True))[0]
            await rig.restart_serve()
            async with Desk(rig.url, rig.token) as desk:

                async def is_ready(desk=desk):
                    return await desk.ready(), None

                await until(is_ready, 5, f"ready after {where}")
                listed = (await desk.call("GET", "/api/v1/incidents"))["incidents"]
                open_ids = [i["id"] for i in listed if i["state"] in OPEN]
                if isinstance(answered, dict) and not clearing:
                    assert answered["id"] in open_ids, f"an acknowledged press was lost: {where}"
                for incident in open_ids:
                    state = (await desk.incident(incident))["state"]
                    if state != "clearing" and (ordered is None or incident != ordered["id"]):
                        done = await desk.until_state(incident, "active", within_s=10)
                        lamps = await road.lamps()
                        for demand in done["plan"]["demands"]:
                            if demand["type"] != "beacon":
                                shown = lamps[demand["device"]]
                                assert shown == demand["value"], f"{demand['device']} {shown}: {where}"
                        await desk.order(incident, "clear", reason="prove")
                    await desk.until_state(incident, "cleared", within_s=30)
                await desk.until_well(within_s=30)
                verify = await desk.call("GET", "/api/v1/audit/verify")
                assert verify["ok"], f"{verify}: {where}"
