"""Shapes of what the API says of scenarios and their runs."""

from typing import Any

from pydantic import BaseModel

from api.shapes.site import TextShape
from devices.values import DeviceType


class ScenarioShape(BaseModel):
    """One shipped scenario."""

    name: str
    family: str
    about: TextShape
    site: str
    long: bool
    given: dict[str, Any]
    needs_processes: bool


class ScenarioLineShape(BaseModel):
    """A step or an expectation of a run, and what was got."""

    scenario: str
    line: int
    said: str
    kind: str
    outcome: str
    at_ms: int
    got: str


class ScenarioPlaceShape(BaseModel):
    """Where a device of a run stands."""

    type: DeviceType
    carriageway: str
    at_m: int
    lane: int | None
    chainage: str


class ScenarioStretchShape(BaseModel):
    """What the lamps of one device showed from then to then, in milliseconds since the run began."""

    device: str
    from_ms: int
    to_ms: int
    lamp: Any


class ScenarioRoadShape(BaseModel):
    """What the simulated road has shown up to `at_ms`, by the lamps, not by the controller.

    `shown` has a stretch for each thing a device showed, one after the other without a gap; the newest of
    each device ends at `at_ms`. Before the run began both are empty.
    """

    at_ms: int
    devices: dict[str, ScenarioPlaceShape]
    shown: list[ScenarioStretchShape]


class ScenarioRunShape(BaseModel):
    """A run as far as it has come: `lines` and `road` grow while it runs, `result` stands when it has ended.

    `state` is running, passed, failed, stopped, or broken (`why` says by what).
    """

    id: str
    scenario: str
    seed: int
    started_ms: int
    state: str
    why: str
    lines: list[ScenarioLineShape] = []
    road: ScenarioRoadShape | None = None
    result: dict[str, Any] | None = None


class ScenarioListShape(BaseModel):
    """The shipped scenarios and the newest runs; not offered on a live site."""

    scenarios: list[ScenarioShape]
    runs: list[ScenarioRunShape]
    offered: bool
