"""Takes the pictures of the console in docs/images/, each screen in both languages.

python -m docs.screenshots        needs Chromium, a CJK font and the built console (make browser has them)
"""

import asyncio
import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright

from api.rig import Rig, running_rig
from simulators.remote import Desk, Road

FOLDER = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1920, 1080
SHOWN_WIDTH = 1440
COLOURS = 255
_CHROMIUM = os.environ.get("ONEKEY_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_SETTLE_MS = 900


async def main() -> None:
    """Run a rig, make something happen on it, and take every picture."""
    FOLDER.mkdir(exist_ok=True)
    async with running_rig() as rig, Desk(rig.url, rig.token, "li.na") as desk, Road(rig.control_url) as road:
        await desk.until_well(within_s=60)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            await page.add_init_script("localStorage.setItem('onekey.actor', 'li.na')")
            await page.goto(f"{rig.url}/#token={rig.token}")
            await _both(page, "dispatch-at-rest")
            await page.click("[data-place=FU]")
            await page.wait_for_selector("[data-ready]")
            await _both(page, "dispatch-preview")
            incident = await _alert(page, desk, road)
            await _both(page, "dispatch-alert")
            await _screens(page, rig, incident)
            await browser.close()


async def _alert(page: Page, desk: Desk, road: Road) -> str:
    """Press with one head stuck and one restriction nobody ordered; returns the incident's id."""
    await road.fault("LCS-FU-09-1", stuck=True)
    await road.switch("LCS-ZJ-02-1", "closed")
    await page.click("#alert-key")
    await page.wait_for_selector("[data-answer=accepted]")
    (line,) = (await desk.call("GET", "/api/v1/incidents?state=open"))["incidents"]
    incident = str(line["id"])
    await desk.until_state(incident, "degraded", within_s=15)
    service = {"reason": "换灯，二班 lamp is being changed, crew 2"}
    await desk.call("PUT", "/api/v1/devices/LCS-ZJ-09-2/service", json=service)
    lock = {"value": "closed", "reason": "夜间施工 works at night", "expires_s": 28_800}
    await desk.call("PUT", "/api/v1/devices/LCS-ZJ-10-2/lock", json=lock)
    return incident


async def _screens(page: Page, rig: Rig, incident: str) -> None:
    """The screens beside the dispatch screen; the scenario has processes of its own, so it comes last."""
    paths = {
        "incident": f"/incidents/{incident}",
        "devices": "/devices",
        "alarms": "/alarms",
        "journal": "/audit",
        "handover": "/handover",
        "site": "/site",
        "report": f"/report/{incident}",
        "scenarios": "/scenarios",
    }
    for name, path in paths.items():
        await page.goto(rig.url + path)
        if name == "scenarios":
            await page.click("[data-scenario=origin] button", timeout=60_000)
            await page.wait_for_selector("[data-run=passed]", timeout=90_000)
        if name == "journal":
            await page.click("#verify")
            await page.wait_for_selector("[data-chain]")
        await _both(page, name)


async def _both(page: Page, name: str) -> None:
    for language in ("zh", "en"):
        await page.click(f"button[lang={language}]")
        await page.mouse.move(4, HEIGHT - 4)
        await page.wait_for_timeout(_SETTLE_MS)
        _save(await page.screenshot(), FOLDER / f"{name}-{language}.png")


def _save(raw: bytes, file: Path) -> None:
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    smaller = picture.resize((SHOWN_WIDTH, SHOWN_WIDTH * HEIGHT // WIDTH), Image.Resampling.LANCZOS)
    smaller.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        file, optimize=True
    )
    sys.stdout.write(f"{file.name} {file.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    asyncio.run(main())
