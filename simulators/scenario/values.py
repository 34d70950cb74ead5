"""What lamps shall show, in words: `closed`, `"text"`, `flash+siren`, `base`; compared with the history."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.site import Device
from devices.glyphs import FontMissing
from devices.sign_bitmap import bitmap
from devices.sign_pictures import picture_to_json
from devices.values import DeviceType, SpeakerState, value_from_json, value_to_json

_KMH = re.compile(r"(\d{1,3})km/h")
_TAG = re.compile(r"\[[^\]]*\]")
_BEACON = {
    "off": {"flash": False, "siren": False},
    "flash": {"flash": True, "siren": False},
    "siren": {"flash": False, "siren": True},
    "flash+siren": {"flash": True, "siren": True},
}
FORMS: tuple[tuple[str, str], ...] = (
    ("closed", "a head: one of its aspects"),
    ('"text"', "a sign: the whole text; line and page breaks are not compared unless the text has [tags]"),
    ('part "text"', "a sign: the text is somewhere in it"),
    ("blank", "a sign or a speed sign: nothing lit"),
    ("off · flash · siren · flash+siren", "a beacon"),
    ("red", "a portal signal: one of its aspects"),
    ("60km/h", "a speed sign: that speed"),
    ("silent · playing CLIP", "a speaker: nothing, or that clip as often and as loud as it may be"),
    ("base", "any: what the site file says it shows at rest"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing lamps may show; several are alternatives."""

    said: str
    kind: str
    text: str = ""

    def met(self, device: Device, lamp: Any) -> bool:
        """Return whether `lamp`, as the history has it, is what is wished."""
        match self.kind:
            case "base":
                return device.base is None or shows(device, lamp, value_to_json(device.base))
            case "blank":
                return lamp in ({"multi": ""}, {"kmh": 0})
            case "speed":
                return bool(lamp == {"kmh": int(self.text)})
            case "clip":
                return isinstance(lamp, dict) and lamp.get("clip") == self.text
            case "text" | "part":
                return self._reads(lamp) or shows(device, lamp, {"multi": self.text})
            case "beacon":
                return bool(lamp == _BEACON[self.text])
        return bool(lamp == self.text)

    def _reads(self, lamp: Any) -> bool:
        if not isinstance(lamp, dict) or "multi" not in lamp:
            return False
        multi = str(lamp["multi"])
        shown = multi if "[" in self.text else _TAG.sub("", multi)
        return self.text in shown if self.kind == "part" else self.text == shown


def shows(device: Device | None, lamp: Any, value: Any) -> bool:
    """Return whether lamps show a value; a sign told pictures shows a text where it shows its picture."""
    if lamp == value or device is None or device.shape is None:
        return bool(lamp == value)
    match lamp, value:
        case {"pages": _}, {"multi": str(multi)}:
            try:
                drawn = bitmap(multi, device.shape, colour=device.shape.colour)
            except (ValueError, FontMissing):
                return False
            return bool(picture_to_json(drawn) == lamp)
    return False


def take_wishes(words: Sequence[str], types: frozenset[DeviceType]) -> tuple[tuple[Wish, ...], list[str]]:
    """Read `closed or "text" or …` from the front; returns the wishes and the words that follow.

    Raises:
        ValueError: no such value; with what these devices can show.
    """
    rest, wishes = list(words), []
    while True:
        wish, rest = _one(rest, types)
        wishes.append(wish)
        if not rest or rest[0] != "or":
            return tuple(wishes), rest
        rest.pop(0)


def _one(words: list[str], types: frozenset[DeviceType]) -> tuple[Wish, list[str]]:
    if not words:
        raise ValueError(f"say what they show: {_choices(types)}")
    word, rest = words[0], words[1:]
    if word == "part" and rest and rest[0].startswith('"'):
        return Wish(f"part {rest[0]}", "part", rest[0][1:-1]), rest[1:]
    if word.startswith('"'):
        return Wish(word, "text", word[1:-1]), rest
    if word in ("base", "blank"):
        return Wish(word, word), rest
    if DeviceType.SPEED in types and (kmh := _KMH.fullmatch(word)):
        return Wish(word, "speed", kmh[1]), rest
    if DeviceType.SPEAKER in types and word == "silent":
        return Wish(word, "clip", ""), rest
    if DeviceType.SPEAKER in types and word == "playing" and rest:
        return Wish(f"{word} {rest[0]}", "clip", rest[0]), rest[1:]
    if word in _BEACON and DeviceType.BEACON in types:
        return Wish(word, "beacon", word), rest
    for kind in types:
        try:
            value_from_json(kind, word)
        except ValueError:
            continue
        return Wish(word, "word", word), rest
    raise ValueError(f"{word!r} is nothing these devices show; write {_choices(types)}")


def _choices(types: frozenset[DeviceType]) -> str:
    said = ["base"]
    if DeviceType.BEACON in types:
        said += list(_BEACON)
    if DeviceType.SIGN in types:
        said += ['"text"', 'part "text"', "blank"]
    if DeviceType.SPEED in types:
        said += ["60km/h", "blank"]
    if DeviceType.SPEAKER in types:
        said += ["silent", "playing CLIP"]
    for kind in sorted(types):
        said += _names_of(kind)
    return ", ".join(said)


def _names_of(kind: DeviceType) -> list[str]:
    """Return the words a type has for its values; a type of its own enum is told by its refusal."""
    try:
        value_from_json(kind, "?")
    except ValueError as err:
        _, _, names = str(err).partition("one of ")
        return names.split(" | ") if names else []
    return []


def order_json(wish: Wish, device: Device) -> Any:
    """Return the JSON value an order for this device carries.

    Raises:
        ValueError: a device cannot be ordered to show only a part, or this is no value of its type.
    """
    match wish.kind:
        case "part":
            raise ValueError("give the whole text")
        case "base":
            return None if device.base is None else value_to_json(device.base)
        case "blank" if device.type is DeviceType.SPEED:
            raw: Any = {"kmh": 0}
        case "speed":
            raw = {"kmh": int(wish.text)}
        case "clip":
            raw = value_to_json(SpeakerState(wish.text, 1, 80) if wish.text else SpeakerState())
        case "text" | "blank":
            raw = {"multi": wish.text}
        case "beacon":
            raw = _BEACON[wish.text]
        case _:
            raw = wish.text
    return value_to_json(value_from_json(device.type, raw))


def in_words(lamp: Any) -> str:
    """Return a lamp of the history as people say it."""
    match lamp:
        case None:
            return "nothing known"
        case {"lamps": [*lamps]}:
            return "+".join(map(str, lamps)) or "dark"
        case {"multi": str(multi)}:
            return f'"{multi}"' if multi else "blank"
        case {"flash": flash, "siren": siren}:
            return "+".join(word for word, on in (("flash", flash), ("siren", siren)) if on) or "off"
        case {"clip": str(clip)}:
            return f"playing {clip}" if clip else "silent"
        case {"kmh": int(kmh)}:
            return f"{kmh}km/h" if kmh else "blank"
        case {"pages": _}:
            return "a picture"
        case {"front": front, "back": back}:
            return f"front {front}, back {back}"
    return str(lamp)
