"""`POST /intake/parse`: what a line of chat is understood as; nothing is sent."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.bodies import TextBody
from api.reading import parsed_view
from api.routes.access import Context, SiteLexer
from api.routes.examples import PARSED, answers
from controller.intake.text import parse_text

router = APIRouter(prefix="/intake", tags=["intake"])


@router.post("/parse", responses=answers(PARSED, problems=(400, 401, 413, 415, 422)))
async def parse(body: TextBody, context: Context, lexer: SiteLexer) -> JSONResponse:
    """Return decision, facts, and the questions a person would have to answer, in both languages."""
    return JSONResponse(parsed_view(parse_text(body.text, context.site, lexer=lexer), context.site))
