"""`onekey scenario`: simulated tunnels testers and trainers use: list, check, run."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx2
import typer
from rich.table import Table
from rich.text import Text

from api.cli.client import Token, unreachable
from api.cli.reports import can_be_written, write
from api.cli.say import AsJson, Code, fail, page, say, say_json
from api.cli.scenario_progress import ScenarioProgress
from config.finding import Finding, Level

if TYPE_CHECKING:
    from simulators.scenario.result import Run
    from simulators.scenario.script import Scenario

group = typer.Typer(
    name="scenario",
    help="Simulated tunnels: what happens, what the road must show.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Files = Annotated[
    list[str] | None,
    typer.Argument(help="Scenario files, folders, or names of shipped scenarios or families; all shipped."),
]
SiteOption = Annotated[
    Path | None, typer.Option("--site", help="Site file for scenarios that name none; the sample by default.")
]
Given = Annotated[
    list[str] | None, typer.Option("--given", metavar="NAME=VALUE", help="Sets a name of `given`.")
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Chooses what is left to chance; same seed, same run.")
]
Control = Annotated[
    str, typer.Option("--control", envvar="ONEKEY_CONTROL", help="Control API of the simulated devices.")
]
RemoteUrl = Annotated[
    str | None,
    typer.Option(
        "--url", help="Run against this controller instead of processes of our own; needs --control."
    ),
]


@group.command("list", epilog="Example: onekey scenario list")
def list_(files: Files = None, as_json: AsJson = False) -> None:
    """List scenarios, family by family, with what each shows."""
    scenarios = read_all(files, None, {})
    if as_json:
        say_json([describe(one) for one in scenarios])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("family", "scenario", "about"):
        table.add_column(name, no_wrap=name != "about")
    for one in scenarios:
        mark = " (long)" if one.long else ""
        table.add_row(*map(Text, (one.family, one.name + mark, one.about["en"])))
    page().print(table)
    say(f"{len(scenarios)} scenarios")


def describe(scenario: "Scenario") -> dict[str, Any]:
    """Return what programs are told of a scenario."""
    return {
        "name": scenario.name,
        "family": scenario.family,
        "about": dict(scenario.about),
        "file": scenario.file,
        "site": scenario.site.id,
        "long": scenario.long,
        "given": dict(scenario.given),
        "needs_processes": scenario.needs_processes,
    }


@group.command("check", epilog="Example: onekey scenario check origin")
def check(files: Files = None, site: SiteOption = None, as_json: AsJson = False) -> None:
    """Name every mistake of scenario files at once, each with line, value and remedy; nothing is run."""
    from simulators.scenario.collect import scenario_files  # noqa: PLC0415 - other commands start fast

    paths, wrong = scenario_files(files or [])
    if wrong:
        fail("; ".join(wrong), Code.WRONG_USE)
    scenarios, findings = _read(paths, site, {})
    if as_json:
        names = ("file", "line", "path", "value", "problem", "remedy")
        rows = [{n: getattr(f, n) for n in names} | {"level": f.level.value} for f in findings]
        say_json({"ok": len(scenarios) == len(paths), "scenarios": len(scenarios), "findings": rows})
    else:
        for finding in findings:
            say(str(finding))
    if len(scenarios) < len(paths):
        fail(f"{len(paths) - len(scenarios)} of {len(paths)} files cannot be run", Code.WRONG_USE)
    if not as_json:
        count = sum(len(one.items) for one in scenarios)
        say(f"{len(scenarios)} scenario{'s' if len(scenarios) != 1 else ''} good, {count} lines")


def read_all(files: Sequence[str] | None, site: Path | None, given: dict[str, str]) -> "list[Scenario]":
    """Return the scenarios that are meant; ends the command with every mistake where there is one."""
    from simulators.scenario.collect import scenario_files  # noqa: PLC0415 - as above

    paths, wrong = scenario_files(files or [])
    if wrong:
        fail("; ".join(wrong), Code.WRONG_USE)
    scenarios, findings = _read(paths, site, given)
    if len(scenarios) < len(paths):
        for finding in findings:
            typer.echo(str(finding), err=True)
        fail("mend the lines above; nothing was run", Code.WRONG_USE)
    return scenarios


def _read(
    paths: Sequence[Path], site: Path | None, given: dict[str, str]
) -> "tuple[list[Scenario], list[Finding]]":
    from simulators.scenario.script import read_scenario  # noqa: PLC0415 - as above

    sites: dict[Path, Any] = {}
    scenarios, findings = [], []
    for path in paths:
        scenario, wrong = read_scenario(path, site_path=site, given=given, sites=sites)
        findings += wrong
        if scenario is not None:
            scenarios.append(scenario)
    seen: dict[str, str] = {}
    for one in scenarios:
        if one.name in seen:
            problem = f"{one.name!r} is also the name of {seen[one.name]}"
            findings.append(Finding(one.file, 0, "scenario", one.name, problem, "", Level.WARNING))
        seen[one.name] = one.file
    return scenarios, findings


def given_of(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return `NAME=VALUE` options as a mapping."""
    made = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            fail(f"--given {pair}: write it like latency=50ms", Code.WRONG_USE)
        made[name] = value
    return made


