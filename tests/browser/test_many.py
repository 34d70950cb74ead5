"""Row 25 at size: the board of a site with 500 devices, every one simulated on the wire."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from api.rig import running_rig
from config.loader import sample_site_path
from simulators.remote import Desk, Road
from tests.browser.console import Console
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(120)]
MANY = 500
FRAME_MS = 120
"""Nine of ten frames while scrolling are quicker, on a machine that does other work too."""

_SCROLL = """async (rows) => {
  const frames = [];
  let last = performance.now();
  for (let step = 1; step <= 80; step++) {
    rows.scrollTop = (step / 80) * rows.scrollHeight;
    await new Promise((done) => requestAnimationFrame(done));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.9)];
}"""


def site_of_many(folder: Path) -> Path:
    """Return the sample site with as many further gantries on the broker as it takes."""
    text = sample_site_path().read_text("utf-8")
    gantries, heads = "", ""
    for n in range((MANY - text.count("model: ")) // 2 + 1):
        name, metres = f"X{n:03d}", 1_878_700 + n * 45
        gantries += f"  {name}: {{carriageway: FU, at: K{metres // 1000}+{metres % 1000:03d}}}\n"
        for lane in (1, 2):
            place = f"gantry: {name}, lane: {lane}, model: native-mqtt, link: MQTT"
            heads += f"  - {{id: LCS-{name}-{lane}, type: head, {place}}}\n"
    text = text.replace("\ngantries:\n", f"\ngantries:\n{gantries}", 1)
    path = folder / "many.yaml"
    path.write_text(text.replace("\ndevices:\n", f"\ndevices:\n{heads}", 1), "utf-8")
    return path


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def big(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A rig of that site."""
    async with (
        running_rig(site_of_many(tmp_path_factory.mktemp("many"))) as rig,
        Road(rig.control_url) as road,
    ):
        one = Scene(rig, Desk(rig.url, rig.token), road)
        await one.desk.until_well(within_s=60)
        yield one
        await one.desk.http.aclose()


async def test_row_25_500_rows_scroll_while_devices_change(big: Scene, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    console = Console(big, context)
    await console.start()
    await console.go("/devices")
    rows = console.page.locator(".rows")
    await expect(rows).not_to_have_attribute("aria-rowcount", "0")
    assert int(await rows.get_attribute("aria-rowcount") or 0) >= MANY
    assert await console.page.locator(".line[data-device]").count() < 60
    await big.desk.press("福向三都岭隧道内快车道追尾,启动预警", wait=False)
    assert await rows.evaluate(_SCROLL) < FRAME_MS
    last = console.page.locator(".line[data-device]").last
    await expect(last).to_be_visible()
    await console.page.fill("input[aria-label=查找]", "LCS-FU-07-1")
    line = console.page.locator(".line[data-device='LCS-FU-07-1']")
    await expect(line).to_contain_text("封闭")
    assert not console.wrong()
    await context.close()
