"""Who may call, and as whom: token or console cookie before anything that is not a GET; the actor named."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem, problem_response, shown_value
from api.session import COOKIE, Session, Sessions, from_our_page
from config.tokens import Role, Token, Tokens
from controller.incident import Actor
from devices.clock import Clock

FREE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Reading needs no token, so no role either."""
_VIAS = ("api", "cli", "console")
_LONGEST_ID = 64
SESSION_PATH = "/api/v1/session"
"""Where a token is exchanged for a cookie: the one call whose body holds the token."""
_ACCESS = "onekey.access"
_UNNAMED = "dispatcher"
"""Whose order it is where neither the token nor the call names anybody."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the token or cookie of a call says of its bearer.

    Attributes:
        role: the most this call may do.
        name: the person, where it is known; else the call says it.
        via: the channel, where it is known.
    """

    role: Role
    name: str = ""
    via: str = ""


class TokenCheck:
    """ASGI layer in front of every route, so that no route can forget the token.

    A refused call's body is not even read.
    """

    def __init__(self, app: ASGIApp, *, tokens: Tokens, sessions: Sessions, clock: Clock) -> None:
        self._app = app
        self._tokens = tokens
        self._sessions = sessions
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 401 (403 where a foreign page sends our cookie)."""
        if scope["type"] != "http" or scope["method"] in FREE:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token, ours = self._token(headers), from_our_page(headers)
        if token is not None:
            await self._app({**scope, _ACCESS: Access(token.role, token.name)}, receive, send)
            return
        if scope["path"] == SESSION_PATH and scope["method"] == "POST" and ours:
            await self._app(scope, receive, send)  # the body holds the token; the route compares it
            return
        session = None if headers.get("authorization") else self._session(headers)
        if session is not None and ours:
            access = Access(session.role, session.actor, "console")
            await self._app({**scope, _ACCESS: access}, receive, send)
            return
        problem = _foreign() if session is not None else self._refusal(headers)
        await problem_response(problem, scope["path"])(scope, receive, send)

    def _session(self, headers: Headers) -> Session | None:
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        return self._sessions.read(cookie, self._clock.wall_ms())

    def _refusal(self, headers: Headers) -> Problem:
        title, detail = "Token needed", "send the header `Authorization: Bearer TOKEN`"
        if headers.get("authorization"):
            title, detail = "Wrong token", "the token sent is none of this controller's"
        return Problem(
            401,
            title,
            f"{detail}; `onekey serve` and `onekey demo` print a new one at each start "
            "(command line: --token or ONEKEY_TOKEN; console: log in again)",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _token(self, headers: Headers) -> Token | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return self._tokens.find(given.strip()) if scheme.lower() == "bearer" else None


def _foreign() -> Problem:
    detail = "the session of the console is only for its own pages; programs send the bearer token"
    return Problem(403, "Not from this page", detail)


async def access_of(request: Request) -> Access:
    """Return what the token or cookie allows; a call without one may only look."""
    access: Access | None = request.scope.get(_ACCESS)
    return access or Access(Role.VIEW)


async def actor_of(
    access: Annotated[Access, Depends(access_of)],
    x_onekey_actor: Annotated[
        str | None,
        Header(
            description="Who gives the command; non-ASCII percent-encoded. A token or cookie that is one "
            "person's names that person, whatever is sent",
            examples=["li.na"],
        ),
    ] = None,
    x_onekey_via: Annotated[
        str | None, Header(description="Channel: api (where not sent), cli or console")
    ] = None,
) -> Actor:
    """Return the actor the headers name, in the role of the token; no header changes the role.

    Raises:
        Problem: a header has another form.
    """
    via = x_onekey_via or "api"
    if via not in _VIAS:
        raise _bad_header("X-Onekey-Via", via, f"one of {', '.join(_VIAS)}")
    try:
        name = unquote(x_onekey_actor, errors="strict").strip() if x_onekey_actor else _UNNAMED
    except UnicodeDecodeError:
        name = ""
    if not name or len(name) > _LONGEST_ID or not name.isprintable():
        form = f"1 to {_LONGEST_ID} printable characters; percent-encode what is not ASCII, as UTF-8"
        name = name or str(x_onekey_actor)
        raise _bad_header("X-Onekey-Actor", name, form)
    return Actor(access.name or name, access.role.value, access.via or via)


ActorOf = Annotated[Actor, Depends(actor_of)]


def _bad_header(header: str, value: str, form: str) -> Problem:
    return Problem(400, "Header not understood", f"{header} {shown_value(value)!r}: send {form}")
