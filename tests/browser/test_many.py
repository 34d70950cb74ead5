"""Row 25 at size: the board of a site with 500 devices, every one simulated on the wire."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from api.rig import running_rig
from benchmarks.console import MANY, SCROLL, site_of_many
from simulators.remote import Desk, Road
from tests.browser.console import Console
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(120)]
FRAMES = 80


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
    assert len(await rows.evaluate(SCROLL)) == FRAMES  # their pace: python -m benchmarks.console
    assert await console.page.locator(".line[data-device]").count() < 60
    last = console.page.locator(".line[data-device]").last
    await expect(last).to_be_visible()
    await console.page.fill("input[aria-label=查找]", "LCS-FU-07-1")
    line = console.page.locator(".line[data-device='LCS-FU-07-1']")
    await expect(line).to_contain_text("封闭")
    assert not console.wrong()
    await context.close()
