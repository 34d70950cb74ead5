"""What the key answers over HTTP, on a room whose lamps need no wire."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.values import BeaconState
from tests.simulated import until
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, Api, running_api

FORM = {"carriageway": "FU", "tunnel": "T1", "lanes": [1], "type": "rear_end"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


async def pressed(api: Api, body: dict[str, Any] = PRESS) -> dict[str, Any]:
    answer = await api.post("/incidents?wait=verified", body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_one_line_of_chat_commands_and_proves_every_device(api: Api) -> None:
    answer = await api.post("/incidents?wait=verified", PRESS)
    incident = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/incidents/{incident['id']}"
    assert (incident["state"], incident["durable"], incident["simulation"]) == ("active", True, True)
    assert incident["verdict"]["outcome"] == "met"
    assert incident["verdict"]["line"].startswith(f"VERIFIED {len(incident['steps'])}/")
    assert all(step["state"] == "verified" for step in incident["steps"])
    assert str(api.lamps["LCS-G4-1"].value) == "closed"


async def test_the_form_is_the_same_incident(api: Api) -> None:
    text = await pressed(api)
    answer = await api.post("/incidents", FORM)
    assert answer.status_code == 200
    joined = answer.json()
    assert (joined["id"], joined["joined"]) == (text["id"], True)
    assert joined["already_active_by"] == {"id": "dispatcher", "role": "configure", "via": "api"}


async def test_separate_opens_a_second_one(api: Api) -> None:
    first = await pressed(api)
    second = await pressed(api, PRESS | {"separate": True})
    assert second["id"] != first["id"]


@pytest.mark.parametrize(
    ("text", "decision", "asked"),
    [
        pytest.param("福向试验隧道内追尾,启动预警", "ask", "lanes", id="no-lane"),
        pytest.param("福向快车道追尾,启动预警", "ask", "place", id="no-place"),
        pytest.param("演练:福向试验隧道内快车道追尾,启动预警", "drill", "", id="drill"),
        pytest.param("福向试验隧道事故已处理完毕,解除预警", "clear", "", id="clear"),
        pytest.param("今天天气不错", "ignore", "", id="chat"),
    ],
)
async def test_only_a_clear_order_is_sent(api: Api, text: str, decision: str, asked: str) -> None:
    answer = await api.post("/incidents", {"text": text})
    body = answer.json()
    assert (answer.status_code, body["decision"]) == (422, decision)
    assert not asked or asked in [m["field"] for m in body["missing"]]
    assert all(m["zh"] and m["en"] for m in body["missing"])
    assert api.room.book.incidents == {}
    assert body["title"] == "Nothing was sent"
    assert len(body["detail"]) > 20


async def test_a_report_without_the_command_is_only_prepared_and_pressed_later(api: Api) -> None:
    answer = await api.post("/incidents?wait=verified", {"text": "福向试验隧道内快车道追尾"})
    prepared = answer.json()
    assert (answer.status_code, prepared["state"], prepared["decision"]) == (201, "prepared", "prepare")
    assert prepared["missing"][0]["field"] == "command"
    assert str(api.lamps["LCS-G4-1"].value) == "open"
    active = (await api.post(f"/incidents/{prepared['id']}/activate?wait=verified")).json()
    assert (active["state"], active["verdict"]["outcome"]) == ("active", "met")


async def test_activate_false_sends_nothing(api: Api) -> None:
    answer = await api.post("/incidents", PRESS | {"activate": False})
    assert (answer.status_code, answer.json()["state"]) == (201, "prepared")
    assert str(api.lamps["LCS-G4-1"].value) == "open"
    gone = (await api.post(f"/incidents/{answer.json()['id']}/cancel", {"reason": "no"})).json()
    assert gone["state"] == "cancelled"


async def test_a_dead_device_is_named_in_the_answer(tmp_path: Path) -> None:
    site = tiny_site()
    site = replace(site, policy=replace(site.policy, budget_ms=200))
    async with running_api(tmp_path, site) as api:
        api.lamps["LCS-G4-1"].dead = True
        incident = await pressed(api)
        assert incident["state"] == "degraded"
        assert incident["verdict"]["failed"] == {"LCS-G4-1": "lamp is dead"}
        assert "LCS-G4-1: lamp is dead" in incident["verdict"]["line"]


async def test_clear_waits_until_everything_is_back(api: Api) -> None:
    incident = await pressed(api)
    answer = await api.post(f"/incidents/{incident['id']}/clear?wait=verified", {"reason": "free"})
    cleared = answer.json()
    assert (answer.status_code, cleared["state"]) == (200, "cleared")
    assert cleared["clear_verdict"]["outcome"] == "met"
    assert str(api.lamps["LCS-G4-1"].value) == "open"
    again = await api.post(f"/incidents/{incident['id']}/reactivate?wait=verified")
    assert again.json()["state"] == "active"


async def test_what_the_state_does_not_allow_says_what_is_possible(api: Api) -> None:
    incident = await pressed(api)
    answer = await api.post(f"/incidents/{incident['id']}/hold")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert "clear it to end it" in answer.json()["detail"]


async def test_an_unknown_incident_is_404_for_every_call(api: Api) -> None:
    for order in ("activate", "clear", "hold", "cancel", "reactivate"):
        answer = await api.post(f"/incidents/I-19990101-0001/{order}")
        assert answer.status_code == 404, order
        assert "GET /api/v1/incidents lists" in answer.json()["detail"]
    for path in ("", "/timeline"):
        assert (await api.client.get(f"/api/v1/incidents/I-19990101-0001{path}")).status_code == 404


async def test_the_timeline_tells_it_in_order_with_ms_since_the_key(api: Api) -> None:
    incident = await pressed(api)
    await api.post(f"/incidents/{incident['id']}/clear?wait=verified", {"reason": "free"})
    entries = (await api.get(f"/incidents/{incident['id']}/timeline"))["timeline"]
    assert [e["at_ms"] for e in entries] == sorted(e["at_ms"] for e in entries)
    assert entries[0]["what"] == "revision"
    assert entries[0]["kind"] == "activation"
    verified = {
        e["device"]: e["t_ms"] for e in entries if e.get("state") == "verified" and e["revision"] == 1
    }
    assert verified == {s["device"]: s["times"]["verified"] for s in incident["steps"]}
    assert [e["verdict"]["outcome"] for e in entries if e["what"] == "verdict"] == ["met", "met"]
    assert any(e["what"] == "revision" and e["kind"] == "release" and e["phase"] for e in entries)


async def test_the_timeline_of_a_press_under_way_lacks_nothing(api: Api) -> None:
    incident = (await api.post("/incidents", PRESS)).json()
    entries = (await api.get(f"/incidents/{incident['id']}/timeline"))["timeline"]
    queued = [e["device"] for e in entries if e.get("state") == "queued"]
    assert sorted(queued) == sorted(d["device"] for d in incident["plan"]["demands"])


async def test_ended_incidents_are_told_from_the_store_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        incident = await pressed(api)
        await api.post(f"/incidents/{incident['id']}/clear?wait=verified", {"reason": "free"})
    async with running_api(tmp_path) as api:
        listed = await api.get("/incidents")
        assert [(i["id"], i["state"]) for i in listed["incidents"]] == [(incident["id"], "cleared")]
        assert (await api.get("/incidents", state="open"))["incidents"] == []
        told = await api.get(f"/incidents/{incident['id']}")
        assert told["verdict"]["outcome"] == "met"
        assert len(told["steps"]) == len(incident["steps"])
        assert told["plan"]["demands"] == incident["plan"]["demands"]


async def test_a_plan_sends_nothing_and_names_what_would_not_work(api: Api) -> None:
    api.lamps["LCS-G4-1"].dead = True
    api.room.fleet.reconcilers["LCS-G4-1"].retry()
    async with asyncio.timeout(5):
        while api.room.fleet.reconcilers["LCS-G4-1"].condition.reachable is not False:
            api.room.fleet.reconcilers["LCS-G4-1"].refresh(api.room.clock.mono_s())
            await asyncio.sleep(0.005)
    answer = await api.post("/plans", PRESS)
    body = answer.json()
    assert answer.status_code == 200
    assert {"device": "LCS-G4-1", "problem": "unreachable", "reason": "lamp is dead"} in body["readiness"]
    assert "LCS-G4-1" in [d["device"] for d in body["plan"]["demands"]]
    assert api.room.book.incidents == {}
    drill = await api.post("/plans", {"text": "演练:福向试验隧道内快车道追尾,启动预警"})
    assert (drill.status_code, drill.json()["decision"]) == (200, "drill")


async def test_a_plan_names_what_is_out_of_service_stale_or_local_once(api: Api) -> None:
    for device in ("LCS-G4-1", "VMS-1"):
        answer = await api.client.put(f"/api/v1/devices/{device}/service", json={"reason": "lamp broken"})
        assert answer.status_code == 200
    await until(lambda: all(r.condition.reading for r in api.room.fleet.reconcilers.values()))
    local = api.room.fleet.reconcilers["LCS-G3-1"].condition
    local.reading = replace(local.reading, local=True) if local.reading else None
    old = api.room.fleet.reconcilers["LCS-G2-1"].condition
    old.reading = replace(old.reading, at_s=old.reading.at_s - 3_600) if old.reading else None
    body = (await api.post("/plans", PRESS)).json()
    problems = {row["device"]: row["problem"] for row in body["readiness"]}
    assert problems == {
        "VMS-1": "out_of_service",
        "LCS-G2-1": "stale",
        "LCS-G3-1": "local",
        "LCS-G4-1": "out_of_service",
    }
    assert len(problems) == len(body["readiness"])
    assert "lamp broken" in body["readiness"][0]["reason"]
    assert any("lie on this carriageway" in text or "no head" in text for text in body["uncovered"])


async def test_parse_answers_every_text(api: Api) -> None:
    told = (await api.post("/intake/parse", {"text": "福向试验隧道内追尾"})).json()
    assert (told["decision"], told["carriageway"], told["type"]) == ("ask", "FU", "rear_end")
    assert [m["field"] for m in told["missing"]] == ["lanes"]


# Idempotency ------------------------------------------------------------------------------------------


async def test_the_same_key_is_the_same_incident(api: Api) -> None:
    first = await api.post("/incidents", PRESS, {"Idempotency-Key": "k1"})
    # The order of fields is no difference, and joining has nothing to do with it.
    again = await api.post(
        "/incidents?wait=verified", dict(reversed(PRESS.items())), {"Idempotency-Key": "k1"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["repeated"] is True
    assert again.json()["verdict"]["outcome"] == "met"


async def test_the_same_key_after_a_restart_too(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        first = (await api.post("/incidents", PRESS, {"Idempotency-Key": "k1"})).json()
    async with running_api(tmp_path) as api:
        other = await api.post("/incidents", FORM, {"Idempotency-Key": "k1"})
        assert other.status_code == 422
        again = await api.post("/incidents", PRESS, {"Idempotency-Key": "k1"})
        assert (again.status_code, again.json()["id"]) == (200, first["id"])
        assert again.json()["repeated"] is True


async def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    await api.post("/incidents", PRESS, {"Idempotency-Key": "k1"})
    answer = await api.post("/incidents", PRESS | {"separate": True}, {"Idempotency-Key": "k1"})
    assert answer.status_code == 422
    assert "new key" in answer.json()["detail"]
    assert len(api.room.book.incidents) == 1


async def test_a_repeat_while_the_first_is_being_answered_is_told_to_wait(api: Api) -> None:
    calls = [api.post("/incidents", PRESS, {"Idempotency-Key": "k1"}) for _ in range(2)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*calls))
    assert statuses == [201, 409]
    assert len(api.room.book.incidents) == 1


async def test_a_refused_call_does_not_use_up_its_key(api: Api) -> None:
    key = {"Idempotency-Key": "k1"}
    assert (await api.post("/incidents", {"text": "福向试验隧道内追尾,启动预警"}, key)).status_code == 422
    assert (await api.post("/incidents", PRESS, key)).status_code == 201


async def test_sirens_are_silenced_for_every_incident_and_the_rest_stays(api: Api) -> None:
    first, second = await pressed(api), await pressed(api, PRESS | {"separate": True})
    answer = await api.post("/sirens/silence", {"reason": "crew on the phone"})
    assert answer.json() == {"silenced": [first["id"], second["id"]], "still_sounding": []}
    await until(lambda: api.lamps["BCN-2"].value == BeaconState(flash=True))
    assert str(api.lamps["LCS-G4-1"].value) == "closed"
    assert (await api.post("/sirens/silence")).json()["silenced"] == []
    (row,) = (await api.get("/audit", kind="silenced"))["rows"]
    assert row["body"]["reason"] == "crew on the phone"


async def test_silenced_sirens_are_silent_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        await pressed(api)
        await api.post("/sirens/silence")
    async with running_api(tmp_path) as api:
        await until(lambda: api.lamps["BCN-2"].value == BeaconState(flash=True))
