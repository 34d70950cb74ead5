"""What only a person ends, seen and ended in the console: latch, degraded journal, plan outdated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from api.rig import running_rig
from config.loader import sample_site_path
from simulators.remote import Desk, Refused, Road
from tests.browser.console import Console, opened
from tests.scenario.conftest import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(150)]
A, B = "LCS-ZJ-05-1", "LCS-ZJ-05-2"
RULE = f"  trial: {{never: {{{A}: [open], {B}: [closed]}}, reason: {{zh: 试验, en: trial}}}}\n"
C, D = "LCS-FU-16-2", "LCS-ZJ-10-1"
RULE += f"  apart: {{never: {{{C}: [open], {D}: [closed]}}, reason: {{zh: 分开, en: apart}}}}\n"


def write_site(path: Path, *, gantries: int = 3) -> Path:
    """Write the sample site with one interlock more, and a closure that counts so many gantries."""
    head, _, tail = sample_site_path().read_text("utf-8").partition("\ninterlocks:\n")
    policy = f"\npolicy: {{closure_gantries: {gantries}, closure_before_m: {400 * gantries}}}\n"
    assert "\npolicy:" not in head + tail
    path.write_text(f"{head}{policy}\ninterlocks:\n{RULE}{tail}", "utf-8")
    return path


@pytest.fixture(scope="module")
def site_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("site") / "sanduling.yaml")


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def troubled(site_file: Path) -> AsyncIterator[Scene]:
    """A rig of its own: what these tests leave is no other's business."""
    async with running_rig(site_file) as rig, Road(rig.control_url) as road:
        one = Scene(rig, Desk(rig.url, rig.token), road)
        await one.desk.until_well(within_s=60)
        yield one
        await one.desk.http.aclose()


@pytest_asyncio.fixture(loop_scope="package")
async def page_of(troubled: Scene, browser: Browser) -> AsyncIterator[Console]:
    async with opened(troubled, browser) as one:
        yield one


async def test_row_06_and_18_a_latched_interlock_is_noted_and_reset_by_a_person(page_of: Console) -> None:
    page, scene = page_of.page, page_of.scene
    page_of.forgiven.append("409")
    for device in (A, B):
        await scene.road.fault(device, local=True)
    await scene.road.switch(B, "closed")
    await page_of.go("/alarms")
    row = page.locator("[data-alarm='conflict:trial']")
    await expect(row).to_be_visible(timeout=25_000)
    await expect(row.locator(".mark")).to_have_attribute("data-priority", "1")
    # Row 18: what is critical is acknowledged with a note of what is being done, or not at all.
    await row.get_by_role("button", name="确认").click()
    await expect(page.locator("[role=alert]")).to_contain_text("紧急报警须写备注")
    alarm = next(
        one for one in (await scene.desk.call("GET", "/api/v1/alarms"))["alarms"] if one["subject"] == "trial"
    )
    with pytest.raises(Refused, match="with a note"):
        await scene.desk.call("POST", f"/api/v1/alarms/{alarm['id']}/ack", json={"note": " "})
    await expect(row).to_have_attribute("data-state", "active_unacked")
    await page.fill("input[aria-label=备注]", "crew is at the cabinet")
    await row.get_by_role("button", name="确认").click()
    await expect(row).to_have_attribute("data-state", "active_acked")
    await expect(row).to_contain_text("crew is at the cabinet")
    await row.get_by_role("button", name="复位").click()
    await row.locator("input[aria-label='复位: 原因']").fill("switched back")
    await page_of.hold(row.locator(".hold"))
    await expect(page.locator("[role=alert]")).to_contain_text("冲突仍在")
    for device in (A, B):
        await scene.road.mend(device)
        await scene.road.until_lamp(device, "closed", within_s=20)
    await expect(row).to_be_visible()
    for _ in range(40):  # the lamps are closed; the controller has to read them so
        rows = (await scene.desk.call("GET", "/api/v1/interlocks"))["interlocks"]
        if next(one for one in rows if one["id"] == "trial")["stands"] == "kept":
            break
        await page.wait_for_timeout(250)
    await page_of.hold(row.locator(".hold"))
    await expect(row).to_be_hidden()
    for device in (A, B):
        await scene.road.until_lamp(device, "open", within_s=10)
    reset = (await scene.desk.call("GET", "/api/v1/audit?kind=conflict_reset"))["rows"][-1]
    assert (reset["body"]["reason"], reset["actor"]["via"]) == ("switched back", "console")
    await scene.desk.until_well(within_s=20)


