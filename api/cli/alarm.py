"""`onekey alarm`: what needs a person's eye, and what people do with it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.client import DEFAULT_URL, ActorName, Client, Reason, Token, Url
from api.cli.say import AsJson, page, say, say_json

group = typer.Typer(name="alarm", help="Alarms.", no_args_is_help=True, rich_markup_mode=None)

AlarmId = Annotated[str, typer.Argument(help="The alarm, e.g. A-mx6rv4go; `onekey alarm list` has it.")]


@group.command("list", epilog="Example: onekey alarm list --shelved")
def list_(
    url: Url = DEFAULT_URL,
    token: Token = "",
    shelved: Annotated[bool, typer.Option("--shelved", help="Only what is hidden for a while.")] = False,
    as_json: AsJson = False,
) -> None:
    """List alarms, oldest first, and how busy the list is."""
    with Client(url, token) as client:
        answer = client.get("/alarms", **({"shelved": "true"} if shelved else {}))
    if as_json:
        say_json(answer)
        return
    page().print(_table(answer["alarms"]))
    f = answer["figures"]
    flood = ", a flood" if f["flood"] else ""
    say(f"{f['standing']} standing, {f['unacked']} not acknowledged, {f['shelved']} shelved")
    say(f"{f['rate_10min']} in the last ten minutes{flood}")


@group.command("ack", epilog='Example: onekey alarm ack A-mx6rv4go --note "crew 2 is on the way"')
def ack(
    alarm: AlarmId,
    note: Annotated[str, typer.Option("--note", help="What is being done; needed for a critical one.")] = "",
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Say that you have seen it."""
    with Client(url, token, actor) as client:
        _say(client.call("POST", f"/alarms/{alarm}/ack", {"note": note}), as_json)


@group.command(
    "shelve", epilog='Example: onekey alarm shelve A-mx6rv4go --minutes 60 --reason "works at km 3"'
)
def shelve(
    alarm: AlarmId,
    minutes: Annotated[int, typer.Option("--minutes", help="Until it comes back by itself.")],
    reason: Reason,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Hide it for some minutes; conflict, journal and blocked releases are never hidden."""
    with Client(url, token, actor) as client:
        body = {"minutes": minutes, "reason": reason}
        _say(client.call("POST", f"/alarms/{alarm}/shelve", body), as_json)


@group.command("unshelve", epilog="Example: onekey alarm unshelve A-mx6rv4go")
def unshelve(
    alarm: AlarmId, url: Url = DEFAULT_URL, token: Token = "", actor: ActorName = "", as_json: AsJson = False
) -> None:
    """Show it again before its time."""
    with Client(url, token, actor) as client:
        _say(client.call("POST", f"/alarms/{alarm}/unshelve"), as_json)


def alarm_line(alarm: dict[str, Any]) -> str:
    """Return what it is about in one line, e.g. `link  PLC-FU-1 (20 devices): connection refused`."""
    devices = f" ({len(alarm['devices'])} devices)" if alarm["devices"] else ""
    flapping = " (comes and goes)" if alarm["flapping"] else ""
    return f"{alarm['kind']}  {alarm['subject']}{devices}: {alarm['text']}{flapping}"


def _table(alarms: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "since (UTC)", "priority", "state", "first", "alarm", "by"):
        table.add_column(name)
    for a in alarms:
        state = f"shelved until {_time(a['shelf']['until_ms'])}" if a["shelf"] else a["state"]
        ack = a["ack"]
        by = (
            f"{ack['actor']['id']}: {ack['note']}"
            if ack and ack["note"]
            else ack["actor"]["id"]
            if ack
            else ""
        )
        cells = (a["id"], _time(a["since_ms"]), a["priority"], state, "*" if a["first_up"] else "")
        table.add_row(*map(Text, (*cells, alarm_line(a), by)))
    return table


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%m-%d %H:%M:%S")


def _say(alarm: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(alarm)
        return
    say(f"{alarm['id']}  {alarm['state']}  {alarm_line(alarm)}")
