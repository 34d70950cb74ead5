"""Rows 8 to 15 and 23: what the road shows, to scale, by shape and colour, and what is not known."""

import colorsys
import io
import re
from typing import Any

import httpx2
import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from config.loader import load_site, sample_site_path
from config.tokens import Role
from devices import glyphs
from devices.pixel_form import PixelForm
from devices.sign_pictures import picture_from_json
from devices.values import Message
from simulators.remote import Refused
from tests.browser.console import TOKENS, Console, at_rest
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(60)]

GIVEN_UP = re.compile("mismatch|failed")
"""Written several times in vain; then plans count without it."""


async def middle(console: Console, selector: str) -> float:
    box = await console.page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box["x"] + box["width"] / 2


async def test_row_08_shown_is_filled_and_desired_is_an_outline(console: Console) -> None:
    await console.scene.road.fault("LCS-FU-10-1", stuck=True)
    await console.press()
    stuck, well = console.head("LCS-FU-10-1"), console.head("LCS-FU-09-1")
    await expect(well).to_have_attribute("data-shown", "closed")
    assert await well.locator(".wanted").count() == 0
    await expect(stuck).to_have_attribute("data-shown", "open")
    await expect(stuck).to_have_attribute("data-desired", "closed")
    assert await stuck.locator(".wanted path").count() == 1
    await expect(stuck).to_have_attribute("data-condition", GIVEN_UP, timeout=20_000)
    assert await stuck.locator(".flag").count() == 1


async def test_row_09_the_strip_is_to_scale(console: Console) -> None:
    page = console.page
    for carriageway, turned in (("FU", 1), ("ZJ", -1)):
        strip = f"[data-carriageway={carriageway}]"
        found = page.locator(f"{strip} .gantry")
        places = [float(await g.get_attribute("data-at") or 0) for g in await found.all()]
        xs = [await middle(console, f"{strip} .gantry >> nth={n}") for n in range(len(places))]
        assert len(places) >= 10
        px_per_m = (xs[-1] - xs[0]) / (places[-1] - places[0])
        assert px_per_m * turned > 0  # one runs to the right, the other to the left, as on a map
        assert all(abs(x - xs[0] - (m - places[0]) * px_per_m) < 1.5 for x, m in zip(xs, places, strict=True))
        posts = await page.locator(f"{strip} .post text").all_text_contents()
        assert any("1890" in post for post in posts)
        assert await page.locator(f"{strip} .bore").count() == 1


async def test_row_09_the_incident_points_with_the_traffic(console: Console) -> None:
    await console.press("FU")
    await expect(console.page.locator("[data-carriageway=FU] [data-incident]")).to_have_attribute(
        "data-pointing", "right"
    )
    await console.scene.desk.press("浙向三都岭隧道内慢车道追尾,启动预警")
    await expect(console.page.locator("[data-carriageway=ZJ] [data-incident]")).to_have_attribute(
        "data-pointing", "left"
    )


async def test_row_10_each_aspect_has_its_own_shape(console: Console) -> None:
    page, lamps = console.page, {}
    aspects = ("dark", "open", "caution", "closed_ahead", "merge_left", "merge_right", "closed")
    await console.scene.road.fault("LCS-ZJ-01-1", local=True)  # nothing is written to it then
    for aspect in aspects:
        await console.scene.road.switch("LCS-ZJ-01-1", aspect)
        head = console.head("LCS-ZJ-01-1")
        await expect(head).to_have_attribute("data-shown", aspect, timeout=15_000)
        lamp = head.locator("path.lamp")
        lamps[aspect] = (await lamp.get_attribute("d"), await lamp.get_attribute("class"))
    shapes = {d for d, _ in lamps.values()}
    assert len(shapes) == len(aspects) - 1  # the two crosses differ in colour
    assert len(set(lamps.values())) == len(aspects)
    assert await page.locator(".lamp.red").count() >= 1


async def test_row_11_the_distance_rule_is_seen(console: Console) -> None:
    await console.press()
    for device, shown in {
        "LCS-FU-01-1": "closed_ahead",
        "LCS-FU-03-1": "merge_right",
        "LCS-FU-04-1": "closed",
        "LCS-FU-16-1": "closed",
    }.items():
        await expect(console.head(device)).to_have_attribute("data-shown", shown)


_LIT = """async (canvas) => {
  const [columns, rows] = [%d, %d];
  const context = canvas.getContext("2d");
  const dot = canvas.width / columns;
  const lit = [];
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const at = [x, y].map((n) => Math.floor((n + 0.3) * dot));
      const [r, g, b] = context.getImageData(...at, 1, 1).data;
      lit.push(r + g + b > 200 ? 1 : 0);
    }
  return lit;
}"""


