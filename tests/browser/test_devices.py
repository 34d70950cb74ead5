"""Rows 6, 25 to 28: the device board, the card, service and locks."""

import re

import pytest
from playwright.async_api import expect

from simulators.remote import until
from tests.browser.console import Console
from tests.browser.test_road import GIVEN_UP

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(60)]


async def test_row_25_the_board_groups_filters_and_counts_worst_first(console: Console) -> None:
    page, scene = console.page, console.scene
    await scene.road.fault("LCS-FU-01-1", offline=True, silent=True)
    await console.go("/devices")
    dead = page.locator("[data-condition=dead]").first
    await expect(dead).to_be_visible(timeout=25_000)
    first = page.locator(".line[data-device]").first
    await expect(first).to_have_attribute("data-device", "LCS-FU-01-1")
    await page.select_option("select >> nth=0", "beacon")
    await expect(page.locator(".line[data-device]").first).to_contain_text("BCN-")
    await page.select_option("select >> nth=0", "")
    await page.select_option("select >> nth=1", "type")
    assert await page.locator(".line.group").count() >= 1
    await page.locator(".counts [data-condition=dead]").click()
    assert await page.locator(".line[data-device]").count() == 1
    await page.locator(".counts button").first.click()
    await page.fill("input[aria-label=查找]", "VMS-FU")
    assert await page.locator(".line[data-device]").count() >= 4


async def test_row_26_the_card_says_why_it_is_red_and_its_last_commands(console: Console) -> None:
    page, scene = console.page, console.scene
    await scene.road.fault("LCS-FU-10-1", stuck=True)
    await console.press()
    await expect(console.head("LCS-FU-10-1")).to_have_attribute("data-condition", GIVEN_UP, timeout=20_000)
    await console.head("LCS-FU-10-1").click()
    await expect(page.locator("[data-why]")).to_contain_text("未显示")
    await expect(page.locator(".commands li").first).to_contain_text("I-")
    await page.keyboard.press("Escape")
    await console.head("LCS-FU-09-1").click()
    await expect(page.locator("[data-proof]")).to_contain_text("p99")
    await expect(page.locator(".card dl").first).to_contain_text("秒前")


async def test_row_26_the_card_knows_what_the_page_never_saw(console: Console) -> None:
    """Commands, times and errors come from the store: a page opened later has them."""
    page, scene = console.page, console.scene
    device = "LCS-ZJ-06-1"
    path = f"/api/v1/devices/{device}/service"
    await scene.desk.call("PUT", path, json={"reason": "lamp is being changed"})
    await scene.desk.call("DELETE", path)
    await scene.road.fault(device, offline=True, silent=True)
    await expect(console.head(device)).to_have_attribute("data-condition", "dead", timeout=25_000)
    await console.go("/alarms")
    await expect(page.locator("tr[data-alarm]", has_text="ZJ-PLC-1/1")).to_be_visible(timeout=25_000)
    await console.go("/")
    await page.reload()
    await console.head(device).click()
    await expect(page.locator(".commands li", has_text="lamp is being changed")).to_contain_text("停用/启用")
    await expect(page.locator(".errors li").first).to_be_visible()


async def test_row_27_out_of_service_is_left_out_of_plans_and_named(console: Console) -> None:
    page = console.page
    await console.head("LCS-FU-09-1").click()
    reason = page.locator(".card input[aria-label=原因]")
    await page.locator(".card button", has_text="停用").click()
    await expect(page.locator(".card [role=alert]")).to_contain_text("请填写原因")
    await reason.fill("lamp is being changed")
    await page.locator(".card button", has_text="停用").click()
    await expect(page.locator("[data-service]")).to_contain_text(
        re.compile(r"lamp is being changed, 李娜\s+至 \d{4}-")
    )
    await page.keyboard.press("Escape")
    await page.click("[data-place=FU]")
    await expect(page.locator("[data-problem=out_of_service]")).to_contain_text(
        re.compile(r"LCS-FU-09-1.*至 \d{4}-", re.DOTALL)
    )
    plan = await console.scene.desk.call(
        "POST",
        "/api/v1/plans",
        json={"carriageway": "FU", "tunnel": "sanduling", "lanes": [1], "type": "rear_end"},
    )
    assert "LCS-FU-09-1" not in [demand["device"] for demand in plan["plan"]["demands"]]


