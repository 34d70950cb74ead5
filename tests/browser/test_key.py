"""Rows 1 to 7 of the console: the key, its safeguards, its preview, its undo."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.console import NAME, ORIGIN, Console

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(60)]
ANSWER_MS = 200


async def test_row_01_the_button_names_what_it_closes_and_answers_at_once(console: Console) -> None:
    page = console.page
    await expect(page.locator("#alert-key")).to_be_disabled()
    await console.choose()
    key = page.locator("#alert-key")
    for word in ("福建方向", "三都岭隧道", "快车道"):
        await expect(key).to_contain_text(word)
    await key.click()
    await expect(page.locator("[data-after]")).to_be_visible()
    (incident,) = await console.incidents()
    await expect(page.locator("[data-answer=accepted]")).to_contain_text(incident["id"])
    full = await console.scene.desk.until_state(incident["id"], "active", within_s=8)
    assert full["actor"] == {"id": NAME, "role": "configure", "via": "console"}
    await expect(console.head("LCS-FU-07-1")).to_have_attribute("data-shown", "closed")
    assert (await console.scene.road.device("LCS-FU-07-1"))["lamp"] == "closed"


async def test_row_01_the_answer_stands_within_200_ms(console: Console) -> None:
    """The best of three: other work on the machine may delay one, a slow console delays all."""
    answers_ms = []
    for carriageway in ("FU", "ZJ", "FU"):
        incident = await console.press(carriageway)
        after = await console.page.locator("[data-after]").get_attribute("data-after")
        answers_ms.append(int(after or "9999"))
        await console.page.keyboard.press("F9")
        await console.scene.desk.until_state(incident, "cancelled", within_s=20)
    assert min(answers_ms) <= ANSWER_MS, answers_ms


async def test_row_01_the_function_key_does_the_same(console: Console) -> None:
    await console.choose()
    await console.page.keyboard.press("F8")
    await expect(console.page.locator("[data-answer=accepted]")).to_be_visible()
    assert len(await console.incidents()) == 1


async def test_row_01_the_function_key_only_opens_the_chooser_without_a_preview(console: Console) -> None:
    page = console.page
    await page.keyboard.press("F8")
    await expect(page.locator("#place-chooser button").first).to_be_focused()
    assert await console.incidents() == []
    await page.route("**/api/v1/plans", lambda route: route.abort())
    await page.click("[data-place=FU]")
    await page.keyboard.press("F8")
    await expect(page.get_by_text("预览尚未就绪")).to_be_visible()
    assert await console.incidents() == []
    console.forgiven.append("ERR_FAILED")


async def test_row_01_not_from_a_text_field_not_by_repeat_not_when_old(console: Console) -> None:
    page = console.page
    await console.choose()
    await page.focus("#report-text")
    await page.keyboard.press("F8")
    await expect(page.get_by_text("光标在文字框内")).to_be_visible()
    await page.evaluate(
        "document.activeElement.blur(); window.dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'F8', repeat: true, cancelable: true}))"
    )
    # A choice of a minute ago: the page's clock is moved, the choice is not.
    await page.evaluate("const old = performance.now.bind(performance); performance.now = () => old() + 61e3")
    await page.keyboard.press("F8")
    await expect(page.get_by_text("选择已超过 60 秒")).to_be_visible()
    assert await console.incidents() == []


async def test_row_01_no_key_of_the_browser_is_used(console: Console) -> None:
    used = {await one.text_content() for one in await console.page.locator("kbd").all()}
    assert used
    assert not used & {"F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12"}


async def test_row_01_undo_takes_it_back(console: Console) -> None:
    incident = await console.press()
    undo = console.page.locator(".undo")
    await expect(undo).to_contain_text("撤销")
    await console.page.keyboard.press("F9")
    ended = await console.scene.desk.until_state(incident, "cancelled", within_s=20)
    assert ended["state"] == "cancelled"
    await expect(undo).to_be_hidden()
    await expect(console.head("LCS-FU-07-1")).to_have_attribute("data-shown", "open")


async def test_row_01_a_place_is_chosen_by_clicking_the_road(console: Console) -> None:
    page = console.page
    head = await console.head("LCS-FU-10-1").bounding_box()
    assert head is not None
    road = page.locator("[data-carriageway=FU] .road")
    box = await road.bounding_box()
    assert box is not None
    x = head["x"] + head["width"] * 1.6 - box["x"]
    await road.click(position={"x": x, "y": head["y"] + head["height"] / 2 - box["y"]})
    await expect(page.locator(".chosen[role=status]")).to_contain_text("YK1890+")
    await page.wait_for_selector("[data-ready]")
    await page.click("[data-type=debris]")
    await page.wait_for_selector("[data-ready]")
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=accepted]")).to_be_visible()
    (incident,) = await console.incidents()
    assert incident["type"] == "debris"
    full = await console.scene.desk.incident(incident["id"])
    assert re.match(r"YK1890\+[56789]", full["place"]["from"])


async def test_row_01_a_pasted_report_is_read(console: Console) -> None:
    page = console.page
    await page.fill("#report-text", ORIGIN)
    await page.click(".paste button")
    await page.wait_for_selector("[data-ready]")
    await expect(page.locator("#alert-key")).to_contain_text("福建方向")
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=accepted]")).to_be_visible()
    (incident,) = await console.incidents()
    assert incident["text"] == ORIGIN


async def test_row_01_an_unclear_report_is_asked_about_and_not_sent(console: Console) -> None:
    page = console.page
    console.forgiven.append("422")
    await page.fill("#report-text", "三都岭隧道追尾")
    await page.click(".paste button")
    await expect(page.get_by_text("哪条车道")).to_be_visible()
    await expect(page.locator("#alert-key")).to_be_disabled()


async def test_row_02_lanes_cycle_through_three_values(console: Console) -> None:
    page = console.page
    await console.choose()
    lane = page.locator("button[data-lane='2']")
    seen = []
    for _ in range(4):
        seen.append(await lane.get_attribute("data-impact"))
        await lane.click()
    assert seen == ["clear", "blocked", "affected", "clear"]
    shoulder = page.locator("button.lane", has_text="应急车道")  # this site lets a dispatcher order it open
    await shoulder.click()
    await expect(shoulder).to_have_attribute("aria-pressed", "true")


async def test_row_03_the_preview_shows_devices_and_aspects_and_sends_nothing(console: Console) -> None:
    before = await console.scene.road.history()
    await console.choose()
    head = console.head("LCS-FU-07-1")
    await expect(head).to_have_attribute("data-desired", "closed")
    await expect(head).to_have_attribute("data-shown", "open")
    await expect(console.page.get_by_text("预览：尚未发出").first).to_be_visible()
    await expect(console.page.locator("[data-ready=yes]")).to_be_visible()
    assert await console.scene.road.history() == before


async def test_row_03_what_would_not_work_is_marked_and_can_be_left_out(console: Console) -> None:
    page, scene = console.page, console.scene
    await scene.road.fault("LCS-FU-02-1", offline=True, silent=True)
    await expect(console.head("LCS-FU-02-1")).to_have_attribute("data-condition", "dead", timeout=20_000)
    await page.click("[data-place=FU]")
    row = page.locator("[data-problem]", has_text="LCS-FU-02-1")
    await expect(row).to_contain_text("无应答")
    await row.locator("button").click()
    await expect(row).to_have_attribute("data-problem", "dropped")
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=accepted]")).to_be_visible()
    (incident,) = await console.incidents()
    full = await scene.desk.incident(incident["id"])
    assert full["dropped"] == ["LCS-FU-02-1"]
    assert "LCS-FU-02-1" not in [step["device"] for step in full["steps"]]


async def test_row_03_a_device_the_rules_need_cannot_be_left_out(console: Console) -> None:
    page, scene = console.page, console.scene
    console.forgiven.append("409")
    before = await scene.road.history()
    await console.choose()
    await console.head("LCS-FU-09-1").click()  # red, between two red ones
    await page.locator(".card [data-leave-out]").click()
    await page.keyboard.press("Escape")
    panel = page.locator("[aria-label=按下后的动作]")
    await expect(panel.locator("[role=alert]")).to_be_visible()
    await expect(panel).to_contain_text("S3")
    await expect(panel.locator("[data-dropped='LCS-FU-09-1']")).to_be_visible()
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=refused]")).to_be_visible()
    await expect(page.locator(".answer")).to_contain_text("S3")
    assert await console.incidents() == []
    assert await scene.road.history() == before
    await panel.locator("[data-dropped] button").click()
    await expect(panel.locator("[data-ready=yes]")).to_be_visible()


async def test_row_04_closing_a_tunnel_is_held_a_second(console: Console) -> None:
    wide = console.page.locator(".wide .hold").first
    await wide.click()
    await console.hold(wide, 400)
    assert await console.incidents() == []
    await console.hold(wide)
    await expect(console.page.locator("[data-answer=accepted]")).to_be_visible()
    (incident,) = await console.incidents()
    assert set(incident["lanes"].values()) == {"blocked"}
    assert len(incident["lanes"]) == 2


async def test_row_04_restoring_is_held_and_the_one_key_is_not(console: Console) -> None:
    incident = await console.press()
    await console.scene.desk.until_state(incident, "active", within_s=8)
    clear = console.page.locator(".orders .hold").first
    await clear.click()
    assert (await console.scene.desk.incident(incident))["state"] == "active"
    await console.hold(clear)
    await console.scene.desk.until_state(incident, "clearing", "cleared", within_s=20)


async def test_row_05_a_second_press_is_the_same_incident(console: Console) -> None:
    first = await console.scene.desk.press(ORIGIN)
    await console.choose()
    await console.page.click("#alert-key")
    answer = console.page.locator("[data-answer=joined]")
    await expect(answer).to_contain_text(first["id"])
    await expect(answer).to_contain_text("desk")
    assert len(await console.incidents()) == 1


async def test_row_05_a_double_click_is_one_incident(console: Console) -> None:
    await console.choose()
    await console.page.dblclick("#alert-key")
    await expect(console.page.locator("[data-answer]")).to_be_visible()
    assert len(await console.incidents()) == 1


async def test_row_07_each_device_says_how_far_its_command_is(console: Console) -> None:
    await console.scene.road.fault("LCS-FU-10-1", stuck=True)
    await console.press()
    await expect(console.page.locator(".proof")).to_contain_text("剩", timeout=4_000)
    missing = console.page.locator(".missing")
    await expect(missing).to_contain_text("LCS-FU-10-1", timeout=8_000)
    await expect(console.head("LCS-FU-10-1")).to_have_attribute("data-shown", "open")
    await expect(console.head("LCS-FU-10-1")).to_have_attribute("data-desired", "closed")


_WATCH = """() => {
  window.states = {};
  setInterval(() => document.querySelectorAll("tr[data-device][data-step]").forEach((row) => {
    const seen = (window.states[row.dataset.device] ??= []);
    if (row.dataset.step && seen.at(-1) !== row.dataset.step) seen.push(row.dataset.step);
  }), 20);
}"""
"""Notes each state a row of the incident view went through, in order."""


async def test_row_07_the_states_of_each_command_are_gone_through_before_the_eyes(console: Console) -> None:
    page, road = console.page, console.scene.road
    await page.evaluate(_WATCH)
    await road.latency(150)
    await road.fault("LCS-FU-10-1", stuck=True)
    await road.fault("LCS-FU-02-1", offline=True, silent=True)
    incident = await console.press()
    await console.visit(f"/incidents/{incident}")
    row = page.locator("tr[data-device]")
    for device, last in (
        ("LCS-FU-07-1", "verified"),
        ("LCS-FU-10-1", "mismatch"),
        ("LCS-FU-02-1", re.compile("timeout|unreachable")),
    ):
        state = page.locator(f"tr[data-device={device}]")
        await expect(state).to_have_attribute("data-step", last, timeout=12_000)
    assert await row.count() >= 45
    states = await page.evaluate("window.states")
    await road.latency(0)
    seen = {state for device in states.values() for state in device}
    assert {"sent", "acked", "verified", "mismatch"} <= seen, seen
    order = ["queued", "sent", "acked", "verified"]
    for device, gone in states.items():
        if gone[-1] == "verified":
            assert [order.index(one) for one in gone] == sorted(order.index(one) for one in gone), device
    for device in ("LCS-FU-10-1", "LCS-FU-02-1"):
        await expect(page.locator(f"tr[data-device={device}] strong")).to_contain_text("▲")
