"""Devices that hear nobody show their fallback and say so; the controller shows it and drives them again."""

import signal

import pytest

from api.rig import running_rig
from benchmarks.press import ORIGIN
from simulators.remote import Desk, Road, until

DEADMAN_S = 12.0
"""Longer than the pause between two polls at rest, or devices would fall back while all is well."""
BEACON, HEAD, SIGN = "BCN-FU-01", "LCS-FU-09-1", "VMS-FU-15"
LIT, DARK = {"flash": True, "siren": True}, {"flash": False, "siren": False}


@pytest.mark.timeout(120)
async def test_a_frozen_controller_and_a_lost_broker_leave_devices_at_their_fallback() -> None:
    async with (
        running_rig(comm_loss_s=DEADMAN_S) as rig,
        Road(rig.control_url) as road,
        Desk(rig.url, rig.token) as desk,
    ):
        await desk.until_well(within_s=15)
        incident = await desk.press(ORIGIN)
        assert (await road.lamps())[BEACON] == LIT
        assert rig.serve is not None
        rig.serve.send(signal.SIGSTOP)
        try:
            await road.until_lamp(BEACON, DARK, within_s=DEADMAN_S + 5)
            assert (await road.device(BEACON))["mode"] == "fallback"
            assert (await road.lamps())[HEAD] == "closed", "a head holds what it shows"
        finally:
            rig.serve.send(signal.SIGCONT)
        await desk.until_state(incident["id"], "active", within_s=10)

        async def lit() -> tuple[bool, str]:
            lamp = (await road.lamps())[BEACON]
            return lamp["flash"], str(lamp)

        await until(lit, 10, "the beacon driven again")
        await desk.order(incident["id"], "clear", reason="test")
        await desk.until_state(incident["id"], "cleared", within_s=30)

        await road.link_fault("MQTT", down=True)  # no broker, so no session that would count as heard

        async def fallen() -> tuple[bool, str]:
            mode = (await road.device(SIGN))["mode"]
            return mode == "fallback", mode

        await until(fallen, DEADMAN_S + 5, "the sign at its fallback")
        await road.link_fault("MQTT", down=False)

        async def shown() -> tuple[bool, str]:
            mode = (await desk.devices())[SIGN]["mode"]
            return mode == "fallback", mode

        await until(shown, 10, "the controller shows FALLBACK")
