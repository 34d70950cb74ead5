"""Shapes of what the API says of scenarios and their runs."""

from typing import Any

from pydantic import BaseModel

from api.shapes.site import TextShape


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


class ScenarioRunShape(BaseModel):
    """A run as far as it has come; `result` stands when it has ended."""

    id: str
    scenario: str
    seed: int
    started_ms: int
    state: str
    why: str
    lines: list[ScenarioLineShape] = []
    result: dict[str, Any] | None = None


class ScenarioListShape(BaseModel):
    """The shipped scenarios and the newest runs; not offered on a live site."""

    scenarios: list[ScenarioShape]
    runs: list[ScenarioRunShape]
    offered: bool
