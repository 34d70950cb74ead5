"""A wire that spoils what passes: nothing untrue is called verified; everything stands when it is well."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Road, until
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]
PLC, MQTT = "FU-PLC-1", "MQTT"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def wired(short_budget_site: Path) -> AsyncIterator[Scene]:
    async with running_rig(short_budget_site, chaos=True) as rig, Road(rig.control_url) as road:
        scene = Scene(rig, Desk(rig.url, rig.token), road)
        await scene.desk.until_well(within_s=20)
        yield scene
        await scene.desk.http.aclose()


async def judged(scene: Scene) -> dict[str, Any]:
    """Press; whatever is verified at the verdict is what the lamps show."""
    incident = await scene.desk.press(ORIGIN)
    lamps = await scene.road.lamps()
    wanted = {d["device"]: d["value"] for d in incident["plan"]["demands"] if d["type"] == "head"}
    for step in incident["steps"]:
        if step["state"] == "verified" and step["device"] in wanted:
            assert lamps[step["device"]] == wanted[step["device"]], step
    return incident


async def mended(scene: Scene, link: str, incident: dict[str, Any]) -> None:
    """Once the wire is well everything is driven and proved; then the road is cleared."""
    await scene.road.chaos(link)
    await scene.desk.until_state(incident["id"], "active", within_s=20)
    await scene.desk.order(incident["id"], "clear", reason="next")
    await scene.desk.until_state(incident["id"], "cleared", within_s=30)
    await scene.desk.until_well(within_s=20)


@pytest.mark.parametrize(
    ("link", "chaos"),
    [
        pytest.param(PLC, {"duplicate_percent": 40, "seed": 2}, id="frames-doubled"),
        pytest.param(PLC, {"reorder_percent": 40, "seed": 3}, id="frames-out-of-order"),
        pytest.param(PLC, {"one_byte": True}, id="byte-by-byte"),
        pytest.param(PLC, {"bytes_per_s": 400}, id="a-slow-line"),
        pytest.param(PLC, {"delay_ms": 300}, id="late"),
        pytest.param(PLC, {"drop": True}, id="half-open"),
        pytest.param(MQTT, {"drop": True}, id="broker-half-open"),
        pytest.param(MQTT, {"delay_ms": 200}, id="broker-late"),
    ],
)
async def test_a_bad_wire_makes_nothing_untrue(wired: Scene, link: str, chaos: dict[str, Any]) -> None:
    await wired.road.chaos(link, **chaos)
    incident = await judged(wired)
    if chaos.get("drop"):
        behind = {d for d, row in (await wired.desk.devices()).items() if row["link"] == link}
        assert set(incident["verdict"]["failed"]) <= behind, "nobody else waits for it"
        assert incident["verdict"]["failed"]
    await mended(wired, link, incident)


@pytest.mark.parametrize(
    ("link", "chaos"),
    [
        pytest.param(PLC, {"flip_percent": 30, "seed": 1}, id="on-an-outstation"),
        pytest.param("FU-GW-1", {"flip_percent": 30, "seed": 4}, id="on-a-gateway"),
        pytest.param(MQTT, {"flip_percent": 10, "seed": 1}, id="at-the-broker"),
    ],
)
async def test_bits_turned_over_leave_nothing_untrue_behind(
    wired: Scene, link: str, chaos: dict[str, Any]
) -> None:
    """Modbus TCP trusts the checksum of TCP, and the proxy makes a right one: an answer may say anything.

    So what is verified meanwhile is not judged here; once the wire is well every lamp shows what is demanded.
    """
    await wired.road.chaos(link, **chaos)
    incident = await wired.desk.press(ORIGIN)
    await wired.road.chaos(link)

    async def true() -> tuple[bool, str]:
        lamps, rows = await wired.road.lamps(), await wired.desk.devices()
        heads = {d["device"] for d in incident["plan"]["demands"] if d["type"] == "head"}
        wrong = {d: (lamps[d], rows[d]["desired"]) for d in heads if lamps[d] != rows[d]["desired"]}
        return not wrong, str(wrong)

    await until(true, 25, "every lamp as demanded")
    await mended(wired, link, incident)


async def test_connections_cut_under_way_are_made_again(wired: Scene) -> None:
    incident = await wired.desk.press(ORIGIN, wait=False)
    for _ in range(5):
        await wired.road.cut(PLC)
        await wired.road.cut(MQTT)
    await mended(wired, PLC, incident)


async def test_without_the_proxies_the_answer_says_how_to_get_them() -> None:
    async with running_rig(serve=False) as rig, Road(rig.control_url) as road:
        answer = await road.http.put(f"/links/{PLC}/chaos", json={"drop": True})
        assert answer.status_code == 404
        assert "--chaos" in answer.text
