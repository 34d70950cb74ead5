"""Dead devices: named at the budget, driven when they return, and nobody else waits for them (P3, P4, T2)."""

import asyncio
from collections import Counter

import pytest

from benchmarks.press import ORIGIN, clear
from simulators.remote import Refused, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
RETURN_S = 2.0
SLACK_S = 1.0
"""A busy test machine; the benchmark measures, the test only tells a return from none."""


async def degraded_press(scene, dead):
    incident = await scene.desk.press(ORIGIN)
    verdict = incident["verdict"]
    assert verdict["outcome"] == "missed"
    assert set(verdict["failed"]) == set(dead), verdict["line"]
    assert all(verdict["failed"].values()), "every dead device has its reason"
    assert verdict["verified"] == verdict["total"] - len(dead)
    assert incident["state"] == "degraded"
    return incident


async def standing(scene):
    """The alarms that stand, with how many devices each speaks for."""
    alarms = (await scene.desk.call("GET", "/api/v1/alarms"))["alarms"]
    return [(a["kind"], a["subject"], len(a["devices"])) for a in alarms if a["cleared_ms"] is None]


async def until_standing(scene, *alarms):
    async def look():
        found = await standing(scene)
        return found == list(alarms), found

    await until(look, 5, f"the alarms {alarms}")


async def test_a_dead_head_is_named_and_driven_when_it_returns(short_scene):
    head = "LCS-FU-09-1"
    await short_scene.road.fault(head, exception=4)
    incident = await degraded_press(short_scene, [head])
    await until_standing(short_scene, ("device", head, 0))
    await short_scene.road.mend(head)
    await short_scene.road.until_lamp(head, "closed", within_s=RETURN_S + SLACK_S)
    active = await short_scene.desk.until_state(incident["id"], "active", within_s=5)
    assert active["verdict"]["late"]
    await clear(short_scene.desk, incident["id"])


async def test_a_dead_outstation_is_named_head_by_head_and_driven_when_it_returns(short_scene):
    devices = await short_scene.desk.devices()
    plc = [d["id"] for d in devices.values() if d["link"] == "FU-PLC-1"]
    kinds = Counter(devices[device]["type"] for device in plc)
    assert kinds == {"head": 20, "portal": 1, "speaker": 1}
    await short_scene.road.link_fault("FU-PLC-1", down=True)
    incident = await degraded_press(short_scene, plc)
    await until_standing(short_scene, ("link", "FU-PLC-1", 22))
    await short_scene.road.link_fault("FU-PLC-1", down=False)
    wanted = {demand["device"]: demand["value"] for demand in incident["plan"]["demands"]}
    assert {wanted[f"LCS-FU-09-{lane}"] for lane in (1, 2)} == {"closed", "caution"}
    for device in plc:
        await short_scene.road.until_lamp(device, wanted[device], within_s=RETURN_S + SLACK_S)
    await until_standing(short_scene)
    await short_scene.desk.until_state(incident["id"], "active", within_s=5)
    await clear(short_scene.desk, incident["id"])


async def test_a_dead_unit_behind_a_gateway_costs_its_neighbours_nothing_in_the_verdict(short_scene):
    await short_scene.road.link_fault("FU-GW-1", serial=True, dead_units=[12], dead_unit_ms=1000)
    devices = await short_scene.desk.devices()
    assert devices["LCS-FU-05-1"]["link"] == "FU-GW-1"
    incident = await degraded_press(short_scene, ["LCS-FU-05-1", "LCS-FU-05-2"])
    await until_standing(short_scene, ("link", "FU-GW-1/12", 2))
    await short_scene.road.link_fault("FU-GW-1", serial=True, dead_units=[])
    await short_scene.road.until_lamp("LCS-FU-05-1", "closed", within_s=RETURN_S + SLACK_S)
    await short_scene.desk.until_state(incident["id"], "active", within_s=5)
    await clear(short_scene.desk, incident["id"])


async def test_a_stopped_broker_is_named_device_by_device_and_all_are_driven_when_it_is_back(short_scene):
    devices = await short_scene.desk.devices()
    mqtt = {d["id"] for d in devices.values() if d["model"] == "native-mqtt"}
    plan = await short_scene.desk.call("POST", "/api/v1/plans", json={"text": ORIGIN})
    wanted = [d["device"] for d in plan["plan"]["demands"] if d["device"] in mqtt]
    await short_scene.rig.broker.stop()
    try:
        incident = await degraded_press(short_scene, wanted)
        link = devices[wanted[0]]["link"]
        await until_standing(short_scene, ("link", link, len(wanted)))
    finally:
        await short_scene.rig.broker.start()
    await short_scene.desk.until_state(incident["id"], "active", within_s=10)
    await clear(short_scene.desk, incident["id"])


async def test_a_device_in_local_mode_is_not_written(short_scene):
    head = "LCS-FU-08-1"
    await short_scene.road.fault(head, local=True)

    async def known():
        mode = (await short_scene.desk.devices())[head]["mode"]
        return mode == "local", mode

    try:
        await until(known, 12, "the controller has seen the panel switched to local")
        incident = await degraded_press(short_scene, [head])
        assert "local" in incident["verdict"]["failed"][head]
        seen = await short_scene.road.device(head)
        assert seen["commanded"] == seen["lamp"] == "open"
    finally:
        await short_scene.road.mend(head)
    await short_scene.road.until_lamp(head, "closed", within_s=5)
    await clear(short_scene.desk, incident["id"])


async def test_a_stuck_lamp_is_never_called_verified(short_scene):
    head = "LCS-FU-07-1"
    await short_scene.road.fault(head, stuck=True)
    try:
        incident = await degraded_press(short_scene, [head])
        assert "open" in incident["verdict"]["failed"][head]
    finally:
        await short_scene.road.mend(head)
    await short_scene.desk.order(incident["id"], "clear", reason="test")
    await short_scene.desk.until_state(incident["id"], "cleared", within_s=20)
    await short_scene.desk.until_well(within_s=15)


async def test_a_release_waits_for_a_dead_head_until_a_person_goes_on_without_proof(short_scene):
    head = "LCS-FU-10-1"
    incident = await short_scene.desk.press(ORIGIN)
    await short_scene.road.fault(head, exception=4)
    await short_scene.desk.order(incident["id"], "clear", reason="road is free")

    async with asyncio.timeout(20):
        while True:
            seen = await short_scene.desk.incident(incident["id"])
            if head in seen["release"]["waits_for"]:
                break
            await asyncio.sleep(0.05)
    lamps = await short_scene.road.lamps()
    assert lamps["LCS-FU-09-1"] == "closed", "nothing upstream of it opens meanwhile"
    assert lamps["LCS-FU-11-1"] == "open"
    with pytest.raises(Refused) as refused:
        await short_scene.desk.order(incident["id"], "clear")
    assert refused.value.status == 409
    assert head in str(refused.value)
    await short_scene.desk.order(
        incident["id"], "clear", without_proof=[head], reason="seen by the patrol: lane is free"
    )
    cleared = await short_scene.desk.until_state(incident["id"], "cleared", within_s=20)
    async with asyncio.timeout(5):
        while cleared["clear_verdict"] is None:  # it is journalled a moment after the state
            await asyncio.sleep(0.05)
            cleared = await short_scene.desk.incident(incident["id"])
    assert head in cleared["clear_verdict"]["failed"]
    await short_scene.road.mend(head)
    await short_scene.road.until_lamp(head, "open", within_s=5)
    await short_scene.desk.until_well(within_s=15)