@pytest.mark.skipif(not glyphs.installed(), reason="no sign font: run make font")
async def test_row_12_a_sign_is_drawn_from_the_bytes_a_pixel_sign_is_sent(console: Console) -> None:
    await console.press()
    shape = load_site(sample_site_path()).devices["VMS-FU-T"].shape
    assert shape is not None
    device = (await console.scene.desk.devices())["VMS-FU-T"]
    sign = console.page.locator(".strips [data-device='VMS-FU-T']")
    await expect(sign.locator("canvas")).to_have_attribute("data-multi", device["desired"]["multi"])
    await expect(sign.locator(".ghost")).to_have_count(0)
    drawn = picture_from_json(PixelForm(shape).to_wire(Message(device["desired"]["multi"])))
    expected = [1 if pixel else 0 for pixel in drawn.pages[0].pixels]

    async def lit() -> Any:
        return await sign.locator("canvas").evaluate(_LIT % (drawn.width_px, drawn.height_px))

    for _ in range(20):
        if await lit() == expected:
            break
        await console.page.wait_for_timeout(100)
    assert await lit() == expected
    assert sum(expected) > 500


async def test_row_13_a_sign_text_is_checked_before_it_is_sent(console: Console) -> None:
    page, scene = console.page, console.scene
    console.forgiven.append("422")
    await page.locator(".strips [data-device='VMS-FU-T']").click()
    await page.locator(".card summary").click()
    fits = page.locator(".card [data-fits]")
    await page.select_option(".card select[aria-label='已批准的文字']", "前方事故,减速慢行")
    await expect(fits).to_have_attribute("data-fits", "true")
    free = page.locator(".card input[aria-label='文字']")
    for text, why in (("字" * 40, "needs 5 lines"), ("前方死亡事故", "死亡")):
        await free.fill(text)
        await expect(fits).to_have_attribute("data-fits", "false")
        body = {"value": {"multi": text}, "reason": "test"}
        with pytest.raises(Refused, match=why):
            await scene.desk.call("PUT", "/api/v1/devices/VMS-FU-T/lock", json=body)
    assert (await scene.desk.devices())["VMS-FU-T"]["lock"] is None


async def test_row_13_free_words_need_a_role_that_the_api_asks_for(scene: Scene, browser: Browser) -> None:
    path = f"{scene.rig.url}/api/v1/devices/VMS-FU-T/lock"
    own, approved = "当心横风", "前方事故,减速慢行"
    headers = {"Authorization": f"Bearer {TOKENS[Role.OPERATE]}"}
    async with httpx2.AsyncClient(headers=headers) as operator:
        answer = await operator.put(path, json={"value": {"multi": own}, "reason": "wind"})
        assert (answer.status_code, answer.json()["needed"]) == (403, "manage")
    assert (await scene.desk.devices())["VMS-FU-T"]["lock"] is None
    for role, text in ((Role.OPERATE, approved), (Role.MANAGE, own)):
        context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        console = Console(scene, context)
        await console.start(role=role)
        page = console.page
        await page.locator(".strips [data-device='VMS-FU-T']").click()
        await page.locator(".card summary").click()
        free = page.locator(".card input[aria-label='文字']")
        assert await free.count() == (0 if role is Role.OPERATE else 1)
        if role is Role.OPERATE:
            await expect(page.locator(".card")).to_contain_text("自拟文字须管理角色")
            await page.select_option(".card select[aria-label='已批准的文字']", text)
        else:
            await free.fill(text)
        await page.fill(".card input[required]", "wind on the bridge")
        await page.locator(".card form button").click()
        await expect(page.locator("[data-lock]")).to_contain_text(text)
        lock = (await scene.desk.devices())["VMS-FU-T"]["lock"]
        assert (lock["value"], lock["actor"]["role"]) == ({"multi": text}, role)
        assert not console.wrong()
        await context.close()
        await scene.desk.call("DELETE", "/api/v1/devices/VMS-FU-T/lock")
    await at_rest(scene)


async def test_row_14_a_beacon_flashes_slowly_and_stands_still_where_motion_is_unwanted(
    console: Console,
) -> None:
    await console.press()
    flash = console.page.locator(".strips [data-device='BCN-FU-01'] .flash")
    await expect(flash).to_be_visible()
    seconds = await flash.evaluate("e => parseFloat(getComputedStyle(e).animationDuration)")
    assert seconds >= 1 / 3
    await console.page.emulate_media(reduced_motion="reduce")
    assert await flash.evaluate("e => getComputedStyle(e).animationName") == "none"


async def test_row_15_normal_is_grey(console: Console) -> None:
    await console.page.mouse.move(5, 5)
    picture = Image.open(io.BytesIO(await console.page.screenshot())).convert("RGB").resize((480, 270))
    raw = picture.tobytes()
    saturated = 0
    for at in range(0, len(raw), 3):
        _, saturation, value = colorsys.rgb_to_hsv(*(byte / 255 for byte in raw[at : at + 3]))
        saturated += saturation > 0.4 and value > 0.25
    assert saturated / (len(raw) / 3) < 0.01


async def test_row_23_what_is_not_heard_is_unknown_with_its_age(console: Console) -> None:
    await console.scene.road.fault("LCS-FU-01-1", offline=True, silent=True)
    head = console.head("LCS-FU-01-1")
    await expect(head).to_have_attribute("data-shown", "unknown", timeout=25_000)
    await expect(head.locator(".box")).to_have_class(re.compile("unknown"))
    title = await head.locator("title").text_content()
    assert title is not None
    assert "未知" in title
    assert "秒" in title
