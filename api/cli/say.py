"""How commands speak: plain lines to read, JSON for programs, one clear line and a code when it fails."""

import json
from collections.abc import Callable
from enum import IntEnum
from typing import Annotated, Any, NoReturn, TypeAlias

import typer
from rich.console import Console

Command: TypeAlias = tuple[str, Callable[..., None], str]
"""Name, function and an example of use."""


class Code(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    NOT_ACHIEVED = 1
    WRONG_USE = 2


_PIPE_COLUMNS = 240

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def say(text: str = "") -> None:
    """Print one line for people."""
    typer.echo(text)


def page(*, quiet: bool = False) -> Console:
    """Return where tables are drawn; a pipe is wide enough for any of them."""
    console = Console(highlight=False, quiet=quiet)
    if not console.is_terminal:
        console.width = _PIPE_COLUMNS
    return console


def say_json(value: Any) -> None:
    """Print a value for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def fail(text: str, code: Code) -> NoReturn:
    """End the command with one line on stderr."""
    typer.echo(f"onekey: {text}", err=True)
    raise typer.Exit(code)
