"""The command line in a thread of the test's process: a start of Python for each would take the most time."""

import asyncio

from typer.testing import CliRunner

from api.cli import main
from api.rig import Rig
from simulators.scenario.rig import RemoteRig


async def ordered(
    rig: Rig | RemoteRig, *words: str, answers: str = "", actor: str = "", control: bool = False
) -> tuple[int, str, str]:
    """Run the command against a rig; returns exit code, stdout, stderr.

    Args:
        answers: what a person types.
        control: it speaks with the simulated devices too, over `--url` and `--control`.
    """
    env = {"ONEKEY_URL": rig.url, "ONEKEY_TOKEN": rig.token, "ONEKEY_ACTOR": actor}
    remote = ("--url", rig.url, "--control", rig.control_url) if control else ()
    done = await asyncio.to_thread(CliRunner().invoke, main, [*words, *remote], env=env, input=answers)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception  # a traceback for a person
    return done.exit_code, done.stdout, done.stderr
