"""Who may call, and as whom: token or console cookie before anything that is not a GET; the actor named."""

import re
import secrets
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Depends, Header
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem, problem_response, shown_value
from api.session import COOKIE, Session, Sessions, from_our_page
from controller.incident import Actor
from devices.clock import Clock

_FREE = frozenset({"GET", "HEAD", "OPTIONS"})
_ROLE = re.compile(r"[a-z][a-z_-]{0,31}\Z")
_VIAS = ("api", "cli", "console")
_LONGEST_ID = 64
SESSION_PATH = "/api/v1/session"
"""Where a token is exchanged for a cookie: the one call whose body holds the token."""


class TokenCheck:
    """ASGI layer in front of every route, so that no route can forget the token.

    A refused call's body is not even read.
    """

    def __init__(self, app: ASGIApp, *, token: str, sessions: Sessions, clock: Clock) -> None:
        self._app = app
        self._token = token.encode()
        self._sessions = sessions
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 401 (403 where a foreign page sends our cookie)."""
        if scope["type"] != "http" or scope["method"] in _FREE or self._carries_token(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        ours = from_our_page(headers)
        if scope["path"] == SESSION_PATH and scope["method"] == "POST" and ours:
            await self._app(scope, receive, send)  # the body holds the token; the route compares it
            return
        session = None if headers.get("authorization") else self._session(headers)
        if session is not None and ours:
            _name_actor(scope, session)
            await self._app(scope, receive, send)
            return
        problem = _foreign() if session is not None else self._refusal(headers)
        await problem_response(problem, scope["path"])(scope, receive, send)

    def _session(self, headers: Headers) -> Session | None:
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        return self._sessions.read(cookie, self._clock.wall_ms())

    def _refusal(self, headers: Headers) -> Problem:
        title, detail = "Token needed", "send the header `Authorization: Bearer TOKEN`"
        if headers.get("authorization"):
            title, detail = "Wrong token", "the token sent is not this controller's"
        return Problem(
            401,
            title,
            f"{detail}; `onekey serve` and `onekey demo` print a new one at each start "
            "(command line: --token or ONEKEY_TOKEN; console: log in again)",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _carries_token(self, scope: Scope) -> bool:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # Compared as bytes and in constant time: neither length nor content of a near miss shows.
        right = secrets.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        return right and scheme.lower() == "bearer"


def _name_actor(scope: Scope, session: Session) -> None:
    """Have the call say who is logged in, whatever names the page sent."""
    headers = MutableHeaders(scope=scope)
    headers["x-onekey-actor"] = quote(session.actor)
    headers["x-onekey-role"] = session.role
    headers["x-onekey-via"] = "console"


def _foreign() -> Problem:
    detail = "the session of the console is only for its own pages; programs send the bearer token"
    return Problem(403, "Not from this page", detail)


async def actor_of(
    x_onekey_actor: Annotated[
        str | None, Header(description="Who gives the command; non-ASCII percent-encoded", examples=["li.na"])
    ] = None,
    x_onekey_role: Annotated[
        str | None, Header(description="Role, `dispatcher` where not sent", examples=["operator"])
    ] = None,
    x_onekey_via: Annotated[
        str | None, Header(description="Channel: api (where not sent), cli or console")
    ] = None,
) -> Actor:
    """Return the actor the headers name.

    Raises:
        Problem: a header has another form.
    """
    role = x_onekey_role or "dispatcher"
    if not _ROLE.match(role):
        raise _bad_header("X-Onekey-Role", role, "a lower-case word, e.g. dispatcher or operator")
    via = x_onekey_via or "api"
    if via not in _VIAS:
        raise _bad_header("X-Onekey-Via", via, f"one of {', '.join(_VIAS)}")
    name = unquote(x_onekey_actor) if x_onekey_actor else role
    name = name.strip()
    if not name or len(name) > _LONGEST_ID or not name.isprintable():
        form = f"1 to {_LONGEST_ID} printable characters; percent-encode what is not ASCII"
        raise _bad_header("X-Onekey-Actor", name, form)
    return Actor(name, role, via)


ActorOf = Annotated[Actor, Depends(actor_of)]


def _bad_header(header: str, value: str, form: str) -> Problem:
    return Problem(400, "Header not understood", f"{header} {shown_value(value)!r}: send {form}")