async def test_row_06_a_contradiction_is_raised_to_a_stricter_aspect_and_the_rule_is_named(
    page_of: Console,
) -> None:
    """The rule `apart` forbids C open while D is closed: closing D takes C from open, and C says why."""
    page, scene = page_of.page, page_of.scene
    await page_of.head(D).click()
    await page.locator(".card summary").click()
    await page.select_option(".card select[aria-label=锁定为]", "closed")
    await page.fill(".card input[required]", "works")
    await page.locator(".card form button").click()
    await scene.road.until_lamp(D, "closed", within_s=8)
    await page.keyboard.press("Escape")
    await expect(page_of.head(C)).not_to_have_attribute("data-shown", "open")
    state = (await scene.desk.devices())[C]
    assert state["desired"] != "open"
    assert "apart" in state["because"]
    await page_of.head(C).click()
    await expect(page.locator(".card dl").first).to_contain_text("联锁 分开")
    await scene.desk.call("DELETE", f"/api/v1/devices/{D}/lock")
    for device in (C, D):
        await scene.road.until_lamp(device, "open", within_s=15)
    await scene.desk.until_well(within_s=20)


async def test_an_outdated_plan_is_said_and_todays_is_driven_by_a_press(
    page_of: Console, site_file: Path
) -> None:
    page, scene = page_of.page, page_of.scene
    page_of.forgiven += ["ERR_", "Failed to load"]
    pressed = await scene.desk.press("", carriageway="FU", chainage="YK1890+250", lanes=[1], type="rear_end")
    await scene.rig.stop_serve()
    lamps = await scene.road.lamps()
    write_site(site_file, gantries=1)
    await scene.rig.restart_serve()
    await scene.reopen()
    await scene.desk.until_state(pressed["id"], "active", within_s=10)
    await expect(page.locator(".banner.lost")).to_be_hidden(timeout=15_000)
    await page.click(f"a[href='/incidents/{pressed['id']}']")
    await expect(page.locator("main")).to_contain_text("按现在的站点文件，预案会不同")
    assert await scene.road.lamps() == lamps
    await page.get_by_role("button", name="改用现在的预案").click()
    await expect(page.get_by_text("按现在的站点文件，预案会不同")).to_be_hidden(timeout=30_000)
    assert await scene.road.lamps() != lamps
    await scene.desk.order(pressed["id"], "cancel")
    await scene.desk.until_state(pressed["id"], "cancelled", within_s=30)


async def test_a_degraded_journal_is_a_banner_until_a_person_ends_it(
    page_of: Console, browser: Browser
) -> None:
    scene = page_of.scene
    page_of.forgiven += ["ERR_", "Failed to load"]
    await scene.rig.stop_serve()
    await scene.rig.start_serve(
        {"ONEKEY_INTENT_LIMIT_MS": "300", "ONEKEY_FAILPOINTS": "before_commit=sleep:0.6"}
    )
    await scene.reopen()
    page = page_of.page
    banner = page.locator(".banner.journal")
    await expect(banner).to_be_hidden()
    incident = await scene.desk.press("福向三都岭隧道内快车道追尾,启动预警", wait=False)
    assert incident["durable"] is False
    await expect(banner).to_be_visible(timeout=15_000)
    box = await banner.bounding_box()
    assert box is not None
    assert box["width"] >= 1900
    await scene.desk.until_state(incident["id"], "active", within_s=10)
    await page_of.hold(banner.locator(".hold"))
    await expect(banner).to_be_hidden(timeout=15_000)
    rows = (await scene.desk.call("GET", "/api/v1/audit?kind=journal_restored"))["rows"]
    assert rows[-1]["actor"]["via"] == "console"
