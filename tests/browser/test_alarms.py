"""Rows 16 to 22: alarms by colour, shape and word; seen, noted, shelved; their load and their sound."""

import contextlib
import json
import sqlite3

import pytest
from playwright.async_api import Browser, Locator, expect

from devices.clock import SystemClock
from tests.browser.console import NAME, Console, at_rest
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(90)]


async def alarm_of(console: Console, device: str) -> Locator:
    """Break a head for good and return its alarm's row."""
    await console.scene.road.switch(device, "closed")
    await console.go("/alarms")
    row = console.page.locator(f"[data-alarm='unexplained:{device}']")
    await expect(row).to_be_visible(timeout=20_000)
    return row


async def test_row_16_a_priority_is_colour_shape_and_word(console: Console) -> None:
    row = await alarm_of(console, "LCS-ZJ-01-1")
    mark = row.locator(".mark")
    await expect(mark).to_have_attribute("data-priority", "2")
    assert (await mark.text_content() or "").split() == ["▲", "高"]
    colours = await console.page.evaluate(
        "[1, 2, 3, 4].map((n) => getComputedStyle(document.documentElement).getPropertyValue(`--p${n}`))"
    )
    assert len(set(colours)) == 4


async def test_row_17_four_states_filtered_and_sorted(console: Console) -> None:
    page = console.page
    row = await alarm_of(console, "LCS-ZJ-01-2")
    await expect(row).to_have_attribute("data-state", "active_unacked")
    await page.select_option("select[aria-label=状态]", "active_acked")
    await expect(row).to_be_hidden()
    await page.select_option("select[aria-label=状态]", "")
    await row.get_by_role("button", name="确认").click()
    await expect(row).to_have_attribute("data-state", "active_acked")
    await page.select_option("select[aria-label=等级]", "critical")
    await expect(row).to_be_hidden()
    await page.select_option("select[aria-label=等级]", "high")
    await expect(row).to_be_visible()


async def test_row_18_several_are_acknowledged_with_one_note(console: Console) -> None:
    page = console.page
    await console.scene.road.switch("LCS-ZJ-03-1", "closed")
    await alarm_of(console, "LCS-ZJ-03-2")
    rows = page.locator("tbody tr[data-state=active_unacked]")
    await expect(page.locator("[data-alarm='unexplained:LCS-ZJ-03-1']")).to_be_visible(timeout=20_000)
    many = await rows.count()
    assert many >= 2
    await rows.first.locator("input").click()
    await rows.last.locator("input").click(modifiers=["Shift"])
    await page.fill("input[aria-label=备注]", "patrol is on the way")
    await page.get_by_role("button", name=f"确认 {many} 条").click()
    row = page.locator("[data-alarm='unexplained:LCS-ZJ-03-2']")
    await expect(row).to_contain_text("patrol is on the way")
    await expect(row).to_contain_text(NAME)


async def test_row_19_shelved_with_a_reason_it_is_on_the_shelf(console: Console) -> None:
    page = console.page
    row = await alarm_of(console, "LCS-ZJ-04-1")
    await row.get_by_role("button", name="搁置").click()
    await row.locator("form input").fill("crew is there")
    await row.locator("form button").click()
    await expect(row).to_be_hidden()
    await page.get_by_role("button", name="搁置中").click()
    await expect(row).to_contain_text("crew is there")
    await row.get_by_role("button", name="恢复显示").click()
    await page.get_by_role("button", name="搁置中").click()
    await expect(row).to_be_visible()


