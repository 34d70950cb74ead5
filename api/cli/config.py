"""`onekey config`: the site file, checked."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.say import AsJson, Code, fail, say, say_json
from config.finding import Level
from config.loader import check_file
from controller.interlocks.interlock_views import in_one_line, interlock_view

group = typer.Typer(name="config", help="Site files.", no_args_is_help=True, rich_markup_mode=None)


@group.command("check", epilog="Example: onekey config check config/sites/sanduling.yaml")
def check(
    file: Annotated[Path, typer.Argument(help="Site file, YAML.")],
    interlocks: Annotated[
        bool, typer.Option("--interlocks", help="List what must never stand together, built-in ones too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Name every mistake of a site file at once, each with line, key, value and remedy."""
    site, findings = check_file(file)
    errors = [f for f in findings if f.level is Level.ERROR]
    if as_json:
        rows = [finding.to_json() for finding in findings]
        rules = [interlock_view(rule) for rule in site.interlocks.values()] if site is not None else []
        say_json({"ok": site is not None, "findings": rows, "interlocks": rules})
    else:
        for finding in findings:
            say(str(finding))
    if site is None:
        fail(
            f"{file}: {len(errors)} error{'s' if len(errors) != 1 else ''}; it cannot be used", Code.WRONG_USE
        )
    if not as_json:
        kinds = f"{site.kind}, {len(site.carriageways)} carriageways, {len(site.links)} links"
        count = f"{len(site.interlocks)} interlocks"
        say(f"{file}: good; site {site.id}, {len(site.devices)} devices, {kinds}, {count}")
        for rule in site.interlocks.values() if interlocks else ():
            say(f"  {in_one_line(rule)}")
