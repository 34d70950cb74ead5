"""A report written as a form: its keys, and what of it the site does not have. Pure.

The controller reads it for good; here only what cannot be meant is found, so that it is told with its line.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from config.site import Carriageway, Site
from simulators.scenario.words import nearest

KEYS = (
    "carriageway",
    "chainage",
    "chainage_end",
    "tunnel",
    "offset_m",
    "position",
    "lanes",
    "type",
    "severity",
    "shoulder",
    "separate",
    "drop",
)
"""The fields of `POST /incidents` but the text and `activate`, which the word of the step says."""
IMPACTS = ("blocked", "affected")


def check_form(form: Mapping[str, Any], site: Site) -> None:
    """Find what cannot be meant.

    Raises:
        ValueError: a key, carriageway, tunnel, lane or device that is none, with what there is.
    """
    for key in form:
        if key not in KEYS:
            raise ValueError(f"no field {key!r} of a report; {nearest(key, KEYS, 'fields')}")
    roads_said = {
        r.id: (r.id, r.direction.zh, r.direction.en, *r.aliases) for r in site.carriageways.values()
    }
    _known("carriageway", form.get("carriageway"), roads_said)
    _known(
        "tunnel",
        form.get("tunnel"),
        {t.id: (t.id, t.name.zh, t.name.en, *t.aliases) for t in site.tunnels.values()},
    )
    road = site.carriageways.get(str(form.get("carriageway")))
    _lanes(form.get("lanes") or {}, [road] if road else site.carriageways.values())
    for device in form.get("drop") or ():
        if device not in site.devices:
            raise ValueError(f"drop: no device {device!r}; {nearest(str(device), site.devices, 'devices')}")


def _known(what: str, said: Any, there: Mapping[str, Iterable[str]]) -> None:
    """Find a name that is none; `there` has every spelling of each id."""
    every = {name.casefold() for names in there.values() for name in names}
    if said is not None and str(said).casefold() not in every:
        raise ValueError(f"no {what} {str(said)!r}; there are {', '.join(there)}")


def _lanes(lanes: Any, roads: Iterable[Carriageway]) -> None:
    numbers = {number for road in roads for number in road.lane_numbers}
    said = lanes.items() if isinstance(lanes, Mapping) else [(lane, "blocked") for lane in lanes]
    for lane, impact in said:
        if str(lane).isdigit() and int(lane) not in numbers:
            there = ", ".join(map(str, sorted(numbers)))
            raise ValueError(f"no lane {lane}; lanes are {there}, 1 is the leftmost")
        if impact not in IMPACTS:
            raise ValueError(f"lane {lane}: {impact!r}; write {' or '.join(IMPACTS)}")
