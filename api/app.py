"""The HTTP application: routes and layers put together for one control room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth import FREE, SESSION_PATH, TokenCheck
from api.context import AppContext
from api.idempotency import Idempotency
from api.problems import answer_problems
from api.received import ReceiveWhole
from api.roles import API, check_table, enough_role, role_needed
from api.routes import (
    alarms,
    audit,
    devices,
    events,
    health,
    incidents,
    intake,
    interlocks,
    orders,
    pages,
    pictures,
    plans,
    scenarios,
    session,
    sirens,
    site,
    walks,
)
from api.routes.examples import refused
from api.scenario_runs import ScenarioRuns
from api.session import Sessions
from api.sse import EventHub
from controller.intake.scan import Lexer

_ABOUT = (
    "One report becomes a plan, one key commands every device of it, every device is proved by read-back. "
    "Calls other than GET carry `Authorization: Bearer TOKEN`, or the cookie of the console, of the role "
    "that `x-onekey-role` says (view < operate < manage < configure). Errors are "
    "`application/problem+json`; their `detail` says what to do."
)


def create_app(context: AppContext) -> FastAPI:
    """Return the app of one control room; its event hub runs while the app's lifespan does."""
    sessions = Sessions(context.tokens)
    hub = EventHub(context.room, running=context.ready, mark=f"{context.started_ms:x}")

    runs = ScenarioRuns(context)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = context.room.tasks.start("event hub", hub.run)
        yield
        task.cancel()
        await runs.stop()

    # The framework's own pages load scripts from a foreign network; the description itself stays.
    app = FastAPI(
        title="onekey", version="0.1.0", description=_ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.context = context
    app.state.hub = hub
    app.state.sessions = sessions
    app.state.scenario_runs = runs
    app.state.lexer = Lexer(context.site)
    app.state.idempotency = Idempotency(context.room.store.idempotency)
    for part in (
        incidents,
        orders,
        plans,
        intake,
        devices,
        walks,
        pictures,
        sirens,
        interlocks,
        site,
        alarms,
        audit,
        events,
        session,
        scenarios,
    ):
        app.include_router(part.router, prefix=API, dependencies=[Depends(enough_role)])
    app.include_router(health.router)
    app.include_router(pages.router)
    check_table(app)
    answer_problems(app)
    # The layer added last is the outermost: no token, no look at the body.
    app.add_middleware(ReceiveWhole, clock=context.room.clock)
    app.add_middleware(TokenCheck, tokens=context.tokens, sessions=sessions, clock=context.room.clock)
    app.openapi = lambda: _description(app)  # type: ignore[method-assign]
    return app


def _description(app: FastAPI) -> dict[str, Any]:
    """Return the API description, which says of every call whether it needs a token, and of which role."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemes = made.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["token"] = {"type": "http", "scheme": "bearer"}
        for path, calls in made["paths"].items():
            for method, call in calls.items():
                if method.upper() in FREE:
                    continue
                call["security"] = [{"token": []}]
                needed = role_needed(method.upper(), path.removeprefix(API))
                if needed is not None and path != SESSION_PATH:
                    call["x-onekey-role"] = needed.value
                    call["responses"].setdefault("403", refused(needed))
        app.openapi_schema = made
    return app.openapi_schema
