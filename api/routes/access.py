"""What every call may ask for: the control room, the key with its stamp, the parts the app made."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from api.auth import ActorOf
from api.context import AppContext
from api.idempotency import Idempotency
from api.received import received
from api.session import Sessions
from api.sse import EventHub
from controller.intake.scan import Lexer
from controller.key import Key


async def _context(request: Request) -> AppContext:
    context: AppContext = request.app.state.context
    return context


async def _lexer(request: Request) -> Lexer:
    lexer: Lexer = request.app.state.lexer
    return lexer


async def _hub(request: Request) -> EventHub:
    hub: EventHub = request.app.state.hub
    return hub


async def _idempotency(request: Request) -> Idempotency:
    known: Idempotency = request.app.state.idempotency
    return known


async def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


async def _key(request: Request, actor: ActorOf) -> Key:
    stamp = received(request)
    return Key(actor, stamp.at_s, stamp.at_ms)


Context = Annotated[AppContext, Depends(_context)]
SiteLexer = Annotated[Lexer, Depends(_lexer)]
Hub = Annotated[EventHub, Depends(_hub)]
KnownKeys = Annotated[Idempotency, Depends(_idempotency)]
OpenSessions = Annotated[Sessions, Depends(_sessions)]
Pressed = Annotated[Key, Depends(_key)]
Wait = Annotated[
    Literal["verified"] | None,
    Query(description="`verified` answers when the verdict is there, at the latest 2 s after the budget"),
]
