"""What a device shows at rest, and what a clear brings back (S12)."""

from pathlib import Path

import pytest

from config.site import Site
from controller.fleet.fleet import target_of
from devices.values import Message
from tests.simulated import until
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, Api, Lamp, running_api

ROAD_POLICE = Message("路政施工")


@pytest.mark.parametrize("device", list(tiny_site().devices.values()), ids=lambda device: device.id)
def test_a_device_nothing_stands_for_goes_to_its_base(device) -> None:
    target = target_of(device, None, ())
    assert (target.value, target.wanted) == (device.base, False)


def a_sign_of_others() -> tuple[Site, Lamp]:
    site = tiny_site(device={"VMS-1": {"base": None}})
    return site, Lamp(ROAD_POLICE)


async def known(api: Api, device: str) -> None:
    await until(lambda: api.room.fleet.reconcilers[device].condition.reading is not None)


async def test_a_sign_of_others_is_not_written_at_rest(tmp_path: Path) -> None:
    site, sign = a_sign_of_others()
    async with running_api(tmp_path, site, {"VMS-1": sign}) as api:
        await known(api, "VMS-1")
        assert api.room.fleet.reconcilers["VMS-1"].target.value is None
        assert (sign.value, api.room.alarms.standing()) == (ROAD_POLICE, ())


async def test_a_clear_restores_what_a_sign_of_others_showed(tmp_path: Path) -> None:
    site, sign = a_sign_of_others()
    async with running_api(tmp_path, site, {"VMS-1": sign}) as api:
        await known(api, "VMS-1")
        incident = (await api.post("/incidents?wait=verified", PRESS)).json()["id"]
        assert sign.value != ROAD_POLICE
        assert [value for value, _ in api.room.book.adopted.values()] == [ROAD_POLICE]  # for the clear
        answer = await api.post(f"/incidents/{incident}/clear?wait=verified", {"reason": "free"})
        assert answer.json()["state"] == "cleared"
        assert sign.value == ROAD_POLICE
        await until(lambda: api.room.fleet.reconcilers["VMS-1"].target.value is None)
        assert api.room.alarms.standing() == ()
