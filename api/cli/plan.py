"""`onekey plan|parse`: what a report would do, and what it is understood as; offline, nothing is sent."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.say import AsJson, Code, Command, fail, page, say, say_json
from api.value_text import value_text
from config.finding import SiteError
from config.loader import load_site, sample_site_path
from config.site import Site

if TYPE_CHECKING:
    from controller.incident import Plan, Report

SiteFile = Annotated[
    Path | None,
    typer.Option("--site", envvar="ONEKEY_SITE", help="Site file; the packaged sample by default."),
]
Shoulder = Annotated[
    bool, typer.Option("--shoulder", help="Open the hard shoulder, where the site allows it.")
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", help="Leave this device out; its role moves upstream. May be repeated."),
]
ReportText = Annotated[str, typer.Argument(help="The report as one line of chat.")]


def site_of(path: Path | None) -> Site:
    """Return the site of a file; ends the command with all its errors where it has any."""
    try:
        return load_site(path or sample_site_path())
    except SiteError as err:
        for finding in err.findings:
            typer.echo(str(finding), err=True)
        fail(f"{path}: the site cannot be used; mend the lines above (onekey config check)", Code.WRONG_USE)


def parse(text: ReportText, site_file: SiteFile = None, as_json: AsJson = False) -> None:
    """Say what a line of chat is understood as, and what a person would have to answer."""
    from api.reading import parsed_view  # noqa: PLC0415 - a client command starts fast without the brain
    from controller.intake.text import parse_text  # noqa: PLC0415 - late: the others start fast

    site = site_of(site_file)
    view = parsed_view(parse_text(text, site), site)
    if as_json:
        say_json(view)
        return
    place = view["place"]
    where = f"{place['from']} to {place['to']}" if place else "-"
    lanes = ", ".join(f"{lane} {impact}" for lane, impact in view["lanes"].items())
    say(f"decision     {view['decision']} (confidence {view['confidence']})")
    say(f"carriageway  {view['carriageway'] or '-'}")
    say(f"place        {where}" + (f"  tunnel {view['tunnel']}" if view["tunnel"] else ""))
    say(f"lanes        {lanes or '-'}")
    say(f"type         {view['type'] or '-'}  {view['severity']}")
    for question in view["missing"]:
        say(f"ask          {question['zh']}  {question['en']}")
    for note in view["notes"]:
        say(f"note         {note}")


Svg = Annotated[
    str | None,
    typer.Option(
        "--svg", metavar="FILE", help="Draw the plan on the road, to scale; `-` prints the drawing."
    ),
]


def plan(
    text: ReportText,
    site_file: SiteFile = None,
    shoulder: Shoulder = False,
    drop: Drop = None,
    svg: Svg = None,
    as_json: AsJson = False,
) -> None:
    """Show every device a report would command, with rule and reason; exit 2 where something is missing."""
    from api.reading import not_to_be_sent, report_view  # noqa: PLC0415 - as above
    from api.strip import Picture, draw  # noqa: PLC0415 - late: the others start fast
    from controller.intake.form import FormError, with_shoulder  # noqa: PLC0415 - late: the others start fast
    from controller.intake.text import parse_text  # noqa: PLC0415 - late: the others start fast
    from controller.plan.plan_view import plan_view  # noqa: PLC0415 - late: the others start fast
    from controller.plan.planner import plan_incident  # noqa: PLC0415 - late: the others start fast

    site = site_of(site_file)
    parsed = parse_text(text, site)
    if parsed.report is None:
        fail(not_to_be_sent(parsed, site, ()).detail, Code.WRONG_USE)
    try:
        report = with_shoulder(parsed.report, site) if shoulder else parsed.report
    except FormError as err:
        fail(str(err), Code.WRONG_USE)
    wanted = _without(site, report, drop) if drop else plan_incident(report, site)
    if svg is not None:
        _save(draw(site, Picture.of_plan(text, report, wanted)), svg)
        if svg == "-":
            return
    view = plan_view(site, wanted)
    if as_json:
        said = report_view(report, site)
        say_json({"decision": parsed.decision.value, "report": said, "plan": view, "readiness": None})
        return
    page().print(_table(view["demands"]))
    for closure in view["closures"]:
        say(f"closed: {closure['carriageway']} lane {closure['lane']}, {closure['from']} to {closure['to']}")
    told = {demand["device"] for demand in view["demands"] if demand["substitution"]}
    for finding in view["findings"]:
        if finding["device"] not in told or finding["code"] not in ("substituted", "shortened"):
            say(f"note: {finding['text']}")
    say("readiness: not known here, no device was asked; the console and POST /api/v1/plans tell it")
    say(f"{len(view['demands'])} devices; decision {parsed.decision}; nothing was sent")


def _without(site: Site, report: "Report", drop: list[str]) -> "Plan":
    """Return the plan without some devices; ends the command where the laws need one of them."""
    from controller.incidents.dropping import may_drop  # noqa: PLC0415 - late: the others start fast
    from controller.incidents.lifecycle import NotPossible  # noqa: PLC0415 - as above
    from controller.key import Unknown  # noqa: PLC0415 - as above
    from controller.plan.planner import plan_incident  # noqa: PLC0415 - as above
    from controller.plan.planning import named  # noqa: PLC0415 - as above

    without = plan_incident(report, site, out_of_service=frozenset(drop))
    try:
        may_drop(site, drop, without, plan_incident(report, site), working=drop)
    except Unknown as err:
        fail(str(err), Code.WRONG_USE)
    except NotPossible as err:
        fail(str(err), Code.NOT_ACHIEVED)
    return replace(without, findings=tuple(named(finding, drop) for finding in without.findings))


def _save(drawing: str, file: str) -> None:
    if file == "-":
        typer.echo(drawing, nl=False)
        return
    try:
        Path(file).write_text(drawing, "utf-8")
    except OSError as err:
        fail(f"the drawing could not be written to {file}: {err.strerror}", Code.WRONG_USE)


def _table(demands: list[dict[str, Any]]) -> Table:
    """Return a line for each device; what it shows in place of something better stands below its reason."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("device", "at", "shows", "rule", "because"):
        table.add_column(name, no_wrap=name != "because")
    for demand in demands:
        instead = f"\n{demand['substitution']}" if demand["substitution"] else ""
        because = f"{demand['reason']}{instead}"
        shows = value_text(demand["value"])
        table.add_row(*map(Text, (demand["device"], demand["chainage"], shows, demand["rule"], because)))
    return table


COMMANDS: tuple[Command, ...] = (
    ("plan", plan, 'onekey plan "福向三都岭隧道内快车道追尾,启动预警" --svg plan.svg'),
    ("parse", parse, 'onekey parse "三都岭隧道追尾"'),
)
