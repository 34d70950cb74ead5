"""A sign in pixel mode in the whole program: told the bytes preview and console draw, proved by them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import pytest_asyncio

from api.rig import running_rig
from config.loader import load_site
from devices import glyphs
from devices.sign_bitmap import bitmap
from devices.sign_pictures import picture_from_json
from simulators.remote import Desk, Road
from tests.scenario.conftest import Scene

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not glyphs.installed(), reason="no sign font here: make font"),
]
SITE = Path(__file__).parents[1] / "kills" / "site.yaml"
SIGN = "VMS-1"
CRASH: dict[str, Any] = {"carriageway": "E", "chainage": "K12+400", "lanes": [1], "type": "rear_end"}


@dataclass
class Tapped:
    """A running rig, and every command the broker carried to the sign."""

    scene: Scene
    site: Path
    told: list[dict[str, Any]] = field(default_factory=list)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tapped(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tapped]:
    path = tmp_path_factory.mktemp("site") / "pixels.yaml"
    text = SITE.read_text("utf-8")
    changed = text.replace("at: K10+500, model: native-mqtt", "at: K10+500, model: pixel-mqtt")
    assert changed != text
    path.write_text(changed, "utf-8")
    async with running_rig(path) as rig, Road(rig.control_url) as road:
        one = Tapped(Scene(rig, Desk(rig.url, rig.token), road), path)

        async def listen() -> None:
            async with aiomqtt.Client(rig.broker.host, rig.broker.port, identifier="tap") as client:
                await client.subscribe(f"onekey/kills/{SIGN}/cmd", 1)
                async for message in client.messages:
                    one.told.append(json.loads(bytes(message.payload)))

        tap = asyncio.create_task(listen(), name="tap")
        await one.scene.desk.until_well(within_s=15)
        yield one
        while not tap.done():
            tap.cancel()
            await asyncio.wait({tap}, timeout=0.1)
        await one.scene.desk.http.aclose()


async def test_the_sign_is_sent_the_bytes_of_preview_and_console_and_proved_by_them(tapped: Tapped) -> None:
    scene, shape = tapped.scene, load_site(tapped.site).devices[SIGN].shape
    assert shape is not None
    incident = await scene.desk.press("", **CRASH)
    assert incident["verdict"]["outcome"] == "met", incident["verdict"]["line"]
    step = next(s for s in incident["steps"] if s["device"] == SIGN)
    assert "verified" in step["times"]
    multi = (await scene.desk.devices())[SIGN]["shown"]["multi"]
    assert multi == next(d["value"]["multi"] for d in incident["plan"]["demands"] if d["device"] == SIGN)

    sent = tapped.told[-1]["desired"]
    preview = await scene.desk.call("GET", f"/api/v1/devices/{SIGN}/picture", params={"multi": multi})
    lit = (await scene.road.lamps())[SIGN]
    assert preview.pop("refused") is None
    assert sent == preview == lit
    assert picture_from_json(sent) == bitmap(multi, shape)
    assert "multi" not in json.dumps(tapped.told[-1])

    await scene.desk.order(incident["id"], "clear", reason="lanes are free")
    await scene.desk.until_state(incident["id"], "cleared", within_s=30)
    assert (await scene.road.lamps())[SIGN] == {"multi": ""}


async def test_other_pixels_are_never_proved_and_a_restart_drives_the_picture_again(tapped: Tapped) -> None:
    scene = tapped.scene
    incident = await scene.desk.press("", **CRASH)
    lit = (await scene.road.lamps())[SIGN]
    wrong = json.loads(json.dumps(lit))
    wrong["pages"][0]["pixels"] = "CQ" + wrong["pages"][0]["pixels"][2:]  # one pixel lit beside the text
    await scene.road.fault(SIGN, wrong=wrong)
    await scene.road.until_lamp(SIGN, wrong, within_s=5)

    async def shown() -> Any:
        return (await scene.desk.devices())[SIGN]["shown"]

    async with asyncio.timeout(10):
        while await shown() is not None:  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)
    await scene.road.mend(SIGN)
    await scene.rig.kill_serve()
    await scene.rig.restart_serve()
    await scene.reopen()
    await scene.road.until_lamp(SIGN, lit, within_s=10)
    devices = await scene.desk.until_well(within_s=15)
    assert devices[SIGN]["shown"] == devices[SIGN]["desired"] != {"multi": ""}
    await scene.desk.order(incident["id"], "clear", reason="lanes are free")
    await scene.desk.until_state(incident["id"], "cleared", within_s=30)
