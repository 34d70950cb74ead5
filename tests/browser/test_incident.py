"""Rows 29 to 33: timeline, waterfall, staged release, re-activation, journal, report, hand-over."""

import re
import sqlite3

import pytest
from playwright.async_api import expect

from tests.browser.console import NAME, Console

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]

NAMED = "LCS-FU-07-1"


async def open_incident(console: Console) -> str:
    incident = await console.press()
    await console.scene.desk.until_state(incident, "active", within_s=8)
    await console.page.click(f"a[href='/incidents/{incident}']")
    await expect(console.page.locator("h1")).to_have_text(incident)
    return incident


async def test_row_29_who_did_what_when_by_which_way_and_what_the_machine_did(console: Console) -> None:
    page, desk = console.page, console.scene.desk
    incident = await open_incident(console)
    await page.fill("input[aria-label=备注]", "patrol is on the way")
    await page.get_by_role("button", name="写入备注").click()
    await desk.call("POST", f"/api/v1/incidents/{incident}/notes", json={"text": "two cars"})
    await console.hold(page.locator(".orders .hold").first)
    await desk.until_state(incident, "cleared", within_s=30)
    lines = page.locator("[aria-label=经过] li")
    told = [
        ("预警", True, f"{NAME}, 控制台"),
        ("按时验证", False, "onekey"),
        ("patrol is on the way", True, f"{NAME}, 控制台"),
        ("two cars", True, "desk, 接口"),
        ("解除", True, f"{NAME}, 控制台"),
    ]
    at = []
    for text, human, who in told:
        line = lines.filter(has_text=text).filter(has=page.locator(".who", has_text=who)).first
        await expect(line).to_have_attribute("data-human", str(human).lower())
        assert re.fullmatch(r"\d{2}:\d{2}:\d{2}", await line.locator("time").text_content() or "")
        at.append(await line.evaluate("e => [...e.parentElement.children].indexOf(e)"))
    assert at == sorted(at), "they stand in the order they happened in"
    times = await lines.locator("time").all_text_contents()
    assert times == sorted(times)
    assert await lines.last.get_attribute("data-human") == "false"


async def test_row_30_the_way_of_each_device_with_the_budget(console: Console) -> None:
    incident = await console.scene.desk.incident(await open_incident(console))
    many = len(incident["steps"])
    assert many >= 45
    await expect(console.page.locator("[data-step]:has(rect)")).to_have_count(many)
    await expect(console.page.locator("[data-step] rect.verified")).to_have_count(many)
    await expect(console.page.locator("line.budget")).to_be_attached()
    await expect(console.page.locator("[aria-label=从按键到验证] svg")).to_contain_text("5000 ms")
    drawn = await console.page.evaluate(_BARS)
    zero, per_ms = drawn["zero"], drawn["per_ms"]
    for step in incident["steps"]:
        times, bars = step["times"], drawn["bars"][step["device"]]
        assert times["verified"] >= times["sent"] >= times["queued"], step
        for stage, (start, end) in bars.items():
            assert end >= start, (step, stage)
            assert end == pytest.approx(zero + times[stage] * per_ms, abs=2.0), (step, stage)
        assert bars["sent"][0] == pytest.approx(zero + times["queued"] * per_ms, abs=2.0), step


_BARS = """() => {
  const svg = document.querySelector("[aria-label=从按键到验证] svg");
  const rows = [...svg.querySelectorAll("[data-step]")];
  const number = (e, name) => Number(e.getAttribute(name));
  const labels = rows.map((row) => [parseInt(row.lastElementChild.textContent), row]);
  const ends = labels.map(([ms, row]) => {
    const bar = row.querySelector("rect.verified");
    return [ms, number(row.lastElementChild, "x") - 5];
  });
  const zero = number([...svg.querySelectorAll(":scope > text")][0], "x");
  const [ms, x] = ends.reduce((a, b) => (a[0] > b[0] ? a : b));
  const bars = Object.fromEntries(rows.map((row) => [row.dataset.step, Object.fromEntries(
    [...row.querySelectorAll("rect")].map((bar) => {
      const x = number(bar, "x");
      return [bar.classList[0], [x, x + number(bar, "width")]];
    }))]));
  return {zero, per_ms: (x - zero) / ms, bars};
}"""
"""The scale by its own labels, and where each bar begins and ends."""


