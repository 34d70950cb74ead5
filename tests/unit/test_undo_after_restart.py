"""What may be taken back may be taken back after a restart too, for as long as before (P2)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from config.site import Site
from tests.sites import tiny_site
from tests.unit.api_room import Api, Lamp, running_api
from tests.unit.small_road import road

LANE_1 = {"carriageway": "FU", "chainage": "K1892+000", "lanes": [1], "type": "rear_end"}


def site(undo_s: int = 30) -> Site:
    tiny = tiny_site()
    return replace(tiny, policy=replace(tiny.policy, undo_s=undo_s))


async def pressed(api: Api) -> dict[str, Any]:
    told: dict[str, Any] = (await api.post("/incidents?wait=verified", LANE_1)).json()
    return told


async def corrected(api: Api, incident: str) -> dict[str, Any]:
    """Turn the closure of lane 1 into one of lane 2."""
    answer = await api.client.patch(f"/api/v1/incidents/{incident}", json=LANE_1 | {"lanes": [2]})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def shown(api: Api) -> dict[str, Lamp]:
    """Return the road as it stands, for the run after a restart."""
    return dict(api.lamps)


def demands(told: dict[str, Any]) -> dict[str, Any]:
    return {d["device"]: d["value"] for d in told["plan"]["demands"]}


async def test_a_correction_is_taken_back_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path, site()) as api:
        first = await pressed(api)
        second = await corrected(api, first["id"])
        assert demands(second) != demands(first)
        shows = shown(api)
    async with running_api(tmp_path, site(), shows) as api:
        again = await api.get(f"/incidents/{first['id']}")
        assert again["undo"] == second["undo"]
        assert (again["undo"]["what"], demands(again)) == ("correction", demands(second))
        undone = await api.post(f"/incidents/{first['id']}/undo")
        assert undone.status_code == 200, undone.text
        assert demands(undone.json()) == demands(first)
        assert undone.json()["lanes"] == first["lanes"]
        shows = shown(api)
    async with running_api(tmp_path, site(), shows) as api:
        assert (await api.get(f"/incidents/{first['id']}"))["undo"] is None, "an undo is not taken back"


async def test_a_joined_report_is_taken_back_after_a_restart(tmp_path: Path) -> None:
    """A second report puts the place farther upstream."""
    longer = road(gantries=range(7_000, 11_001, 500))
    crash = {"carriageway": "E", "chainage": "K110+200", "lanes": [1], "type": "rear_end"}
    async with running_api(tmp_path, longer) as api:
        first = (await api.post("/incidents?wait=verified", crash)).json()
        answer = await api.client.post(
            "/api/v1/incidents?wait=verified",
            json=crash | {"chainage": "K109+950"},
            headers={"X-Onekey-Actor": "wang.wei"},
        )
        second = answer.json()
        assert (second["id"], second["undo"]["what"]) == (first["id"], "joined")
        assert demands(second) != demands(first)
        shows = shown(api)
    async with running_api(tmp_path, longer, shows) as api:
        assert (await api.get(f"/incidents/{first['id']}"))["undo"] == second["undo"]
        undone = await api.post(f"/incidents/{first['id']}/undo")
        assert demands(undone.json()) == demands(first)


async def test_its_time_runs_on_while_the_controller_is_away(tmp_path: Path) -> None:
    async with running_api(tmp_path, site()) as api:
        first = await pressed(api)
        await corrected(api, first["id"])
        shows = shown(api)
    async with running_api(tmp_path, site(undo_s=0), shows) as api:
        assert (await api.get(f"/incidents/{first['id']}"))["undo"] is None
        refused = await api.post(f"/incidents/{first['id']}/undo")
        assert refused.status_code == 409
        assert "undo ended" in refused.json()["detail"]


async def test_a_later_order_ends_it_also_over_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path, site()) as api:
        first = await pressed(api)
        await corrected(api, first["id"])
        cleared = await api.post(f"/incidents/{first['id']}/clear", {"reason": "over"})
        assert cleared.json()["undo"] is None, "what is being released is held, not undone"
        held = await api.post(f"/incidents/{first['id']}/hold")
        assert held.json()["undo"] is None
        shows = shown(api)
    async with running_api(tmp_path, site(), shows) as api:
        assert (await api.get(f"/incidents/{first['id']}"))["undo"] is None
