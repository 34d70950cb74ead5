"""`onekey status`: the road at a glance."""

import time
from collections import Counter
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.cli.alarm import alarm_line
from api.cli.client import DEFAULT_URL, Client, Token, Url
from api.cli.say import AsJson, Code, Command, fail, page, say_json
from api.value_text import value_text

_LOOK_S = 1.0
_MOST_ROWS = 30


def status(
    url: Url = DEFAULT_URL,
    token: Token = "",
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show open incidents, alarms, and devices that are not as they should be."""
    if watch and as_json:
        fail("--watch and --json do not go together; ask again in a loop", Code.WRONG_USE)
    console = page()
    with Client(url, token) as client:
        facts = _facts(client)
        if as_json:
            say_json(facts)
        elif not watch:
            console.print(_page(facts))
        else:
            _watch(client, facts, console)


def _watch(client: Client, facts: dict[str, Any], console: Console) -> None:
    with Live(_page(facts), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(_LOOK_S)
                live.update(_page(_facts(client)), refresh=True)
        except KeyboardInterrupt:
            return


def _facts(client: Client) -> dict[str, Any]:
    site = client.get("/site")
    alarms = client.get("/alarms")
    return {
        "site": {key: site[key] for key in ("id", "name", "kind", "drill", "note")},
        "incidents": [
            i for i in client.get("/incidents")["incidents"] if i["state"] not in ("cleared", "cancelled")
        ],
        "devices": client.get("/devices")["devices"],
        "alarms": alarms["alarms"],
        "journal_degraded": alarms["journal_degraded"],
    }


def _page(facts: dict[str, Any]) -> Group:
    site, devices = facts["site"], facts["devices"]
    simulation = (
        "   DRILL · 演练" if site["drill"] else "   SIMULATION" if site["kind"] == "simulated" else ""
    )
    verdicts = Counter(device["verdict"] for device in devices)
    well = sum(device["well"] for device in devices)
    parts: list[Text | Table] = [Text(f"{site['id']}  {site['name']['zh']}{simulation}", style="bold")]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    parts.append(Text(f"devices    {well}/{len(devices)} well ({counts})"))
    degraded = facts["journal_degraded"]
    parts.append(Text(f"journal    {'DEGRADED: ' + degraded if degraded else 'durable'}"))
    prepared = sum(i["state"] == "prepared" for i in facts["incidents"])
    waiting = f", {prepared} prepared (onekey activate ID presses the key)" if prepared else ""
    parts.append(Text(f"incidents  {len(facts['incidents']) - prepared} open{waiting}"))
    parts += [
        Text(f"  {i['id']}  {i['state']}  {i['carriageway']} lanes {', '.join(i['lanes'])}  {i['text']}")
        for i in facts["incidents"]
    ]
    standing = [a for a in facts["alarms"] if a["cleared_ms"] is None and a["shelf"] is None]
    parts.append(Text(f"alarms     {len(standing)}{_other_alarms(facts['alarms'])}"))
    parts += [
        Text(f"  {a['id']}  {a['priority']}  {alarm_line(a)}", style="red") for a in standing[:_MOST_ROWS]
    ]
    unwell = [device for device in devices if not device["well"]]
    if unwell:
        parts.append(_devices(unwell[:_MOST_ROWS]))
    if len(unwell) > _MOST_ROWS:
        parts.append(Text(f"… and {len(unwell) - _MOST_ROWS} more: onekey device list --unwell"))
    return Group(*parts)


def _other_alarms(alarms: list[dict[str, Any]]) -> str:
    shelved = sum(a["shelf"] is not None for a in alarms)
    ended = sum(a["cleared_ms"] is not None and a["shelf"] is None for a in alarms)
    counts = ((ended, "ended and not acknowledged"), (shelved, "shelved"))
    return "".join(f", {count} {what}" for count, what in counts if count)


def _devices(devices: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("device", "at", "desired", "shown", "verdict", "reason"):
        table.add_column(name)
    for d in devices:
        shown = (value_text(d["desired"]), value_text(d["shown"]), d["verdict"], d["reason"])
        table.add_row(*(Text(cell) for cell in (d["id"], d["chainage"], *shown)))
    return table


COMMANDS: tuple[Command, ...] = (("status", status, "onekey status --url http://127.0.0.1:8080"),)
