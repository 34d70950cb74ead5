"""What a test does with the console: open it, look at it, and find the road as it was left."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

from config.tokens import Role
from docs.snippets import ROOT
from simulators.remote import Refused
from tests.scenario.conftest import Scene

ORIGIN = "紧急:福向三都岭隧道内快车道追尾,启动预警"
NAME = "李娜"
AXE = ROOT / "api" / "console" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
}"""
TOKENS = {role: f"a-browser-token-of-role-{role}" for role in Role}
"""One for each role; the one of `manage` is a person's."""
MANAGER = "王伟"


def tokens_file(folder: Path) -> Path:
    """Write the file of tokens a controller reads, and return it."""
    lines = [f"{role} {secret} {MANAGER if role is Role.MANAGE else ''}" for role, secret in TOKENS.items()]
    path = folder / "tokens"
    path.touch(0o600)
    path.write_text("\n".join(lines), "utf-8")
    return path


class Console:
    """One browser with a page on the console; keeps what went wrong in it."""

    def __init__(self, scene: Scene, context: BrowserContext) -> None:
        self.scene = scene
        self.context = context
        self.page: Page
        self._wrong: list[str] = []
        self.forgiven: list[str] = []
        """Parts of complaints a test causes on purpose."""

    async def start(self, *, log_in: bool = True, role: Role | None = None) -> None:
        """Open the dispatch screen, logged in; with the main token where no role is named."""
        token = self.scene.rig.token if role is None else TOKENS[role]
        self.page = await self.new_page()
        if log_in:
            await self.context.add_init_script(
                f"localStorage.getItem('onekey.actor') || localStorage.setItem('onekey.actor', '{NAME}')"
            )
        await self.page.goto(self.scene.rig.url + (f"/#token={token}" if log_in else "/"))
        await self.live()

    async def new_page(self) -> Page:
        """Return another tab; what goes wrong in it counts too."""
        page = await self.context.new_page()
        page.on("console", self._complaint)
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.on("request", self._foreign)
        page.set_default_timeout(8_000)
        return page

    async def live(self, page: Page | None = None) -> None:
        """Wait until the road is drawn from what the controller says."""
        await (page or self.page).wait_for_selector("[data-device='LCS-FU-07-1'][data-condition='well']")

    async def go(self, path: str) -> None:
        """Follow a link of the top bar."""
        await self.page.click(f"nav a[href='{path}']")

    async def visit(self, path: str) -> None:
        """Go to a screen of any path without loading the page anew."""
        await self.page.evaluate(
            "path => { history.pushState(null, '', path); dispatchEvent(new Event('popstate')) }", path
        )
        await self.page.wait_for_timeout(250)

    async def look(self, wanted: str) -> None:
        """Turn it dark or light."""
        if await self.page.evaluate("document.documentElement.dataset.look") != wanted:
            await self.page.evaluate("document.querySelector('#look').click()")
        assert await self.page.evaluate("document.documentElement.dataset.look") == wanted

    async def serious(self) -> Sequence[str]:
        """Return what axe finds that is serious or critical, with the elements."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: run make check")
        await self.page.evaluate(AXE.read_text("utf-8"))
        found: list[str] = await self.page.evaluate(_SERIOUS)
        return found

    def head(self, device: str) -> Locator:
        """Return a device on the road."""
        return self.page.locator(f".strips [data-device='{device}']")

    async def choose(self, carriageway: str = "FU") -> None:
        """Choose the tunnel of a carriageway, and wait for the preview."""
        await self.page.click(f"[data-place={carriageway}]")
        await self.page.wait_for_selector("[data-ready]")

    async def press(self, carriageway: str = "FU") -> str:
        """Choose and press; returns the incident's id."""
        await self.choose(carriageway)
        await self.page.click("#alert-key")
        said = await self.page.locator("[data-answer=accepted]").text_content()
        assert said is not None
        return said.split()[-1]

    async def hold(self, locator: Locator, ms: int = 1_300) -> None:
        """Hold the mouse on something."""
        box = await locator.bounding_box()
        assert box is not None
        await self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await self.page.mouse.down()
        await self.page.wait_for_timeout(ms)
        await self.page.mouse.up()

    async def incidents(self) -> Sequence[dict[str, Any]]:
        """Return the open incidents the controller has."""
        answer = await self.scene.desk.call("GET", "/api/v1/incidents?state=open")
        return list(answer["incidents"])

    def wrong(self) -> list[str]:
        """Return errors of scripts, refused sources and requests that left the origin."""
        return [w for w in self._wrong if not any(part in w for part in self.forgiven)]

    def _complaint(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._wrong.append(f"{message.text} {message.location}")

    def _foreign(self, request: Request) -> None:
        if not request.url.startswith((self.scene.rig.url, "blob:", "data:")):
            self._wrong.append(f"left the origin: {request.url}")


@contextlib.asynccontextmanager
async def opened(scene: Scene, browser: Browser, *, forgiven: Sequence[str] = ()) -> AsyncIterator[Console]:
    """Give a page of its own in Chinese; at its end nothing but what is forgiven went wrong in it."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    one = Console(scene, context)
    one.forgiven += forgiven
    await one.start()
    yield one
    wrong = one.wrong()
    await context.close()
    assert not wrong


async def at_rest(scene: Scene) -> None:
    """End what a test left: restrictions nobody ordered, incidents, locks, services, faults, alarms."""
    desk = scene.desk
    if (await desk.call("GET", "/api/v1/alarms"))["journal_degraded"]:
        await desk.call("POST", "/api/v1/audit/restore")  # a busy machine may commit too slowly
    for device in (await desk.devices()).values():
        if device["unexplained_since_ms"]:
            await scene.road.mend(device["id"])
            with contextlib.suppress(Refused):  # it has gone meanwhile
                body = {"reason": "test is over"}
                await desk.call("POST", f"/api/v1/devices/{device['id']}/release", json=body)
            await scene.road.until_lamp(device["id"], "open", within_s=20)
    await scene.road.call("POST", "/reset")
    for incident in (await desk.call("GET", "/api/v1/incidents"))["incidents"]:
        if incident["state"] in ("activating", "active", "degraded", "prepared"):
            await desk.order(incident["id"], "cancel", confirmed_by=["li.na", "wang.wei"])
        if incident["state"] not in ("cleared", "cancelled"):
            await desk.until_state(incident["id"], "cleared", "cancelled", within_s=30)
    for device in (await desk.devices()).values():
        for what, stands in (
            ("lock", device["lock"]),
            ("service", device["out_of_service"]),
            ("fault", device["failed"]),
        ):
            if stands:
                await desk.call("DELETE", f"/api/v1/devices/{device['id']}/{what}")
    await desk.until_well(within_s=30)
    for alarm in (await desk.call("GET", "/api/v1/alarms"))["alarms"]:
        if alarm["state"].endswith("unacked"):
            await desk.call("POST", f"/api/v1/alarms/{alarm['id']}/ack", json={"note": "test is over"})
