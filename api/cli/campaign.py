"""`onekey scenario campaign`: one scenario over a grid of what may vary, with one table and one plot."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.reports import can_be_written, write
from api.cli.say import AsJson, Code, Command, fail, page, say, say_json
from api.cli.scenario import Given, Seed, SiteOption, given_of, read_all, run_here
from simulators.scenario.durations import said

if TYPE_CHECKING:
    from simulators.scenario.campaign import Axis, Cell


def campaign(
    file: Annotated[str, typer.Argument(help="A scenario with names under `given`; `press` is shipped.")],
    vary: Annotated[
        list[str], typer.Option("--vary", metavar="NAME=V1,V2,…", help="An axis; the first is the plot's.")
    ],
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=1_000, help="Runs of each combination.")] = 1,
    seed: Seed = 0,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=16, help="How many rigs at a time.")] = 4,
    site: SiteOption = None,
    given: Given = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write one page with table and plot.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario over a grid and say how long the last device took, and where the budget breaks.

    Exit 1 where a run failed its own expectations, or a `verified` was not true on the road.
    """
    from simulators.scenario.campaign import MOST_RUNS, breaks, cells_of, grid, read_axis  # noqa: PLC0415
    from simulators.scenario.campaign_page import campaign_page  # noqa: PLC0415 - other commands start fast
    from simulators.scenario.pool import Job  # noqa: PLC0415 - as above

    try:
        axes = [read_axis(one) for one in vary]
    except ValueError as err:
        fail(f"--vary {err}", Code.WRONG_USE)
    combinations = grid(axes)
    if len(combinations) * repeat > MOST_RUNS:
        fail(f"{len(combinations) * repeat} runs; at most {MOST_RUNS}", Code.WRONG_USE)
    can_be_written(html)
    fixed, jobs, budget_ms = given_of(given), [], 0
    for combination in combinations:
        (scenario,) = read_all([file], site, {**fixed, **combination})[:1]
        budget_ms = scenario.site.policy.budget_ms
        jobs += [Job(scenario, seed + turn) for turn in range(repeat)]
    began_s = time.monotonic()
    runs = asyncio.run(run_here(jobs, at_once=at_once, quiet=as_json))
    took_s = time.monotonic() - began_s
    cells = cells_of(combinations, runs, repeat)
    title = f"Campaign: {Path(file).stem}"
    if html is not None:
        write(html, campaign_page(title, axes, cells, budget_ms))
    if as_json:
        say_json({"cells": [cell.to_json() for cell in cells], "breaks": breaks(axes, cells)})
    else:
        page().print(_table(axes, cells))
        for line in breaks(axes, cells):
            say(line)
        untrue = sum(cell.untrue for cell in cells)
        say(f"{len(runs)} runs in {took_s:.0f} s; budget {said(budget_ms)}; {untrue} verified untrue")
    for one in runs:
        if not one.good and not as_json:
            say(f"{dict(one.given)} seed {one.seed}: {one.verdict_line()}")
    if any(not one.good for one in runs):
        raise typer.Exit(Code.NOT_ACHIEVED)


def _table(axes: "list[Axis]", cells: "list[Cell]") -> Table:
    from simulators.scenario.charts import percentile  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (*(axis.name for axis in axes), "runs", "met", "passed", "p50", "p95", "max"):
        table.add_column(name, justify="right")
    for cell in cells:
        row: list[Any] = [cell.given[axis.name] for axis in axes]
        row += [len(cell.runs), cell.met, cell.passed]
        row += [said(percentile(cell.last_ms, share)) if cell.last_ms else "–" for share in (50, 95, 100)]
        style = "red" if cell.met < len(cell.runs) else ""
        table.add_row(*(Text(str(one), style=style) for one in row))
    return table


COMMANDS: tuple[Command, ...] = (
    (
        "campaign",
        campaign,
        "onekey scenario campaign press --vary latency=0ms,50ms --vary dead=0,2 --repeat 5",
    ),
)
