"""`POST /plans`: what a press would do, and what would not work; nothing is sent."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.auth import ActorOf
from api.bodies import IncidentBody
from api.reading import missing_view, read_for_plan, report_view
from api.routes.access import Context, SiteLexer
from api.routes.examples import PLAN, answers
from api.shapes.incident import PlanAnswerShape
from controller.plan.plan_view import plan_view
from controller.plan.readiness import readiness, uncovered

router = APIRouter(prefix="/plans", tags=["plans"])


@router.post("", responses=answers(PLAN, shape=PlanAnswerShape, problems=(400, 401, 404, 409, 413, 415, 422)))
async def plan(body: IncidentBody, _actor: ActorOf, context: Context, lexer: SiteLexer) -> JSONResponse:
    """Return the plan a press of this body would drive now, and what of it would not work.

    Each demand says its rule, its reason and what it stands in for; `readiness` names the devices that
    would not be proved now, `uncovered` the stretches nothing warns of.
    """
    room = context.room
    read = read_for_plan(body, context.site, lexer, [incident.id for incident in room.book.open()])
    wanted = context.commands.plan(read.report, body.drop)
    view = {
        "decision": read.decision.value,
        "missing": [missing_view(m) for m in read.missing],
        "notes": list(read.notes),
        "report": report_view(read.report, context.site),
        "plan": plan_view(context.site, wanted),
        "readiness": readiness(room, wanted),
        "uncovered": uncovered(wanted),
        "budget_ms": context.site.policy.budget_ms,
    }
    return JSONResponse(view)