async def test_row_26_a_card_does_not_lie_over_another_screen(console: Console) -> None:
    await console.head("LCS-FU-09-1").click()
    await expect(console.page.locator(".card h2")).to_have_text("LCS-FU-09-1")
    await console.go("/scenarios")
    await expect(console.page.locator(".card")).to_have_count(0)


async def test_row_27_service_ends_by_itself_and_a_notice_says_so(console: Console) -> None:
    page, scene = console.page, console.scene
    body = {"reason": "lamp is being changed", "expires_s": 3}
    await scene.desk.call("PUT", "/api/v1/devices/LCS-FU-09-1/service", json=body)
    await expect(console.head("LCS-FU-09-1")).to_have_attribute("data-condition", "service")
    await expect(console.head("LCS-FU-09-1")).to_have_attribute("data-condition", "well", timeout=8_000)
    await console.go("/alarms")
    notice = page.locator("[data-alarm='service:LCS-FU-09-1']")
    await expect(notice).to_have_attribute("data-state", "cleared_unacked")
    await expect(notice).to_contain_text("停用到期")

    async def journalled() -> tuple[bool, object]:
        answer = await scene.desk.call(
            "GET", "/api/v1/audit", params={"kind": "service", "newest_first": True}
        )
        row = answer["rows"][0]
        return (row["actor"]["via"], row["body"]["in_service"]) == ("controller", True), row

    await until(journalled, 10, "the end of the service in the journal, by the controller")


async def test_row_28_a_lock_holds_against_the_plan_and_is_ended_by_holding(console: Console) -> None:
    page, scene = console.page, console.scene
    await console.head("LCS-ZJ-05-1").click()
    await page.locator(".card summary").click()
    await page.select_option(".card select[aria-label=锁定为]", "closed")
    await page.fill(".card input[required]", "works at night")
    await page.locator(".card form button").click()
    await expect(page.locator("[data-lock]")).to_contain_text(re.compile(r"works at night\s+至 \d{4}-"))
    await scene.road.until_lamp("LCS-ZJ-05-1", "closed", within_s=5)
    device = (await scene.desk.devices())["LCS-ZJ-05-1"]
    assert device["lock"]["value"] == "closed"
    await expect(console.head("LCS-ZJ-05-1")).to_have_attribute("data-condition", "locked")
    await console.hold(page.locator(".card .hold").first)
    await expect(page.locator("[data-lock]")).to_be_hidden()
    await scene.road.until_lamp("LCS-ZJ-05-1", "open", within_s=10)


async def test_row_28_a_lock_cannot_be_milder_than_the_incident(console: Console) -> None:
    await console.press()
    page = console.page
    await expect(console.head("LCS-FU-09-1")).to_have_attribute("data-shown", "closed")
    await console.head("LCS-FU-09-1").click()
    await page.locator(".card summary").click()
    await page.select_option(".card select[aria-label=锁定为]", "open")
    await page.fill(".card input[required]", "I want it open")
    await page.locator(".card form button").click()
    await expect(page.locator(".card [role=alert]")).to_contain_text("锁定只能更严格")
    await expect(console.head("LCS-FU-09-1")).to_have_attribute("data-shown", "closed")
    console.forgiven += ["409", "422"]


async def test_row_06_a_restriction_nobody_ordered_stays_until_a_person_releases_it(console: Console) -> None:
    page, scene = console.page, console.scene
    await scene.road.switch("LCS-ZJ-02-1", "closed")
    head = console.head("LCS-ZJ-02-1")
    await expect(head).to_have_attribute("data-condition", "unexplained", timeout=15_000)
    await head.click()
    await expect(page.locator(".card")).to_contain_text("这不是本系统的指令")
    await page.fill(".card input[aria-label=原因]", "patrol saw a free lane")
    await console.hold(page.locator(".card .hold").first)
    await scene.road.until_lamp("LCS-ZJ-02-1", "open", within_s=10)
