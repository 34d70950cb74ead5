"""`onekey demo`: broker, simulated devices, controller on loopback, and the message it all started from."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from api.bodies import ORIGIN_TEXT
from api.cli.alert import achieved, say_outcome
from api.cli.client import headers, refusal
from api.cli.say import Code, Command, fail, page, say
from api.live_table import Refused, press_and_watch, view_for
from api.rig import Rig, RigError, running_rig

_AT_REST_S = 15.0
_LOOK_S = 0.1


def demo(
    alert: Annotated[bool, typer.Option("--alert", help="Play the message and show every device.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Exit with the verdict (implies --alert).")] = False,
    text: Annotated[str, typer.Option("--text", help="The message to play.")] = ORIGIN_TEXT,
    site: Annotated[
        Path | None, typer.Option("--site", help="Simulated site; the sample by default.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Of the API, or the next free one.")] = 8080,
) -> None:
    """Run everything on this machine: broker, simulated devices, controller; nothing real is driven."""
    try:
        code = asyncio.run(_demo(text if alert or once else None, once, site, port))
    except RigError as err:
        fail(str(err), Code.NOT_ACHIEVED)
    raise typer.Exit(code)


async def _demo(text: str | None, once: bool, site: Path | None, port: int) -> Code:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        async with running_rig(site, port=port, next_free=True) as rig:
            return await _play(rig, text, once)
    except asyncio.CancelledError:
        say("stopped")
        return Code.DONE


async def _play(rig: Rig, text: str | None, once: bool) -> Code:
    code = Code.DONE
    async with httpx2.AsyncClient(
        base_url=f"{rig.url}/api/v1", headers=headers(rig.token), timeout=15.0, trust_env=False
    ) as client:
        say(f"SIMULATION  {rig.site.stem}: waiting until every device has reported (a few seconds)")
        await _until_at_rest(client)
        if text is not None:
            code = await _press(client, text)
    if once:
        return code
    say(f"console {rig.url}/#token={rig.token}")
    say(f"url    {rig.url}")
    say(f"token  {rig.token}")
    say(f"road   {rig.control_url}  (break and mend simulated devices)")
    say(f"try    export ONEKEY_URL={rig.url} ONEKEY_TOKEN={rig.token}")
    say(f"       {_own_name()} status")
    say("Ctrl-C ends it")
    return await _until_one_ends(rig)


def _own_name() -> str:
    """Return how this command can be typed in another terminal of the same folder."""
    if shutil.which("onekey"):
        return "onekey"
    here = Path(sys.argv[0])
    return os.path.relpath(here) if here.name == "onekey" else f"{os.path.relpath(sys.executable)} -m api.cli"


async def _press(client: httpx2.AsyncClient, text: str) -> Code:
    say(text)
    try:
        incident = await press_and_watch(client, {"text": text}, view_for(page()))
    except Refused as err:
        fail(*refusal(err.answer))
    say_outcome(incident)
    return Code.DONE if achieved(incident) else Code.NOT_ACHIEVED


async def _until_at_rest(client: httpx2.AsyncClient) -> None:
    """Return when every device is known to show its base; a bounded wait, the press names who is missing."""
    unwell: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_AT_REST_S):
            while unwell := await _unwell(client):  # noqa: ASYNC110 - another process has no event of ours
                await asyncio.sleep(_LOOK_S)
    if unwell:
        say(f"not at rest after {_AT_REST_S:.0f} s: {', '.join(device['id'] for device in unwell)}")


async def _unwell(client: httpx2.AsyncClient) -> list[Any]:
    answer = await client.get("/devices", params={"well": "false"})
    devices: list[Any] = answer.raise_for_status().json()["devices"]
    return devices


async def _until_one_ends(rig: Rig) -> Code:
    """Run until a process ends by itself; Ctrl-C cancels this."""
    assert rig.serve is not None
    waits = {
        asyncio.create_task(child.ended(), name=f"end of {child.name}"): child.name
        for child in (rig.serve, rig.simulate)
    }
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    say(f"{', '.join(waits[task] for task in done)} ended by itself; see {rig.folder}")
    return Code.NOT_ACHIEVED


COMMANDS: tuple[Command, ...] = (("demo", demo, "onekey demo --alert"),)
