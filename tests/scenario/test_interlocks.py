"""Interlocks over the real wire: a release waits for its partner, a conflict on the road is latched (S9)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from api.rig import Rig, running_rig
from config.loader import sample_site_path
from simulators.remote import Desk, Refused, Road, until
from tests.scenario.command import ordered

pytestmark = pytest.mark.asyncio(loop_scope="module")
# One pair a way of reaching a device: registers behind two unit ids, coils behind a gateway, MQTT.
PLC = ("LCS-ZJ-05-1", "LCS-ZJ-05-2")
COILS = ("LCS-FU-04-1", "LCS-FU-04-2")
MQTT = ("LCS-FU-02-1", "LCS-FU-02-2")
SETTLE_S = 2.0
SLACK_S = 1.5
"""A busy test machine; the unit tests in virtual time hold the exact limit."""

RULES = "".join(
    f"  test-{a}: {{never: {{{a}: [open], {b}: [closed]}}, reason: {{zh: 试验, en: trial}}}}\n"
    for a, b in (PLC, COILS, MQTT)
)


@dataclass
class Scene:
    rig: Rig
    desk: Desk
    road: Road

    async def lock(self, device: str, value: str) -> None:
        body = {"value": value, "reason": "trial"}
        await self.desk.call("PUT", f"/api/v1/devices/{device}/lock", json=body)

    async def unlock(self, device: str) -> None:
        await self.desk.call("DELETE", f"/api/v1/devices/{device}/lock")

    async def interlock(self, pair: tuple[str, str]) -> dict[str, Any]:
        rows = (await self.desk.call("GET", "/api/v1/interlocks"))["interlocks"]
        return next(row for row in rows if row["id"] == f"test-{pair[0]}")

    async def until_interlock(self, pair, state: str, within_s: float) -> dict[str, Any]:
        async def look():
            row = await self.interlock(pair)
            return row["state"] == state, row

        return await until(look, within_s, f"interlock {state}")

    async def reset(self, pair, reason: str = "mended, seen by the patrol") -> dict[str, Any]:
        path = f"/api/v1/interlocks/test-{pair[0]}/reset"
        return dict(await self.desk.call("POST", path, json={"reason": reason}))

    async def at_rest(self) -> None:
        await self.desk.until_well(within_s=20)


@pytest.fixture(scope="module")
def site_path(tmp_path_factory):
    """The sample site with three interlocks more."""
    text = sample_site_path().read_text("utf-8")
    head, found, tail = text.partition("\ninterlocks:\n")
    text = f"{head}{found}{RULES}{tail}" if found else f"{text}\ninterlocks:\n{RULES}"
    path = tmp_path_factory.mktemp("site") / "sanduling.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def interlocked(site_path) -> AsyncIterator[Scene]:
    async with running_rig(site_path) as rig, Road(rig.control_url) as road:
        scene = Scene(rig, Desk(rig.url, rig.token), road)
        await scene.at_rest()
        yield scene
        await scene.desk.http.aclose()


@pytest.mark.parametrize("pair", [PLC, COILS, MQTT], ids=["registers", "coils", "mqtt"])
async def test_a_release_leaves_only_after_its_partner_is_proved(interlocked, pair):
    scene, (a, b) = interlocked, pair
    await scene.lock(b, "closed")
    await scene.road.until_lamp(a, "caution", within_s=5)
    await scene.road.until_lamp(b, "closed", within_s=5)
    raised = (await scene.desk.devices())[a]
    assert raised["raised_by"] == f"interlock test-{a}"
    await scene.road.fault(b, lamp_delay_ms=900)
    try:
        await scene.unlock(b)

        async def waits():
            row = (await scene.desk.devices())[a]
            return row["verdict"] == "held", row

        row = await until(waits, 2, "the release is held back")
        assert row["waits_for"] == [b]
        assert row["reason"].startswith(f"waits for {b} (")
        assert (await scene.interlock(pair))["holds"] == [a]
        await scene.road.until_lamp(a, "open", within_s=10)
    finally:
        await scene.road.mend(b)
    changes = await scene.road.history()
    opened = [e["device"] for e in changes if e["device"] in pair and e["lamp"] == "open"]
    assert opened[-2:] == [b, a], "the lamps say so, not the controller"
    await scene.at_rest()


async def test_a_stuck_partner_holds_the_release_until_it_is_mended(interlocked):
    scene, (a, b) = interlocked, COILS
    await scene.lock(b, "closed")
    await scene.road.until_lamp(a, "caution", within_s=5)
    await scene.road.until_lamp(b, "closed", within_s=5)
    await scene.road.fault(b, stuck=True)
    await scene.unlock(b)
    await asyncio.sleep(4)
    assert (await scene.road.lamps())[a] == "caution"
    said = (await scene.desk.http.get("/metrics")).text
    assert f'onekey_interlock_holds_total{{interlock="test-{a}"}}' in said
    await scene.road.mend(b)
    await scene.road.switch(b, "open")
    await scene.road.until_lamp(a, "open", within_s=5)


async def test_lamps_switched_at_the_cabinet_are_a_conflict_that_stays_latched(interlocked):
    scene, (a, b) = interlocked, PLC
    for device in (a, b):
        await scene.road.fault(device, local=True)
    await scene.road.switch(b, "closed")
    try:
        latched = await scene.until_interlock(PLC, "latched", within_s=10 + SETTLE_S + SLACK_S)
        assert latched["stands"] == "conflict"
        assert latched["seen"] == {a: "open", b: "closed"}
        alarms = (await scene.desk.call("GET", "/api/v1/alarms?kind=conflict"))["alarms"]
        assert [(alarm["subject"], alarm["priority"]) for alarm in alarms] == [(f"test-{a}", "critical")]
        body = {"minutes": 10, "reason": "noise"}
        with pytest.raises(Refused, match="never shelved"):
            await scene.desk.call("POST", f"/api/v1/alarms/{alarms[0]['id']}/shelve", json=body)
        with pytest.raises(Refused, match="still stands"):
            await scene.reset(PLC)
    finally:
        for device in (a, b):
            await scene.road.mend(device)
    for device in (a, b):
        await scene.road.until_lamp(device, "closed", within_s=15)

    async def gone():
        row = await scene.interlock(PLC)
        return (row["state"], row["stands"]) == ("latched", "kept"), row

    await until(gone, 3, "the conflict is gone and the interlock still latched")

    # It outlives a kill, and its devices stay shut.
    await scene.rig.kill_serve()
    await scene.rig.restart_serve()
    await scene.desk.http.aclose()
    scene.desk = Desk(scene.rig.url, scene.rig.token)

    async def ready():
        return await scene.desk.ready(), None

    await until(ready, 10, "ready")
    assert (await scene.interlock(PLC))["state"] == "latched"
    await asyncio.sleep(2)
    lamps = await scene.road.lamps()
    assert lamps[a] == lamps[b] == "closed"

    code, out, err = await ordered(scene.rig, "interlock", "reset", f"test-{a}", "--reason", "switched back")
    assert code == 0, err
    assert out.startswith(f"test-{a}  ")
    await scene.road.until_lamp(a, "open", within_s=5)
    await scene.road.until_lamp(b, "open", within_s=5)
    rows = (await scene.desk.call("GET", "/api/v1/audit?kind=conflict_reset"))["rows"]
    assert rows[-1]["body"]["reason"] == "switched back"
    listed = (await scene.desk.call("GET", "/api/v1/alarms?kind=conflict"))["alarms"]
    assert [alarm["state"] for alarm in listed] == ["cleared_unacked"], "nobody has said that they saw it"
    assert (await scene.desk.call("GET", "/api/v1/audit/verify"))["ok"]
    await scene.at_rest()


async def test_a_stuck_lamp_that_contradicts_its_partner_is_latched_within_a_second_of_the_settle_time(
    interlocked,
):
    scene, (a, b) = interlocked, COILS
    await scene.road.fault(a, stuck=True)
    await scene.lock(b, "closed")
    await scene.road.until_lamp(b, "closed", within_s=5)
    shown_s = asyncio.get_running_loop().time()
    await scene.until_interlock(COILS, "latched", within_s=SETTLE_S + 1 + SLACK_S)
    took_s = asyncio.get_running_loop().time() - shown_s
    assert took_s >= SETTLE_S - 0.6, "it had time to settle"
    row = await scene.interlock(COILS)
    assert row["stands"] == "conflict"
    with pytest.raises(Refused, match="still stands"):
        await scene.reset(COILS)
    await scene.road.mend(a)
    await scene.road.switch(a, "closed")

    async def gone():
        row = await scene.interlock(COILS)
        return row["stands"] == "kept", row

    await until(gone, 5, "the conflict is gone")
    await scene.reset(COILS)
    await scene.unlock(b)
    devices = await scene.desk.devices()
    if devices[a]["failed"] is not None:
        await scene.desk.call("POST", f"/api/v1/devices/{a}/repaired", json={"reason": "lamp replaced"})
    await scene.road.until_lamp(b, "open", within_s=10)
    await scene.road.until_lamp(a, "open", within_s=10)
