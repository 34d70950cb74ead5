"""Every screen in Chinese while things go wrong: not three words of English in a row but quoted ones."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from api.rig import running_rig
from simulators.remote import Desk, Road
from tests.browser.console import Console, opened
from tests.browser.test_trouble import A, B, write_site
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(150)]
DEAD, OFF_AIR, STUCK, LOCKED = "BCN-FU-02", "VMS-FU-5", "LCS-FU-09-1", "LCS-ZJ-02-1"
WORKED_AT, FOUND, LEFT_OUT = "LCS-ZJ-07-1", "LCS-ZJ-03-2", "VMS-FU-2"
ENGLISH = re.compile(r"(?<![\w'./+-])[A-Za-z][a-z]+(?:[ ,;:]+[a-z][a-z]+){2,}")
READ = """() => {
  const quoted = "[lang=en], script, style, pre, code, kbd";
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest(quoted)) continue;
    if (node.nodeType === Node.TEXT_NODE) said.push(node.textContent);
    else for (const name of ["aria-label", "title", "placeholder"]) said.push(node.getAttribute(name) ?? "");
  }
  return said.map((one) => one.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
"""All a screen says: its texts, names for screen readers, hints. What is in English on purpose says so."""


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def bad_day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A road with an incident, dead devices, a lock, a conflict, work at a device and a found restriction."""
    site = write_site(Path(tmp_path_factory.mktemp("site")) / "sanduling.yaml")
    async with running_rig(site) as rig, Road(rig.control_url) as road:
        one = Scene(rig, Desk(rig.url, rig.token), road)
        await one.desk.until_well(within_s=60)
        for device in (DEAD, OFF_AIR):
            await road.fault(device, offline=True, silent=True)
        await road.fault(STUCK, stuck=True)
        for device in (A, B):
            await road.fault(device, local=True)
        await road.switch(B, "closed")
        await road.switch(FOUND, "closed")
        api = "/api/v1/devices"
        await one.desk.call("PUT", f"{api}/{LOCKED}/lock", json={"value": "closed", "reason": "夜间施工"})
        await one.desk.call("PUT", f"{api}/{WORKED_AT}/service", json={"reason": "换灯"})
        await one.desk.press("福向三都岭隧道内快车道追尾,启动预警")
        yield one
        await one.desk.http.aclose()


@pytest_asyncio.fixture(loop_scope="package")
async def screen(bad_day: Scene, browser: Browser) -> AsyncIterator[Console]:
    """A page of somebody who reads Chinese; what is refused on purpose is forgiven."""
    async with opened(bad_day, browser, forgiven=("409", "422", "404", "401")) as one:
        yield one


async def english_on(page: Page) -> list[str]:
    """Return what a screen says in English."""
    return [one for one in await page.evaluate(READ) if ENGLISH.search(one)]


async def test_the_road_and_its_devices(screen: Console) -> None:
    page = screen.page
    left = {}
    await expect(screen.head(DEAD)).to_have_attribute("data-condition", "dead", timeout=25_000)
    await expect(screen.head(A)).to_have_attribute("data-condition", "local", timeout=25_000)
    left["/"] = await english_on(page)
    for device in (DEAD, OFF_AIR, STUCK, A, B, LOCKED, WORKED_AT, FOUND, LEFT_OUT, "LCS-FU-07-1"):
        await page.locator(f".strips [data-device='{device}']").first.dispatch_event("click")
        await expect(page.locator("#card-title")).to_have_text(device)
        await page.evaluate("document.querySelectorAll('.card details').forEach((one) => (one.open = true))")
        left[device] = await english_on(page)
    assert {where: said for where, said in left.items() if said} == {}


async def test_what_is_chosen_pressed_and_refused(screen: Console) -> None:
    page = screen.page
    await page.fill(".paste input", "三都岭隧道追尾")
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(600)
    asked = await english_on(page)
    await screen.choose("ZJ")
    chosen = await english_on(page)
    await screen.head("LCS-FU-10-1").click()
    await page.locator(".card summary").click()
    await page.select_option(".card select[aria-label=锁定为]", "open")
    await page.fill(".card input[required]", "试")
    await page.locator(".card form button").click()
    await expect(page.locator(".card [role=alert]")).to_contain_text("锁定只能更严格")
    assert (asked, chosen, await english_on(page)) == ([], [], [])


@pytest.mark.parametrize(
    "path", ["/incidents", "/devices", "/alarms", "/audit", "/handover", "/site", "/scenarios"]
)
async def test_a_screen_of_the_top_bar(screen: Console, path: str) -> None:
    page = screen.page
    await screen.go(path)
    await page.wait_for_selector("main h1")
    if path == "/alarms":
        await expect(page.locator("[data-alarm='conflict:trial']")).to_be_visible(timeout=25_000)
    await page.wait_for_timeout(500)
    assert await english_on(page) == []


async def test_an_incident_and_its_report(screen: Console) -> None:
    page = screen.page
    incident = (await screen.incidents())[0]["id"]
    await screen.scene.desk.until_state(incident, "degraded", within_s=20)
    await screen.go("/incidents")
    await page.click(f"a[href='/incidents/{incident}']")
    await expect(page.locator("h1")).to_have_text(incident)
    await expect(page.locator(f"[data-device='{DEAD}'][data-step='unreachable']")).to_be_visible()
    whole = await english_on(page)
    await page.click(f"a[href='/report/{incident}']")
    await expect(page.locator("main")).to_contain_text("未按时验证")
    assert (whole, await english_on(page)) == ([], [])


async def test_a_wrong_token_is_refused_in_chinese(screen: Console) -> None:
    page = screen.page
    await page.click("header button:has-text('退出')")
    await page.fill("dialog input[type=password]", "no-such-token")
    await page.click("dialog .go")
    await expect(page.locator("dialog [role=alert]")).to_contain_text("令牌")
    assert await english_on(page) == []
