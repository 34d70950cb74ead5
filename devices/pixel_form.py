"""How a sign in pixel mode is told its message: as the picture itself, the one previews and screens draw."""

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from devices.errors import DeviceRejected
from devices.glyphs import FontMissing, glyph
from devices.sign_bitmap import Bitmap, bitmap
from devices.sign_layout import Matrix
from devices.sign_pictures import is_dark, picture_from_json, picture_to_json
from devices.values import Message, Value

REMEMBERED = 64
"""Pictures a text is known for. What was drawn before is a picture of nobody's, until it is sent again."""


class PixelForm:
    """Messages to pictures and back, for one sign.

    A picture does not say which text it shows, so that texts sent are remembered by what they look like.
    That is no setpoint: a picture is proved by its pixels, whoever sent it and whenever.

    Args:
        matrix: the sign's pixels.
        colour: whether the sign has colours.
        known: what it may show that nobody sent it in this run: its base, its fall-back.
    """

    def __init__(self, matrix: Matrix, *, colour: bool = False, known: Iterable[Message] = ()) -> None:
        self._matrix = matrix
        self._colour = colour
        self._known = tuple(message for message in known if not message.blank)
        self._texts: OrderedDict[Bitmap, Message] = OrderedDict()
        with suppress(FontMissing):
            glyph(" ")  # opens the font, which takes a tenth of a second: not while a press waits

    def to_wire(self, value: Value) -> Any:
        """Return the picture of a message.

        Raises:
            DeviceRejected: no message, one that cannot be drawn on this sign, or there is no font here.
        """
        if not isinstance(value, Message):
            raise DeviceRejected("a sign in pixel mode shows messages, and this is none", code="unsupported")
        try:
            picture = self._drawn(value)
        except (ValueError, FontMissing) as err:
            raise DeviceRejected(f"the message cannot be drawn: {err}", code="unsupported") from None
        self._texts[picture] = value
        self._texts.move_to_end(picture)
        while len(self._texts) > REMEMBERED:
            self._texts.popitem(last=False)
        return picture_to_json(picture)

    def from_wire(self, raw: Any) -> tuple[Value | None, str]:
        """Return the message a picture shows: blank where it is dark, the newest text that looks so.

        Any other picture is a note and no value: it may be a restriction (S7), so it is never taken for
        a blank sign.

        Raises:
            ValueError: no picture.
        """
        picture = picture_from_json(raw)
        if is_dark(picture):
            return Message(), ""
        if (sent := self._texts.get(picture)) is not None:
            return sent, ""
        with suppress(ValueError, FontMissing):
            for message in self._known:
                if self._drawn(message) == picture:
                    return message, ""
        return None, "a picture that was not drawn here"

    def _drawn(self, message: Message) -> Bitmap:
        return bitmap(message.multi, self._matrix, colour=self._colour)
