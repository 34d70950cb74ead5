"""Whole processes on loopback: broker, simulated devices, controller; one rig a module."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from api.rig import Rig, running_rig
from config.loader import sample_site_path
from simulators.remote import Desk, Road

BUDGET_MS = 3_000


@dataclass
class Scene:
    """A running rig with its two doors."""

    rig: Rig
    desk: Desk
    road: Road

    async def reopen(self) -> None:
        """Knock at the controller anew after a restart."""
        await self.desk.http.aclose()
        self.desk = Desk(self.rig.url, self.rig.token)


@pytest.fixture(scope="session")
def short_budget_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample site with a budget short enough to wait for its end."""
    text = sample_site_path().read_text("utf-8")
    assert "\npolicy:" not in text
    path = tmp_path_factory.mktemp("site") / "sanduling.yaml"
    path.write_text(f"{text}\npolicy: {{budget_ms: {BUDGET_MS}}}\n", "utf-8")
    return path


async def _scene(site: Path | None = None) -> AsyncIterator[Scene]:
    async with running_rig(site) as rig, Road(rig.control_url) as road:
        scene = Scene(rig, Desk(rig.url, rig.token), road)
        await scene.desk.until_well(within_s=15)
        yield scene
        await scene.desk.http.aclose()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def scene() -> AsyncIterator[Scene]:
    """The sample site as shipped."""
    async for one in _scene():
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def short_scene(short_budget_site: Path) -> AsyncIterator[Scene]:
    """The sample site with a short budget."""
    async for one in _scene(short_budget_site):
        yield one
