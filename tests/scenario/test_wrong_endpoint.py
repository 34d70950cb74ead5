"""A simulated site pointed at what is no simulator: nothing is written, and the reason is said (S10)."""

import json
import socket

import pytest

from api.rig import Child
from benchmarks.press import ORIGIN
from config.loader import load_site
from simulators.remote import Desk
from tests.contract.modbus_peer import ModbusPeer

pytestmark = pytest.mark.timeout(60)


def dead_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


WRITES = {5, 6, 15, 16, 22, 23}


async def test_a_plain_modbus_server_gets_no_write_frame(tmp_path, short_budget_site):
    async with ModbusPeer(identity="Some PLC maker") as peer:
        endpoints = tmp_path / "endpoints.json"
        # Every other link goes to a port nobody listens on: the site file's own may be somebody's.
        links = {
            link: {"host": "127.0.0.1", "port": dead_port()} for link in load_site(short_budget_site).links
        }
        links["FU-PLC-1"] = {"host": "127.0.0.1", "port": peer.port}
        endpoints.write_text(json.dumps({"links": links}), "utf-8")
        args = ["serve", "--site", str(short_budget_site), "--db", str(tmp_path / "x.db"), "--port", "0"]
        child = Child("serve", [*args, "--endpoints", str(endpoints)], tmp_path)
        ready = await child.start()
        try:
            async with Desk(ready["url"], ready["token"]) as desk:
                incident = await desk.press(ORIGIN)
                assert incident["verdict"]["outcome"] == "missed"
                why = incident["verdict"]["failed"]["LCS-FU-07-1"]
                assert "simulat" in why, why
        finally:
            await child.end()
        assert peer.connections > 0
        assert not [f for f in peer.frames if f.function in WRITES]
