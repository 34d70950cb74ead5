"""Row 24 and what stands behind it: one stream for all tabs, and a lost one that is not taken for live."""

import signal
import time

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console import Console
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(90)]
NOTICED_S = 3.0


async def back(console: Console) -> None:
    await console.scene.rig.restart_serve()
    await console.scene.reopen()
    await console.scene.desk.until_well(within_s=20)


async def test_row_24_a_lost_server_is_said_within_3_s_and_the_key_stays_armed(console: Console) -> None:
    page, scene = console.page, console.scene
    console.forgiven += ["ERR_", "Failed to load"]
    incident = await console.press()
    await scene.desk.until_state(incident, "active", within_s=8)
    await console.choose("ZJ")
    began_s = time.monotonic()
    await scene.rig.kill_serve()
    banner = page.locator(".banner.lost")
    await expect(banner).to_be_visible(timeout=NOTICED_S * 1000)
    assert time.monotonic() - began_s < NOTICED_S
    box = await banner.bounding_box()
    assert box is not None
    assert box["width"] >= 1900
    assert "grayscale" in await page.locator(".strip").first.evaluate("e => getComputedStyle(e).filter")
    await expect(page.locator(".orders .hold").first).to_be_disabled()
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=not_sent]")).to_be_visible(timeout=2_600)
    await expect(page.locator(".answer")).to_contain_text("8001")  # the site file's phone
    await back(console)
    await expect(banner).to_be_hidden(timeout=15_000)
    await expect(page.locator("#alert-key")).to_be_enabled()
    await page.click("#alert-key")  # the same choice again, the same key: it is sent now
    await expect(page.locator("[data-answer=accepted], [data-answer=refused]")).to_be_visible()


async def test_row_24_a_frozen_server_is_noticed_too(console: Console) -> None:
    page, serve = console.page, console.scene.rig.serve
    console.forgiven += ["ERR_", "Failed to load"]
    assert serve is not None
    await console.choose()
    serve.send(signal.SIGSTOP)
    try:
        await expect(page.locator(".banner.lost")).to_be_visible(timeout=NOTICED_S * 1000)
        began_s = time.monotonic()
        await page.click("#alert-key")
        await expect(page.locator("[data-answer=not_sent]")).to_be_visible(timeout=2_800)
        assert time.monotonic() - began_s < 2.8
    finally:
        serve.send(signal.SIGCONT)
    await expect(page.locator(".banner.lost")).to_be_hidden(timeout=15_000)


async def test_row_24_lock_and_service_are_off_while_nothing_is_seen(console: Console) -> None:
    console.forgiven += ["ERR_", "Failed to load"]
    page = console.page
    await console.head("LCS-ZJ-05-1").click()
    await page.locator(".card summary").click()
    await expect(page.locator(".card form button")).to_be_enabled()
    await console.scene.rig.kill_serve()
    await expect(page.locator(".banner.lost")).to_be_visible(timeout=NOTICED_S * 1000)
    await expect(page.locator(".card form button")).to_be_disabled()
    await back(console)
    await expect(page.locator(".banner.lost")).to_be_hidden(timeout=15_000)


async def test_all_tabs_of_a_browser_share_one_stream(console: Console) -> None:
    tabs = [console.page]
    for _ in range(7):  # more than the six connections a browser opens to one server
        tab = await console.new_page()
        await tab.goto(console.scene.rig.url)
        tabs.append(tab)
    for tab in tabs:
        await console.live(tab)
    incident = await console.scene.desk.press("福向三都岭隧道内快车道追尾,启动预警")
    for tab in tabs:
        await expect(tab.locator(f"a[href='/incidents/{incident['id']}']")).to_be_visible()
    for tab in tabs[1:]:
        await tab.close()


async def test_a_browser_without_shared_workers_is_live_too(scene: Scene, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-CN")
    await context.add_init_script("delete window.SharedWorker")
    one = Console(scene, context)
    await one.start(log_in=False)
    await expect(one.page.locator("dialog")).to_be_visible()
    assert not one.wrong()
    await context.close()


async def test_the_first_paint_is_quick(console: Console) -> None:
    page = await console.new_page()
    await page.goto(console.scene.rig.url)
    await console.live(page)
    painted_ms = await page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 9999"
    )
    assert painted_ms < 1_000
