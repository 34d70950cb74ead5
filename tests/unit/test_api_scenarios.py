"""On a live site every scenario run is refused (S10)."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.site import SiteKind
from tests.sites import tiny_site
from tests.unit.api_room import running_api


@pytest.mark.parametrize(("kind", "status"), [(SiteKind.LIVE, 409)])
async def test_a_live_site_refuses_every_run(tmp_path: Path, kind: SiteKind, status: int) -> None:
    async with running_api(tmp_path, site=replace(tiny_site(), kind=kind)) as api:
        answer = await api.post("/scenarios/origin/runs", {})
        assert answer.status_code == status
        assert "live" in answer.json()["detail"]
        assert await api.get("/scenarios") == {"scenarios": [], "runs": [], "offered": False}
