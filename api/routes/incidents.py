"""The key itself, and what there is: `POST /incidents`, the list, one incident, its timeline."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import JSONResponse

from api.bodies import IncidentBody
from api.history import from_store, row_line, stored_incident, timeline
from api.idempotency import body_hash
from api.problems import Problem, printable
from api.reading import Read, missing_view, read_incident
from api.routes.access import Context, KnownKeys, Pressed, SiteLexer, Wait
from api.routes.examples import INCIDENT, TIMELINE, answers
from api.shapes.incident import IncidentListShape, IncidentShape, TimelineShape
from api.waiting import until_commands_left, until_decided
from controller.book import actor_to_json
from controller.commands import Raised
from controller.incident import OPEN_STATES
from controller.intake.decision import Decision, Parsed
from controller.key import Unknown
from controller.room import ControlRoom
from controller.views import incident_line, incident_state

router = APIRouter(prefix="/incidents", tags=["incidents"])

KeyHeader = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of the caller's; a repeat with the same body is the same incident",
        examples=["7f0c2c1e-3d0a"],
    ),
]


@router.post(
    "",
    status_code=201,
    responses=answers(
        INCIDENT,
        shape=IncidentShape,
        also={200: "Joined to an open incident, or a repeat of the same Idempotency-Key"},
        problems=(400, 401, 409, 413, 415, 422),
    ),
)
async def press(
    body: IncidentBody,
    key: Pressed,
    context: Context,
    lexer: SiteLexer,
    known: KnownKeys,
    idempotency_key: KeyHeader = None,
    wait: Wait = None,
) -> JSONResponse:
    """Open an incident and command every device of its plan: the one key.

    Send one line of chat as `text`, or the form. What is unclear is never sent but answered with what is
    missing. A report of an event that is already open is joined to it (200, `joined`); `separate: true`
    says that it is another one. A text without the command to start is only prepared: the answer says
    `state: prepared`, and `POST /incidents/{id}/activate` presses the key.
    """
    room = context.room
    if idempotency_key is None:
        read = read_incident(body, context.site, lexer, _open_ids(room), partial(_note_parsed, room, key))
        raised = await _raise(context, body, read, key)
        return await _answer(room, raised, read, wait)
    hashed = body_hash(body.model_dump(exclude_unset=True))
    async with known.claim(idempotency_key, hashed) as claim:
        if claim.incident is not None:
            return await _repeated(room, claim.incident, wait)
        read = read_incident(body, context.site, lexer, _open_ids(room), partial(_note_parsed, room, key))
        stored = replace(key, idempotency=(idempotency_key, hashed))
        raised = await _raise(context, body, read, stored)
        claim.incident = raised.incident.id
    return await _answer(room, raised, read, wait)


def _note_parsed(room: ControlRoom, key: Pressed, parsed: Parsed) -> None:
    """Journal what a line of chat was taken for; it rides along with the intent that may follow."""
    body = {
        "text": printable(parsed.text),
        "decision": parsed.decision.value,
        "confidence": parsed.confidence,
        "missing": [missing.field for missing in parsed.missing],
    }
    room.store.submit([], [room.record("parse", key.actor, "", body)])


async def _raise(context: Context, body: IncidentBody, read: Read, key: Pressed) -> Raised:
    activate = body.activate and read.decision is Decision.ACTIVATE
    return await context.commands.raise_incident(
        read.report, key, activate=activate, separate=body.separate, drop=body.drop
    )


async def _answer(room: ControlRoom, raised: Raised, read: Read, wait: str | None) -> JSONResponse:
    incident = raised.incident
    await until_commands_left()
    if wait == "verified":
        await until_decided(room, incident.window)
    view = incident_state(room, incident)
    view["joined"] = raised.joined
    view["already_active_by"] = actor_to_json(incident.actor) if raised.joined else None
    view["decision"] = read.decision.value
    view["missing"] = [missing_view(m) for m in read.missing]
    view["notes"] = list(read.notes)
    return _incident_answer(view, 200 if raised.joined else 201)


async def _repeated(room: ControlRoom, incident_id: str, wait: str | None) -> JSONResponse:
    live = room.book.incidents.get(incident_id)
    if live is not None and wait == "verified":
        await until_decided(room, live.window)
    view = await _view(room, incident_id)
    return _incident_answer({**view, "joined": False, "repeated": True}, 200)


def _incident_answer(view: Mapping[str, Any], status: int) -> JSONResponse:
    return JSONResponse(view, status, headers={"Location": f"/api/v1/incidents/{view['id']}"})


def _open_ids(room: ControlRoom) -> list[str]:
    return [incident.id for incident in room.book.open()]


@router.get(
    "",
    responses=answers({"incidents": [INCIDENT], "complete": True}, shape=IncidentListShape, problems=(422,)),
)
async def list_incidents(
    context: Context,
    state: Annotated[Literal["open", "all"], Query(description="`open`: whose demands stand now")] = "all",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[str | None, Query(max_length=40, description="id: only older ones")] = None,
) -> JSONResponse:
    """Return incidents in short form, newest first; `complete` is false where the store does not answer."""
    room = context.room
    held = {i.id: i for i in room.book.incidents.values()}
    if state == "open":
        lines = [incident_line(i) for i in held.values() if i.state in OPEN_STATES]
        return JSONResponse({"incidents": _newest(lines, limit), "complete": True})
    try:
        rows = await from_store(room.store.incidents(limit=limit, before=before))
    except Problem:
        lines = [incident_line(i) for i in held.values()]
        return JSONResponse({"incidents": _newest(lines, limit), "complete": False})
    by_id = {row.id: row_line(row) for row in rows}
    if before is None:  # a press that is being committed is only in memory
        by_id |= {i.id: incident_line(i) for i in held.values()}
    else:
        by_id |= {i.id: incident_line(i) for i in held.values() if i.id in by_id}
    return JSONResponse({"incidents": _newest(list(by_id.values()), limit), "complete": True})


def _newest(lines: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: (line["created_ms"], line["id"]), reverse=True)[:limit]


@router.get("/{incident_id}", responses=answers(INCIDENT, shape=IncidentShape, problems=(404,)))
async def get_incident(incident_id: str, context: Context) -> JSONResponse:
    """Return one incident: what happened, its plan, every step, the verdict, how far a release is."""
    return JSONResponse(await _view(context.room, incident_id))


async def _view(room: ControlRoom, incident_id: str) -> dict[str, Any]:
    live = room.book.incidents.get(incident_id)
    if live is not None:
        return incident_state(room, live)
    stored = await stored_incident(room, incident_id)
    if stored is None:
        raise Unknown(f"no incident {incident_id}")
    return stored


@router.get(
    "/{incident_id}/timeline",
    responses=answers({"timeline": TIMELINE}, shape=TimelineShape, problems=(404, 503)),
)
async def get_timeline(incident_id: str, context: Context) -> JSONResponse:
    """Return what happened in order: revisions, steps with milliseconds since the key, verdicts."""
    entries = await timeline(context.room, incident_id)
    if entries is None:
        raise Unknown(f"no incident {incident_id}")
    return JSONResponse({"incident": incident_id, "timeline": entries})
