"""A corrected incident closes the new lane, proved, before it opens the old one (S6); judged by the lamps."""

import pytest

from benchmarks.press import ORIGIN, clear, press
from config.loader import load_site, sample_site_path
from config.sign_meaning import Level, level
from controller.states.moving import OVERLAP_S
from devices.clock import SystemClock
from simulators.remote import Refused, until
from tests.scenario.command import ordered

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPENED = {"open", "caution"}
"""Beside a closed lane the open one shows caution."""
SLOW = "福向三都岭隧道内慢车道追尾,启动预警"


async def corrected(scene, incident, text):
    answer = await scene.desk.call(
        "PATCH", f"/api/v1/incidents/{incident}", params={"wait": "verified"}, json={"text": text}
    )
    assert answer["verdict"]["outcome"] == "met", answer["verdict"]["line"]
    await released(scene, incident)
    return answer


async def released(scene, incident):
    async def over():
        seen = await scene.desk.incident(incident)
        return seen["release"] is None, seen["release"]

    await until(over, 20, "the replaced demands released")


async def test_the_new_lane_is_closed_and_proved_before_the_old_one_opens(scene):
    done = await press(scene.desk, scene.road)
    since_ms = max(e["at_ms"] for e in await scene.road.history())
    await corrected(scene, done.incident, SLOW)
    history = [e for e in await scene.road.history(since_ms) if e["at_ms"] > since_ms]
    closed_ms = [
        e["at_ms"]
        for e in history
        if e["device"].startswith("LCS-FU") and e["device"].endswith("-2") and e["lamp"] == "closed"
    ]
    opened_ms = [
        e["at_ms"]
        for e in history
        if e["device"].startswith("LCS-FU") and e["device"].endswith("-1") and e["lamp"] in OPENED
    ]
    assert len(closed_ms) >= 10
    assert len(opened_ms) >= 10
    assert max(closed_ms) < min(opened_ms)
    lamps = await scene.road.lamps()
    incident = await scene.desk.incident(done.incident)
    assert incident["state"] == "active"
    assert incident["lanes"] == {"2": "blocked"}
    for demand in incident["plan"]["demands"]:
        assert lamps[demand["device"]] == demand["value"], demand["device"]
    assert {lamps[f"LCS-FU-{n:02d}-1"] for n in range(7, 17)} <= OPENED
    await clear(scene.desk, done.incident)
    await scene.desk.until_well(within_s=15)
    assert {lamp for lamp in (await scene.road.lamps()).values() if isinstance(lamp, str)} == {
        "open",
        "green",
    }


async def test_the_old_lane_opens_gantry_by_gantry_and_no_sign_says_that_the_road_is_closed(scene):
    done = await press(scene.desk, scene.road)
    since_ms = max(e["at_ms"] for e in await scene.road.history())
    # A sign that an interlock binds to heads says what they show, for a second too.
    interlocked = {d for one in load_site(sample_site_path()).interlocks.values() for d in one.never}
    brief_ms = SystemClock().wall_ms() + OVERLAP_S * 1000  # a busy machine may take longer: then it is said
    await corrected(scene, done.incident, SLOW)
    history = [e for e in await scene.road.history(since_ms) if e["at_ms"] > since_ms]
    texts = [
        e["lamp"]["multi"]
        for e in history
        if e["at_ms"] < brief_ms and isinstance(e["lamp"], dict) and "multi" in e["lamp"]
        if e["device"] not in interlocked
    ]
    assert texts
    assert not [text for text in texts if level(text) is Level.CLOSURE]
    opened: dict[str, float] = {}
    for e in history:
        if e["device"].startswith("LCS-FU") and e["device"].endswith("-1") and e["lamp"] in OPENED:
            opened.setdefault(e["device"], e["at_ms"])
    order = sorted(opened, key=lambda device: opened[device])
    inside = [device for device in order if 7 <= int(device[7:9]) <= 16]
    assert inside == sorted(inside, reverse=True)
    times = [opened[device] for device in inside]
    assert len(set(times)) == len(times) >= 10, "one cross-section after another, not all at once"
    await clear(scene.desk, done.incident)


async def test_a_correction_back_and_a_clear_in_its_middle_leave_nothing_behind(scene):
    done = await press(scene.desk, scene.road)
    await scene.road.latency(40)
    try:
        await scene.desk.call("PATCH", f"/api/v1/incidents/{done.incident}", json={"text": SLOW})
        await scene.desk.call("PATCH", f"/api/v1/incidents/{done.incident}", json={"text": ORIGIN})
        await scene.desk.call("PATCH", f"/api/v1/incidents/{done.incident}", json={"text": SLOW})
        await clear(scene.desk, done.incident)
    finally:
        await scene.road.latency(0)
    await scene.desk.until_well(within_s=15)
    assert {lamp for lamp in (await scene.road.lamps()).values() if isinstance(lamp, str)} == {
        "open",
        "green",
    }


async def test_another_carriageway_is_another_incident(scene):
    done = await press(scene.desk, scene.road)
    with pytest.raises(Refused) as refused:
        await scene.desk.call(
            "PATCH",
            f"/api/v1/incidents/{done.incident}",
            json={"text": "浙向三都岭隧道内快车道追尾,启动预警"},
        )
    assert refused.value.status == 409
    await clear(scene.desk, done.incident)


async def test_a_correction_killed_half_way_goes_on(scene):
    done = await press(scene.desk, scene.road)
    await scene.road.latency(60)
    await scene.desk.call("PATCH", f"/api/v1/incidents/{done.incident}", json={"text": SLOW})
    await scene.rig.kill_serve()
    await scene.road.latency(0)
    assert (await scene.road.lamps())["LCS-FU-08-1"] == "closed"
    await scene.rig.restart_serve()
    await scene.reopen()
    await released(scene, done.incident)
    active = await scene.desk.until_state(done.incident, "active", within_s=10)
    lamps = await scene.road.lamps()
    for demand in active["plan"]["demands"]:
        if demand["type"] == "head":
            assert lamps[demand["device"]] == demand["value"], demand["device"]
    await clear(scene.desk, done.incident)


async def test_the_command_line_corrects_and_follows_until_the_old_lane_is_open(scene):
    done = await press(scene.desk, scene.road)
    code, out, err = await ordered(scene.rig, "correct", done.incident, SLOW)
    assert code == 0, out + err
    assert (await scene.desk.incident(done.incident))["release"] is None
    lamps = await scene.road.lamps()
    assert lamps["LCS-FU-07-2"] == "closed"
    assert lamps["LCS-FU-07-1"] in OPENED
    await clear(scene.desk, done.incident)
    await scene.desk.until_well(within_s=15)
