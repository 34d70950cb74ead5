"""JOURNAL DEGRADED on the real wire: a disk that hangs holds no restriction; a person ends the state (P1)."""

import asyncio
import os
import re
import shutil
import signal

import pytest

from api.rig import Rig, running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Refused, Road, until

FIRST_COMMAND_MS = 500
FSYNC_S = 5


async def press_on_a_hanging_disk(rig: Rig, road: Road) -> str:
    """Press; the first lamp changes in half a second and the answer says that it is not durable."""
    async with Desk(rig.url, rig.token) as desk:
        before = {row["at_ms"] for row in await road.history()}
        answer = await desk.press(ORIGIN, wait=False)
        assert answer["durable"] is False
        state = await desk.until_state(answer["id"], "active", within_s=10)
        first = min(step["times"]["sent"] for step in state["steps"] if "sent" in step["times"])
        assert first < FIRST_COMMAND_MS, f"first command {first} ms after the key"
        moved = [
            row["at_ms"] - state["created_ms"] for row in await road.history() if row["at_ms"] not in before
        ]
        assert min(moved) < FIRST_COMMAND_MS + 150
        assert state["verdict"]["outcome"] == "met"
        with pytest.raises(Refused) as refused:
            await desk.order(answer["id"], "clear", reason="one person alone")
        assert refused.value.status == 409
        assert "two people" in str(refused.value)
        alarms = (await desk.call("GET", "/api/v1/alarms", params={"kind": "journal"}))["alarms"]
        assert [(a["priority"], a["shelvable"]) for a in alarms] == [("critical", False)]
        return str(answer["id"])


async def restored(rig: Rig, incident: str) -> None:
    """A person orders it restored; then one person may release again, and nothing was lost."""
    async with Desk(rig.url, rig.token, actor="li.na") as desk:

        async def look() -> tuple[bool, str]:
            try:
                return (await desk.call("POST", "/api/v1/audit/restore"))["journal_degraded"] is None, ""
            except Refused as err:
                return False, str(err)

        await until(look, 30, "the journal restored")
        assert (await desk.call("GET", "/api/v1/alarms", params={"state": "active_unacked"}))["alarms"] == []
        with pytest.raises(Refused):
            await desk.call("POST", "/api/v1/audit/restore")
        rows = (await desk.call("GET", "/api/v1/audit", params={"limit": 1000}))["rows"]
        kinds = [row["kind"] for row in rows]
        assert [r["body"]["incident"] for r in rows if r["kind"] == "intent"] == [incident]
        assert kinds.index("journal_degraded") < kinds.index("journal_restored")
        assert rows[kinds.index("journal_restored")]["actor"]["id"] == "li.na"
        await desk.order(incident, "clear", reason="road is free")
        await desk.until_state(incident, "cleared", within_s=30)
        assert (await desk.call("GET", "/api/v1/audit/verify"))["ok"]


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("product_limits")
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to trace another process")
async def test_an_fsync_delayed_by_five_seconds_holds_no_restriction() -> None:
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
        assert rig.serve is not None
        delay = f"fsync,fdatasync:delay_enter={FSYNC_S}s"
        command = [
            "strace",
            "-f",
            "-p",
            str(rig.serve.pid),
            "-e",
            "trace=fsync,fdatasync",
            "-e",
            f"inject={delay}",
        ]
        tracer = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        assert tracer.stderr is not None
        try:
            line = (await asyncio.wait_for(tracer.stderr.readline(), 10)).decode()
            if not re.search("attached", line):
                pytest.skip(f"tracing is not allowed here: {line.strip()}")
            incident = await press_on_a_hanging_disk(rig, road)
        finally:
            if tracer.returncode is None:
                tracer.send_signal(signal.SIGINT)
            await asyncio.wait_for(tracer.communicate(), 20)
        await restored(rig, incident)
