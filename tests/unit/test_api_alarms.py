"""Alarms over HTTP: listed, acknowledged, shelved, journalled, in the stream's deltas and after a restart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.alarms.alarm import AlarmKind, Priority
from tests.unit.api_room import Api, running_api

NOTE = {"note": "crew 2 is on the way"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as made:
        yield made


def raise_(api: Api, kind: AlarmKind = AlarmKind.CLOCK, subject: str = "LCS-G1-1") -> str:
    api.room.alarms.raise_(kind, subject, "off by 900 ms", 1_795_305_600_000)
    alarm = api.room.alarms.get(f"{kind}:{subject}")
    assert alarm is not None
    return alarm.id


async def test_an_alarm_is_listed_with_everything_a_screen_needs(api: Api) -> None:
    raise_(api)
    answer = await api.get("/alarms")
    (alarm,) = answer["alarms"]
    assert (alarm["cause"], alarm["priority"], alarm["state"]) == (
        "clock:LCS-G1-1",
        "medium",
        "active_unacked",
    )
    assert (alarm["first_up"], alarm["devices"], alarm["ack"], alarm["shelf"]) == (True, [], None, None)
    assert answer["figures"]["standing"] == 1
    assert answer["figures"]["top"] == [{"cause": "clock:LCS-G1-1", "times": 1}]
    assert (await api.get("/alarms", priority="low"))["alarms"] == []
    assert (await api.get("/alarms", kind="clock", shelved="false"))["alarms"] == [alarm]


async def test_an_acknowledgement_is_journalled_with_who_and_what(api: Api) -> None:
    alarm = raise_(api)
    answer = await api.post(f"/alarms/{alarm}/ack", NOTE, headers={"X-Onekey-Actor": "li.na"})
    assert answer.status_code == 200
    assert answer.json()["state"] == "active_acked"
    assert answer.json()["ack"]["actor"]["id"] == "li.na"
    (row,) = await api.room.store.journal(kinds=["alarm_ack"])
    assert (row.actor["id"], row.body["cause"], row.body["note"]) == (
        "li.na",
        "clock:LCS-G1-1",
        NOTE["note"],
    )
    api.room.alarms.end(AlarmKind.CLOCK, "LCS-G1-1")
    assert (await api.get("/alarms"))["alarms"] == []
    (ended,) = (await api.get("/alarms", state="cleared_acked"))["alarms"]
    assert ended["id"] == alarm
    again = await api.post(f"/alarms/{alarm}/ack")
    assert again.status_code == 404
    assert "/api/v1/alarms" in again.json()["detail"]


async def test_a_critical_alarm_needs_a_note(api: Api) -> None:
    alarm = raise_(api, AlarmKind.CONFLICT)
    for body in (None, {"note": "  "}):
        refused = await api.post(f"/alarms/{alarm}/ack", body)
        assert refused.status_code == 409
        assert "note" in refused.json()["detail"]
    assert (await api.post(f"/alarms/{alarm}/ack", NOTE)).status_code == 200


@pytest.mark.parametrize("kind", [AlarmKind.CONFLICT, AlarmKind.JOURNAL, AlarmKind.RELEASE])
async def test_what_could_hide_a_danger_is_never_shelved(api: Api, kind: AlarmKind) -> None:
    alarm = raise_(api, kind)
    refused = await api.post(f"/alarms/{alarm}/shelve", {"minutes": 5, "reason": "noise"})
    assert refused.status_code == 409
    assert "never shelved" in refused.json()["detail"]
    assert api.room.alarms.find(alarm).shelf is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"minutes": 0, "reason": "x"}, id="no-time"),
        pytest.param({"minutes": 481, "reason": "x"}, id="longer-than-a-shift"),
        pytest.param({"minutes": 5, "reason": ""}, id="no-reason"),
        pytest.param({"minutes": 5}, id="reason-missing"),
    ],
)
async def test_a_shelf_needs_a_time_and_a_reason(api: Api, body: dict[str, object]) -> None:
    answer = await api.post(f"/alarms/{raise_(api)}/shelve", body)
    assert answer.status_code == 422


async def test_the_shelf(api: Api) -> None:
    alarm = raise_(api)
    shelved = await api.post(f"/alarms/{alarm}/shelve", {"minutes": 5, "reason": "works"})
    assert shelved.json()["shelf"]["reason"] == "works"
    answer = await api.get("/alarms", shelved="true")
    assert [a["id"] for a in answer["alarms"]] == [alarm]
    assert (answer["figures"]["standing"], answer["figures"]["shelved"]) == (0, 1)
    assert b'onekey_alarms{kind="clock"} 0.0' in api.room.metrics.exposition()
    assert (await api.post(f"/alarms/{alarm}/unshelve")).json()["state"] == "active_unacked"
    assert (await api.post(f"/alarms/{alarm}/unshelve")).status_code == 409
    kinds = [row.kind for row in await api.room.store.journal() if row.kind.startswith("alarm")]
    assert kinds == ["alarm", "alarm_shelved", "alarm", "alarm_unshelved"]


async def test_a_restart_remembers_who_has_seen_what(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        seen, hidden = raise_(api), raise_(api, subject="LCS-G1-2")
        raise_(api, AlarmKind.TASK, "reconcile LCS-G2-1")
        gone = raise_(api, AlarmKind.OUTDATED, "I-1")
        await api.post(f"/alarms/{seen}/ack", NOTE)
        await api.post(f"/alarms/{hidden}/shelve", {"minutes": 60, "reason": "works"})
        await api.post(f"/alarms/{gone}/ack")
        api.room.alarms.end(AlarmKind.OUTDATED, "I-1")
    async with running_api(tmp_path) as api:
        assert raise_(api) == seen
        alarms = {a["subject"]: a for a in (await api.get("/alarms"))["alarms"]}
        assert alarms.keys() == {"LCS-G1-1", "LCS-G1-2", "reconcile LCS-G2-1"}
        assert alarms["LCS-G1-1"]["ack"]["note"] == NOTE["note"]
        assert alarms["LCS-G1-2"]["shelf"]["reason"] == "works"
        assert alarms["reconcile LCS-G2-1"]["state"] == "cleared_unacked"


async def test_metrics_count_raises_by_priority(api: Api) -> None:
    raise_(api)
    raise_(api)
    text = api.room.metrics.exposition().decode()
    assert 'onekey_alarms_raised_total{kind="clock",priority="medium"} 1.0' in text
    assert 'onekey_alarms{kind="clock"} 1.0' in text
    assert "onekey_alarms_unacked 1.0" in text
    assert "onekey_alarm_rate_10min 1.0" in text


async def test_an_incident_makes_the_alarm_of_its_device_more_urgent(api: Api) -> None:
    alarms = api.room.fleet.device_alarms
    alarms.complain("LCS-G1-1", "dark", wanted=False)
    (alarm,) = api.room.alarms.standing()
    assert alarm.priority is Priority.MEDIUM
    alarms.complain("LCS-G1-1", "dark", wanted=True)
    (alarm,) = api.room.alarms.standing()
    assert alarm.priority is Priority.HIGH
