"""The `onekey` command: `main` with every command registered, each in a module of its own."""

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import (
    alarm,
    alert,
    audit,
    campaign,
    clear,
    config,
    correct,
    demo,
    device,
    drill,
    interlock,
    plan,
    record,
    replay,
    scenario,
    serve,
    silence,
    simulate,
    status,
)

main = typer.Typer(
    name="onekey",
    help=(
        "One key: every lane signal, sign and beacon of an incident commanded in parallel, proved by "
        "read-back, kept true until cleared. Exit codes: 0 done, 1 not achieved (it says which devices), "
        "2 wrong use."
    ),
    epilog="Start here: onekey demo --alert",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"onekey {version('onekey')}")
        raise typer.Exit


@main.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself; each does its work in its callback."""


for _module in (demo, drill, serve, simulate, alert, correct, clear, silence, status, plan, replay):
    for _name, _command, _example in _module.COMMANDS:
        main.command(_name, epilog=f"Example: {_example}")(_command)
main.add_typer(config.group)
main.add_typer(device.group)
main.add_typer(alarm.group)
main.add_typer(interlock.group)
main.add_typer(audit.group)
for _name, _command, _example in (*campaign.COMMANDS, *record.COMMANDS):
    scenario.group.command(_name, epilog=f"Example: {_example}")(_command)
main.add_typer(scenario.group)
