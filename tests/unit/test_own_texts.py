"""What a sign still shows on our own order is not found on the road: a release goes on (S11)."""

from pathlib import Path

import pytest

from config.loader import load_site, sample_site_path
from controller.incident import IncidentState
from tests.simulated import until
from tests.unit.api_room import running_api

TUNNEL = {"carriageway": "FU", "tunnel": "sanduling", "lanes": [1], "type": "rear_end"}


@pytest.mark.parametrize("delay_s", [0.1, 0.3])
async def test_a_text_of_ours_still_lit_is_left_with_the_one_ordered_after_it(
    tmp_path: Path, delay_s: float
) -> None:
    async with running_api(tmp_path, load_site(sample_site_path())) as api:
        lock = await api.client.put(
            "/api/v1/devices/LCS-FU-16-2/lock", json={"value": "closed", "reason": "crew"}
        )
        assert lock.status_code == 200
        sign = api.lamps["VMS-FU-P"]
        sign.delay_s = delay_s
        answer = await api.post("/incidents?wait=verified", TUNNEL)
        incident = answer.json()["id"]
        await api.post(f"/incidents/{incident}/clear", {})
        held = api.room.book.incidents[incident]
        await until(lambda: held.state is IncidentState.CLEARED, within_s=30)
        assert [a.text for a in api.room.alarms.standing()] == []
        assert str(sign.value) == str(api.room.site.devices["VMS-FU-P"].base)
