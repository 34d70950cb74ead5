"""`/scenarios`: simulated tunnels from the console: list, start, progress, stop, result."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import HTMLResponse, JSONResponse

from api.bodies import ScenarioRunBody
from api.problems import Problem
from api.routes.access import Context, Pressed
from api.routes.examples import Responses, answers
from api.scenario_runs import Busy, ScenarioRun, ScenarioRuns
from api.shapes.scenario import ScenarioListShape, ScenarioRunShape
from config.site import SiteKind

router = APIRouter(prefix="/scenarios", tags=["scenarios"])

_SCENARIO = {
    "name": "origin",
    "family": "one-key",
    "about": {"zh": "一键启动预警", "en": "One key, proved, cleared"},
    "site": "sanduling",
    "long": False,
    "given": {},
    "needs_processes": False,
}
_LINE = {
    "scenario": "origin",
    "line": 11,
    "said": "within 3s: heads FU-*-1 in sanduling show closed",
    "kind": "expectation",
    "outcome": "passed",
    "at_ms": 28,
    "got": "after 22 ms",
}
_RUN = {
    "id": "R-1795305600000",
    "scenario": "origin",
    "seed": 0,
    "started_ms": 1795305600000,
    "state": "running",
    "why": "",
    "lines": [_LINE],
    "road": {
        "at_ms": 500,
        "devices": {
            "LCS-FU-07-1": {
                "type": "head",
                "carriageway": "FU",
                "at_m": 15620,
                "lane": 1,
                "chainage": "YK1889+740",
            }
        },
        "shown": [
            {"device": "LCS-FU-07-1", "from_ms": 0, "to_ms": 22, "lamp": "open"},
            {"device": "LCS-FU-07-1", "from_ms": 22, "to_ms": 500, "lamp": "closed"},
        ],
    },
    "result": None,
}

_PAGE: Responses = {
    200: {"description": "Done", "content": {"text/html": {"example": "<!doctype html><html>…</html>"}}}
}

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="As in the list")]


async def _runs(request: Request) -> ScenarioRuns:
    runs: ScenarioRuns = request.app.state.scenario_runs
    return runs


Runs = Annotated[ScenarioRuns, Depends(_runs)]


@router.get(
    "",
    responses=answers(
        {"scenarios": [_SCENARIO], "runs": [], "offered": True}, shape=ScenarioListShape, problems=(503,)
    ),
)
async def list_scenarios(context: Context, runs: Runs) -> JSONResponse:
    """Return the shipped scenarios and the newest runs; `offered` is false on a live site."""
    offered = context.site.kind is SiteKind.SIMULATED
    try:
        scenarios = await runs.listed() if offered else []
    except (RuntimeError, TimeoutError) as err:
        raise Problem(503, "Scenarios not readable", str(err) or "they are not read in time") from err
    short = [run.to_json(whole=False) for run in runs.runs()]
    return JSONResponse({"scenarios": scenarios, "runs": short, "offered": offered})


@router.post(
    "/{name}/runs",
    status_code=201,
    responses=answers(_RUN, shape=ScenarioRunShape, also={201: "Started"}, problems=(401, 404, 409, 422)),
)
async def start(
    name: Name, key: Pressed, context: Context, runs: Runs, body: ScenarioRunBody | None = None
) -> JSONResponse:
    """Start a run; it has processes of its own and touches nothing of this controller.

    409 on a live site (S10), and while another run is under way.
    """
    if context.site.kind is not SiteKind.SIMULATED:
        raise Problem(
            409, "Not on a live site", f"site {context.site.id} is live; scenarios run on simulated sites"
        )
    known = {one["name"] for one in await runs.listed()}
    if name not in known:
        raise Problem(404, "Not found", f"no scenario {name}; GET /api/v1/scenarios lists what there is")
    said = body or ScenarioRunBody()
    try:
        run = await runs.start(name, said.seed, fast=said.fast, given=said.given)
    except Busy as err:
        detail = f"run {err.run} is under way; POST /api/v1/scenarios/runs/{err.run}/stop ends it"
        raise Problem(409, "Another run is under way", detail) from None
    return JSONResponse(run.to_json(), 201, headers={"Location": f"/api/v1/scenarios/runs/{run.id}"})


@router.get("/runs/{run}", responses=answers(_RUN, shape=ScenarioRunShape, problems=(404,)))
async def get_run(run: str, runs: Runs) -> JSONResponse:
    """Return a run as far as it has come: lines as they end, the road as it is shown, the result at the end.

    `road` is renewed twice a second while the run goes on, and has the form of `devices` and `shown` of the
    result, so that one picture draws both. Times are milliseconds since the run began; a run that has to
    start its processes first has an empty road for some seconds.
    """
    return JSONResponse(_known(runs, run).to_json())


@router.post(
    "/runs/{run}/stop",
    responses=answers({**_RUN, "state": "stopped"}, shape=ScenarioRunShape, problems=(401, 404)),
)
async def stop(run: str, key: Pressed, runs: Runs) -> JSONResponse:
    """End a run and everything it started; one that has ended stays as it is."""
    known = _known(runs, run)
    if known.state == "running":
        await runs.stop()
    return JSONResponse(known.to_json())


@router.get("/runs/{run}/page", response_class=HTMLResponse, responses=_PAGE)
async def page(run: str, runs: Runs) -> HTMLResponse:
    """Return the result as one self-contained page: the road over time, expected against got."""
    known = _known(runs, run)
    if known.result is None:
        raise Problem(404, "Not found", f"run {run} has no result: it is {known.state}")
    return HTMLResponse(_page(known.result))


def _page(result: dict[str, Any]) -> str:
    from simulators.scenario.report_page import report_page  # noqa: PLC0415 - a controller starts without
    from simulators.scenario.result import Run  # noqa: PLC0415 - as above

    return report_page([Run.from_json(result)])


def _known(runs: ScenarioRuns, run_id: str) -> ScenarioRun:
    run = runs.run(run_id)
    if run is None:
        raise Problem(404, "Not found", f"no run {run_id}; GET /api/v1/scenarios lists the newest")
    return run
