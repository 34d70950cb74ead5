"""The origin message, from the text to the lamps and back to base; judged by the lamp history."""

import pytest

from benchmarks.press import ORIGIN, clear, press
from simulators.remote import Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLOSED, ROAD_M = "closed", 0


def rank_of(lamp):
    return {"dark": 0, "open": 0, "caution": 1, "closed": 3}.get(lamp, 2)


async def test_the_origin_message_closes_the_fast_lane_and_warns(scene):
    before = await scene.road.lamps()
    done = await press(scene.desk, scene.road)
    lamps = await scene.road.lamps()
    assert done.verdict["outcome"] == "met", done.verdict["line"]
    assert not done.untrue
    devices = await scene.desk.devices()
    bore = [
        d for d in devices.values() if d["type"] == "head" and d["carriageway"] == "FU" and "PLC" in d["link"]
    ]
    assert len(bore) == 20
    assert {lamps[d["id"]] for d in bore if d["lane"] == 1} == {CLOSED}
    assert {lamps[d["id"]] for d in bore if d["lane"] == 2} == {"caution"}
    approach = sorted(
        (d for d in devices.values() if d["type"] == "head" and d["carriageway"] == "FU" and d["lane"] == 1),
        key=lambda d: d["at_m"],
    )
    seen = [lamps[d["id"]] for d in approach]
    kinds = list(dict.fromkeys(seen))
    assert kinds == ["closed_ahead", "merge_right", "closed"]
    assert lamps["VMS-FU-P"] == {"multi": "前方快车道事故,注意减速避让"}
    beacons = [d for d in devices.values() if d["type"] == "beacon" and d["carriageway"] == "FU"]
    wanted = {step["device"] for step in (await scene.desk.incident(done.incident))["steps"]}
    assert all(lamps[d["id"]] == {"flash": True, "siren": True} for d in beacons if d["id"] in wanted)
    assert sum(d["id"] in wanted for d in beacons) >= 5
    other = {d["id"] for d in devices.values() if d["carriageway"] == "ZJ"}
    assert other
    assert {d: lamps[d] for d in other} == {d: before[d] for d in other}
    await clear(scene.desk, done.incident)
    assert await scene.road.lamps() == before


async def test_lanes_reopen_before_the_warnings_go_dark(scene):
    done = await press(scene.desk, scene.road)
    incident = await scene.desk.incident(done.incident)
    since_ms = incident["activated_ms"] + 10_000_000_000
    history = await scene.road.history()
    since_ms = max(e["at_ms"] for e in history)
    await clear(scene.desk, done.incident)
    history = [e for e in await scene.road.history(since_ms) if e["at_ms"] > since_ms]
    devices = await scene.desk.devices()
    kinds = {d["device"]: d["type"] for d in incident["plan"]["demands"]}
    values = {d["device"]: d["value"] for d in incident["plan"]["demands"]}
    closed = [d for d, v in values.items() if v == CLOSED]
    opened_ms = {e["device"]: e["at_ms"] for e in history if e["device"] in closed and e["lamp"] == "open"}
    assert set(opened_ms) == set(closed)
    order = sorted(closed, key=lambda d: -devices[d]["at_m"])
    assert sorted(opened_ms, key=opened_ms.__getitem__) == order  # downstream end first
    warned = [d for d, v in values.items() if kinds[d] == "head" and v not in (CLOSED, "caution")]
    warned_ms = [e["at_ms"] for e in history if e["device"] in warned and e["lamp"] == "open"]
    assert min(warned_ms) > max(opened_ms.values())
    blank_ms = [e["at_ms"] for e in history if kinds.get(e["device"]) == "sign"]
    dark_ms = [e["at_ms"] for e in history if e["lamp"] == {"flash": False, "siren": False}]
    assert min(blank_ms + dark_ms) > max(warned_ms)
    silent_ms = [e["at_ms"] for e in history if e["lamp"] == {"flash": True, "siren": False}]
    assert max(silent_ms) < min(opened_ms.values())


async def test_a_second_press_of_the_same_event_joins_it(scene):
    first = await scene.desk.press(ORIGIN)
    second = await scene.desk.press(ORIGIN.replace(",", "，").replace(":", "："))
    assert second["id"] == first["id"]
    assert second["joined"]
    apart = await scene.desk.press(ORIGIN, separate=True)
    assert apart["id"] != first["id"]
    await clear(scene.desk, apart["id"])
    lamps = await scene.road.lamps()
    assert lamps["LCS-FU-07-1"] == CLOSED  # what the other incident derives stays
    await clear(scene.desk, first["id"])


async def test_a_release_held_half_way_closes_again(scene):
    done = await press(scene.desk, scene.road)
    await scene.road.latency(60)
    try:
        await scene.desk.order(done.incident, "clear")
        await scene.road.until_lamp("LCS-FU-14-1", "open", within_s=20)
        held = await scene.desk.order(done.incident, "hold")
        assert held["state"] == "activating"
        await scene.desk.until_state(done.incident, "active", within_s=10)
    finally:
        await scene.road.latency(0)
    lamps = await scene.road.lamps()
    assert all(lamps[d["device"]] == d["value"] for d in held["plan"]["demands"] if d["type"] != "beacon")
    await clear(scene.desk, done.incident)


async def test_prepared_sends_nothing_until_activated(scene):
    before = await scene.road.lamps()
    prepared = await scene.desk.press(ORIGIN, wait=False, activate=False)
    assert prepared["state"] == "prepared"
    assert await scene.road.lamps() == before
    active = await scene.desk.order(prepared["id"], "activate", wait=True)
    assert active["verdict"]["outcome"] == "met"
    await clear(scene.desk, prepared["id"])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        pytest.param({"text": "福向高岭隧道快车道追尾,启动预警"}, "三都岭", id="unknown-tunnel"),
        pytest.param({"text": "启动预警"}, "lanes", id="nothing-to-act-on"),
        pytest.param({"text": "福向三都岭隧道快车道或者慢车道追尾,启动预警"}, "lanes", id="which-lane"),
        pytest.param(
            {"text": "福向三都岭隧道K1880+000快车道追尾,启动预警"}, "K1880", id="outside-the-tunnel"
        ),
        pytest.param(
            {
                "carriageway": "FU",
                "tunnel": "sanduling",
                "chainage": "K1880+000",
                "lanes": [1],
                "type": "rear_end",
            },
            "place",
            id="contradictory-form",
        ),
        pytest.param(
            {"carriageway": "FU", "tunnel": "nowhere", "lanes": [7], "type": "tea"},
            "nowhere",
            id="three-mistakes",
        ),
        pytest.param({"txt": "typo"}, "txt", id="unknown-key"),
    ],
)
async def test_what_is_unclear_is_answered_and_nothing_is_sent(scene, body, word):
    before = await scene.road.lamps()
    with pytest.raises(Refused) as refused:
        await scene.desk.call("POST", "/api/v1/incidents", json=body)
    assert refused.value.status == 422
    assert word in str(refused.value.problem)
    assert "Traceback" not in str(refused.value.problem)
    assert await scene.road.lamps() == before
