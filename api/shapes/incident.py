"""Shapes of what the API says of incidents, plans and their proof."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from controller.incident import IncidentState, IncidentType, LaneImpact, StepState
from devices.values import DeviceType


class ActorShape(BaseModel):
    """Who gave a command, in which role, by which channel."""

    id: str
    role: str
    via: str


class PlaceShape(BaseModel):
    """A stretch of a carriageway, upstream end first; `known` is false where only the stretch is known."""

    known: bool
    from_: str = Field(alias="from")
    to: str
    from_m: int
    to_m: int


class ReportShape(BaseModel):
    """What is believed to have happened."""

    carriageway: str
    tunnel: str | None
    place: PlaceShape
    lanes: dict[str, LaneImpact]
    type: IncidentType
    severity: str
    text: str
    shoulder: bool


class DemandShape(BaseModel):
    """One rule's wish for one device; `substitution`: what it shows in place of something better."""

    device: str
    type: DeviceType
    chainage: str
    value: Any
    rule: str
    reason: str
    substitution: str | None = None


class ClosureShape(BaseModel):
    """A lane closed over a stretch."""

    carriageway: str
    lane: int
    from_: str = Field(alias="from")
    to: str
    from_m: int
    to_m: int


class BeyondShape(BaseModel):
    """A stretch before the first post of a carriageway, where the neighbour has to warn."""

    carriageway: str
    from_: str = Field(alias="from")
    to: str
    length_m: int


class FindingShape(BaseModel):
    """What a plan says about itself; `beyond`: of a `site_edge`, where the neighbour has to warn."""

    code: str
    text: str
    device: str | None
    beyond: BeyondShape | None = None


class ShoulderShape(BaseModel):
    """A stretch on which the hard shoulder is open by order."""

    carriageway: str
    from_: str = Field(alias="from")
    to: str


class PlanShape(BaseModel):
    """All demands of a revision."""

    demands: list[DemandShape]
    closures: list[ClosureShape]
    shoulder: list[ShoulderShape]
    findings: list[FindingShape]


class StepShape(BaseModel):
    """One device in one revision; `times` are milliseconds since the key."""

    device: str
    revision: int
    state: StepState
    reason: str
    t_ms: int
    times: dict[str, int]


class VerdictShape(BaseModel):
    """Whether every device was proved in time."""

    outcome: str
    verified: int
    acked_only: int
    total: int
    budget_ms: int
    last_ms: int | None
    failed: dict[str, str]
    apart: dict[str, str] = {}
    coverage_lost: str = ""
    line: str
    late: bool


class ReleaseShape(BaseModel):
    """How far a release is."""

    phase: str = ""
    reason: str = ""
    waits_for: dict[str, str] = {}
    paused: str = ""


class AddedShape(BaseModel):
    """What a later revision added to the plan of the press, with a window and a verdict of its own."""

    revision: int
    steps: list[StepShape]
    verdict: VerdictShape | None


class UndoShape(BaseModel):
    """What may be taken back without questions, and until when."""

    what: str
    until_ms: int


class IncidentShape(ReportShape):
    """One incident, whole."""

    id: str
    state: IncidentState
    durable: bool
    simulation: bool
    drill: bool
    actor: ActorShape
    created_ms: int
    updated_ms: int
    activated_ms: int | None = None
    revision: int
    plan: PlanShape
    beyond_site: list[BeyondShape] = []
    plan_outdated: bool = False
    plan_differs: list[str] = []
    dropped: list[str] = []
    undo: UndoShape | None = None
    budget_ms: int
    steps: list[StepShape]
    verdict: VerdictShape | None
    added: list[AddedShape] = []
    release: dict[str, Any] | None
    clear_steps: list[StepShape] = []
    uncommissioned: dict[str, str] = {}
    clear_verdict: VerdictShape | None = None
    joined: bool = False
    already_active_by: ActorShape | None = None


class IncidentLineShape(BaseModel):
    """An incident in a list."""

    id: str
    state: IncidentState
    carriageway: str
    tunnel: str | None
    lanes: dict[str, LaneImpact]
    type: IncidentType
    text: str
    created_ms: int
    updated_ms: int
    revision: int


class IncidentListShape(BaseModel):
    """Incidents, newest first."""

    incidents: list[IncidentLineShape]
    complete: bool


class MissingShape(BaseModel):
    """A question a person has to answer before anything is sent."""

    field: str
    zh: str
    en: str


class ReadinessShape(BaseModel):
    """A device that would not work if the key were pressed now.

    `problem`: unreachable, unknown, stale, local, fault, failed, out_of_service, dropped or missing.
    """

    device: str
    problem: str
    reason: str


class PlanAnswerShape(BaseModel):
    """What a press would do."""

    decision: str
    missing: list[MissingShape]
    notes: list[str]
    report: ReportShape
    plan: PlanShape
    readiness: list[ReadinessShape]
    uncovered: list[str]
    budget_ms: int


class TimelineEntryShape(BaseModel):
    """Something that happened to an incident; which members it has depends on `what`."""

    at_ms: int
    t_ms: int | None
    what: Literal["report", "revision", "step", "verdict"] | str
    revision: int = 0
    kind: str = ""
    phase: str = ""
    actor: ActorShape | None = None
    text: str = ""
    devices: int = 0
    device: str = ""
    state: str = ""
    reason: str = ""
    task: str = ""
    done: bool = True
    verdict: dict[str, Any] | None = None


class TimelineShape(BaseModel):
    """What happened, in order."""

    incident: str
    timeline: list[TimelineEntryShape]
