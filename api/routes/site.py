"""The loaded site."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.routes.access import Context
from api.routes.examples import SITE, answers
from api.shapes.site import SiteShape
from controller.views import site_view

router = APIRouter(tags=["site"])


@router.get("/site", responses=answers(SITE, shape=SiteShape))
async def site(context: Context) -> JSONResponse:
    """Return roads, carriageways, tunnels, gantries, links and policy; `kind` says simulated or live."""
    return JSONResponse({**site_view(context.site), "started_ms": context.started_ms})
