"""Messages to pictures and back: what a sign in pixel mode is told, and what its reports are taken for."""

from base64 import b64encode
from typing import Any

import pytest

from config.site import SignShape
from devices import glyphs, pixel_form
from devices.errors import DeviceRejected
from devices.glyphs import FontMissing
from devices.pixel_form import PixelForm
from devices.sign_bitmap import Bitmap, BitmapPage, bitmap
from devices.sign_pictures import is_dark, picture_from_json, picture_to_json
from devices.values import Aspect, Message

SHAPE = SignShape(64, 32, colour=True)
TEXTS = ("快车道封闭", "[pt25o5][cf1]快车道[np]事故", "[cf9,8,7]停", "")
needs_font = pytest.mark.skipif(not glyphs.installed(), reason="no sign font here: make font")


@needs_font
@pytest.mark.parametrize("multi", TEXTS)
def test_a_sign_is_told_the_preview_and_its_picture_is_read_as_the_text(multi: str) -> None:
    form = PixelForm(SHAPE, colour=True)
    told = form.to_wire(Message(multi))
    assert picture_from_json(told) == bitmap(multi, SHAPE, colour=True)
    assert form.from_wire(told) == (Message(multi), "")


@needs_font
def test_a_picture_nobody_sent_is_no_blank_sign_and_no_text() -> None:
    told = PixelForm(SHAPE).to_wire(Message("快车道封闭"))
    assert PixelForm(SHAPE).from_wire(told) == (None, "a picture that was not drawn here")
    form = PixelForm(SHAPE)
    form.to_wire(Message("快车道封闭"))
    page = bytearray(picture_from_json(told).pages[0].pixels)
    page[0] ^= 1  # one lamp beside the text
    told["pages"][0]["pixels"] = b64encode(page).decode()
    assert form.from_wire(told)[0] is None


@needs_font
def test_of_two_texts_that_look_alike_the_one_sent_last_counts() -> None:
    form = PixelForm(SHAPE)
    long, broken = Message("快车道封闭"), Message("快车道封[nl]闭")
    assert form.to_wire(long) == form.to_wire(broken)
    assert form.from_wire(form.to_wire(long)) == (long, "")
    assert form.from_wire(form.to_wire(broken)) == (broken, "")


@needs_font
def test_what_it_shows_at_rest_is_known_though_nobody_sent_it() -> None:
    told = PixelForm(SHAPE).to_wire(Message("谨慎驾驶"))
    assert PixelForm(SHAPE, known=[Message(""), Message("谨慎驾驶")]).from_wire(told) == (
        Message("谨慎驾驶"),
        "",
    )


@needs_font
def test_only_so_many_texts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_form, "REMEMBERED", 2)
    form = PixelForm(SHAPE)
    told = [form.to_wire(Message(text)) for text in "甲乙甲丙"]
    assert [form.from_wire(one)[0] for one in told] == [Message("甲"), None, Message("甲"), Message("丙")]


def test_what_cannot_be_drawn_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    form = PixelForm(SHAPE)
    with pytest.raises(DeviceRejected, match="this is none"):
        form.to_wire(Aspect.CLOSED)
    with pytest.raises(DeviceRejected, match="needs 3 lines"):
        form.to_wire(Message("一二三四五六七八九"))

    def no_font(*_: object, **__: object) -> Bitmap:
        raise FontMissing("run `make font`")

    monkeypatch.setattr(pixel_form, "bitmap", no_font)
    with pytest.raises(DeviceRejected, match="make font"):
        form.to_wire(Message("停"))


GOOD = picture_to_json(Bitmap(2, 1, (BitmapPage(b"\0\1"),)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"more": 1}, "expected width_px", id="another-key"),
        pytest.param({"width_px": 3}, "2 pixels, the picture has 3", id="too-few-pixels"),
        pytest.param({"height_px": True}, "height_px", id="a-truth-for-a-number"),
        pytest.param({"width_px": 10**9}, "width_px", id="huge"),
        pytest.param({"palette": [[0, 0, 0]]}, "colour 1, the palette has 1", id="colour-off-the-palette"),
        pytest.param({"palette": [[0, 0, 256]]}, "palette", id="no-colour"),
        pytest.param({"palette": []}, "palette", id="no-colours"),
        pytest.param({"pages": []}, "pages", id="no-pages"),
        pytest.param({"pages": [{"pixels": "AAE="}]}, "on_ms", id="page-without-times"),
        pytest.param({"pages": [{"pixels": "=", "on_ms": 0, "off_ms": 0}]}, "base64", id="no-base64"),
        pytest.param({"pages": [{"pixels": 7, "on_ms": 0, "off_ms": 0}]}, "base64", id="number-for-pixels"),
        pytest.param({"pages": [{"pixels": "AAE=", "on_ms": -1, "off_ms": 0}]}, "on_ms", id="before-now"),
    ],
)
def test_a_wrong_picture_is_refused_with_its_key(change: dict[str, Any], words: str) -> None:
    assert not is_dark(picture_from_json(GOOD))
    with pytest.raises(ValueError, match=words):
        picture_from_json(GOOD | change)
