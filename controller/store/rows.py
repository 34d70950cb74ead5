"""What the brain hands to the writer: typed changes of rows, and records for the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from controller.incident import Actor


@dataclass(frozen=True, slots=True)
class Record:
    """One journal record before it is chained.

    Attributes:
        kind: `start`, `report`, `plan`, `intent`, `step`, `verdict`, `release`, `adopted`, `alarm`, …
        section: unit of ownership; empty for what concerns the whole process.
        body: JSON of strings, integers, booleans, None, lists and objects; no floats (ms and mm).
        at_ms: UTC milliseconds.
    """

    kind: str
    actor: Actor
    section: str
    body: Mapping[str, Any]
    at_ms: int


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """Insert or update one incident (key: id). `report`, `release` and `course` are JSON.

    Attributes:
        course: what was decided of it on its way, see `controller.incidents.course`; None in older rows.
    """

    id: str
    section: str
    carriageway: str
    state: str
    report: Mapping[str, Any]
    created_ms: int
    updated_ms: int
    revision: int
    actor: Mapping[str, str]
    release: Mapping[str, Any] | None = None
    course: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """Insert one revision (key: incident, number); never changed afterwards."""

    incident: str
    number: int
    kind: str
    phase: str
    actor: Mapping[str, str]
    at_ms: int
    budget_ms: int
    site_digest: str
    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """Insert the verdict of one revision (key: incident, number); written once."""

    incident: str
    number: int
    at_ms: int
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepRow:
    """Insert or update one step (key: incident, number, device).

    Attributes:
        t_ms: milliseconds since the key when it entered `state`.
        times: state → t_ms of its first entry, for the timeline.
    """

    incident: str
    number: int
    device: str
    state: str
    reason: str
    t_ms: int
    at_ms: int
    times: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class IdempotencyRow:
    """Insert: this key means this incident; `body_hash` tells a repeat from a mistake (P5)."""

    key: str
    body_hash: str
    incident: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class AdoptedRow:
    """Insert or update a restriction found on the road that is not ours (S11; key: device)."""

    device: str
    value: Any
    since_ms: int


@dataclass(frozen=True, slots=True)
class AdoptedGone:
    """Delete the adopted restriction of a device."""

    device: str


@dataclass(frozen=True, slots=True)
class PermitRow:
    """Insert or update: a person ordered `device` to leave `value`, until proved (S11; key: device)."""

    device: str
    value: Any
    incident: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PermitGone:
    """Delete a permit: the release was proved, or a new restriction took the device.

    A permit another order gave the same device meanwhile is not this one, and stays.

    Attributes:
        at_ms: of the order that gave it; None for whatever `incident` gave the device.
    """

    device: str
    incident: str
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LockRow:
    """Insert or update an operator's lock (key: device)."""

    device: str
    value: Any
    reason: str
    actor: Mapping[str, str]
    at_ms: int
    expires_ms: int | None


@dataclass(frozen=True, slots=True)
class LockGone:
    """Delete a lock."""

    device: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Insert or update: a device is out of service (S14; key: device), until `until_ms` where given."""

    device: str
    reason: str
    actor: Mapping[str, str]
    at_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceGone:
    """Delete: the device is back in service."""

    device: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """Insert or update: a device has failed and is planned around until somebody has repaired it (S14)."""

    device: str
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class FaultGone:
    """Delete: the device is repaired."""

    device: str


@dataclass(frozen=True, slots=True)
class LatchRow:
    """Insert or update: an interlock was seen violated; its devices are held until a person resets it (S9).

    Attributes:
        seen: device → what it showed then, JSON.
    """

    interlock: str
    seen: Mapping[str, Any]
    since_ms: int


@dataclass(frozen=True, slots=True)
class LatchGone:
    """Delete: a person has reset the interlock."""

    interlock: str


@dataclass(frozen=True, slots=True)
class CommissionedRow:
    """Insert or update: a person has looked at every value of a device (key: device).

    Attributes:
        digest: of model and address; another one is another device.
        seen: value → whether the lamps showed it.
    """

    device: str
    digest: str
    seen: Mapping[str, bool]
    note: str
    actor: Mapping[str, str]
    at_ms: int


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """Insert or update a listed alarm (key: cause), so that a restart knows what people have seen of it."""

    cause: str
    id: str
    kind: str
    subject: str
    text: str
    priority: str
    group_name: str
    first_up: int
    since_ms: int
    cleared_ms: int | None
    times_raised: int
    ack: Mapping[str, Any] | None
    shelf: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AlarmGone:
    """Delete an alarm that has left the list."""

    cause: str


@dataclass(frozen=True, slots=True)
class EpochRow:
    """Insert or update the epoch of a section (key: section); written by the store itself."""

    section: str
    epoch: int


Change: TypeAlias = (
    IncidentRow
    | RevisionRow
    | VerdictRow
    | StepRow
    | IdempotencyRow
    | AdoptedRow
    | AdoptedGone
    | PermitRow
    | PermitGone
    | LockRow
    | LockGone
    | ServiceRow
    | ServiceGone
    | FaultRow
    | FaultGone
    | LatchRow
    | LatchGone
    | CommissionedRow
    | AlarmRow
    | AlarmGone
    | EpochRow
)