async def test_row_31_a_release_is_confirmed_staged_and_can_be_taken_up_again(console: Console) -> None:
    page, scene = console.page, console.scene
    incident = await open_incident(console)
    clear = page.locator(".orders .hold").first
    await clear.click()  # a click is no confirmation
    assert (await scene.desk.incident(incident))["state"] == "active"
    pressed_ms = (await scene.desk.incident(incident))["created_ms"]
    await console.hold(clear)
    await expect(page.locator(".head .state")).to_have_text(re.compile("解除中|已解除"))
    cleared = await scene.desk.until_state(incident, "cleared", within_s=30)
    changes = await scene.road.history(since_ms=pressed_ms)
    lane = re.compile(r"LCS-FU-\d+-1\Z")  # the closed one; advice over the other goes with the signs
    opened = [c for c in changes if lane.match(c["device"]) and c["lamp"] == "open"]
    blank = [c for c in changes if c["device"] == "VMS-FU-P" and c["lamp"] == {"multi": ""}]
    assert max(c["at_ms"] for c in opened) <= min(c["at_ms"] for c in blank), "lanes before signs"
    again = page.get_by_role("button", name=re.compile("重新启动"))
    await expect(again).to_be_visible()
    said = re.search(r"(\d+) 秒", await again.text_content() or "")
    lasts_s = (await scene.desk.call("GET", "/api/v1/site"))["policy"]["reactivate_s"]
    assert said is not None
    assert lasts_s - 30 <= int(said[1]) <= lasts_s
    assert cleared["state"] == "cleared"
    await again.click()
    await scene.desk.until_state(incident, "active", within_s=8)
    await expect(page.locator(".head .state")).to_have_text("生效中")


async def test_row_31_what_is_just_over_can_be_taken_up_again_where_it_was_fought(console: Console) -> None:
    page, desk = console.page, console.scene.desk
    incident = await console.press()
    await desk.until_state(incident, "active", within_s=8)
    newest = page.get_by_label("最新事件")
    await expect(page.locator(".undo")).to_be_visible()
    await console.hold(newest.locator(".orders .hold").first)
    await expect(page.locator(".undo")).to_have_count(0)  # what is released is stopped, not undone
    await desk.until_state(incident, "cleared", within_s=30)
    await expect(newest.locator(".state")).to_have_text("已解除")
    await newest.get_by_role("button", name=re.compile("重新启动")).click()
    await desk.until_state(incident, "active", within_s=8)


async def test_row_31_to_go_on_without_proof_is_offered_once_a_release_is_stuck(console: Console) -> None:
    page, scene = console.page, console.scene
    incident = await open_incident(console)
    go_on = page.get_by_role("button", name=re.compile("不待验证继续"))
    await scene.road.latency(150)
    await console.hold(page.locator(".orders .hold").first)
    await expect(page.locator(".orders").first).to_contain_text("等待")
    await expect(go_on).to_have_count(0)  # it waits as every phase does
    await scene.road.fault(NAMED, stuck=True)
    await scene.road.latency(0)
    await expect(go_on).to_be_visible(timeout=30_000)
    await expect(page.locator(".orders").first).to_contain_text(NAMED)
    await page.get_by_label("原因").last.fill("patrol sees it dark")
    await console.hold(go_on)
    await scene.desk.until_state(incident, "cleared", within_s=30)


async def test_row_31_a_release_is_stopped(console: Console) -> None:
    page = console.page
    incident = await open_incident(console)
    await console.scene.road.latency(150)
    await console.hold(page.locator(".orders .hold").first)
    await page.get_by_role("button", name="停止解除").click()
    await console.scene.road.latency(0)
    await console.scene.desk.until_state(incident, "active", within_s=15)


