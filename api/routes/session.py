"""Logging in to the console: a token and a name become a cookie; who is logged in; logging out."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from api.bodies import SessionBody
from api.problems import Problem
from api.routes.access import Context, OpenSessions
from api.routes.examples import SESSION, answers
from api.session import COOKIE, LASTS_S, Session
from api.shapes.site import SessionShape
from controller.incident import Actor

router = APIRouter(prefix="/session", tags=["session"])
_WRONG_S = 0.5
"""How long a wrong token waits for its answer, so that guessing is slow."""


@router.post("", responses=answers(SESSION, shape=SessionShape, problems=(401, 422)))
async def log_in(
    body: SessionBody, request: Request, context: Context, sessions: OpenSessions
) -> JSONResponse:
    """Exchange a token for a cookie that pages of this server may order with, for 12 hours.

    The session has the role of the token, and its name where it is one person's.

    The cookie is `HttpOnly` and `SameSite=Strict`; a call that comes from another site's page is refused.
    """
    room, token = context.room, context.tokens.find(body.token)
    if token is None:
        nobody = Actor(body.actor, "unknown", "console")
        room.store.submit([], [room.record("login", nobody, "", {"ok": False, "from": _address(request)})])
        await asyncio.sleep(_WRONG_S)
        detail = "this is no token of this controller; `onekey serve` and `onekey demo` print one"
        raise Problem(401, "Wrong token", detail, headers={"WWW-Authenticate": "Bearer"})
    session, cookie = sessions.open(token, body.actor, room.clock.wall_ms())
    actor = Actor(session.actor, session.role.value, "console")
    room.store.submit([], [room.record("login", actor, "", {"ok": True, "from": _address(request)})])
    answer = JSONResponse(_view(session))
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=LASTS_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get("", responses=answers(SESSION, shape=SessionShape))
async def who(request: Request, context: Context, sessions: OpenSessions) -> JSONResponse:
    """Return who is logged in; `actor` is null for nobody."""
    return JSONResponse(_view(sessions.read(request.cookies.get(COOKIE), context.room.clock.wall_ms())))


@router.delete("", responses=answers(SESSION, shape=SessionShape, problems=(401,)))
async def log_out(request: Request, context: Context, sessions: OpenSessions) -> JSONResponse:
    """End the session of the cookie that is sent; nothing happens where there is none."""
    now_ms = context.room.clock.wall_ms()
    session = sessions.read(request.cookies.get(COOKIE), now_ms)
    if session is not None:
        sessions.end(session, now_ms)
        room, actor = context.room, Actor(session.actor, session.role.value, "console")
        room.store.submit([], [room.record("logout", actor, "", {})])
    answer = JSONResponse(_view(None))
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _view(session: Session | None) -> dict[str, object]:
    if session is None:
        return {"actor": None, "role": None, "until_ms": None}
    return {"actor": session.actor, "role": session.role.value, "until_ms": session.until_ms}
