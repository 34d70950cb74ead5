"""A past incident is played on the strip in a real browser: forwards at 36 times its speed, and back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from simulators.scenario.replay import frames_of
from simulators.scenario.replay_page import replay_page

pytestmark = pytest.mark.asyncio(loop_scope="package")
HEAD, DEAD, SIGN = "LCS-FU-07-1", "LCS-FU-08-1", "VMS-FU-P"
BEGAN_MS = 1_795_305_600_000
LATER_MS = 54_000
"""When the release is proved: 1.5 s at 36 times the speed."""


def row(record: str, at_ms: int, /, **body: Any) -> dict[str, Any]:
    return {"kind": record, "at_ms": BEGAN_MS + at_ms, "body": {"incident": "I-1", **body}}


ROWS = [
    row("report", 0, text="快车道追尾"),
    row(
        "intent",
        2,
        revision=1,
        kind="activation",
        plan={
            "demands": [
                {"device": HEAD, "value": "closed"},
                {"device": DEAD, "value": "closed"},
                {"device": SIGN, "value": {"multi": "前方慢行"}},
            ]
        },
    ),
    row("step", 30, revision=1, device=HEAD, state="verified", reason=""),
    row("step", 40, revision=1, device=SIGN, state="verified", reason=""),
    row("step", 5_000, revision=1, device=DEAD, state="timeout", reason="no answer"),
    row("verdict", 5_001, outcome="missed", verified=2, total=3),
    row("clear", 50_000, reason="lanes are free"),
    row("step", LATER_MS, revision=2, device=HEAD, state="verified", reason=""),
    row("step", LATER_MS, revision=2, device=SIGN, state="verified", reason=""),
]
DEVICES = [
    {"id": name, "type": kind, "carriageway": "FU", "at_m": at_m, "lane": lane, "chainage": f"K1+{at_m}"}
    for name, kind, at_m, lane in ((HEAD, "head", 100, 1), (DEAD, "head", 200, 1), (SIGN, "sign", 150, None))
]


async def test_an_incident_is_replayed_at_36_times_its_speed_and_back(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "replay.html"
    html = replay_page("I-1", "SIMULATION", "Sanduling", DEVICES, frames_of("I-1", ROWS), began_ms=BEGAN_MS)
    file.write_text(html, "utf-8")
    wrong: list[str] = []
    page = await browser.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url != file.as_uri() else None)
    await page.goto(file.as_uri())
    head, dead, bar = page.locator(f"#d-{HEAD}"), page.locator(f"#d-{DEAD}"), page.locator("#bar")
    await expect(head).to_have_class("device rest")
    await bar.fill("10")
    await expect(head).to_have_class("device rest want-closed")
    await bar.fill("6000")
    await expect(head).to_have_class("device closed")
    await expect(page.locator(f"#m-{HEAD}")).to_have_text("✕")
    await expect(dead).to_have_class("device rest want-closed bad")
    await expect(page.locator(f"#m-{DEAD}")).to_have_text("")
    await expect(page.locator("#signs")).to_have_text(f'{SIGN}"前方慢行"')
    await expect(page.locator("#log")).to_contain_text("verdict missed: 2/3")
    await expect(page.locator("#clock")).to_contain_text("2026-11-22 00:00:06 UTC")
    await page.select_option("#speed", "36")
    await page.click("#play")
    await expect(page.locator("#play")).to_have_text("▶", timeout=8_000)
    await expect(head).to_have_class("device rest")
    await expect(page.locator("#signs")).to_have_text("")
    await expect(page.locator("#log")).to_contain_text("clear: lanes are free")
    await bar.fill("6000")  # back in time
    await expect(head).to_have_class("device closed")
    await page.close()
    assert not wrong