async def test_row_32_the_journal_is_found_exported_and_verified(console: Console) -> None:
    page = console.page
    incident = await console.press()
    await console.scene.desk.until_state(incident, "active", within_s=8)
    await console.go("/audit")
    await page.fill("input[aria-label=查找]", incident)
    await page.get_by_role("button", name="最新").click()
    await expect(page.locator("tr[data-seq]").first).to_contain_text(incident)
    async with page.expect_download() as started:
        await page.click("a[download]")
    exported = await (await started.value).path()
    assert incident in exported.read_text("utf-8")
    await page.click("#verify")
    await expect(page.locator("[data-chain=good]")).to_be_visible(timeout=20_000)


async def test_row_32_verify_shows_the_first_broken_record(console: Console) -> None:
    page, scene = console.page, console.scene
    console.forgiven += ["ERR_", "Failed to load"]
    await scene.rig.stop_serve()
    store = sqlite3.connect(scene.rig.folder / "onekey.db")
    (seq,) = store.execute("SELECT seq FROM journal WHERE kind = 'verdict' ORDER BY seq LIMIT 1").fetchone()
    (body,) = store.execute("SELECT body FROM journal WHERE seq = ?", (seq,)).fetchone()
    triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        store.execute(f'DROP TRIGGER "{name}"')
    forged = body.replace('"verified"', '"Verified"')
    store.execute("UPDATE journal SET body = ? WHERE seq = ?", (forged, seq))
    store.commit()
    await scene.rig.restart_serve()
    await scene.reopen()
    await scene.desk.until_well(within_s=20)
    try:
        await page.goto(f"{scene.rig.url}/audit")
        await page.click("#verify")
        await expect(page.locator("[data-chain=bad]")).to_contain_text(f"第 {seq} 条", timeout=20_000)
        await expect(page.locator("tr.broken")).to_have_attribute("data-seq", str(seq))
    finally:
        await scene.rig.stop_serve()
        store.execute("UPDATE journal SET body = ? WHERE seq = ?", (body, seq))
        for _, sql in triggers:
            store.execute(sql)
        store.commit()
        store.close()
        await scene.rig.restart_serve()
        await scene.reopen()


async def test_row_33_simulation_stands_on_every_screen(console: Console) -> None:
    for view in ("/", "/incidents", "/devices", "/alarms", "/audit", "/site", "/scenarios"):
        await console.go(view)
        await expect(console.page.locator("header .mark", has_text="仿真")).to_be_visible()


async def test_row_33_a_scenario_is_run_and_its_lines_say_expected_and_got(console: Console) -> None:
    page = console.page
    await console.go("/scenarios")
    await page.locator("[data-scenario=origin] button").click(timeout=40_000)
    await expect(page.locator("[data-run=running]")).to_be_visible(timeout=20_000)
    await expect(page.locator("[data-run=passed]")).to_be_visible(timeout=80_000)
    assert await page.locator("tr[data-outcome=passed]").count() >= 3
    assert await page.locator("tr[data-outcome=failed]").count() == 0


async def test_row_33_the_road_of_a_run_is_drawn_while_it_runs_and_at_any_instant_after(
    console: Console,
) -> None:
    page = console.page
    await console.go("/scenarios")
    await page.locator("[data-scenario=dead-head] button").click(timeout=40_000)
    head = page.locator("[data-run-road=FU] [data-run-head=LCS-FU-05-1]")
    await expect(head).to_have_attribute("data-lamp", "closed", timeout=60_000)
    assert await page.locator("[data-run=running]").is_visible(), "it was drawn only at the end"
    await expect(page.locator("[data-run=passed]")).to_be_visible(timeout=80_000)
    run = (await console.scene.desk.call("GET", "/api/v1/scenarios"))["runs"][0]["id"]
    road = (await console.scene.desk.call("GET", f"/api/v1/scenarios/runs/{run}"))["road"]
    stretches = [s for s in road["shown"] if s["device"] == "LCS-FU-05-1"]
    assert {"open", "closed"} <= {s["lamp"] for s in stretches}
    for one in stretches:
        middle_ms = (one["from_ms"] + one["to_ms"]) // 2
        await page.locator("figure input[type=range]").fill(str(middle_ms))
        await expect(head).to_have_attribute("data-lamp", one["lamp"])
    for look in ("dark", "light"):
        await console.look(look)
        assert await console.serious() == []
    await page.locator("figure button").click()
    await expect(page.locator("figure[data-road-at]")).to_have_attribute("data-road-at", str(road["at_ms"]))
    await expect(page.locator("[data-run-road=FU] [data-sign]").first).to_be_visible()
    await page.get_by_role("button", name="全部运行").click()
    await expect(page.locator("[aria-label=步骤]")).to_contain_text("dead-head")


