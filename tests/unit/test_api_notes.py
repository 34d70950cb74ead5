"""Notes and ticked tasks of an incident: journalled with who said them, shown in its timeline."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.api_room import PRESS, Api, running_api

LI = {"X-Onekey-Actor": "li.na"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


async def test_a_note_stands_in_journal_and_timeline(api: Api) -> None:
    incident = (await api.post("/incidents?wait=verified", PRESS)).json()["id"]
    answer = await api.post(f"/incidents/{incident}/notes", {"text": "patrol 3 is there"}, headers=LI)
    assert answer.status_code == 200
    (note,) = [entry for entry in answer.json()["timeline"] if entry["what"] == "note"]
    assert (note["text"], note["actor"]["id"], note["task"]) == ("patrol 3 is there", "li.na", "")
    (row,) = (await api.get("/audit", kind="note"))["rows"]
    assert row["body"] == {"incident": incident, "text": "patrol 3 is there"}
    assert (await api.get("/audit/verify"))["ok"]


async def test_a_task_is_ticked_and_taken_back(api: Api) -> None:
    incident = (await api.post("/incidents", PRESS)).json()["id"]
    for done in (True, False):
        await api.post(f"/incidents/{incident}/notes", {"task": "fire_brigade", "done": done})
    timeline = (await api.get(f"/incidents/{incident}/timeline"))["timeline"]
    said = [(e["task"], e["done"]) for e in timeline if e["what"] == "note"]
    assert said == [("fire_brigade", True), ("fire_brigade", False)]


async def test_a_note_of_one_incident_is_not_in_another(api: Api) -> None:
    first = (await api.post("/incidents", PRESS)).json()["id"]
    second = (await api.post("/incidents", PRESS | {"separate": True})).json()["id"]
    await api.post(f"/incidents/{first}/notes", {"text": "here"})
    timeline = (await api.get(f"/incidents/{second}/timeline"))["timeline"]
    assert not [entry for entry in timeline if entry["what"] == "note"]


@pytest.mark.parametrize("body", [{}, {"text": "  "}, {"task": "Fire Brigade"}, {"text": "x" * 2_001}])
async def test_what_says_nothing_is_refused(api: Api, body: dict[str, str]) -> None:
    incident = (await api.post("/incidents", PRESS)).json()["id"]
    assert (await api.post(f"/incidents/{incident}/notes", body)).status_code == 422
    assert (await api.get("/audit", kind="note"))["rows"] == []


async def test_a_note_needs_an_incident_and_may_come_after_its_end(api: Api) -> None:
    assert (await api.post("/incidents/I-19990101-0001/notes", {"text": "?"})).status_code == 404
    incident = (await api.post("/incidents?wait=verified", PRESS)).json()["id"]
    await api.post(f"/incidents/{incident}/cancel?wait=verified")
    assert (await api.post(f"/incidents/{incident}/notes", {"text": "over"})).status_code == 200
