"""Incidents that change while they stand, on the real wire: undo, left-out devices, updates, time passing."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN, clear
from config.loader import sample_site_path
from simulators.remote import Desk, Refused, Road, until
from tests.scenario.command import ordered
from tests.scenario.conftest import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUICK = "{undo_s: 10, wrong_way_kmh: 300, wrong_way_lead_min: 0, wrong_way_min_m: 0, advisory_dwell_s: 4}"
WRONG_WAY = {"carriageway": "FU", "chainage": "K1889+400", "lanes": {"1": "affected"}, "type": "wrong_way"}
CLOSED = {"carriageway": "FU", "chainage": "K1888+700", "lanes": [1], "type": "breakdown"}


def with_policy(folder: Path, policy: str) -> Path:
    """Write the sample site with a policy; the file is called the same, so that its folder tells it apart."""
    path = folder / "sanduling.yaml"
    path.write_text(f"{sample_site_path().read_text('utf-8')}\npolicy: {policy}\n", "utf-8")
    return path


def queue(chainage: str, end: str | None = None) -> dict[str, Any]:
    place = {"chainage": chainage} | ({"chainage_end": end} if end else {})
    return {"carriageway": "FU", **place, "lanes": {"2": "affected"}, "type": "congestion"}


async def at_rest(scene) -> None:
    await scene.desk.until_well(within_s=15)
    lamps = await scene.road.lamps()
    assert {lamp for name, lamp in lamps.items() if name.startswith("LCS-")} == {"open"}


async def test_a_wrong_press_is_taken_back_by_one_call_and_by_one_command(scene):
    pressed = await scene.desk.press(ORIGIN)
    assert pressed["undo"]["what"] == "press"
    since_ms = max(e["at_ms"] for e in await scene.road.history())
    undone = await scene.desk.order(pressed["id"], "undo", wait=True)
    assert undone["clear_verdict"]["outcome"] == "met", undone["clear_verdict"]["line"]
    await scene.desk.until_state(pressed["id"], "cancelled", within_s=20)
    opened = [
        e["device"]
        for e in await scene.road.history(since_ms)
        if e["at_ms"] > since_ms and e["device"].startswith("LCS-FU") and e["lamp"] == "open"
    ]
    inside = [d for d in dict.fromkeys(opened) if d.endswith("-1") and 7 <= int(d[7:9]) <= 16]
    assert inside == sorted(inside, reverse=True), "gantry by gantry from the incident upstream"
    await at_rest(scene)
    pressed = await scene.desk.press(ORIGIN, separate=True)
    code, out, err = await ordered(scene.rig, "undo", pressed["id"])
    assert (code, err) == (0, ""), out + err
    assert "cancelled" in out
    with pytest.raises(Refused) as refused:
        await scene.desk.order(pressed["id"], "undo")
    assert refused.value.status == 409
    await at_rest(scene)


async def test_an_undo_killed_half_way_goes_on(scene):
    pressed = await scene.desk.press(ORIGIN)
    await scene.road.latency(60)
    await scene.desk.order(pressed["id"], "undo")
    await scene.rig.kill_serve()
    await scene.road.latency(0)
    await scene.rig.restart_serve()
    await scene.reopen()
    await scene.desk.until_state(pressed["id"], "cancelled", within_s=20)
    await at_rest(scene)


async def test_a_device_is_left_out_of_one_press_and_named(scene):
    plan = (await scene.desk.call("POST", "/api/v1/plans", json={"text": ORIGIN}))["plan"]
    asked = {d["device"]: d["value"] for d in plan["demands"]}
    lane = sorted(d for d in asked if d.startswith("LCS-FU") and d.endswith("-1"))
    head = lane[next(i for i, d in enumerate(lane) if asked[d] == "closed") - 1]
    assert asked[head] in ("merge_right", "closed_ahead")
    code, out, err = await ordered(scene.rig, "alert", ORIGIN, "--drop", head, "--json")
    assert code == 0, out + err
    told = json.loads(out)
    assert told["dropped"] == [head]
    assert head in told["verdict"]["line"]
    assert (await scene.road.lamps())[head] == "open"
    inside = "LCS-FU-09-1"
    with pytest.raises(Refused) as refused:
        await scene.desk.press(ORIGIN, separate=True, drop=[inside])
    assert refused.value.status == 409
    assert "S3" in str(refused.value)
    await clear(scene.desk, told["id"])
    await at_rest(scene)


async def test_sirens_are_silenced_on_the_road(scene):
    pressed = await scene.desk.press(ORIGIN)
    lamps = await scene.road.lamps()
    loud = [n for n, lamp in lamps.items() if isinstance(lamp, dict) and lamp.get("siren")]
    assert loud
    code, out, err = await ordered(scene.rig, "silence", "--reason", "crew on the phone")
    assert (code, err) == (0, ""), out + err
    assert pressed["id"] in out

    async def silent():
        now = await scene.road.lamps()
        return all(now[n] == {"flash": True, "siren": False} for n in loud), {n: now[n] for n in loud}

    await until(silent, 5, "sirens silent, lights on")
    await clear(scene.desk, pressed["id"])
    await at_rest(scene)


async def test_a_joined_report_that_says_more_is_driven_and_survives_a_kill(scene):
    first = await scene.desk.press("", **CLOSED)
    second = await scene.desk.press("", **CLOSED | {"chainage": "K1888+450"})
    assert (second["joined"], second["id"]) == (True, first["id"])

    async def added():
        seen = await scene.desk.incident(first["id"])
        verdicts = [a["verdict"]["outcome"] for a in seen["added"] if a["verdict"] is not None]
        return "met" in verdicts, seen["added"]

    await until(added, 8, "what the second report added is proved")
    more = await scene.desk.incident(first["id"])
    grown = {c["lane"]: c["from"] for c in more["plan"]["closures"]}
    assert grown != {c["lane"]: c["from"] for c in first["plan"]["closures"]}
    await scene.rig.kill_serve()
    await scene.rig.restart_serve()
    await scene.reopen()
    again = await scene.desk.until_state(first["id"], "active", within_s=10)
    assert again["plan"]["demands"] == more["plan"]["demands"]
    await clear(scene.desk, first["id"])
    await at_rest(scene)


@pytest.mark.timeout(150)
async def test_time_passes_a_wrong_way_driver_and_a_queue(tmp_path):
    site = with_policy(tmp_path, QUICK)
    async with running_rig(site) as rig, Road(rig.control_url) as road:
        scene = Scene(rig, Desk(rig.url, rig.token), road)
        await scene.desk.until_well(within_s=15)
        pressed = await scene.desk.press("", **WRONG_WAY)
        first = [d["device"] for d in pressed["plan"]["demands"]]
        assert "LCS-FU-04-1" not in first
        # 83 m a second: the next gantry upstream is reached in a few seconds, also over a kill.
        await road.until_lamp("LCS-FU-04-1", "caution", within_s=25)
        await rig.kill_serve()
        assert (await road.lamps())["LCS-FU-03-1"] == "open", "nobody has come so far yet"
        await rig.restart_serve()
        await scene.reopen()
        await road.until_lamp("LCS-FU-03-1", "caution", within_s=40)
        told = await scene.desk.incident(pressed["id"])
        assert told["added"]
        await scene.desk.order(pressed["id"], "clear", reason="caught")
        await scene.desk.until_state(pressed["id"], "cleared", within_s=20)

        pressed = await scene.desk.press("", **queue("K1889+060", "YK1890+310"))
        assert (await road.lamps())["LCS-FU-03-1"] == "caution"
        assert (await road.lamps())["LCS-FU-01-1"] == "open"
        moved = await scene.desk.press("", **queue("K1888+300"))
        assert moved["joined"]
        assert moved["id"] == pressed["id"]
        await road.until_lamp("LCS-FU-01-1", "caution", within_s=5)
        path = f"/api/v1/incidents/{pressed['id']}"
        await scene.desk.call("PATCH", path, json=queue("K1889+060", "YK1890+310"))
        assert (await road.lamps())["LCS-FU-01-1"] == "caution", "it stands its shortest time"
        await road.until_lamp("LCS-FU-01-1", "open", within_s=10)
        assert (await road.lamps())["LCS-FU-03-1"] == "caution"
        alarms = (await scene.desk.call("GET", "/api/v1/alarms"))["alarms"]
        assert not [a for a in alarms if a["kind"] == "unexplained"]
        await scene.desk.http.aclose()


async def test_an_outdated_plan_says_so_after_a_restart_and_is_updated_by_a_person(tmp_path):
    site = with_policy(tmp_path, "{closure_before_m: 800}")
    async with running_rig(site) as rig, Road(rig.control_url) as road:
        scene = Scene(rig, Desk(rig.url, rig.token), road)
        await scene.desk.until_well(within_s=15)
        pressed = await scene.desk.press("", **CLOSED)
        await rig.stop_serve()
        lamps = await road.lamps()
        with_policy(tmp_path, "{closure_before_m: 800, closure_gantries: 1, adjacent_caution: false}")
        await rig.restart_serve()
        await scene.reopen()
        told = await scene.desk.until_state(pressed["id"], "active", within_s=10)
        assert told["plan_outdated"]
        assert told["plan_differs"]
        assert (await road.lamps()) == lamps, "nothing changes by an upgrade"
        code, out, err = await ordered(scene.rig, "update", pressed["id"])
        assert (code, err) == (0, ""), out + err

        async def over():
            seen = await scene.desk.incident(pressed["id"])
            return seen["release"] is None, seen["release"]

        await until(over, 20, "what today's plan takes back is released")
        now, seen = await road.lamps(), await scene.desk.incident(pressed["id"])
        assert not seen["plan_outdated"]
        for demand in seen["plan"]["demands"]:
            if demand["type"] == "head":
                assert now[demand["device"]] == demand["value"], demand["device"]
        assert now != lamps
        await clear(scene.desk, pressed["id"])
        await at_rest(scene)
        await scene.desk.http.aclose()
