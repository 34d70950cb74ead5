"""`onekey interlock`: what must never stand together, how it stands, and the reset after a conflict."""

from typing import Annotated, Any

import typer

from api.cli.client import DEFAULT_URL, ActorName, Client, Token, Url
from api.cli.say import AsJson, say, say_json

group = typer.Typer(name="interlock", help="Interlocks.", no_args_is_help=True, rich_markup_mode=None)


@group.command("list", epilog="Example: onekey interlock list --all")
def list_(
    url: Url = DEFAULT_URL,
    token: Token = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that are kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """List interlocks that are latched, violated or possibly violated, or that hold a release back."""
    with Client(url, token) as client:
        rows = client.get("/interlocks")["interlocks"]
    shown = [row for row in rows if every or row["state"] != "kept" or row["holds"]]
    if as_json:
        say_json({"interlocks": shown})
        return
    for row in shown:
        say(_line(row))
    latched = sum(row["state"] == "latched" for row in rows)
    say(f"{len(rows)} interlocks, {latched} latched")


@group.command("reset", epilog='Example: onekey interlock reset portal-07 --reason "lamp replaced, seen red"')
def reset(
    interlock: Annotated[str, typer.Argument(help="The interlock; `onekey interlock list` has it.")],
    reason: Annotated[str, typer.Option("--reason", help="What was found and mended; journalled.")],
    without_proof: Annotated[
        list[str] | None,
        typer.Option("--without-proof", help="A device nobody can read, which you answer for; repeatable."),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """End the latch of an interlock that was seen violated; refused while the conflict still stands."""
    body = {"reason": reason, "without_proof": without_proof or []}
    with Client(url, token, actor) as client:
        row = client.call("POST", f"/interlocks/{interlock}/reset", body)
    if as_json:
        say_json(row)
        return
    say(_line(row))


def _line(row: dict[str, Any]) -> str:
    shown = ", ".join(f"{device} {_value(value)}" for device, value in row["shown"].items())
    holds = f"; holds back {', '.join(row['holds'])}" if row["holds"] else ""
    return f"{row['id']}  {row['state']}  {shown}  {row['reason']['zh']} / {row['reason']['en']}{holds}"


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    return str(value.get("multi", value)) if isinstance(value, dict) else str(value)
