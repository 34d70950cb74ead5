"""What a device shows, from its JSON form as people say it."""

import json
from typing import Any

from devices.values import SpeakerState, SpeedLimit, in_words


def value_text(value: Any) -> str:
    """Return what a device shows as people say it: `closed`, `「text」`, `60 km/h`, `-` if unknown."""
    match value:
        case None:
            return "-"
        case str():
            return value
        case {"multi": ""}:
            return "blank"
        case {"multi": str(multi)}:
            return f"「{multi}」"
        case {"flash": bool(flash), "siren": bool(siren)}:
            return "+".join(word for word, on in (("flash", flash), ("siren", siren)) if on) or "off"
        case {"clip": str(clip), "repeats": int(repeats), "volume": int(volume)}:
            return in_words(SpeakerState(clip, repeats, volume))
        case {"kmh": int(kmh)}:
            return in_words(SpeedLimit(kmh))
        case _:
            return json.dumps(value, ensure_ascii=False)
