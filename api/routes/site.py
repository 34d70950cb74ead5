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
    """Return roads, tunnels, devices, links, policy and doubts about the file; `kind` says what it is."""
    return JSONResponse(
        {
            **site_view(context.site),
            "findings": [finding.to_json() for finding in context.findings],
            "started_ms": context.started_ms,
        }
    )