async def test_the_hand_over_sheet_names_what_stands(console: Console) -> None:
    page, scene = console.page, console.scene
    incident = await console.press()
    await scene.desk.call("PUT", "/api/v1/devices/LCS-ZJ-05-1/service", json={"reason": "crew 2"})
    await scene.desk.call(
        "PUT", "/api/v1/devices/LCS-ZJ-06-1/lock", json={"value": "closed", "reason": "works"}
    )
    await console.go("/handover")
    await expect(page.locator("[data-section=incidents]")).to_contain_text(incident)
    await expect(page.locator("[data-section=service]")).to_contain_text("crew 2")
    await expect(page.locator("[data-section=locks]")).to_contain_text("works")
    await page.emulate_media(media="print")
    await expect(page.locator("header.bar")).to_be_hidden()


async def test_the_report_can_be_printed(console: Console) -> None:
    incident = await open_incident(console)
    page = console.page
    await page.click(f"a[href='/report/{incident}']")
    await expect(page.locator("h1")).to_contain_text(incident)
    await expect(page.locator("main")).to_contain_text("已验证 ")
    await expect(page.locator("[data-device=LCS-FU-07-1]")).to_contain_text("已验证")


async def test_what_onekey_cannot_do_is_ticked_into_the_journal(console: Console) -> None:
    incident = await open_incident(console)
    page = console.page
    tick = page.locator("[data-task=ambulance]")
    await tick.locator("input").check()
    await expect(tick).to_contain_text(NAME)
    await page.fill("input[aria-label=备注]", "two cars, nobody hurt")
    await page.get_by_role("button", name="写入备注").click()
    await expect(page.locator("[aria-label=经过]")).to_contain_text("two cars, nobody hurt")
    await page.reload()
    await expect(page.locator("h1")).to_have_text(incident)
    await expect(page.locator("[data-task=ambulance] input")).to_be_checked()
    rows = (await console.scene.desk.call("GET", "/api/v1/audit", params={"kind": "note"}))["rows"]
    assert [row["body"].get("task") or row["body"]["text"] for row in rows[-2:]] == [
        "ambulance",
        "two cars, nobody hurt",
    ]


async def test_sirens_are_silenced_with_one_button(console: Console) -> None:
    await open_incident(console)
    await console.scene.road.until_lamp("BCN-FU-01", {"flash": True, "siren": True}, within_s=8)
    await console.page.get_by_role("button", name="消音").click()
    await console.scene.road.until_lamp("BCN-FU-01", {"flash": True, "siren": False}, within_s=8)


async def test_an_open_incident_is_corrected_from_its_screen(console: Console) -> None:
    incident = await open_incident(console)
    page = console.page
    await page.get_by_role("button", name="更正").click()
    await expect(page.locator("#alert-key")).to_contain_text("更正")
    await page.locator("button[data-lane='2']").click()
    await page.wait_for_selector("[data-ready]")
    await page.click("#alert-key")
    await expect(page.locator("[data-answer=accepted]")).to_be_visible()
    full = await console.scene.desk.until_state(incident, "active", within_s=30)
    assert full["lanes"] == {"1": "blocked", "2": "blocked"}
    assert len(await console.incidents()) == 1
