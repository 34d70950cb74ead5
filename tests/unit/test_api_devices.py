"""Devices over HTTP: three states apart, locks that may only restrict, service, unexplained restrictions."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.device_history import proof_times
from config.messages import MessagePolicy
from controller.alarms.alarm import AlarmKind
from devices.values import Aspect
from tests.simulated import until
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, Api, running_api

LOCK = "/api/v1/devices/LCS-G1-1/lock"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    site = tiny_site(device={"LCS-G4-1": {"aspects": frozenset({Aspect.OPEN, Aspect.CLOSED})}})
    async with running_api(tmp_path, site) as api:
        yield api


async def put(api: Api, path: str, body: Any) -> Any:
    return await api.client.put(f"/api/v1/devices/{path}", json=body)


async def test_a_device_has_three_states_and_says_why(api: Api) -> None:
    await api.post("/incidents?wait=verified", PRESS)
    head = await api.get("/devices/LCS-G4-1")
    assert (head["desired"], head["commanded"], head["shown"], head["verdict"]) == (
        "closed",
        "closed",
        "closed",
        "verified",
    )
    assert head["because"]
    assert head["well"] is True


async def test_the_list_can_be_narrowed(api: Api) -> None:
    ids = [d["id"] for d in (await api.get("/devices", type="sign"))["devices"]]
    assert ids == ["VMS-1"]
    assert (await api.get("/devices", carriageway="ZZ"))["devices"] == []
    api.lamps["LCS-G1-1"].dead = True
    api.room.fleet.reconcilers["LCS-G1-1"].refresh(api.room.clock.mono_s())
    await until(lambda: api.room.fleet.reconcilers["LCS-G1-1"].condition.reachable is False)
    await until(lambda: all(r.condition.reachable is not None for r in api.room.fleet.reconcilers.values()))
    assert [d["id"] for d in (await api.get("/devices", well="false"))["devices"]] == ["LCS-G1-1"]


async def test_an_unknown_device_is_404_and_near_names_are_offered(api: Api) -> None:
    answer = await api.client.get("/api/v1/devices/LCS-G9-1")
    assert answer.status_code == 404
    answer = await put(api, "LCS-G1-9/lock", {"value": "closed", "reason": "x"})
    assert answer.status_code == 404
    assert "did you mean LCS-G1-1" in answer.json()["detail"]


async def test_a_lock_restricts_and_its_end_is_the_release(api: Api) -> None:
    answer = await put(api, "LCS-G1-1/lock", {"value": "closed", "reason": "crew", "expires_s": 60})
    assert (answer.status_code, answer.json()["lock"]["reason"]) == (200, "crew")
    await until(lambda: api.lamps["LCS-G1-1"].value is Aspect.CLOSED)
    assert (await api.client.delete(LOCK)).status_code == 200
    await until(lambda: api.lamps["LCS-G1-1"].value is Aspect.OPEN)
    answer = await api.client.delete(LOCK)
    assert (answer.status_code, answer.json()["detail"]) == (409, "LCS-G1-1 is not locked")


async def test_a_sign_is_not_locked_at_a_word_the_site_bans_nor_at_a_page_nobody_can_read(
    tmp_path: Path,
) -> None:
    site = tiny_site()
    policy = replace(site.policy, messages=MessagePolicy(banned=("小心",)))
    async with running_api(tmp_path, replace(site, policy=policy)) as api:
        for text, why in (("请小心驾驶", "signs never say 小心"), ("[pt5o0]前方[np]事故", "to read")):
            answer = await put(api, "VMS-1/lock", {"value": {"multi": text}, "reason": "x"})
            assert answer.status_code == 422
            assert why in answer.json()["errors"][0]["message"]


async def test_a_closed_lock_is_warned_of_and_its_end_takes_the_warnings_back(api: Api) -> None:
    await put(api, "LCS-G2-2/lock", {"value": "closed", "reason": "crew"})
    await until(lambda: api.lamps["LCS-G1-2"].value is Aspect.MERGE_LEFT)
    warns = await api.get("/devices/LCS-G1-2")
    assert warns["because"].startswith(
        "merge_left: lock of dispatcher, lane 2 held closed at K1891+600, 800 m"
    )
    assert (await api.client.delete("/api/v1/devices/LCS-G2-2/lock")).status_code == 200
    await until(lambda: api.lamps["LCS-G1-2"].value is Aspect.OPEN)
    await until(lambda: api.lamps["LCS-G2-2"].value is Aspect.OPEN)
    assert api.room.book.adopted == {}


async def test_a_lock_never_restricts_less_than_the_incident(api: Api) -> None:
    await api.post("/incidents?wait=verified", PRESS)
    answer = await put(api, "LCS-G4-1/lock", {"value": "open", "reason": "hurry"})
    assert answer.status_code == 409
    assert "correct or clear the incident" in answer.json()["detail"]
    assert api.lamps["LCS-G4-1"].value is Aspect.CLOSED


async def test_an_arrow_to_a_lane_that_is_not_open_is_refused_by_the_rules_name(api: Api) -> None:
    await put(api, "LCS-G1-2/lock", {"value": "closed", "reason": "crew"})
    for device, arrow in (("LCS-G1-1", "merge_right"), ("LCS-G2-1", "merge_left")):
        answer = await put(api, f"{device}/lock", {"value": arrow, "reason": "habit"})
        assert answer.status_code == 409, answer.text
        assert "an arrow never does (S2)" in answer.json()["detail"]
    assert list(api.room.book.locks) == ["LCS-G1-2"]


async def test_a_device_says_for_whom_it_stands_so_and_who_is_outranked(api: Api) -> None:
    await put(api, "LCS-G4-1/lock", {"value": "closed", "reason": "crew on the gantry"})
    alone = (await api.client.get("/api/v1/devices/LCS-G4-1")).json()
    assert alone["because"] == "closed: lock of dispatcher, locked: crew on the gantry"
    await put(api, "VMS-1/lock", {"value": {"multi": "小心驾驶"}, "reason": "habit"})
    raised = (await api.post("/incidents?wait=verified", PRESS)).json()
    sign = (await api.client.get("/api/v1/devices/VMS-1")).json()
    assert f": incident {raised['id']}, " in sign["because"]
    assert sign["because"].endswith("; lock of dispatcher outranked")
    assert sign["outranked"] == ["lock:VMS-1"]
    rest = (await api.client.get("/api/v1/devices/BCN-2")).json()
    assert rest["because"]


@pytest.mark.parametrize(
    ("device", "value", "said"),
    [
        pytest.param("LCS-G1-1", "purple", "merge_left", id="no-aspect"),
        pytest.param("LCS-G1-1", {"multi": "x"}, "an aspect name", id="a-text-for-a-head"),
        pytest.param("LCS-G1-1", None, "an aspect name", id="null"),
        pytest.param("LCS-G4-1", "merge_left", "one of open, closed", id="it-has-no-arrow"),
        pytest.param("VMS-1", {"multi": "字" * 40}, "lines", id="too-long-for-the-sign"),
        pytest.param("VMS-1", {"multi": "[nl"}, "bracket", id="no-markup"),
        pytest.param("BCN-1", {"flash": 1, "siren": False}, "true|false", id="beacon"),
    ],
)
async def test_a_lock_must_be_something_the_device_can_show(
    api: Api, device: str, value: Any, said: str
) -> None:
    answer = await put(api, f"{device}/lock", {"value": value, "reason": "x"})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "value")
    assert said in error["message"]
    assert api.room.book.locks == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": "closed"}, "reason"),
        ({"value": "closed", "reason": ""}, "reason"),
        ({"reason": "x"}, "value"),
        ({"value": "closed", "reason": "x", "expires_s": 0}, "expires_s"),
        ({"value": "closed", "reason": "x", "expires_s": "60"}, "expires_s"),
        ({"value": "closed", "reason": "x", "until": 1}, "until"),
    ],
)
async def test_a_lock_with_a_wrong_field(api: Api, body: dict[str, Any], field: str) -> None:
    answer = await put(api, "LCS-G1-1/lock", body)
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])


async def test_a_device_out_of_service_is_left_out_of_new_plans(api: Api) -> None:
    assert (await put(api, "LCS-G4-1/service", {"reason": "lamp broken"})).status_code == 200
    plan = (await api.post("/plans", PRESS)).json()
    assert "LCS-G4-1" not in [d["device"] for d in plan["plan"]["demands"]]
    assert "LCS-G4-1" in [f["device"] for f in plan["plan"]["findings"]]
    back = await api.client.delete("/api/v1/devices/LCS-G4-1/service")
    assert (back.status_code, back.json()["out_of_service"]) == (200, None)
    again = await api.client.delete("/api/v1/devices/LCS-G4-1/service")
    assert (again.status_code, again.json()["detail"]) == (409, "LCS-G4-1 is in service")


async def test_an_unexplained_restriction_is_released_by_a_person_only(api: Api) -> None:
    await until(lambda: api.room.fleet.reconcilers["LCS-G1-1"].condition.reading is not None)
    api.lamps["LCS-G1-1"].value = Aspect.CLOSED
    api.room.fleet.reconcilers["LCS-G1-1"].refresh(api.room.clock.mono_s())
    await until(lambda: "LCS-G1-1" in api.room.book.adopted)
    alarms = (await api.get("/alarms"))["alarms"]
    assert ("unexplained", "LCS-G1-1") in [(a["kind"], a["subject"]) for a in alarms]
    answer = await api.post("/devices/LCS-G1-1/release", {"reason": "left by the old system"})
    assert answer.status_code == 200
    await until(lambda: api.lamps["LCS-G1-1"].value is Aspect.OPEN)
    again = await api.post("/devices/LCS-G1-1/release", {"reason": "x"})
    assert again.status_code == 409


async def test_site_and_journal_are_told(api: Api) -> None:
    site = await api.get("/site")
    assert (site["id"], site["kind"], site["devices"]) == ("tiny", "simulated", 10)
    await api.post("/incidents?wait=verified", PRESS)
    rows = (await api.get("/audit", kind="intent"))["rows"]
    assert [row["kind"] for row in rows] == ["intent"]
    assert rows[0]["actor"]["via"] == "api"
    newest = (await api.get("/audit", newest_first="true", limit=1))["rows"]
    verified = await api.get("/audit/verify")
    assert (verified["ok"], verified["last_hash"]) == (True, newest[0]["hash"])
    export = (await api.client.get("/api/v1/audit/export")).text.splitlines()
    assert len(export) == verified["rows"]


async def test_out_of_service_says_until_when(api: Api) -> None:
    key_ms = api.room.clock.wall_ms()
    answer = await put(api, "LCS-G4-1/service", {"reason": "lamp broken", "expires_s": 3600})
    service = answer.json()["service"]
    assert (service["reason"], service["actor"]["id"]) == ("lamp broken", "dispatcher")
    assert 3_600_000 <= service["until_ms"] - key_ms < 3_660_000
    wrong = await put(api, "LCS-G4-1/service", {"reason": "lamp broken", "expires_s": 0})
    assert (wrong.status_code, [e["field"] for e in wrong.json()["errors"]]) == (422, ["expires_s"])


async def test_the_history_of_a_device_is_from_the_store(api: Api) -> None:
    empty = await api.get("/devices/LCS-G4-1/history")
    assert empty == {
        "commands": [],
        "proof": {"count": 0, "p50_ms": None, "p99_ms": None},
        "failures": {},
        "errors": [],
    }
    pressed = (await api.post("/incidents?wait=verified", PRESS)).json()
    await put(api, "LCS-G4-1/service", {"reason": "lamp broken"})
    await put(api, "LCS-G2-2/service", {"reason": "another device"})
    api.room.alarms.raise_(AlarmKind.DEVICE, "LCS-G4-1", "no answer", 1)
    await api.client.delete("/api/v1/devices/LCS-G4-1/service")  # awaited: what was queued is on the disk
    told = await api.get("/devices/LCS-G4-1/history")
    assert [(c["kind"], c["incident"], c["reason"]) for c in told["commands"]] == [
        ("service", None, ""),
        ("service", None, "lamp broken"),
        ("step", pressed["id"], ""),
    ]
    assert told["commands"][0]["actor"]["id"] == "dispatcher"
    assert told["commands"][2]["took_ms"] == told["proof"]["p50_ms"] == told["proof"]["p99_ms"]
    assert [(e["text"], e["raised"]) for e in told["errors"]] == [("no answer", True)]
    assert (await api.client.get("/api/v1/devices/LCS-G9-1/history")).status_code == 404


@pytest.mark.parametrize(
    ("took", "p50", "p99"),
    [([7], 7, 7), ([4, 1, 3, 2], 2, 4), (list(range(1, 201)), 100, 198)],
    ids=["one", "four", "two-hundred"],
)
def test_proof_times_are_the_nearest_rank(took: list[int], p50: int, p99: int) -> None:
    assert proof_times(took) == {"count": len(took), "p50_ms": p50, "p99_ms": p99}
