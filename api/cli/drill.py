"""`onekey drill`: a second controller on simulated devices from a live site's file, a person at its keys."""

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.reports import can_be_written, write
from api.cli.say import AsJson, Code, Command, fail, say, say_json

if TYPE_CHECKING:
    from simulators.scenario.drill import Task
    from simulators.scenario.result import Run


def drill(
    site: Annotated[Path, typer.Argument(help="Site file, live or simulated; nothing of it is driven.")],
    scenario: Annotated[str, typer.Argument(help="Scenario file, or the name of a shipped one.")],
    trainee: Annotated[str, typer.Option("--trainee", help="Name on the sheet.")] = "",
    port: Annotated[int, typer.Option("--port", help="Of the drill's console, or the next free one.")] = 8090,
    patience_s: Annotated[
        float, typer.Option("--patience-s", min=1, max=3600, help="A step not done so long is missed.")
    ] = 120.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses what is left to chance.")] = 0,
    html: Annotated[Path, typer.Option("--html", help="Where the printable sheet is written.")] = Path(
        "drill.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Drill a scenario: the road happens by itself, the person does what persons do, timed and scored.

    A second broker, simulated devices and controller with a store of its own run from a copy of the site;
    DRILL stands on every screen. Exit 1 where a step was missed or the road did not show what it must.
    Ctrl-C ends the drill with a sheet of what came so far, once more without.
    """
    from api.rig import RigError  # noqa: PLC0415 - other commands start fast
    from simulators.scenario.drill import score  # noqa: PLC0415 - as above
    from simulators.scenario.drill_page import drill_page  # noqa: PLC0415 - as above
    from simulators.scenario.drill_site import NoDrill  # noqa: PLC0415 - as above

    can_be_written(html)
    quiet = as_json
    try:
        run, tasks = asyncio.run(_drill(site, scenario, port, patience_s, seed, quiet=quiet))
    except NoDrill as err:
        fail(str(err), Code.WRONG_USE)
    except RigError as err:
        fail(str(err), Code.NOT_ACHIEVED)
    write(html, drill_page(run, tasks, trainee))
    missed = [task for task in tasks if task.took_ms is None]
    if as_json:
        rows = [
            {
                "verb": t.verb,
                "detail": t.detail,
                "told_ms": t.told_ms,
                "took_ms": t.took_ms,
                "points": t.points,
            }
            for t in tasks
        ]
        say_json({"score": score(tasks), "tasks": rows, "run": run.to_json()})
    else:
        say(f"DRILL {run.name}: {score(tasks)} of 100, {len(missed)} missed; sheet: {html}")
        for line in run.failures:
            say(f"line {line.line}: {line.said}: {line.got}")
    if missed or not run.good:
        raise typer.Exit(Code.NOT_ACHIEVED)


async def _drill(
    site: Path, scenario: str, port: int, patience_s: float, seed: int, *, quiet: bool
) -> "tuple[Run, list[Task]]":
    from api.rig import running_rig  # noqa: PLC0415 - as above
    from devices.clock import SystemClock  # noqa: PLC0415 - as above
    from simulators.remote import Desk, Road  # noqa: PLC0415 - as above
    from simulators.scenario.collect import scenario_files  # noqa: PLC0415 - as above
    from simulators.scenario.drill import Trainer  # noqa: PLC0415 - as above
    from simulators.scenario.drill_site import drill_copy  # noqa: PLC0415 - as above
    from simulators.scenario.player import Player  # noqa: PLC0415 - as above
    from simulators.scenario.rest import REST_S, all_well  # noqa: PLC0415 - as above
    from simulators.scenario.script import read_scenario  # noqa: PLC0415 - as above

    def tell(task: "Task") -> None:
        if quiet:
            return
        if task.done_ms is None and task.incident == "":
            say(f"{task.told_ms / 1000:7.1f} s  {task.zh}  {task.en}: {task.detail}")
        elif task.took_ms is not None:
            say(f"{task.told_ms / 1000 + task.took_ms / 1000:7.1f} s  ✓ {task.took_ms / 1000:.1f} s")
        else:
            say("          ✗ missed")

    with tempfile.TemporaryDirectory(prefix="onekey-drill-", ignore_cleanup_errors=True) as folder:
        copy = drill_copy(site, Path(folder))
        files, wrong = scenario_files([scenario])
        if wrong:
            fail("; ".join(wrong), Code.WRONG_USE)
        read, findings = read_scenario(files[0], site_path=copy, on_this_site=True)
        if read is None:
            fail("\n".join(map(str, findings)), Code.WRONG_USE)
        clock = SystemClock()
        async with (
            running_rig(copy, port=port, next_free=True, report_s=None, serve=not read.before) as rig,
            Road(rig.control_url) as road,
        ):
            if read.before:
                fail("a scenario with `before` cannot be drilled: the controller has to run", Code.WRONG_USE)
            if not quiet:
                say(f"DRILL 演练  {read.site.name.zh}  {read.site.name.en}")
                say(f"console  {rig.url}/#token={rig.token}")
                say(f"         export ONEKEY_URL={rig.url} ONEKEY_TOKEN={rig.token}")
            async with Desk(rig.url, rig.token, "trainer") as desk:
                async with asyncio.timeout(REST_S):
                    await all_well(desk)
                player = Player(
                    read,
                    rig,
                    desk,
                    road,
                    clock,
                    seed=seed,
                    hands=lambda observer: Trainer(
                        rig, observer, read.site, seed, clock, tell=tell, patience_s=patience_s
                    ),
                )
                assert isinstance(player.hands, Trainer)
                _on_ctrl_c(player.hands.ended)
                run = await player.play()
    return run, player.hands.tasks


def _on_ctrl_c(ended: asyncio.Event) -> None:
    """Let the first Ctrl-C end the drill, and the next one the program."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        ended.set()

    loop.add_signal_handler(signal.SIGINT, end)


COMMANDS: tuple[Command, ...] = (("drill", drill, "onekey drill my-site.yaml origin --trainee 李娜"),)
