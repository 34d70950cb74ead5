"""`onekey replay`: a past incident from the journal, played on the strip."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import DEFAULT_URL, Client, Token, Url
from api.cli.reports import write
from api.cli.say import Command, say

_PAGE = 1_000


def replay(
    incident: Annotated[str, typer.Argument(help="The incident, e.g. I-20261122-0001.")],
    html: Annotated[Path | None, typer.Option("--html", help="The page; INCIDENT.html by default.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
) -> None:
    """Write one page that plays an incident as the journal has it, at 1 to 36 times its speed."""
    from simulators.scenario.replay import began_ms, frames_of  # noqa: PLC0415 - other commands start fast
    from simulators.scenario.replay_page import replay_page  # noqa: PLC0415 - as above

    with Client(url, token) as client:
        client.get(f"/incidents/{incident}")  # ends the command where there is none
        site = client.get("/site")
        devices = client.get("/devices")["devices"]
        rows = _journal(client)
        frames, zero_ms = frames_of(incident, rows), began_ms(incident, rows)
    mark = "DRILL · 演练" if site["drill"] else "SIMULATION · 仿真" if site["kind"] == "simulated" else ""
    name = f"{site['name']['zh']} · {site['name']['en']}"
    file = html or Path(f"{incident}.html")
    write(file, replay_page(incident, mark, name, devices, frames, began_ms=zero_ms))
    say(f"{file}: {len(frames)} changes in {frames[-1].at_ms / 1000:.1f} s")


def _journal(client: Client) -> list[dict[str, Any]]:
    from simulators.scenario.replay import KINDS  # noqa: PLC0415 - as above

    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        query = "&".join(f"kind={kind}" for kind in KINDS)
        page = client.call("GET", f"/audit?after_seq={after}&limit={_PAGE}&{query}")["rows"]
        rows += page
        if len(page) < _PAGE:
            return rows
        after = page[-1]["seq"]


COMMANDS: tuple[Command, ...] = (("replay", replay, "onekey replay I-20261122-0001 --html replay.html"),)
