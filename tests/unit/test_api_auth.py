"""Every call that is not a GET needs the token: checked over all routes there are, not over a list."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.unit.api_room import TOKEN, Api, running_api

FREE = {"get", "head", "options"}
WRONG = [
    pytest.param({}, id="none"),
    pytest.param({"Authorization": "Bearer "}, id="empty"),
    pytest.param({"Authorization": f"Bearer {TOKEN}x"}, id="longer"),
    pytest.param({"Authorization": f"Bearer {TOKEN[:-1]}"}, id="shorter"),
    pytest.param({"Authorization": f"Basic {TOKEN}"}, id="another-scheme"),
    pytest.param({"Authorization": TOKEN}, id="no-scheme"),
    pytest.param({"X-Token": TOKEN}, id="another-header"),
]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


def calls(api: Api) -> list[tuple[str, str]]:
    found = [(m, path) for path, methods in api.app.openapi()["paths"].items() for m in methods]
    assert len([m for m, _ in found if m not in FREE]) >= 12
    return found


async def send(api: Api, method: str, path: str, headers: dict[str, str]) -> httpx2.Response:
    path = path.replace("{incident_id}", "I-1").replace("{device_id}", "LCS-G1-1")
    bare = httpx2.AsyncClient(transport=httpx2.ASGITransport(api.app), base_url="http://onekey.test")
    return await bare.request(method.upper(), path, headers=headers)


@pytest.mark.parametrize("headers", WRONG)
async def test_no_call_but_a_get_works_without_the_token(api: Api, headers: dict[str, str]) -> None:
    for method, path in calls(api):
        if method in FREE:
            continue
        answer = await send(api, method, path, headers)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
    assert api.room.book.incidents == {}


async def test_with_the_token_every_call_gets_further(api: Api) -> None:
    for method, path in calls(api):
        if method not in FREE:
            answer = await send(api, method, path, {"Authorization": f"bearer {TOKEN}"})
            assert answer.status_code not in (401, 403), (method, path)


async def test_reading_needs_no_token(api: Api) -> None:
    for method, path in calls(api):
        if method == "get" and not path.endswith("/events"):
            answer = await send(api, method, path, {})
            assert answer.status_code in (200, 404, 409), (method, path, answer.text)


async def test_a_refused_body_is_not_even_read(api: Api) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"{}"

    answer = await api.client.post(
        "/api/v1/incidents", content=body(), headers={"Authorization": "Bearer wrong"}
    )
    assert answer.status_code == 401
    assert read == []


async def test_an_unknown_route_tells_nothing_without_the_token(api: Api) -> None:
    assert (await send(api, "post", "/api/v1/nothing", {})).status_code == 401
    assert (await send(api, "brew", "/api/v1/incidents", {})).status_code == 401


def test_the_description_says_which_calls_need_it(api: Api) -> None:
    description = api.app.openapi()
    for path, methods in description["paths"].items():
        for method, call in methods.items():
            assert ("security" in call) == (method not in FREE), (method, path)
    assert description["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_every_call_is_described_with_an_example(api: Api) -> None:
    for path, methods in api.app.openapi()["paths"].items():
        for method, call in methods.items():
            assert call.get("description"), (method, path)
            normal = next(v for k, v in call["responses"].items() if k.startswith("2"))
            body = next(iter(normal.get("content", {"": {}}).values()))
            assert "example" in body or path in ("/metrics", "/api/v1/audit/export"), (method, path)
