"""Who may call, and as whom: one bearer token before anything that is not a GET, and the actor it names."""

import re
import secrets
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem, problem_response, shown_value
from controller.incident import Actor

_FREE = frozenset({"GET", "HEAD", "OPTIONS"})
_ROLE = re.compile(r"[a-z][a-z_-]{0,31}\Z")
_VIAS = ("api", "cli", "console")
_LONGEST_ID = 64


class TokenCheck:
    """ASGI layer in front of every route, so that no route can forget the token.

    A refused call's body is not even read.
    """

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 401."""
        if scope["type"] != "http" or scope["method"] in _FREE or self._carries_token(scope):
            await self._app(scope, receive, send)
            return
        title, detail = "Token needed", "send the header `Authorization: Bearer TOKEN`"
        if Headers(scope=scope).get("authorization"):
            title, detail = "Wrong token", "the token sent is not this controller's"
        problem = Problem(
            401,
            title,
            f"{detail}; `onekey serve` and `onekey demo` print a new one at each start "
            "(command line: --token or ONEKEY_TOKEN)",
            headers={"WWW-Authenticate": "Bearer"},
        )
        await problem_response(problem, scope["path"])(scope, receive, send)

    def _carries_token(self, scope: Scope) -> bool:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # Compared as bytes and in constant time: neither length nor content of a near miss shows.
        right = secrets.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        return right and scheme.lower() == "bearer"


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
