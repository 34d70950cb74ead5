"""What the API answers has the shape its description promises, so a client made from it is right."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from api.shapes.device import AlarmListShape, DeviceHistoryShape, DeviceListShape, DeviceShape, PictureShape
from api.shapes.incident import IncidentListShape, IncidentShape, PlanAnswerShape, TimelineShape
from api.shapes.site import JournalCheckShape, JournalShape, SessionShape, SiteShape
from controller.alarms.alarm import AlarmKind
from tests.unit.api_room import PRESS, Api, running_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


def fits(shape: type[BaseModel], answer: Any) -> None:
    """Fail where a promised member is missing or has another type."""
    shape.model_validate(answer)


async def test_answers_have_the_shapes_that_are_described(api: Api) -> None:
    fits(PlanAnswerShape, (await api.post("/plans", PRESS)).json())
    pressed = (await api.post("/incidents?wait=verified", PRESS)).json()
    fits(IncidentShape, pressed)
    await api.client.put("/api/v1/devices/LCS-G1-1/lock", json={"value": "closed", "reason": "test"})
    api.room.alarms.raise_(AlarmKind.DEVICE, "LCS-G1-1", "dead", 1)
    fits(IncidentListShape, await api.get("/incidents"))
    fits(IncidentShape, await api.get(f"/incidents/{pressed['id']}"))
    fits(TimelineShape, await api.get(f"/incidents/{pressed['id']}/timeline"))
    fits(DeviceListShape, await api.get("/devices"))
    fits(DeviceShape, await api.get("/devices/LCS-G1-1"))
    fits(DeviceHistoryShape, await api.get("/devices/LCS-G1-1/history"))
    fits(AlarmListShape, await api.get("/alarms"))
    fits(SiteShape, await api.get("/site"))
    fits(JournalShape, await api.get("/audit"))
    fits(JournalCheckShape, await api.get("/audit/verify"))
    fits(SessionShape, await api.get("/session"))
    sign = next(d.id for d in api.room.site.devices.values() if d.shape is not None)
    fits(PictureShape, await api.get(f"/devices/{sign}/picture"))
