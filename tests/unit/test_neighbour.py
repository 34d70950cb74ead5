"""What a press asks for before the site begins is told to the neighbour, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.events import BeyondSite
from controller.incident import Beyond, Finding, Plan
from controller.plan.neighbour import beyond_of
from controller.plan.plan_json import plan_from_json, plan_to_json
from tests.unit.api_room import PRESS, Api, running_api
from tests.unit.test_api_sse import client_of, hub_of

STRETCH = {"carriageway": "FU", "from": "K1875+800", "to": "K1890+000", "length_m": 14_200}
CORRECTED = {"carriageway": "FU", "chainage": "K1893+900", "lanes": [1], "type": "rear_end"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


async def told(api: Api) -> list[dict[str, object]]:
    entries = (await api.get("/audit", kind="beyond_site"))["rows"]
    return [e["body"] for e in entries]


async def test_a_press_tells_the_neighbour_once_with_the_stretch_and_its_chainages(api: Api) -> None:
    with api.room.events.subscribe() as news:
        raised = (await api.post("/incidents?wait=verified", PRESS)).json()
        events = [e for e in await news.drain() if isinstance(e, BeyondSite)]
    assert events == [BeyondSite(raised["id"], 1, "FU", "K1875+800", "K1890+000", 14_200)]
    assert raised["beyond_site"] == [STRETCH]
    assert await told(api) == [{"incident": raised["id"], "revision": 1, "beyond": [STRETCH]}]
    assert 'onekey_beyond_site_total{carriageway="FU"} 1.0' in (await api.client.get("/metrics")).text


async def test_what_was_told_is_not_told_again_and_another_stretch_is(api: Api) -> None:
    raised = (await api.post("/incidents?wait=verified", PRESS)).json()
    await api.post(f"/incidents/{raised['id']}/hold")
    with api.room.events.subscribe() as news:
        corrected = await api.client.patch(f"/api/v1/incidents/{raised['id']}", json=CORRECTED)
        assert corrected.status_code == 200, corrected.text
        events = [e for e in await news.drain() if isinstance(e, BeyondSite)]
    assert [(e.revision, e.to_post) for e in events] == [(2, "K1890+000")]
    assert events[0].length_m < 14_200
    assert len(await told(api)) == 2


async def test_a_plan_that_is_only_looked_at_tells_nobody(api: Api) -> None:
    with api.room.events.subscribe() as news:
        preview = (await api.post("/plans", PRESS)).json()
        await api.post("/incidents", {**PRESS, "activate": False})
        assert not [e for e in await news.drain() if isinstance(e, BeyondSite)]
    (edge,) = [f for f in preview["plan"]["findings"] if f["code"] == "site_edge"]
    assert edge["beyond"] == STRETCH
    assert await told(api) == []


async def test_whoever_watches_is_sent_it(api: Api) -> None:
    async with hub_of(api) as hub, client_of(hub) as reader:
        await reader.next()
        raised = (await api.post("/incidents", PRESS)).json()
        seen: list[dict[str, object]] = []
        while not seen:
            seen = (await reader.next()).body["beyond_site"]
    assert seen == [{"incident": raised["id"], "revision": 1, **STRETCH}]


def test_the_stretch_is_stored_with_the_plan() -> None:
    beyond = Beyond("FU", "K9+000", "K10+000", 1_000)
    plan = Plan((), (), (Finding("site_edge", "…", beyond=beyond), Finding("coverage", "…")))
    assert plan_from_json(plan_to_json(plan)) == plan
    assert beyond_of(plan) == (beyond,)
