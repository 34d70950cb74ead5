"""`onekey device walk` and `probe` against the real process: the road saw it, the base is back."""

import asyncio
import sys

from api.rig import running_rig
from simulators.remote import Desk, Road, until

HEAD = "LCS-FU-09-1"


async def onekey(rig, *words: str, answers: str = "") -> tuple[int, str]:
    command = [sys.executable, "-m", "api.cli", *words, "--url", rig.url]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"ONEKEY_TOKEN": rig.token, "PATH": "/usr/bin:/bin"},
    )
    said, _ = await asyncio.wait_for(process.communicate(answers.encode()), 40)
    return process.returncode or 0, said.decode()


async def test_a_person_walks_a_head_and_probes_it() -> None:
    async with running_rig() as rig, Road(rig.control_url) as road, Desk(rig.url, rig.token) as desk:
        await desk.until_well(within_s=15)
        code, said = await onekey(rig, "device", "walk", HEAD, answers="y\n" * 20)
        assert code == 0, said
        assert "recorded" in said
        shown = [row["lamp"] for row in await road.history(device=HEAD)]
        assert {"closed", "merge_left", "caution"} <= set(shown)

        async def at_rest() -> tuple[bool, str]:
            row = await road.device(HEAD)
            return row["lamp"] == "open", row["lamp"]

        await until(at_rest, 10, "the base restored")
        assert (await desk.devices())[HEAD]["commissioned"]["seen"]["closed"] is True
        code, said = await onekey(rig, "device", "walk", HEAD, answers="y\nn\n" + "y\n" * 20)
        assert code == 1
        assert "not seen" in said
        assert (await desk.devices())[HEAD]["uncommissioned"]
        code, said = await onekey(rig, "device", "probe", HEAD)
        assert code == 0, said
        assert "no local mode" in said
        sign = next(d for d, row in (await desk.devices()).items() if row["model"] == "native-mqtt")
        code, said = await onekey(rig, "device", "probe", sign)
        assert code == 0, said
        assert "its clock minus ours" in said
