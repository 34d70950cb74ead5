"""Releases that meet another incident, a hold, a re-activation, a failing journal (S6, S11, P1)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.loader import load_site, sample_site_path
from controller.alarms.alarm import AlarmKind
from controller.book import Permit
from controller.commands import people
from controller.fleet.look import Target
from controller.incident import IncidentState
from controller.store.rows import PermitGone, PermitRow
from devices.values import Aspect
from tests.simulated import until
from tests.unit.api_room import PRESS, Api, running_api

TUNNEL = {"carriageway": "FU", "tunnel": "sanduling", "lanes": [1], "type": "rear_end"}
UPSTREAM = {"carriageway": "FU", "chainage": "K1887+000", "lanes": [2], "type": "debris"}
INSIDE = {"carriageway": "FU", "chainage": "YK1890+800", "lanes": [1, 2], "type": "fire"}
LONG_S = 30.0


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


@contextmanager
def somebody_holding_the_store(folder: Path) -> Iterator[None]:
    conn = sqlite3.connect(folder / "onekey.db", isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        conn.close()


async def pressed(api: Api, body: dict[str, Any] = PRESS) -> str:
    answer = await api.post("/incidents?wait=verified", body)
    assert answer.json()["verdict"]["outcome"] == "met"
    return str(answer.json()["id"])


async def ordered(api: Api, incident: str, verb: str, status: int = 200, **body: Any) -> Any:
    answer = await api.post(f"/incidents/{incident}/{verb}", body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def until_in(api: Api, incident: str, state: IncidentState) -> None:
    await until(lambda: api.room.book.incidents[incident].state is state, within_s=LONG_S)


@pytest.mark.parametrize("second", [UPSTREAM, INSIDE], ids=["upstream", "inside"])
async def test_what_only_two_incidents_together_held_is_released_with_either(
    tmp_path: Path, second: dict[str, Any]
) -> None:
    async with running_api(tmp_path, load_site(sample_site_path())) as api:
        one, two = await pressed(api, TUNNEL), await pressed(api, second | {"separate": True})
        for incident in (one, two):
            await ordered(api, incident, "clear")
            await until_in(api, incident, IncidentState.CLEARED)
            assert api.room.alarms.standing() == ()
        assert {str(lamp.value) for name, lamp in api.lamps.items() if name.startswith("LCS-")} == {"open"}


async def test_a_correction_lets_go_of_what_only_two_incidents_together_held(tmp_path: Path) -> None:
    beside = {"carriageway": "FU", "chainage": "K1888+300", "lanes": [1], "type": "breakdown"}
    fire = {"carriageway": "FU", "tunnel": "sanduling", "lanes": [1, 2], "type": "fire"}
    upstream = ("LCS-FU-01-2", "LCS-FU-02-2", "LCS-FU-03-2")
    async with running_api(tmp_path, load_site(sample_site_path())) as api:
        await pressed(api, {"text": "福向三都岭隧道内慢车道追尾,启动预警", "separate": True})
        corrected = await pressed(api, {**beside, "separate": True})
        assert {api.room.states[head].raised_by for head in upstream} == {"S5"}
        answer = await api.client.patch(f"/api/v1/incidents/{corrected}", json=fire)
        assert answer.status_code == 200, answer.text
        await until_in(api, corrected, IncidentState.ACTIVE)
        await until(lambda: api.room.book.incidents[corrected].release is None, within_s=LONG_S)
        await until(lambda: not api.room.book.permits, within_s=LONG_S)
        assert api.room.book.adopted == {}
        assert {str(api.lamps[head].value) for head in upstream} == {"closed_ahead"}
        assert not [alarm for alarm in api.room.alarms.standing() if alarm.kind is AlarmKind.UNEXPLAINED]


async def test_a_second_incident_pressed_during_a_release_leaves_nothing_unexplained(tmp_path: Path) -> None:
    async with running_api(tmp_path, load_site(sample_site_path())) as api:
        one = await pressed(api, TUNNEL)
        await ordered(api, one, "clear")
        two = await pressed(api, INSIDE | {"separate": True})
        await until_in(api, one, IncidentState.CLEARED)
        await ordered(api, two, "clear")
        await until_in(api, two, IncidentState.CLEARED)
        assert api.room.alarms.standing() == ()
        assert {str(lamp.value) for name, lamp in api.lamps.items() if name.startswith("LCS-")} == {"open"}


async def test_a_head_still_on_its_way_from_closed_may_fall_further(api: Api) -> None:
    incident = await pressed(api)
    api.lamps["LCS-G4-1"].dead = True
    await ordered(api, incident, "clear")
    room = api.room
    await until(lambda: "LCS-G4-1" in room.book.permits, within_s=LONG_S)
    less = Target(Aspect.CLOSED_AHEAD, wanted=True)
    room.fleet.reconcilers["LCS-G4-1"].set_target(less)
    assert room.falls({})["LCS-G4-1"] is Aspect.CLOSED


async def test_a_clear_that_is_not_journalled_is_refused_and_changes_nothing(
    tmp_path: Path, api: Api
) -> None:
    incident = await pressed(api)
    with somebody_holding_the_store(tmp_path):
        refused = await ordered(api, incident, "clear", 409)
        assert "confirmed_by" in refused["detail"]
        assert api.room.book.incidents[incident].state is IncidentState.ACTIVE
        assert str(api.lamps["LCS-G4-1"].value) == "closed"
        assert [a["kind"] for a in (await api.get("/alarms", priority="critical"))["alarms"]] == ["journal"]
        answer = await ordered(api, incident, "clear", confirmed_by=["ana", "bo"])
        assert answer["state"] == "clearing"
        await until_in(api, incident, IncidentState.CLEARED)


async def test_a_refused_clear_is_no_clear_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        incident = await pressed(api)
        with somebody_holding_the_store(tmp_path):
            await ordered(api, incident, "clear", 409)
    async with running_api(tmp_path) as api:
        await until_in(api, incident, IncidentState.ACTIVE)
        assert (await api.get("/audit/verify"))["ok"]


async def test_a_release_stops_at_the_phase_that_cannot_be_journalled(tmp_path: Path, api: Api) -> None:
    incident = await pressed(api)
    release = api.room.book.incidents[incident]
    api.lamps["LCS-G4-1"].dead = True
    await ordered(api, incident, "clear")
    await until(lambda: release.release is not None and "LCS-G4-1" in release.release.waits_for)
    with somebody_holding_the_store(tmp_path):
        lock = {"value": "closed", "reason": "makes the journal notice"}
        await api.client.put("/api/v1/devices/LCS-G1-2/lock", json=lock)
        assert api.room.store.degraded
        standing = {d.device for d in release.plan.demands}
        await ordered(api, incident, "clear", without_proof=["LCS-G4-1"], reason="dead", status=409)
        api.lamps["LCS-G4-1"].dead = False
        await until(lambda: release.release is not None and bool(release.release.paused))
        assert {d.device for d in release.plan.demands} >= standing - {"LCS-G4-1"}
        await ordered(api, incident, "clear", confirmed_by=["ana", "bo"])
        await until_in(api, incident, IncidentState.CLEARED)


@pytest.mark.parametrize("order", ["lock", "release"])
async def test_the_end_of_a_restriction_that_is_not_journalled_is_refused(
    tmp_path: Path, api: Api, order: str
) -> None:
    path = f"/api/v1/devices/LCS-G1-1/{order}"
    if order == "lock":
        await api.client.put(path, json={"value": "closed", "reason": "test"})
    else:
        api.lamps["LCS-G1-1"].value = Aspect.CLOSED
        api.room.fleet.reconcilers["LCS-G1-1"].refresh(api.room.clock.mono_s())
        await until(lambda: "LCS-G1-1" in api.room.book.adopted)
    await until(lambda: str(api.lamps["LCS-G1-1"].value) == "closed")
    with somebody_holding_the_store(tmp_path):
        call = api.client.delete(path) if order == "lock" else api.client.post(path, json={"reason": "x"})
        assert (await call).status_code == 409
    assert str(api.lamps["LCS-G1-1"].value) == "closed"
    assert api.room.book.permits == {}
    assert "LCS-G1-1" in (api.room.book.locks if order == "lock" else api.room.book.adopted)


async def test_clear_and_hold_at_once_end_held(api: Api) -> None:
    incident = await pressed(api)
    for _ in range(5):
        answers = await asyncio.gather(
            api.post(f"/incidents/{incident}/clear", {}),
            api.post(f"/incidents/{incident}/hold?wait=verified"),
        )
        assert [a.status_code for a in answers] == [200, 200]
        await until_in(api, incident, IncidentState.ACTIVE)
        assert api.room.alarms.standing() == ()
    await ordered(api, incident, "clear")
    await until_in(api, incident, IncidentState.CLEARED)


async def test_a_reactivation_in_the_moment_of_the_end_is_proved(api: Api) -> None:
    incident = await pressed(api)
    held = api.room.book.incidents[incident]
    await ordered(api, incident, "clear")
    while held.state is IncidentState.CLEARING:  # noqa: ASYNC110 - every turn counts here
        await asyncio.sleep(0)
    answer = (await api.post(f"/incidents/{incident}/reactivate?wait=verified")).json()
    assert (answer["state"], answer["verdict"]["outcome"]) == ("active", "met")
    assert str(api.lamps["LCS-G4-1"].value) == "closed"


async def test_an_old_prepared_incident_can_be_activated_or_cancelled_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        ids = [(await api.post("/incidents", PRESS | {"activate": False})).json()["id"] for _ in range(60)]
    async with running_api(tmp_path) as api:
        both = [api.post(f"/incidents/{ids[0]}/activate?wait=verified") for _ in range(2)]
        assert sorted(a.status_code for a in await asyncio.gather(*both)) == [200, 409]
        assert api.room.book.incidents[ids[0]].state is IncidentState.ACTIVE
        assert (await ordered(api, ids[1], "cancel"))["state"] == "cancelled"


async def test_a_hold_withdraws_only_the_permits_of_what_stands_again(api: Api) -> None:
    incident = await pressed(api)
    held = api.room.book.incidents[incident]
    room = api.room
    fewer = tuple(d for d in held.full_plan.demands if d.device != "LCS-G1-2")
    held.plan = held.full_plan = replace(held.full_plan, demands=fewer)
    room.book.permits["LCS-G4-1"] = room.book.permits["LCS-G1-2"] = Permit(Aspect.CLOSED, incident, 0)
    room.withdraw_permits(held)
    assert set(room.book.permits) == {"LCS-G1-2"}


async def test_an_order_that_never_reached_the_disk_leaves_an_older_permit(api: Api) -> None:
    room = api.room
    room.book.permits["LCS-G1-2"] = Permit(Aspect.CLOSED, "I-1", 5)
    granted = room.permits_of(dict.fromkeys(("LCS-G1-2", "LCS-G4-1"), Aspect.CLOSED), "lock:LCS-G4-1")
    assert room.refused(granted) == [
        PermitRow("LCS-G1-2", "closed", "I-1", 5),
        PermitGone("LCS-G4-1", "lock:LCS-G4-1", granted["LCS-G4-1"].at_ms),
    ]


def test_two_spellings_of_one_name_are_one_person() -> None:
    assert people(["Li Na", " li  na", "", "  "]) == ["li na"]
    assert len(people(["Li Na", "Wang Wei"])) == 2
