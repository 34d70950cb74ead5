"""How quick the console is in a real browser: answer to a key, first paint, 500 rows, a lost server noticed.

python -m benchmarks.console [--presses N]        needs Chromium and the built console (make browser has them)
"""

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from api.rig import Rig, running_rig
from benchmarks.figures import machine, row
from config.loader import sample_site_path
from simulators.remote import Desk

MANY = 500
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_LIVE = "[data-device='LCS-FU-07-1'][data-condition='well']"
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SCROLL = """async (rows) => {
  const frames = [];
  let last = performance.now();
  for (let step = 1; step <= 80; step++) {
    rows.scrollTop = (step / 80) * rows.scrollHeight;
    await new Promise((done) => requestAnimationFrame(done));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames.sort((a, b) => a - b);
}"""
"""Scrolls the board from end to end in 80 frames; returns their milliseconds, sorted."""


def site_of_many(folder: Path) -> Path:
    """Return the sample site with as many further gantries on the broker as it takes."""
    text = sample_site_path().read_text("utf-8")
    gantries, heads = "", ""
    for n in range((MANY - text.count("model: ")) // 2 + 1):
        name, metres = f"X{n:03d}", 1_878_700 + n * 45
        gantries += f"  {name}: {{carriageway: FU, at: K{metres // 1000}+{metres % 1000:03d}}}\n"
        for lane in (1, 2):
            place = f"gantry: {name}, lane: {lane}, model: native-mqtt, link: MQTT"
            heads += f"  - {{id: LCS-{name}-{lane}, type: head, {place}}}\n"
    text = text.replace("\ngantries:\n", f"\ngantries:\n{gantries}", 1)
    path = folder / "many.yaml"
    path.write_text(text.replace("\ndevices:\n", f"\ndevices:\n{heads}", 1), "utf-8")
    return path


async def main(presses: int) -> None:
    """Print the figures with what they were measured on."""
    print(machine())
    chromium = os.environ.get("ONEKEY_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        async with running_rig() as rig, Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=60)
            page = await _page(browser, rig)
            print(_line("key -> the button's answer", await _answers(page, desk, presses), 200))
            print(_line("first paint", await _paints(page, rig), 1_000))
            print(_line("server killed -> banner", [await _lost(page, rig)], 3_000))
            await page.close()
        with tempfile.TemporaryDirectory(prefix="onekey-") as folder:
            async with running_rig(site_of_many(Path(folder))) as rig, Desk(rig.url, rig.token) as desk:
                await desk.until_well(within_s=120)
                page = await _page(browser, rig)
                await page.click("nav a[href='/devices']")
                await page.wait_for_selector(".line[data-device]")
                await desk.press("福向三都岭隧道内快车道追尾,启动预警", wait=False)
                frames = await page.locator(".rows").evaluate(SCROLL)
                print(_line(f"a frame, {MANY} rows scrolled", frames, 250))
        await browser.close()


async def _page(browser: Browser, rig: Rig) -> Page:
    page = await browser.new_page(viewport={"width": 1920, "height": 1080})
    await page.add_init_script("localStorage.setItem('onekey.actor', 'benchmark')")
    await page.goto(f"{rig.url}/#token={rig.token}")
    await page.wait_for_selector(_LIVE)
    return page


async def _answers(page: Page, desk: Desk, presses: int) -> list[float]:
    """Press and take back; both tunnels in turn."""
    took = []
    for n in range(presses):
        await page.click(f"[data-place={('FU', 'ZJ')[n % 2]}]")
        await page.wait_for_selector("[data-ready]")
        await page.click("#alert-key")
        answer = page.locator("[data-answer=accepted]")
        incident = ((await answer.text_content()) or "").split()[-1]
        took.append(float(await page.locator("[data-after]").get_attribute("data-after") or "nan"))
        await page.keyboard.press("F9")
        await desk.until_state(incident, "cancelled", within_s=30)
    return took


async def _paints(page: Page, rig: Rig) -> list[float]:
    took = []
    for _ in range(5):
        await page.goto(rig.url)
        await page.wait_for_selector(_LIVE)
        took.append(float(await page.evaluate(_PAINT)))
    return took


async def _lost(page: Page, rig: Rig) -> float:
    began_s = time.monotonic()
    await rig.kill_serve()
    await page.wait_for_selector(".banner.lost")
    return (time.monotonic() - began_s) * 1000


def _line(what: str, took_ms: Sequence[float], promised_ms: int) -> str:
    kept = "kept" if max(took_ms) <= promised_ms else "NOT KEPT"
    return f"{row(what, took_ms)}  promised {promised_ms} ms: {kept}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--presses", type=int, default=20)
    asyncio.run(main(parser.parse_args().presses))
