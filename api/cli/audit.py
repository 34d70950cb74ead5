"""`onekey audit`: the journal, checked without a server."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.cli.say import AsJson, Code, fail, say, say_json
from controller.store.errors import StoreError
from controller.store.reads import verify_journal

group = typer.Typer(name="audit", help="The journal.", no_args_is_help=True, rich_markup_mode=None)


@group.callback()
def _group() -> None:
    """Keep the sub-command's name though it is the only one."""


@group.command("verify", epilog="Example: onekey audit verify var/onekey.db")
def verify(
    file: Annotated[Path, typer.Argument(help="Database of a controller, in use or not.")],
    as_json: AsJson = False,
) -> None:
    """Walk the whole hash chain and name the first record that does not fit."""
    try:
        found = asyncio.run(verify_journal(file))
    except StoreError as err:
        fail(str(err), Code.WRONG_USE)
    if as_json:
        say_json(
            {
                "ok": found.ok,
                "rows": found.rows,
                "first_bad_seq": found.first_bad_seq,
                "reason": found.reason,
                "last_hash": found.last_hash,
            }
        )
    elif found.ok:
        say(f"{file}: {found.rows} records, unbroken; last hash {found.last_hash}")
    if not found.ok:
        fail(f"{file}: broken at record {found.first_bad_seq}: {found.reason}", Code.NOT_ACHIEVED)
