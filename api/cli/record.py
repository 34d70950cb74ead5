"""`onekey scenario new`: a scenario file to begin with, or one written from what is going on."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from api.cli.client import Token, unreachable
from api.cli.plan import site_of
from api.cli.reports import can_be_written, write
from api.cli.say import Code, Command, fail, say
from api.cli.scenario import Control, RemoteUrl, SiteOption


def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario: small letters, digits, - and _.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File; NAME.yaml by default.")] = None,
    url: RemoteUrl = None,
    control: Control = "",
    token: Token = "",
    for_s: Annotated[
        float, typer.Option("--for-s", min=0.1, max=86_400, help="How long to watch.")
    ] = 3_600.0,
    site: SiteOption = None,
) -> None:
    """Write a scenario: a short one to change, or with --url what happens until Ctrl-C.

    Watched are the orders in the controller's journal, faults of the simulated devices, and their lamps; each
    order is followed by what the road came to show. Read it over: it says what was, not what must be.
    """
    from simulators.scenario.recorder import TEMPLATE  # noqa: PLC0415 - other commands start fast
    from simulators.scenario.shape import NAME  # noqa: PLC0415 - as above

    if not re.match(NAME, name):
        fail(f"{name!r} is no name; small letters, digits, - and _ only", Code.WRONG_USE)
    file = out or Path(f"{name}.yaml")
    if file.exists():
        fail(f"{file} is there already; give --out", Code.WRONG_USE)
    can_be_written(file)
    text = TEMPLATE.format(name=name)
    if url is not None:
        if not control:
            fail("--url needs --control, the control API that `onekey simulate` printed", Code.WRONG_USE)
        try:
            text = asyncio.run(_watched(name, url, token, control, site and site.resolve(), for_s))
        except httpx2.HTTPError as err:
            fail(f"{unreachable(url, err)}; or --control {control} does not answer", Code.NOT_ACHIEVED)
    write(file, text)
    say(f"{file}: {text.count(chr(10) + '  - ')} lines; onekey scenario check {file}")


async def _watched(name: str, url: str, token: str, control: str, site: Path | None, for_s: float) -> str:
    from devices.clock import SystemClock  # noqa: PLC0415 - as above
    from simulators.remote import Desk, Road  # noqa: PLC0415 - as above
    from simulators.scenario.recorder import Recorder  # noqa: PLC0415 - as above

    async with Desk(url, token, "recorder") as desk, Road(control) as road:
        recorder = Recorder(site_of(site), desk, road, SystemClock())
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # they end the watching, not the writing
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await recorder.begin()
        say("recording; Ctrl-C ends it")
        await recorder.record(for_s, ended)
        return recorder.recording.text(name, recorder.observer, str(site) if site is not None else None)


COMMANDS: tuple[Command, ...] = (("new", new, "onekey scenario new my-crash"),)