async def test_row_19_what_is_shelved_returns_by_itself(console: Console) -> None:
    """Its end is put forward in the store while the controller is away: nobody waits 15 minutes."""
    scene = console.scene
    console.forgiven += ["ERR_", "Failed to load"]
    row = await alarm_of(console, "LCS-ZJ-04-2")
    await row.get_by_role("button", name="搁置").click()
    await row.locator("form select").select_option("15")
    await row.locator("form input").fill("crew is there")
    await row.locator("form button").click()
    await expect(row).to_be_hidden()
    await scene.rig.stop_serve()
    with contextlib.closing(sqlite3.connect(scene.rig.folder / "onekey.db")) as store:
        cause = "unexplained:LCS-ZJ-04-2"
        (text,) = store.execute("SELECT shelf FROM alarms WHERE cause = ?", (cause,)).fetchone()
        shelf = json.loads(text)
        assert shelf["until_ms"] - shelf["at_ms"] == 15 * 60_000
        shelf["until_ms"] = SystemClock().wall_ms() + 9_000
        store.execute("UPDATE alarms SET shelf = ? WHERE cause = ?", (json.dumps(shelf), cause))
        store.commit()
    await scene.rig.restart_serve()
    await scene.reopen()
    listed = await scene.desk.call("GET", "/api/v1/alarms?shelved=true")
    assert [one["cause"] for one in listed["alarms"]] == [cause]
    await expect(row).to_be_visible(timeout=20_000)
    assert (await scene.desk.call("GET", "/api/v1/alarms?shelved=true"))["alarms"] == []


async def test_row_20_a_dead_link_is_one_row_with_its_devices(console: Console) -> None:
    page = console.page
    await console.scene.road.link_fault("FU-PLC-1", down=True)
    await console.go("/alarms")
    row = page.locator("[data-alarm='link:FU-PLC-1']")
    await expect(row).to_be_visible(timeout=40_000)
    links = (await console.scene.desk.call("GET", "/api/v1/site"))["links"]
    behind = next(link["devices"] for link in links if link["id"] == "FU-PLC-1")
    assert len(behind) >= 20
    await expect(row).to_contain_text(f"其后 {len(behind)} 台设备", timeout=40_000)
    await expect(page.locator("tr[data-alarm]", has_text="FU-PLC-1")).to_have_count(1)
    await expect(row.locator(".first")).to_be_visible()
    for device in behind:
        await expect(page.locator(f"[data-alarm='device:{device}']")).to_have_count(0)
    await console.scene.road.link_fault("FU-PLC-1", down=False)


async def test_row_21_the_load_is_counted(console: Console) -> None:
    await alarm_of(console, "LCS-ZJ-01-1")
    for kpi in ("rate", "standing", "unacked"):
        figure = console.page.locator(f"[data-kpi={kpi}] strong")
        await expect(figure).not_to_have_text("0")


async def test_row_21_more_than_ten_in_ten_minutes_are_a_flood_and_the_worst_causes_are_named(
    console: Console,
) -> None:
    page, road = console.page, console.scene.road
    many = [f"LCS-ZJ-{gantry:02d}-{lane}" for gantry in range(1, 7) for lane in (1, 2)]
    for device in many:
        await road.fault(device, local=True)
    await console.go("/alarms")
    await expect(page.locator(".flood")).to_be_visible(timeout=30_000)
    rate = int(await page.locator("[data-kpi=rate] strong").text_content() or "0")
    assert rate > 10
    top = (await console.scene.desk.call("GET", "/api/v1/alarms"))["figures"]["top"][:10]
    assert len(top) == 10
    times = [one["times"] for one in top]
    assert times == sorted(times, reverse=True)
    for one in top:
        subject = one["cause"].partition(":")[2]  # the kind before it is shown in words
        await expect(page.locator("[data-kpi=top]")).to_contain_text(f"{subject} ×{one['times']}")


_EAR = """
window.heard = [];
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  const tone = make.call(this);
  const start = tone.start.bind(tone);
  tone.start = (at) => { window.heard.push(tone.frequency.value); start(at); };
  return tone;
};
"""


async def test_row_22_a_sound_of_its_own_and_silence_is_not_acknowledge(
    scene: Scene, browser: Browser
) -> None:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    await context.add_init_script(_EAR)
    one = Console(scene, context)
    await one.start()
    await one.page.mouse.click(300, 20)  # browsers make no sound before somebody touched the page
    row = await alarm_of(one, "LCS-ZJ-02-2")
    for _ in range(80):
        if await one.page.evaluate("window.heard.length"):
            break
        await one.page.wait_for_timeout(100)
    assert set(await one.page.evaluate("window.heard")) == {784}
    await one.page.click("#silence")
    await expect(row).to_have_attribute("data-state", "active_unacked")
    await one.page.evaluate("window.heard = []")
    await one.page.wait_for_timeout(5_500)
    assert await one.page.evaluate("window.heard") == []
    await context.close()
    await at_rest(scene)
