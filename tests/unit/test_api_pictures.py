"""The picture a screen draws is byte for byte what the sign itself is sent."""

from base64 import b64decode
from pathlib import Path

import pytest

from devices import glyphs
from devices.sign_bitmap import bitmap
from tests.unit.api_room import running_api

TEXTS = ["", "快车道封闭", "前方事故[np]减速慢行", "[cf1]停"]


@pytest.mark.skipif(not glyphs.installed(), reason="no sign font: run make font")
@pytest.mark.parametrize("multi", TEXTS)
async def test_the_picture_is_the_bitmap_of_the_sign(tmp_path: Path, multi: str) -> None:
    async with running_api(tmp_path) as api:
        for device in api.room.site.devices.values():
            if device.shape is None:
                continue
            answer = await api.get(f"/devices/{device.id}/picture", multi=multi)
            drawn = bitmap(multi, device.shape, colour=device.shape.colour)
            assert [b64decode(page["pixels"]) for page in answer["pages"]] == [p.pixels for p in drawn.pages]
            assert (answer["width_px"], answer["height_px"]) == (drawn.width_px, drawn.height_px)
            assert [tuple(rgb) for rgb in answer["palette"]] == list(drawn.palette)


async def test_what_a_sign_cannot_show_is_said(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        sign = next(d.id for d in api.room.site.devices.values() if d.shape is not None)
        head = next(d.id for d in api.room.site.devices.values() if d.shape is None)
        answer = await api.client.get(f"/api/v1/devices/{sign}/picture", params={"multi": "字" * 900})
        assert answer.status_code == 422
        assert (await api.client.get(f"/api/v1/devices/{head}/picture")).status_code == 404
