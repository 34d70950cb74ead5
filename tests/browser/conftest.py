"""The console in a real browser against real processes: one rig and one browser, one page a test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from api.rig import running_rig
from api.routes.pages import BUILT
from simulators.remote import Desk, Road
from tests.browser.console import Console, at_rest, tokens_file
from tests.scenario.conftest import Scene

CHROMIUM = os.environ.get("ONEKEY_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say by name what is missing; on CI that is a failure."""
    if not Path(CHROMIUM).exists():
        reason = "no Chromium: install the packages chromium and fonts-wqy-zenhei"
    elif not (BUILT / "index.html").is_file():
        reason = "the console is not built: run make console"
    else:
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _no_task_left() -> AsyncIterator[None]:
    """Fail a test that leaves a task of its own; the browser's connection lives on."""
    before = asyncio.all_tasks()
    yield
    new = asyncio.all_tasks() - before - {asyncio.current_task()}
    left = [task.get_name() for task in new if not task.done()]
    assert not left, f"tasks left running: {', '.join(sorted(left))}"


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def scene() -> AsyncIterator[Scene]:
    """The sample site as shipped."""
    async with running_rig(serve=False) as rig, Road(rig.control_url) as road:
        rig.env["ONEKEY_TOKENS"] = str(tokens_file(rig.folder))
        await rig.start_serve()
        one = Scene(rig, Desk(rig.url, rig.token), road)
        await one.desk.until_well(within_s=40)
        yield one
        await one.desk.http.aclose()


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium."""
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield one
        await one.close()


@pytest_asyncio.fixture(loop_scope="package")
async def console(scene: Scene, browser: Browser) -> AsyncIterator[Console]:
    """A dispatcher's page on the dispatch screen, live; nothing it did stays for the next test."""
    context = await browser.new_context(
        viewport={"width": 1920, "height": 1080}, locale="zh-CN", reduced_motion="no-preference"
    )
    one = Console(scene, context)
    await one.start()
    yield one
    wrong = one.wrong()
    await context.close()
    await at_rest(scene)
    assert not wrong
