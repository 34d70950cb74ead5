"""What can be ordered of an incident: press later, correct, release, hold, false alarm, again."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.bodies import ActivateBody, CancelBody, ClearBody, IncidentBody, NoteBody
from api.history import timeline
from api.problems import Problem
from api.reading import read_for_plan
from api.routes.access import Context, Pressed, SiteLexer, Wait
from api.routes.examples import INCIDENT, TIMELINE, answers
from api.shapes.incident import IncidentShape, TimelineShape
from api.waiting import until_cleared, until_commands_left, until_decided
from controller.book import Incident
from controller.incident import IncidentState
from controller.incidents.notes import add_note
from controller.intake.decision import Decision
from controller.room import ControlRoom
from controller.views import incident_state

router = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"])
_ANSWERS = answers(INCIDENT, shape=IncidentShape, problems=(401, 404, 409, 422))


@router.post("/activate", responses=_ANSWERS)
async def activate(
    incident_id: str, key: Pressed, context: Context, body: ActivateBody | None = None, wait: Wait = None
) -> JSONResponse:
    """Press the key of a prepared incident; the budget starts with this call."""
    incident = await context.commands.activate(incident_id, key, (body or ActivateBody()).drop)
    return await _driven(context.room, incident, wait)


@router.patch("", responses=_ANSWERS)
async def correct(
    incident_id: str, body: IncidentBody, key: Pressed, context: Context, lexer: SiteLexer, wait: Wait = None
) -> JSONResponse:
    """Correct an open incident: the new plan is driven and proved before what it replaces is released.

    The body is that of `POST /incidents`, complete: text or form. `release` shows how far the old demands
    are; where it waits for devices that cannot be proved, `clear` with `without_proof` and a reason lets it
    go on. A place in another section is another incident; the
    answer says what to do.
    """
    read = read_for_plan(body, context.site, lexer, [])
    if read.decision not in (Decision.ACTIVATE, Decision.PREPARE, Decision.UPDATE):
        raise Problem(
            422,
            "Nothing was changed",
            f"this reads as {read.decision}, not as a correction: say the whole report",
        )
    incident = await context.commands.correct(incident_id, read.report, key)
    return await _driven(context.room, incident, wait)


@router.post("/reactivate", responses=_ANSWERS)
async def reactivate(incident_id: str, key: Pressed, context: Context, wait: Wait = None) -> JSONResponse:
    """Drive a just cleared incident again: closed lanes, signs, sirens."""
    incident = await context.commands.reactivate(incident_id, key)
    return await _driven(context.room, incident, wait)


@router.post("/undo", responses=_ANSWERS)
async def undo(incident_id: str, key: Pressed, context: Context, wait: Wait = None) -> JSONResponse:
    """Take back the newest press, correction or update without questions, `undo_s` seconds after it at most.

    What stood before comes back as by any release: lanes reopen gantry by gantry, proved. `undo` of the
    incident says until when; later cancel it (a false alarm), clear it or correct it.
    """
    incident = await context.commands.undo(incident_id, key)
    if incident.state is IncidentState.CLEARING:
        return await _released(context.room, incident, wait)
    return await _driven(context.room, incident, wait)


@router.post(
    "/notes",
    responses=answers({"timeline": TIMELINE}, shape=TimelineShape, problems=(401, 404, 422, 503)),
)
async def note(incident_id: str, body: NoteBody, key: Pressed, context: Context) -> JSONResponse:
    """Write something down about an incident, or that a task of yours is done; answers the timeline."""
    await add_note(context.room, incident_id, key, text=body.text.strip(), task=body.task, done=body.done)
    entries = await timeline(context.room, incident_id)
    return JSONResponse({"incident": incident_id, "timeline": entries})


@router.post("/update", responses=_ANSWERS)
async def update(incident_id: str, key: Pressed, context: Context, wait: Wait = None) -> JSONResponse:
    """Drive today's plan of an incident that says `plan_outdated`.

    What it adds leaves at once; what it takes back is released like what a correction replaces.
    `plan_differs` names the devices.
    """
    incident = await context.commands.update(incident_id, key)
    return await _driven(context.room, incident, wait)


@router.post("/hold", responses=_ANSWERS)
async def hold(incident_id: str, key: Pressed, context: Context, wait: Wait = None) -> JSONResponse:
    """Stop a release where it is and drive the full plan again."""
    incident = await context.commands.hold(incident_id, key)
    return await _driven(context.room, incident, wait)


@router.post("/clear", responses=_ANSWERS)
async def clear(
    incident_id: str, key: Pressed, context: Context, body: ClearBody | None = None, wait: Wait = None
) -> JSONResponse:
    """Release in stages: lanes reopen gantry by gantry, proved, before the warnings go dark.

    The answer shows `release`: its phase and what it waits for. Where it waits for heads that cannot be
    read, the same call with `without_proof` and a reason goes on without them.
    """
    said = body or ClearBody()
    incident = await context.commands.clear(
        incident_id,
        key,
        reason=said.reason,
        without_proof=said.without_proof,
        confirmed_by=said.confirmed_by,
    )
    return await _released(context.room, incident, wait)


@router.post("/cancel", responses=_ANSWERS)
async def cancel(
    incident_id: str, key: Pressed, context: Context, body: CancelBody | None = None, wait: Wait = None
) -> JSONResponse:
    """End it as a false alarm: a release like any other; a prepared one just ends."""
    said = body or CancelBody()
    incident = await context.commands.clear(
        incident_id, key, reason=said.reason, cancel=True, confirmed_by=said.confirmed_by
    )
    return await _released(context.room, incident, wait)


async def _driven(room: ControlRoom, incident: Incident, wait: str | None) -> JSONResponse:
    await until_commands_left()
    if wait == "verified":
        await until_decided(room, incident.window)
    return JSONResponse(incident_state(room, incident))


async def _released(room: ControlRoom, incident: Incident, wait: str | None) -> JSONResponse:
    if wait == "verified" and incident.state is IncidentState.CLEARING:
        await until_cleared(room, incident)
    return JSONResponse(incident_state(room, incident))
