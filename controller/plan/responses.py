"""What each type of incident asks for: the table of responses, and what a site may change in it.

Rules read the table; they hold no type names of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType

from config.site import Policy
from controller.incident import IncidentType


class Closes(StrEnum):
    """Which lanes an incident closes."""

    NONE = "none"
    """No lane: it is an advisory."""
    LANES = "lanes"
    """Those reported as blocked."""
    ROAD = "road"
    """Every lane, whatever was reported."""


@dataclass(frozen=True, slots=True)
class Response:
    """One row of the table.

    Attributes:
        closes: in the open.
        closes_in_tunnel: where a bore holds any part of the place.
        flash, siren: what beacons do; sirens sound only where a lane is closed.
        caution_before_m, caution_after_m: heads over open lanes show caution so far before and behind
            the place, for what moves, spreads or cannot be seen; None for no such stretch.
        other_bores: the entrances of the tunnel's other bores are closed too.
        oncoming: the danger drives towards lawful traffic.
        speaker: speakers say what to do.
        speed_kmh: the lowest speed signs ask for; None for what follows from the lanes that are closed.
    """

    closes: Closes = Closes.LANES
    closes_in_tunnel: Closes = Closes.LANES
    flash: bool = True
    siren: bool = True
    caution_before_m: int | None = None
    caution_after_m: int | None = None
    other_bores: bool = False
    oncoming: bool = False
    speaker: bool = True
    speed_kmh: int | None = None


_CRASH = Response()
_ALONG = Response(siren=False, caution_before_m=1_000, caution_after_m=500, speed_kmh=60)

RESPONSES: Mapping[IncidentType, Response] = MappingProxyType(
    {
        IncidentType.REAR_END: _CRASH,
        IncidentType.COLLISION: _CRASH,
        IncidentType.ROLLOVER: _CRASH,
        IncidentType.OTHER: _CRASH,
        IncidentType.BREAKDOWN: _CRASH,
        IncidentType.DEBRIS: Response(siren=False),
        IncidentType.PEDESTRIAN: _ALONG,
        IncidentType.ANIMAL: _ALONG,
        IncidentType.ROADWORK: Response(siren=False, speaker=False),
        IncidentType.WEATHER: Response(siren=False, caution_before_m=1_500, caution_after_m=0, speed_kmh=60),
        IncidentType.CONGESTION: Response(
            closes=Closes.NONE,
            closes_in_tunnel=Closes.NONE,
            siren=False,
            caution_before_m=1_400,
            caution_after_m=0,
            speed_kmh=60,
        ),
        IncidentType.FIRE: Response(closes_in_tunnel=Closes.ROAD, other_bores=True),
        IncidentType.SPILL: Response(closes_in_tunnel=Closes.ROAD),
        IncidentType.WRONG_WAY: Response(
            closes=Closes.NONE, closes_in_tunnel=Closes.NONE, siren=False, oncoming=True, speed_kmh=60
        ),
    }
)
"""Type → response. A person who does not drive stands still or walks: no siren for them or for animals."""


def response_to(kind: IncidentType, policy: Policy) -> Response:
    """Return the row of a type with what the site changes in it."""
    change = policy.responses.get(kind.value)
    if change is None:
        return RESPONSES[kind]
    said = {f.name: value for f in fields(change) if (value := getattr(change, f.name)) is not None}
    for key in ("closes", "closes_in_tunnel"):
        if key in said:
            said[key] = Closes(said[key])
    return replace(RESPONSES[kind], **said)
