"""The web console's files: one page for all its views, and the hashed files it loads, which never change."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, PlainTextResponse, Response

from api.problems import Problem
from api.routes.access import Context
from config.site import SiteKind

BUILT = Path(__file__).parents[1] / "_console"
VIEWS = ("incidents", "devices", "alarms", "audit", "site", "handover", "scenarios", "report")
"""First words of the paths the console draws itself; `api/console/src/shell/route.ts` has the same."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page(context: Context) -> Response:
    """Return the console, or a page that says how to build it."""
    index = BUILT / "index.html"
    if not index.is_file():
        return PlainTextResponse(_without_console(context), headers=HEADERS)
    return FileResponse(index, headers=HEADERS | _ASK_AGAIN)


for _view in VIEWS:
    router.add_api_route(f"/{_view}", page)
    router.add_api_route(f"/{_view}/{{rest:path}}", page)


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """Return a file whose name has the hash of what is in it."""
    return _file(BUILT / "assets", name, _FOR_EVER)


@router.get("/icon.svg")
async def icon() -> Response:
    """Return the icon of the browser's tab."""
    return _file(BUILT, "icon.svg", _ASK_AGAIN)


def _file(folder: Path, name: str, caching: dict[str, str]) -> Response:
    file = folder / name
    if "/" in name or name.startswith(".") or not file.is_file():
        raise Problem(404, "No such file", "the console was built anew: reload the page")
    return FileResponse(file, headers=HEADERS | caching)


def _without_console(context: Context) -> str:
    mark = ""
    if context.site.drill:
        mark = "DRILL: people practise on simulated devices 演练：仅驱动仿真设备\n"
    elif context.site.kind is SiteKind.SIMULATED:
        mark = "SIMULATION: no real device is driven 仿真：不驱动真实设备\n"
    return (
        f"onekey · {context.site.name.zh} {context.site.name.en}\n{mark}\n"
        "The web console is not built in this working copy. Run `make console`, then reload this page.\n"
        "这里还没有构建网页控制台：请运行 `make console`，然后刷新本页。\n\n"
        "Everything else works:\n"
        "API          /api/v1 (calls other than GET need the bearer token)\n"
        "Description  /openapi.json\n"
        "Live events  /api/v1/events\n"
        "Metrics      /metrics\n"
        "Probes       /health/live, /health/ready\n"
    )
