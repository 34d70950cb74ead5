"""A site file that changed while an incident is open: refused where a wanted device is gone."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.recovery import SiteLacksDevices
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, running_api


async def test_a_site_that_lacks_a_wanted_device_is_not_driven(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        await api.post("/incidents?wait=verified", PRESS)
    site = tiny_site()
    fewer = {d: device for d, device in site.devices.items() if d != "LCS-G1-1"}
    with pytest.raises(SiteLacksDevices, match="LCS-G1-1"):
        async with running_api(tmp_path, replace(site, devices=fewer, digest="other")):
            pass
    async with running_api(tmp_path) as api:  # nothing was lost by the attempt
        (incident,) = (await api.get("/incidents"))["incidents"]
        assert incident["state"] in ("active", "degraded")
