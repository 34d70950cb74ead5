"""The console's login: a cookie for pages of this server only, ended for good by logging out."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from api.session import COOKIE, LASTS_S, Sessions
from config.tokens import Role, Token, Tokens
from tests.unit.api_room import PRESS, TOKEN, Api, running_api

HOST = "http://onekey.test"
ONE = Tokens.of("one")
OURS = {"Sec-Fetch-Site": "same-origin"}
OLD_BROWSER = {"Origin": HOST}
FOREIGN = [
    pytest.param({}, id="says-nothing"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="another-port-of-this-host"),
    pytest.param({"Sec-Fetch-Site": "none"}, id="no-page"),
    pytest.param({"Origin": "http://evil.test"}, id="foreign-origin"),
    pytest.param({"Origin": "null"}, id="origin-null"),
    pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, id="the-newer-header-counts"),
]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


def page(api: Api) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(api.app), base_url=HOST)


async def logged_in(api: Api, actor: str = "李娜") -> httpx2.AsyncClient:
    client = page(api)
    body = {"token": TOKEN, "actor": actor}
    answer = await client.post("/api/v1/session", json=body, headers=OURS)
    assert answer.status_code == 200, answer.text
    return client


async def test_a_press_with_the_cookie_names_who_logged_in(api: Api) -> None:
    client = await logged_in(api)
    headers = OURS | {"X-Onekey-Actor": "somebody.else", "X-Onekey-Via": "api"}
    answer = await client.post("/api/v1/incidents", json=PRESS, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["actor"] == {"id": "李娜", "role": "configure", "via": "console"}


async def test_the_cookie_is_kept_from_scripts_and_other_sites(api: Api) -> None:
    body = {"token": TOKEN, "actor": "li.na"}
    answer = await page(api).post("/api/v1/session", json=body, headers=OURS)
    said = answer.headers["set-cookie"].lower()
    assert said.startswith(COOKIE)
    assert all(word in said for word in ("httponly", "samesite=strict", "path=/", f"max-age={LASTS_S}"))
    assert TOKEN not in answer.headers["set-cookie"]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_foreign_page_can_neither_order_nor_log_in(api: Api, headers: dict[str, str]) -> None:
    client = await logged_in(api)
    answer = await client.post("/api/v1/incidents", json=PRESS, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (403, "Not from this page")
    assert api.room.book.incidents == {}
    answer = await client.post("/api/v1/session", json={"token": TOKEN, "actor": "x"}, headers=headers)
    assert answer.status_code in (401, 403)


async def test_an_older_browser_says_it_by_origin(api: Api) -> None:
    client = await logged_in(api)
    answer = await client.post("/api/v1/plans", json=PRESS, headers=OLD_BROWSER)
    assert answer.status_code == 200


async def test_a_wrong_token_opens_nothing(api: Api) -> None:
    client = page(api)
    answer = await client.post("/api/v1/session", json={"token": "x", "actor": "li.na"}, headers=OURS)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


async def test_logged_out_is_out_even_for_a_kept_cookie(api: Api) -> None:
    client = await logged_in(api)
    kept = client.cookies[COOKIE]
    assert (await client.get("/api/v1/session")).json()["actor"] == "李娜"
    assert (await client.delete("/api/v1/session", headers=OURS)).json()["actor"] is None
    thief = page(api)
    thief.cookies.set(COOKIE, kept)
    assert (await thief.get("/api/v1/session")).json()["actor"] is None
    assert (await thief.post("/api/v1/incidents", json=PRESS, headers=OURS)).status_code == 401


def test_a_session_outlives_a_restart_with_the_same_token_only() -> None:
    _, cookie = Sessions(ONE).open(ONE.all[0], "li.na", 1_000)
    session = Sessions(ONE).read(cookie, 2_000)
    assert session is not None
    assert session.actor == "li.na"
    assert Sessions(Tokens.of("another")).read(cookie, 2_000) is None


def test_a_token_with_a_lesser_role_lessens_its_sessions_and_its_name_is_theirs() -> None:
    before, after = Token("two", Role.MANAGE), Token("two", Role.VIEW, "wang.wei")
    _, cookie = Sessions(Tokens((before,))).open(before, "boss", 0)
    session = Sessions(Tokens.of("one", after)).read(cookie, 1)
    assert session is not None
    assert (session.actor, session.role) == ("wang.wei", Role.VIEW)


@pytest.mark.parametrize("cookie", [None, "", ".", "x.y", "é.y", "W10=.00"])
def test_what_is_no_cookie_of_ours_is_nobody(cookie: str | None) -> None:
    assert Sessions(ONE).read(cookie, 0) is None


def test_a_session_ends_by_itself() -> None:
    sessions = Sessions(ONE)
    _, cookie = sessions.open(ONE.all[0], "li.na", 0)
    assert sessions.read(cookie, LASTS_S * 1000 - 1) is not None
    assert sessions.read(cookie, LASTS_S * 1000) is None


def test_a_changed_cookie_is_refused() -> None:
    _, cookie = Sessions(ONE).open(ONE.all[0], "li.na", 0)
    body, _, sign = cookie.partition(".")
    _, other = Sessions(ONE).open(ONE.all[0], "boss", 0)
    assert Sessions(ONE).read(f"{other.partition('.')[0]}.{sign}", 1) is None
    assert Sessions(ONE).read(f"{body}.{sign}", 1) is not None
