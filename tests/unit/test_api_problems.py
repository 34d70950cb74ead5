"""Errors: each says what is wrong and what to do, none shows a traceback, none loses the process."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.received import MAX_BODY_BYTES
from tests.unit.api_room import PRESS, Api, running_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


_SIGN_LOCK = rb'{"value": {"multi": "\ud800"}, "reason": "x"}'


async def refused(api: Api, status: int, body: Any) -> dict[str, Any]:
    """Send a body to the key and return the problem; nothing may have come of it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await api.client.post(
        "/api/v1/incidents", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    assert api.room.book.incidents == {}
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == "/api/v1/incidents"
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("body", "field", "value", "said"),
    [
        pytest.param({}, "body", None, "it says nothing", id="empty"),
        pytest.param([], "body", "[]", "dictionary", id="list"),
        pytest.param({"txt": "x"}, "txt", "x", "no such field", id="unknown-field"),
        pytest.param({"text": 7}, "text", "7", "string", id="text-is-a-number"),
        pytest.param({"text": "x", "type": "fire"}, "body", None, "text and type are both given", id="both"),
        pytest.param(PRESS | {"activate": "false"}, "activate", "false", "boolean", id="activate-is-a-text"),
        pytest.param({"carriageway": "FU", "lanes": 3}, "lanes", "3", "list", id="lanes-is-a-number"),
        pytest.param(
            {"carriageway": "XX", "tunnel": "T1", "lanes": [1], "type": "fire"},
            "carriageway",
            "XX",
            "no such carriageway",
            id="unknown-carriageway",
        ),
        pytest.param(
            {"carriageway": "FU", "tunnel": "T1", "chainage": "K1890+500", "lanes": [1], "type": "fire"},
            "place",
            "试验隧道 K1890+500",
            "not inside Test tunnel",
            id="chainage-outside-the-named-tunnel",
        ),
        pytest.param(
            {"carriageway": "FU", "tunnel": "T9", "lanes": [1], "type": "fire"},
            "tunnel",
            "T9",
            "T1",
            id="tunnel",
        ),
    ],
)
async def test_every_wrong_field_is_named_with_its_value(
    api: Api, body: Any, field: str, value: str | None, said: str
) -> None:
    problem = await refused(api, 422, body)
    found = {error["field"]: error for error in problem["errors"]}
    assert field in found, problem
    assert value is None or found[field]["value"] == value
    assert said in found[field]["message"]
    assert said in problem["detail"]


async def test_all_mistakes_of_a_form_are_told_at_once(api: Api) -> None:
    body = {"carriageway": "XX", "tunnel": "T9", "lanes": {"9": "shut"}, "type": "war", "severity": "huge"}
    problem = await refused(api, 422, body)
    assert {e["field"] for e in problem["errors"]} >= {"carriageway", "tunnel", "lanes.9", "type", "severity"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b'{"text": ', "character", id="cut-off"),
        pytest.param(b"\xff\xfe", "JSON", id="not-utf-8"),
        pytest.param(b"[" * 60_000, "JSON", id="too-deep"),
        pytest.param(b'{"lanes": [' + b"9" * 5_000 + b"]}", "thousands of digits", id="endless-number"),
    ],
)
async def test_what_is_no_json_is_400(api: Api, content: bytes, said: str) -> None:
    assert said in (await refused(api, 400, content))["detail"]


async def test_half_a_surrogate_pair_is_a_wrong_value_and_no_crash(api: Api) -> None:
    problem = await refused(api, 422, rb'{"text": "\ud800"}')
    assert problem["errors"][0]["field"] == "text"
    await refused(api, 422, rb'{"\ud800": 1}')
    for path, body in (("/intake/parse", rb'{"text": "\ud800"}'), ("/devices/VMS-1/lock", _SIGN_LOCK)):
        method = "PUT" if path.endswith("lock") else "POST"
        answer = await api.client.request(
            method, f"/api/v1{path}", content=body, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, "surrogate" in answer.text) == (422, True), path
    assert api.room.store.degraded is None


async def test_another_content_type_is_415(api: Api) -> None:
    content = json.dumps(PRESS).encode()
    answer = await api.client.post(
        "/api/v1/incidents", content=content, headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["detail"]


async def test_a_long_body_is_413_declared_or_not(api: Api) -> None:
    problem = await refused(api, 413, b" " * (MAX_BODY_BYTES + 1))
    assert "65536 bytes" in problem["detail"]

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (MAX_BODY_BYTES // 2)

    answer = await api.client.post("/api/v1/incidents", content=chunks())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/nothing", "/api/v1/incidents/a/b/c", "/api/v2/incidents"]
)
async def test_an_unknown_route_says_where_the_calls_are_listed(api: Api, path: str) -> None:
    answer = await api.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "GET /openapi.json" in answer.json()["detail"]


async def test_a_wrong_method_says_which_are_possible(api: Api) -> None:
    answer = await api.client.delete("/api/v1/incidents")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.json()["detail"] or "POST" in answer.json()["detail"]
    assert answer.headers["allow"]


async def test_a_bug_of_ours_shows_a_mark_and_no_traceback(api: Api) -> None:
    @api.app.get("/broken")
    async def broken() -> None:
        raise KeyError("secret detail")

    answer = await api.client.get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["mark"] in answer.json()["detail"]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param({"X-Onekey-Via": "fax"}, "api, cli, console", id="via"),
        pytest.param({"X-Onekey-Actor": "%0a"}, "X-Onekey-Actor", id="actor-control-character"),
        pytest.param({"X-Onekey-Actor": "%ff%fe"}, "X-Onekey-Actor", id="actor-no-utf-8"),
        pytest.param({"X-Onekey-Actor": "x" * 65}, "X-Onekey-Actor", id="actor-too-long"),
    ],
)
async def test_a_bad_header_is_400(api: Api, headers: dict[str, str], said: str) -> None:
    answer = await api.post("/incidents", PRESS, headers)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert api.room.book.incidents == {}


async def test_the_actor_is_taken_from_the_headers(api: Api) -> None:
    headers = {"X-Onekey-Actor": "%E6%9D%8E%E5%A8%9C", "X-Onekey-Via": "console"}
    incident = (await api.post("/incidents", PRESS, headers)).json()
    assert incident["actor"] == {"id": "李娜", "role": "configure", "via": "console"}


async def test_an_idempotency_key_has_a_form(api: Api) -> None:
    answer = await api.post("/incidents", PRESS, {"Idempotency-Key": "a b"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "idempotency-key"


async def test_readiness_is_503_until_the_room_says_so(api: Api) -> None:
    assert (await api.client.get("/health/ready")).json()["ready"] is True
    api.ready = False
    answer = await api.client.get("/health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (await api.client.get("/health/live")).status_code == 200


async def test_metrics_are_prometheus_text(api: Api) -> None:
    incident = (await api.post("/incidents?wait=verified", PRESS)).json()
    answer = await api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert figures["onekey_key_to_last_verified_seconds_count"] == "1.0"
    assert figures["onekey_devices_unreachable"] == "0.0"
    devices = {k: float(v) for k, v in figures.items() if k.startswith("onekey_devices{")}
    assert sum(devices.values()) == 10
    assert sum(v for k, v in devices.items() if "verified" in k) == len(incident["steps"])
