"""`onekey alert`: the key, from a command line."""

import asyncio
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from api.cli.client import DEFAULT_URL, ActorName, Token, Url, headers, refusal, unreachable
from api.cli.plan import Shoulder
from api.cli.say import AsJson, Code, Command, fail, page, say, say_json
from api.live_table import LineView, Refused, press_and_watch, view_for

_ANSWER_S = 15.0

Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", help="Leave this device out; its role moves upstream. May be repeated."),
]


def alert(
    text: Annotated[str, typer.Argument(help="The report as one line of chat.")],
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    prepare: Annotated[bool, typer.Option("--prepare", help="Only prepare; nothing is sent.")] = False,
    separate: Annotated[
        bool, typer.Option("--separate", help="It is another event than the one already open.")
    ] = False,
    shoulder: Shoulder = False,
    drop: Drop = None,
    as_json: AsJson = False,
) -> None:
    """Press the key: read the report, command every device of its plan, watch each being proved.

    Ends with the verdict; exit code 1 names the devices that are not proved.
    """
    body: dict[str, Any] = {"text": text, "activate": not prepare, "separate": separate}
    body |= {"shoulder": shoulder, "drop": drop or []}
    incident = press(url, headers(token, actor), body, page(quiet=as_json))
    if as_json:
        say_json(incident)
    else:
        say_outcome(incident)
    if not achieved(incident):
        raise typer.Exit(Code.NOT_ACHIEVED)


def press(url: str, head: dict[str, str], body: dict[str, Any], console: Console) -> dict[str, Any]:
    """Press and draw; ends the command where the controller refuses or does not answer."""
    try:
        return asyncio.run(_press(url, head, body, console))
    except Refused as err:
        fail(*refusal(err.answer))
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as err:
        fail(f"--url {url}: {err}; give one like {DEFAULT_URL}", Code.WRONG_USE)
    except (httpx2.TransportError, StopAsyncIteration) as err:
        fail(unreachable(url, err), Code.NOT_ACHIEVED)


async def _press(url: str, head: dict[str, str], body: dict[str, Any], console: Console) -> dict[str, Any]:
    base = f"{url.rstrip('/')}/api/v1"
    async with httpx2.AsyncClient(base_url=base, headers=head, timeout=_ANSWER_S, trust_env=False) as client:
        view = LineView(console) if console.quiet else view_for(console)
        return await press_and_watch(client, body, view)


def achieved(incident: dict[str, Any]) -> bool:
    """Whether the press did what was asked: proved in time, or prepared."""
    if incident["state"] == "prepared":
        return True
    verdict = incident["verdict"]
    return verdict is not None and (verdict["outcome"] == "met" or bool(verdict["late"]))


def say_outcome(incident: dict[str, Any]) -> None:
    """Print what came of it, the verdict last."""
    mark = "  DRILL · 演练" if incident["drill"] else "  SIMULATION" if incident["simulation"] else ""
    say(f"{incident['id']}  {incident['state']}{mark}")
    if incident.get("joined"):
        by = incident["already_active_by"]["id"]
        say(f"joined: already active by {by}; onekey alert --separate says it is another event")
    for finding in incident["plan"]["findings"]:
        say(f"note: {finding['text']}")
    if not incident["durable"]:
        say("JOURNAL DEGRADED: this press is not on disk yet")
    if incident["state"] == "prepared":
        asked = "; ".join(f"{m['zh']} {m['en']}" for m in incident.get("missing", ()))
        say(f"PREPARED, nothing sent{': ' + asked if asked else ''}")
        say(f"press its key: onekey activate {incident['id']}")
        return
    if incident.get("undo") is not None:
        say(f"wrong? onekey undo {incident['id']}  (for a few seconds)")
    verdict = incident["verdict"]
    if verdict is None:
        waiting = [step["device"] for step in incident["steps"] if step["state"] != "verified"]
        say(f"NO VERDICT YET; not proved: {', '.join(waiting)}")
        return
    say(verdict["line"] + (" (all proved since)" if verdict["late"] else ""))


COMMANDS: tuple[Command, ...] = (("alert", alert, 'onekey alert "紧急:福向三都岭隧道内快车道追尾,启动预警"'),)
