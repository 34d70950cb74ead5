"""Roles: each call answers 403 to whoever may not make it, and the journal has the role that was used."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from api.roles import API, NEEDED, calls_of, check_table, role_needed
from config.tokens import Role, Token, Tokens, TokensFileError, read_tokens
from tests.unit.api_room import PRESS, ROLES, TOKEN, Api, running_api

OURS = {"Sec-Fetch-Site": "same-origin"}
A, B, C = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {ROLES[role].secret}"}


def orders(api: Api) -> Iterator[tuple[str, str, Role]]:
    """Give (method, path with words in its blanks, role) of each call that orders something."""
    for method, path in calls_of(api.app):
        needed = role_needed(method, path)
        if needed is not None:
            yield method, API + re.sub(r"\{\w+\}", "x", path), needed


async def test_every_order_is_refused_to_every_lesser_role_and_to_no_other(api: Api) -> None:
    tried = 0
    for method, path, needed in orders(api):
        for role in Role:
            answer = await api.client.request(method, path, headers=bearer(role))
            refused = answer.status_code == 403
            assert refused != role.covers(needed), (method, path, role, answer.text)
            if refused:
                told = answer.json()
                assert (told["needed"], told["role"]) == (needed, role)
                assert f"needs the role {needed}" in told["detail"]
            tried += 1
    assert tried == len(NEEDED) * len(Role)
    assert api.room.book.incidents == {}


async def test_the_role_is_looked_at_before_the_body(api: Api) -> None:
    answer = await api.client.post(f"{API}/incidents", json={"no": "field"}, headers=bearer(Role.VIEW))
    assert answer.status_code == 403


async def test_reading_needs_no_token(api: Api) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(api.app), base_url="http://onekey.test"
    ) as bare:
        for path in ("/incidents", "/devices", "/alarms", "/site", "/session"):
            assert (await bare.get(f"{API}{path}")).status_code == 200, path


def test_an_order_nobody_gave_a_role_stops_the_app_from_being_made(api: Api) -> None:
    @api.app.post(f"{API}/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(KeyError, match="POST /forgotten"):
        check_table(api.app)


async def test_the_journal_has_the_role_of_the_token_and_no_other(api: Api) -> None:
    headers = bearer(Role.OPERATE) | {"X-Onekey-Actor": "li.na", "X-Onekey-Role": "configure"}
    incident = (await api.client.post(f"{API}/incidents", json=PRESS, headers=headers)).json()
    assert incident["actor"] == {"id": "li.na", "role": "operate", "via": "api"}
    rows = (await api.client.get(f"{API}/audit?kind=intent")).json()["rows"]
    assert rows[-1]["actor"] == {"id": "li.na", "role": "operate", "via": "api"}


async def test_a_session_has_the_role_of_its_token(api: Api) -> None:
    transport = httpx2.ASGITransport(api.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://onekey.test", headers=OURS) as page:
        body = {"token": ROLES[Role.VIEW].secret, "actor": "guest"}
        assert (await page.post(f"{API}/session", json=body)).json()["role"] == "view"
        assert (await page.post(f"{API}/plans", json=PRESS)).status_code == 200
        assert (await page.post(f"{API}/incidents", json=PRESS)).status_code == 403
        body["token"] = ROLES[Role.OPERATE].secret
        assert (await page.post(f"{API}/session", json=body)).json()["role"] == "operate"
        answer = await page.post(f"{API}/incidents", json=PRESS)
        assert answer.json()["actor"] == {"id": "guest", "role": "operate", "via": "console"}


def test_the_main_token_may_do_everything_and_an_unknown_one_is_none() -> None:
    tokens = Tokens.of(A, Token(B, Role.VIEW))
    assert [tokens.find(sent) for sent in (A, B)] == [Token(A, Role.CONFIGURE), Token(B, Role.VIEW)]
    assert [tokens.find(sent) for sent in ("", A[:-1], A + "a", "é" * 16, "\udcff")] == [None] * 5


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "tokens"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_a_file_of_tokens_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, f"# shift A\noperate {A} 李娜\n\n  manage\t{B}  wang wei  # till May\nview {C}\n"
    )
    assert read_tokens(path) == (
        Token(A, Role.OPERATE, "李娜"),
        Token(B, Role.MANAGE, "wang wei"),
        Token(C, Role.VIEW),
    )


def test_every_mistake_of_the_file_is_named_with_its_line_and_no_token_is_shown(tmp_path: Path) -> None:
    text = f"{A} operate li.na\noperate tiny\noperate {B}\nview {B}\nmanage {C} {'x' * 65}\nview\n"
    with pytest.raises(TokensFileError) as told:
        read_tokens(written(tmp_path, text))
    said = str(told.value)
    assert [int(re.split(r":(\d+):", line)[1]) for line in said.splitlines()] == [1, 2, 4, 5, 6]
    assert not any(secret in said for secret in (A, B, C, "tiny"))


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620])
def test_a_file_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(TokensFileError, match="chmod"):
        read_tokens(written(tmp_path, f"view {A}\n", mode))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokensFileError, match="tokens: not readable"):
        read_tokens(tmp_path / "tokens")


async def test_words_of_ones_own_on_a_sign_need_manage(api: Api) -> None:
    sign = next(d.id for d in api.room.site.devices.values() if d.type.value == "sign")
    approved = (await api.client.get(f"{API}/site")).json()["policy"]["approved_texts"]

    async def lock(role: Role, multi: str) -> httpx2.Response:
        body = {"value": {"multi": multi}, "reason": "test"}
        return await api.client.put(f"{API}/devices/{sign}/lock", json=body, headers=bearer(role))

    own = "SLOW"
    assert own not in approved
    answer = await lock(Role.OPERATE, own)
    assert (answer.status_code, answer.json()["needed"]) == (403, "manage")
    assert "not an approved one" in answer.json()["detail"]
    assert api.room.book.locks == {}
    assert (await lock(Role.OPERATE, "SLOW DOWN")).status_code == 200
    assert (await lock(Role.MANAGE, own)).status_code == 200


def test_no_token_is_in_what_a_token_prints() -> None:
    assert TOKEN not in repr(Tokens.of(TOKEN))
    assert TOKEN not in json.dumps(str(Token(TOKEN)))
