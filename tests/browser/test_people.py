"""Rows 34 to 36: roles, both languages, keyboard only, axe; login; and text that is never markup."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from config.tokens import Role
from tests.browser.console import MANAGER, NAME, TOKENS, Console, at_rest
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(90)]
VIEWS = ("/", "/incidents", "/devices", "/alarms", "/audit", "/handover", "/site", "/scenarios")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest_asyncio.fixture(loop_scope="package")
async def as_role(scene: Scene, browser: Browser) -> AsyncIterator[Callable[[Role], Awaitable[Console]]]:
    """Give a page that is logged in with a token of a role."""
    contexts: list[BrowserContext] = []

    async def opened(role: Role) -> Console:
        context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        contexts.append(context)
        one = Console(scene, context)
        await one.start(role=role)
        return one

    yield opened
    for context in contexts:
        await context.close()
    await at_rest(scene)


async def test_row_34_the_api_refuses_what_a_role_may_not_do(scene: Scene) -> None:
    press = {"text": "福向三都岭隧道内快车道追尾,启动预警"}
    device = "/devices/LCS-ZJ-05-1"
    calls: tuple[tuple[str, str, dict[str, str], str], ...] = (
        ("POST", "/incidents", press, "operate"),
        ("POST", "/incidents/I-1/clear", {}, "operate"),
        ("POST", "/sirens/silence", {}, "operate"),
        ("PUT", f"{device}/lock", {"value": "closed", "reason": "x"}, "operate"),
        ("POST", "/interlocks/x/reset", {"reason": "x"}, "manage"),
        ("POST", "/scenarios/origin/runs", {}, "manage"),
        ("POST", f"{device}/walk", {"value": "closed"}, "configure"),
    )
    for role in (Role.VIEW, Role.OPERATE, Role.MANAGE):
        headers = {"Authorization": f"Bearer {TOKENS[role]}"}
        async with httpx2.AsyncClient(base_url=f"{scene.rig.url}/api/v1", headers=headers) as client:
            assert (await client.post("/plans", json=press)).status_code == 200
            for method, path, sent, needed in calls:
                if not role.covers(Role(needed)):
                    answer = await client.request(method, path, json=sent)
                    assert (answer.status_code, answer.json()["needed"]) == (403, needed), (role, path)
    assert (await scene.desk.call("GET", "/api/v1/incidents?state=open"))["incidents"] == []


async def test_row_34_a_viewer_sees_all_and_can_press_nothing(
    scene: Scene, as_role: Callable[[Role], Awaitable[Console]]
) -> None:
    console = await as_role(Role.VIEW)
    page = console.page
    await expect(page.locator("[data-role=view]")).to_have_text("查看")
    await console.choose()
    await expect(page.locator("#alert-key")).to_be_disabled()
    await expect(page.locator("#alert-key")).to_contain_text("查看角色")
    await page.keyboard.press("F8")
    incident = await scene.desk.press("福向三都岭隧道内快车道追尾,启动预警")
    await page.wait_for_selector(".orders .hold")
    assert await page.locator(".orders button:enabled").count() == 0
    await console.go("/devices")
    await page.locator(".line[data-device] button").first.click()
    assert await page.locator(".card button:disabled").count() >= 1
    assert await page.locator(".card button:enabled").all_text_contents() == ["关闭"]
    assert [i["id"] for i in await console.incidents()] == [incident["id"]]
    assert not console.wrong()


async def test_row_34_an_operator_presses_and_the_journal_has_the_role(
    scene: Scene, as_role: Callable[[Role], Awaitable[Console]]
) -> None:
    console = await as_role(Role.OPERATE)
    await expect(console.page.locator("[data-role=operate]")).to_be_visible()
    incident = await console.press()
    full = await scene.desk.incident(incident)
    assert full["actor"] == {"id": NAME, "role": "operate", "via": "console"}
    await console.go("/scenarios")
    start = console.page.locator("[data-scenario] button").first
    await expect(start).to_be_disabled()


async def test_row_34_a_persons_token_names_that_person(
    scene: Scene, as_role: Callable[[Role], Awaitable[Console]]
) -> None:
    console = await as_role(Role.MANAGE)
    incident = await console.press()
    full = await scene.desk.incident(incident)
    assert full["actor"] == {"id": MANAGER, "role": "manage", "via": "console"}
    await expect(console.page.locator("header.bar")).to_contain_text(MANAGER)


async def test_row_35_the_language_is_switched_without_a_reload(console: Console) -> None:
    page = console.page
    await page.evaluate("window.notReloaded = true")
    await console.choose()
    await page.click("button[lang=en]")
    await expect(page.locator("#alert-key")).to_contain_text("Fujian-bound · Sanduling tunnel · fast lane")
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await page.evaluate("window.notReloaded") is True
    await expect(console.head("LCS-FU-07-1")).to_have_attribute("data-desired", "closed")
    for view in VIEWS[1:]:
        await console.go(view)
        left = await page.locator("main").evaluate(
            "e => [...e.querySelectorAll('h1,h2,button,label,th,dt')].map((n) => n.textContent).join(' ')"
        )
        assert not CHINESE.search(left), (view, left)
    await page.click("button[lang=zh]")
    assert await page.evaluate("window.notReloaded") is True


async def test_row_36_the_alert_is_raised_by_keyboard_alone(console: Console) -> None:
    page = console.page
    road = page.locator("[data-carriageway=FU] .road")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await road.evaluate("e => e === document.activeElement"):
            break
    else:
        pytest.fail("the road cannot be reached by Tab")
    assert float(await road.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)")) >= 2
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-ready]")
    await page.keyboard.press("F8")
    await expect(page.locator("[data-answer=accepted]")).to_be_visible()


async def test_row_36_a_release_is_held_by_keyboard(console: Console) -> None:
    incident = await console.press()
    await console.scene.desk.until_state(incident, "active", within_s=8)
    await console.page.locator(".orders .hold").first.focus()
    await console.page.keyboard.down(" ")
    await console.page.wait_for_timeout(1_300)
    await console.page.keyboard.up(" ")
    await console.scene.desk.until_state(incident, "clearing", "cleared", within_s=10)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1920x1080", "1366x768"])
async def test_row_36_the_main_screen_does_not_scroll(console: Console, size: tuple[int, int]) -> None:
    page = console.page
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await console.press()
    whole: dict[str, Any] = await page.evaluate(
        "({w: document.documentElement.scrollWidth, h: document.documentElement.scrollHeight})"
    )
    assert (whole["w"], whole["h"]) == size
    await expect(page.locator(".orders .hold").first).to_be_in_viewport(ratio=1)
    if size == (1920, 1080):
        over = await page.locator(".desk > *").evaluate_all(
            "es => es.filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.ariaLabel)"
        )
        assert over == []


@pytest.mark.parametrize("look", ["dark", "light"])
async def test_row_36_axe_finds_nothing_serious_on_any_screen(console: Console, look: str) -> None:
    page = console.page
    await console.look(look)
    found = [f"at rest {one}" for one in await console.serious()]
    await console.choose()
    found += [f"preview {one}" for one in await console.serious()]
    incident = await console.press()
    await console.scene.road.switch("LCS-ZJ-01-1", "closed")  # an alarm, and a device that is not well
    await page.wait_for_selector(
        ".strips [data-device=LCS-ZJ-01-1][data-condition=unexplained]", timeout=20_000
    )
    for view in (*VIEWS, f"/incidents/{incident}", f"/report/{incident}"):
        await console.visit(view)
        found += [f"{view} {one}" for one in await console.serious()]
    await console.go("/devices")
    await page.locator(".line[data-device] button").first.click()
    await page.wait_for_selector(".card")
    await page.locator(".card summary").first.click()
    found += [f"card {one}" for one in await console.serious()]
    assert found == []


@pytest.mark.parametrize("look", ["dark", "light"])
async def test_row_36_axe_finds_nothing_serious_in_the_login(
    scene: Scene, browser: Browser, look: Literal["dark", "light"]
) -> None:
    context = await browser.new_context(locale="en-US", color_scheme=look)
    one = Console(scene, context)
    await one.start(log_in=False)
    await expect(one.page.locator("dialog")).to_be_visible()
    await one.look(look)
    assert await one.serious() == []
    await one.page.fill("dialog input[type=password]", "wrong")
    await one.page.fill("dialog input[autocomplete=username]", "li.na")
    await one.page.click("dialog .go")
    await expect(one.page.locator("dialog [role=alert]")).to_contain_text("token")
    assert await one.serious() == []
    await one.page.fill("dialog input[type=password]", scene.rig.token)
    await one.page.click("dialog .go")
    await expect(one.page.locator("dialog")).to_be_hidden()
    await expect(one.page.locator("header.bar")).to_contain_text("li.na")
    one.forgiven.append("401")
    assert not one.wrong()
    await context.close()


EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


async def test_markup_in_names_reasons_and_reports_is_shown_as_text(console: Console) -> None:
    page, desk = console.page, console.scene.desk
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    path = "/api/v1/devices/LCS-ZJ-05-1/service"
    await desk.call("PUT", path, json={"reason": EVIL})
    incident = await desk.press(f"紧急:福向三都岭隧道内快车道追尾,启动预警 {EVIL}")
    await console.visit(f"/incidents/{incident['id']}")
    await expect(page.get_by_text("onerror=alert(1)").first).to_be_visible()
    await console.go("/handover")
    await expect(page.locator("[data-section=service]")).to_contain_text(EVIL)
    assert await page.locator("main img, main script").count() == 0
    assert alerts == []


async def test_another_sites_page_cannot_press_with_our_cookie(console: Console) -> None:
    """A page of another origin posts a form with the cookie; the browser says where it comes from."""
    console.forgiven += ["ERR_", "left the origin", "403", "401", "Failed to load"]
    page = await console.new_page()
    form = (
        f"<form id=f method=post enctype=text/plain action='{console.scene.rig.url}/api/v1/incidents'>"
        '<input name=\'{"text":"福向三都岭隧道内快车道追尾,启动预警","x":"\' value=\'"}\'></form>'
    )
    await page.route("http://evil.test/", lambda route: route.fulfill(content_type="text/html", body=form))
    await page.goto("http://evil.test/")
    async with page.expect_navigation():
        await page.evaluate("document.getElementById('f').submit()")
    assert "401" in await page.content() or "403" in await page.content()
    assert await console.incidents() == []
