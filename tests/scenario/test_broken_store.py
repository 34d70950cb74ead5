"""A store that is damaged at a start: the controller drives, restricts on orders, releases nothing (P1)."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Refused, Road

HEAD, OTHER = "LCS-FU-09-1", "LCS-FU-02-2"


def overwritten(database: Path) -> None:
    """One page of rubbish where the header was."""
    with database.open("r+b") as file:
        file.write(b"\xa5" * 4096)


def one_byte(database: Path) -> None:
    """The chain no longer holds: one byte of a record near its end is another."""
    conn = sqlite3.connect(database)
    conn.execute(
        "UPDATE journal SET body = replace(body, 'site', 'sitf') WHERE seq = "
        "(SELECT max(seq) FROM journal WHERE body LIKE '%site%')"
    )
    conn.commit()
    conn.close()


@pytest.mark.timeout(90)
@pytest.mark.parametrize("damage", [overwritten, one_byte])
async def test_a_damaged_store_is_driven_read_only(damage: Callable[[Path], None]) -> None:
    async with running_rig() as rig, Road(rig.control_url) as road:
        async with Desk(rig.url, rig.token) as desk:
            await desk.until_well(within_s=15)
            await desk.press(ORIGIN)
        await rig.stop_serve()
        database = rig.folder / "onekey.db"
        sound = database.read_bytes()
        damage(database)
        evidence = database.read_bytes()
        await rig.start_serve()
        async with Desk(rig.url, rig.token) as desk:
            (alarm,) = (await desk.call("GET", "/api/v1/alarms", params={"kind": "journal"}))["alarms"]
            assert (alarm["priority"], alarm["shelvable"]) == ("critical", False)
            assert alarm["text"].startswith("READ-ONLY: ")
            assert "restore a backup" in alarm["text"]
            assert (await road.lamps())[HEAD] == "closed", "what stands on the road stands"
            body = {"value": "closed", "reason": "crew"}
            await desk.call("PUT", f"/api/v1/devices/{OTHER}/lock", json=body)
            await road.until_lamp(OTHER, "closed", within_s=5)
            pressed = await desk.press(ORIGIN, separate=True)
            assert pressed["durable"] is False
            refusals = (
                ("DELETE", f"/api/v1/devices/{OTHER}/lock", None),
                ("POST", f"/api/v1/devices/{HEAD}/release", {"reason": "free"}),
                (
                    "POST",
                    f"/api/v1/incidents/{pressed['id']}/clear",
                    {"reason": "free", "confirmed_by": ["ana", "bo"]},
                ),
                ("POST", "/api/v1/audit/restore", None),
            )
            for method, path, order in refusals:
                with pytest.raises(Refused) as refused:
                    await desk.call(method, path, **({} if order is None else {"json": order}))
                assert refused.value.status == 409, path
            lamps = await road.lamps()
            assert {lamps[HEAD], lamps[OTHER]} == {"closed"}
        await rig.stop_serve()
        assert database.read_bytes() == evidence, "what is damaged is left as it was found"
        database.write_bytes(sound)
        await rig.start_serve()
        async with Desk(rig.url, rig.token) as desk:
            listed = (await desk.call("GET", "/api/v1/incidents"))["incidents"]
            assert pressed["id"] in {incident["id"] for incident in listed if incident["state"] != "cleared"}
            assert len({incident["id"] for incident in listed}) == 2
            assert (await desk.devices())[OTHER]["lock"] is not None
            assert (await desk.call("GET", "/api/v1/audit/verify"))["ok"]
            await desk.call("DELETE", f"/api/v1/devices/{OTHER}/lock")