@group.command("run", epilog="Example: onekey scenario run origin --html report.html")
def run(
    files: Files = None,
    site: SiteOption = None,
    url: RemoteUrl = None,
    control: Control = "",
    token: Token = "",
    seed: Seed = 0,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=10_000, help="Runs of each scenario.")] = 1,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=16, help="How many rigs at a time.")] = 1,
    fast: Annotated[
        bool, typer.Option("--fast", help="Skip idle waits; budgets and devices keep theirs.")
    ] = False,
    short: Annotated[bool, typer.Option("--short", help="Leave out the long ones.")] = False,
    given: Given = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML there.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write one self-contained page there.")] = None,
    as_json: AsJson = False,
    events: Annotated[
        bool, typer.Option("--events", help="Print a JSON line for every line of a script as it ends.")
    ] = False,
) -> None:
    """Run scenarios on simulated devices and say what the road saw; exit 1 names what was shown instead.

    Without --url each run has broker, simulated devices and controller of its own on loopback.
    """
    scenarios = read_all(files, site, given_of(given))
    if short:
        scenarios = [one for one in scenarios if not one.long]
    if not scenarios:
        fail("no scenario is left to run", Code.WRONG_USE)
    if url is not None and not control:
        fail("--url needs --control, the control API that `onekey simulate` printed", Code.WRONG_USE)
    can_be_written(junit, html)
    from simulators.scenario.pool import Job  # noqa: PLC0415 - as above

    jobs = [Job(one, seed + turn) for one in scenarios for turn in range(repeat)]
    quiet = as_json or events
    with ScenarioProgress(len(jobs), quiet=quiet, events=events) as progress:
        runs = asyncio.run(_run(jobs, url, control, token, at_once=at_once, fast=fast, progress=progress))
    _write(runs, junit, html)
    if as_json:
        say_json({"runs": [one.to_json() for one in runs]})
    elif not events:
        _say_runs(runs)
    if any(not one.good for one in runs):
        raise typer.Exit(Code.NOT_ACHIEVED)


async def run_here(jobs: Any, *, at_once: int, quiet: bool) -> "list[Run]":
    """Run jobs on rigs of our own, with a bar for people."""
    with ScenarioProgress(len(jobs), quiet=quiet, events=False) as progress:
        return await _run(jobs, None, "", "", at_once=at_once, fast=False, progress=progress)


async def _run(
    jobs: Any,
    url: str | None,
    control: str,
    token: str,
    *,
    at_once: int,
    fast: bool,
    progress: "ScenarioProgress",
) -> "list[Run]":
    from api.rig import RigError, running_rig  # noqa: PLC0415 - as above
    from devices.clock import SystemClock  # noqa: PLC0415 - as above
    from simulators.scenario.pool import run_all, run_remote  # noqa: PLC0415 - as above
    from simulators.scenario.rest import LiveSite  # noqa: PLC0415 - as above
    from simulators.scenario.rig import RemoteRig  # noqa: PLC0415 - as above

    hears: Any = {"fast": fast, "tell": progress, "ended": progress.ended}
    if url is None:
        try:
            return await run_all(jobs, running_rig, SystemClock(), at_once=at_once, **hears)
        except* RigError as err:
            fail(str(err.exceptions[0]), Code.NOT_ACHIEVED)
    try:
        return await run_remote(jobs, RemoteRig(url, token, control), SystemClock(), **hears)
    except LiveSite as err:
        fail(str(err), Code.NOT_ACHIEVED)
    except httpx2.HTTPError as err:
        fail(f"{unreachable(url, err)}; or --control {control} does not answer", Code.NOT_ACHIEVED)


def _write(runs: "list[Run]", junit: Path | None, html: Path | None) -> None:
    from simulators.scenario.junit import junit_xml  # noqa: PLC0415 - as above
    from simulators.scenario.report_page import report_page  # noqa: PLC0415 - as above

    for path, text in ((junit, junit_xml), (html, report_page)):
        if path is not None:
            write(path, text(runs))


def _percentiles(runs: "list[Run]") -> Table:
    from simulators.scenario.durations import said  # noqa: PLC0415 - as above
    from simulators.scenario.latencies import latencies  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.title = "key → each device verified"
    for name in ("scenario", "runs", "proofs", "p50", "p95", "p99", "max"):
        table.add_column(name, justify="left" if name == "scenario" else "right")
    for one in latencies(runs):
        table.add_row(one.name, str(one.runs), str(len(one.verified_ms)), *map(said, one.percentiles()))
    return table


def _say_runs(runs: "list[Run]") -> None:
    from simulators.scenario.latencies import latencies  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("scenario", "outcome", "took", "what was shown"):
        table.add_column(name, no_wrap=name != "what was shown")
    for one in runs:
        style = "" if one.good else "red"
        row = (one.name, one.outcome.value, f"{one.took_ms / 1000:.1f} s", one.verdict_line())
        table.add_row(*(Text(cell, style=style) for cell in row))
    page().print(table)
    for one in runs:
        for line in one.failures:
            say(f"{Path(one.file).name}:{line.line}: {line.said}")
            say(f"    at {line.at_ms / 1000:.3f} s: {line.got}")
    if any(one.runs > 1 for one in latencies(runs)):
        page().print(_percentiles(runs))
    failed = sum(not one.good for one in runs)
    say(f"{len(runs) - failed} of {len(runs)} passed" + ("" if not failed else f", {failed} not"))
