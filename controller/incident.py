"""The nouns of the brain: who, what, where, what is wished; frozen facts without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from devices.values import Value


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gave a command: a person's or program's id, its role, and the channel it came by."""

    id: str
    role: str
    via: str


SYSTEM = Actor("onekey", "system", "controller")
"""The controller itself: re-drives, verdicts, time limits."""


class IncidentState(StrEnum):
    """Life cycle (design 4). `degraded` is active with a device not proved."""

    PREPARED = "prepared"
    ACTIVATING = "activating"
    ACTIVE = "active"
    DEGRADED = "degraded"
    CLEARING = "clearing"
    CLEARED = "cleared"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether its demands count in the desired state."""
        return self in OPEN_STATES


OPEN_STATES = frozenset(
    {
        IncidentState.ACTIVATING,
        IncidentState.ACTIVE,
        IncidentState.DEGRADED,
        IncidentState.CLEARING,
    }
)


class IncidentType(StrEnum):
    """What happened; `group` joins reports of different words about one event (P5)."""

    REAR_END = "rear_end"
    COLLISION = "collision"
    ROLLOVER = "rollover"
    BREAKDOWN = "breakdown"
    DEBRIS = "debris"
    PEDESTRIAN = "pedestrian"
    ANIMAL = "animal"
    ROADWORK = "roadwork"
    CONGESTION = "congestion"
    WEATHER = "weather"
    FIRE = "fire"
    SPILL = "spill"
    WRONG_WAY = "wrong_way"
    OTHER = "other"

    @property
    def group(self) -> str:
        """Types of one group may be one event."""
        crash = {IncidentType.REAR_END, IncidentType.COLLISION, IncidentType.ROLLOVER}
        return "crash" if self in crash else self.value


class LaneImpact(StrEnum):
    """What an incident does to a lane."""

    BLOCKED = "blocked"
    AFFECTED = "affected"


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: a stretch in metres along one carriageway, upstream end first.

    Attributes:
        known: False where only the stretch is known (`inside the tunnel`); then every rule takes
            the worse end of it (S7). A point has `from_m == to_m`.
        tunnel: id of the tunnel it lies in, None in the open.
    """

    carriageway: str
    from_m: int
    to_m: int
    known: bool
    tunnel: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One channel's claim about one event.

    Attributes:
        lanes: lane number → impact; at least one entry for an incident to be activated.
        severity: `minor`, `moderate`, `major` or `critical`.
        text: as received; empty for a form.
        shoulder: a person orders the hard shoulder open where the site allows it (S2); no text can.
    """

    place: Place
    lanes: Mapping[int, LaneImpact]
    type: IncidentType
    severity: str = "moderate"
    text: str = ""
    shoulder: bool = False

    @property
    def carriageway(self) -> str:
        """Shorthand for `place.carriageway`."""
        return self.place.carriageway

    @property
    def blocked(self) -> frozenset[int]:
        """Lanes nobody may drive in."""
        return frozenset(n for n, impact in self.lanes.items() if impact is LaneImpact.BLOCKED)


SHOULDER = 0
"""What a lane fact calls the hard shoulder; running lanes count from 1."""


@dataclass(frozen=True, slots=True)
class LaneFact:
    """A lane is closed to traffic over a stretch: what arbitration joins before it derives aspects (S5).

    Attributes:
        lane: its number, or `SHOULDER`.
        from_m: start of closure, upstream end; to_m: downstream end, both along the carriageway.
        open: only of the shoulder: it is open to traffic by order there.
    """

    carriageway: str
    lane: int
    from_m: int
    to_m: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """One rule's wish for one device, with the reason a person reads."""

    device: str
    value: Value
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """A stretch before a carriageway's first post: the site of the neighbour.

    Attributes:
        from_post, to_post: chainages, counted on as this carriageway's posts do.
    """

    carriageway: str
    from_post: str
    to_post: str
    length_m: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the plan says about itself: `code` for programs, `text` for people.

    Codes: `substituted`, `shortened`, `not_covered`, `no_coverage`, `coverage`, `raised`, `site_edge`,
    `place_unknown`, `shoulder`, `advisory`, `lane_taken`, `missing`, `out_of_service`.

    Attributes:
        beyond: of a `site_edge`, where the neighbour has to warn.
    """

    code: str
    text: str
    device: str | None = None
    beyond: Beyond | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All demands of one revision, as stored and as shown to people.

    Attributes:
        demands: at most one a device, in site order.
        lane_facts: what the demands on heads were derived from.
    """

    demands: tuple[Demand, ...]
    lane_facts: tuple[LaneFact, ...]
    findings: tuple[Finding, ...] = ()


class RevisionKind(StrEnum):
    """Why an incident got a new revision."""

    ACTIVATION = "activation"
    CORRECTION = "correction"
    RELEASE = "release"
    LEAVING = "leaving"
    """What a correction replaced and has still to release; its plan stands beside the corrected one."""
    HOLD = "hold"
    REPLAN = "replan"


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored plan of an incident: what a restart drives again.

    Attributes:
        number: 1 for the activation, then +1 each.
        phase: name of the release phase, empty otherwise.
        at_ms: UTC milliseconds of the key; siren limits count from the activation's.
        budget_ms: its window (T2); 0 for phases inside a release.
    """

    incident_id: str
    number: int
    kind: RevisionKind
    phase: str
    actor: Actor
    at_ms: int
    plan: Plan
    budget_ms: int
    site_digest: str = ""


class StepState(StrEnum):
    """Life of one step: one device in one revision."""

    QUEUED = "queued"
    SENT = "sent"
    ACKED = "acked"
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    OUTRANKED = "outranked"

    @property
    def proved(self) -> bool:
        """Whether this counts as done in a verdict."""
        return self is StepState.VERIFIED


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one written answer to "did it work in time?" (T2).

    Attributes:
        outcome: `met`, `missed`, `missed (restart)`, `no coverage`, or `superseded` by a newer revision.
        verified, acked_only, total: counts of devices.
        last_ms: key → last verified, integer milliseconds, None when none was.
        failed: device → reason, for every device not proved.
        apart: device → why it is not counted: it had failed before, or was left out.
        coverage_lost: what of the plan's coverage failed with them; empty for nothing.
    """

    outcome: str
    verified: int
    acked_only: int
    total: int
    budget_ms: int
    last_ms: int | None
    failed: Mapping[str, str] = field(default_factory=dict)
    apart: Mapping[str, str] = field(default_factory=dict)
    coverage_lost: str = ""

    @property
    def met(self) -> bool:
        """Whether every device was proved (or may only ever acknowledge) inside the budget."""
        return self.outcome == "met"
