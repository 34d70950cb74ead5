"""From plain data to a `Draft`: what pydantic finds wrong, told in the words of a site file.

Items of wrong form are taken out and the rest is validated again, so that checks of meaning still run
over everything that is sound.
"""

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from config.draft import Draft, Reporter
from config.finding import Finding
from config.schema import SiteFile
from config.wrong_form import wrong_form
from config.yaml_lines import Document
from devices.models import ModbusModel, MqttModel

_COLLECTIONS = (
    "carriageways",
    "tunnels",
    "junctions",
    "links",
    "gantries",
    "devices",
    "cameras",
    "interlocks",
)
_OPTIONAL = ("defaults", "policy", "note", *_COLLECTIONS)
_STAND_IN = {"site": "unnamed", "name": {"zh": "?", "en": "?"}, "kind": "simulated"}


def validate(
    document: Document, report: Reporter, models: Mapping[str, ModbusModel | MqttModel]
) -> tuple[Draft | None, list[Finding]]:
    """Return what has the right form, and a finding for everything that has not.

    The draft is None where too little is left to check anything else.
    """
    if not isinstance(document.data, dict):
        return None, [report((), "a site file is a mapping of keys", "begin with `site: name`")]
    try:
        file = SiteFile.model_validate(document.data)
    except ValidationError as err:
        findings = wrong_form(err, document, report, SiteFile)
        data, device_indices, camera_indices, broken = _without(document.data, err)
    else:
        return Draft(file, report, _range(file.devices), _range(file.cameras), frozenset(), models), []
    try:
        file = SiteFile.model_validate(data)
    except ValidationError:
        return None, findings
    return Draft(file, report, device_indices, camera_indices, frozenset(broken), models), findings


def _range(items: list[Any]) -> tuple[int, ...]:
    return tuple(range(len(items)))


def _without(
    data: dict[str, Any], err: ValidationError
) -> tuple[dict[str, Any], tuple[int, ...], tuple[int, ...], set[tuple[str, str]]]:
    """Take the items of wrong form out of a copy of the data."""
    data = copy.deepcopy(data)
    broken: set[tuple[str, str]] = set()
    dropped: dict[str, set[int]] = {"devices": set(), "cameras": set()}
    for error in err.errors(include_url=False):
        top, *rest = error["loc"] or ("",)
        held = data.get(str(top))
        if top in _COLLECTIONS and rest and isinstance(held, dict):
            broken.add((str(top), str(rest[0])))
        elif top in dropped and rest and isinstance(held, list) and isinstance(rest[0], int):
            dropped[str(top)].add(rest[0])
            item = held[rest[0]]
            named = item.get("id") if isinstance(item, dict) else None
            broken.add((str(top), str(named)))
        elif top in _STAND_IN:
            data[str(top)] = _STAND_IN[str(top)]
        elif top in _OPTIONAL or error["type"] == "extra_forbidden":
            data.pop(str(top), None)
            broken.add((str(top), "*"))
    for collection, name in broken:
        if isinstance(data.get(collection), dict):
            data[collection].pop(name, None)
    kept: dict[str, tuple[int, ...]] = {}
    for name, gone in dropped.items():
        held = data.get(name)
        count = len(held) if isinstance(held, list) else 0
        kept[name] = tuple(i for i in range(count) if i not in gone)
        if isinstance(held, list):
            data[name] = [held[i] for i in kept[name]]
    return data, kept["devices"], kept["cameras"], broken
