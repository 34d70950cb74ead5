"""A stored plan stands after site or rules have changed, says so, and is updated by a person (P2)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.site import Site
from controller.incident import Plan
from controller.incidents import outdated
from controller.incidents.outdated import basis, differences, rules_digest
from controller.plan.planner import plan_incident
from tests.simulated import until
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, Api, running_api
from tests.unit.small_road import crash, road

SITE = road(gantries=range(7_000, 11_001, 500), signs=(6_800,), beacons=(8_000,))
REPORT = crash(10_200)
PLAN = plan_incident(REPORT, SITE)


def changed(site: Site, **policy: Any) -> Site:
    return replace(site, digest="another", policy=replace(site.policy, **policy))


def test_the_same_rules_give_no_difference() -> None:
    assert differences(changed(SITE), REPORT, PLAN, PLAN) == ()


def test_what_was_planned_around_is_planned_around_again() -> None:
    without = plan_incident(REPORT, SITE, out_of_service=frozenset({"H8500-1"}), missing=frozenset({"B8000"}))
    assert differences(SITE, REPORT, without, without) == ()


@pytest.mark.parametrize(
    ("policy", "device"),
    [
        pytest.param({"closure_before_m": 1_750}, "H8500-1", id="more"),
        pytest.param({"adjacent_caution": False}, "H9500-2", id="less"),
    ],
)
def test_devices_that_would_be_asked_for_something_else_are_named(
    policy: dict[str, Any], device: str
) -> None:
    assert device in differences(changed(SITE, **policy), REPORT, PLAN, PLAN)


def test_what_was_added_since_is_no_difference() -> None:
    more = plan_incident(crash(9_700, 10_200), SITE)
    assert differences(SITE, REPORT, PLAN, Plan((*PLAN.demands, *more.demands), PLAN.lane_facts)) == ()


def test_another_site_file_or_other_rules_are_another_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    before = basis(SITE)
    assert basis(changed(SITE)) != before
    monkeypatch.setattr(outdated, "rules_digest", lambda: rules_digest() + "x")
    assert basis(SITE) != before


async def pressed(folder: Path) -> str:
    async with running_api(folder) as api:
        return str((await api.post("/incidents?wait=verified", PRESS)).json()["id"])


async def outdated_alarms(api: Api) -> list[str]:
    alarms = (await api.get("/alarms"))["alarms"]
    return [a["subject"] for a in alarms if a["kind"] == "outdated" and a["state"].startswith("active")]


async def test_an_outdated_plan_stands_until_a_person_updates_it(tmp_path: Path) -> None:
    incident = await pressed(tmp_path)
    # Caution beside the closure is no longer wanted, and the closure starts farther upstream.
    site = changed(tiny_site(), adjacent_caution=False, closure_before_m=1_900)
    async with running_api(tmp_path, site) as api:
        told = await api.get(f"/incidents/{incident}")
        assert told["plan_outdated"] is True
        assert told["plan_differs"]
        assert await outdated_alarms(api) == [incident]
        stands = {d["device"]: d["value"] for d in told["plan"]["demands"]}
        await asyncio.sleep(1.2)
        assert {d: str(api.lamps[d].value) for d in stands if d.startswith("LCS")} == {
            d: v for d, v in stands.items() if d.startswith("LCS")
        }, "nothing changes by an upgrade"
        answer = await api.post(f"/incidents/{incident}/update?wait=verified")
        assert answer.status_code == 200, answer.text
        assert answer.json()["verdict"]["outcome"] == "met"
        assert answer.json()["plan_outdated"] is False
        held = api.room.book.incidents[incident]
        await until(lambda: held.release is None, within_s=30)
        assert held.plan == plan_incident(held.report, site)
        for demand in held.plan.demands:
            if demand.device.startswith("LCS"):
                assert api.lamps[demand.device].value == demand.value
        gone = set(stands) - {d.device for d in held.plan.demands}
        assert {str(api.lamps[d].value) for d in gone if d.startswith("LCS")} == {"open"}
        assert await outdated_alarms(api) == []
        again = await api.post(f"/incidents/{incident}/update")
        assert again.status_code == 409
        assert "nothing to update" in again.json()["detail"]
        rows = (await api.get("/audit", kind="update"))["rows"]
        assert [row["body"]["incident"] for row in rows] == [incident]


async def test_a_change_that_changes_nothing_for_it_is_not_told(tmp_path: Path) -> None:
    incident = await pressed(tmp_path)
    async with running_api(tmp_path, changed(tiny_site(), review_min=45)) as api:
        assert (await api.get(f"/incidents/{incident}"))["plan_outdated"] is False
        assert await outdated_alarms(api) == []


async def test_a_stopped_release_and_an_undone_update_leave_an_outdated_plan_outdated(tmp_path: Path) -> None:
    incident = await pressed(tmp_path)
    async with running_api(tmp_path, changed(tiny_site(), adjacent_caution=False)) as api:
        stands = (await api.get(f"/incidents/{incident}"))["plan"]["demands"]
        await api.post(f"/incidents/{incident}/clear", {"reason": "over"})
        held = (await api.post(f"/incidents/{incident}/hold?wait=verified")).json()
        assert held["plan_outdated"] is True
        assert held["plan"]["demands"] == stands, "a hold drives what was pressed"
        assert (await api.post(f"/incidents/{incident}/update")).json()["plan_outdated"] is False
        undone = (await api.post(f"/incidents/{incident}/undo?wait=verified")).json()
        assert undone["plan_outdated"] is True
        assert undone["plan"]["demands"] == stands
    async with running_api(tmp_path, changed(tiny_site(), adjacent_caution=False)) as api:
        assert (await api.get(f"/incidents/{incident}"))["plan_outdated"] is True
