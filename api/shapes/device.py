"""Shapes of what the API says of devices, alarms and pictures of signs."""

from typing import Any

from pydantic import BaseModel

from api.shapes.incident import ActorShape
from controller.alarms.alarm import AlarmKind, AlarmState, Priority
from devices.values import DeviceType


class LockShape(BaseModel):
    """An operator's own demand."""

    value: Any
    reason: str
    actor: ActorShape
    at_ms: int
    expires_ms: int | None


class ServiceShape(BaseModel):
    """Out of service: why, by whom, and until when (UTC milliseconds; null has no end)."""

    reason: str
    actor: ActorShape
    at_ms: int
    until_ms: int | None


class FailedShape(BaseModel):
    """Why a device counts as failed, and since when."""

    reason: str
    since_ms: int


class CommissionedShape(BaseModel):
    """What a person saw when the device was walked: value, and whether the lamps showed it."""

    seen: dict[str, bool]
    note: str
    actor: ActorShape
    at_ms: int


class WalkShape(BaseModel):
    """What a walk lights, in order, and how long a value stands without being asked for again."""

    values: list[Any]
    hold_s: float


class PointShape(BaseModel):
    """One register, coil or field as it was read, and what it means."""

    name: str
    raw: str
    means: str


class ProbeShape(BaseModel):
    """One device read now, every bit explained."""

    device: str
    model: str
    points: list[PointShape]
    shown: Any
    note: str


class RampShape(BaseModel):
    """The ramp a device stands on; its chainage is where that joins."""

    id: str
    junction: str
    length_m: int


class DeviceShape(BaseModel):
    """One device: desired, commanded and shown apart, and why; a value of null is not known."""

    id: str
    type: DeviceType
    carriageway: str
    section: str
    at_m: int
    chainage: str
    ramp: RampShape | None
    gantry: str | None
    lane: int | None
    link: str
    model: str
    desired: Any
    because: str
    wanted_by: str | None
    outranked: list[str]
    raised_by: str
    waits_for: list[str]
    commanded: Any
    commanded_at_ms: int | None
    shown: Any
    shown_note: str
    back: Any
    age_ms: int | None
    mode: str
    reachable: bool | None
    verdict: str
    well: bool
    reason: str
    since_ms: int
    round_trip_ms: int | None
    lock: LockShape | None
    failed: FailedShape | None
    out_of_service: str | None
    service: ServiceShape | None
    commissioned: CommissionedShape | None
    uncommissioned: str
    unexplained_since_ms: int | None


class DeviceListShape(BaseModel):
    """Devices in site order."""

    devices: list[DeviceShape]


class DeviceCommandShape(BaseModel):
    """One thing ordered of a device: a step of an incident (`incident` is set), or a person's own order.

    `took_ms` is from the write to its proof; null where it was not proved.
    """

    at_ms: int
    kind: str
    incident: str | None
    revision: int | None
    state: str | None
    actor: ActorShape | None
    reason: str
    took_ms: int | None


class DeviceErrorShape(BaseModel):
    """An alarm about a device: when, why, and whether it came or went."""

    at_ms: int
    text: str
    raised: bool


class ProofTimesShape(BaseModel):
    """From write to proof over the last `count` proved steps, milliseconds; null where there is none."""

    count: int
    p50_ms: int | None
    p99_ms: int | None


class DeviceHistoryShape(BaseModel):
    """A device's last commands and errors, newest first, from the store and the journal."""

    commands: list[DeviceCommandShape]
    proof: ProofTimesShape
    failures: dict[str, int]
    errors: list[DeviceErrorShape]


class AckShape(BaseModel):
    """Who has seen an alarm, and what is being done."""

    actor: ActorShape
    at_ms: int
    note: str


class ShelfShape(BaseModel):
    """Until when an alarm is hidden, by whom and why."""

    actor: ActorShape
    at_ms: int
    until_ms: int
    reason: str


class AlarmShape(BaseModel):
    """What needs a person's eye, and everything people said of it."""

    id: str
    cause: str
    kind: AlarmKind
    subject: str
    text: str
    priority: Priority
    state: AlarmState
    group: str
    first_up: bool
    since_ms: int
    cleared_ms: int | None
    times: int
    flapping: bool
    devices: list[str]
    ack: AckShape | None
    shelf: ShelfShape | None
    shelvable: bool


class AlarmTimesShape(BaseModel):
    """How often a cause was raised."""

    cause: str
    times: int


class AlarmFiguresShape(BaseModel):
    """How busy the alarm list is."""

    rate_10min: int
    flood: bool
    standing: int
    stale: int
    shelved: int
    unacked: int
    top: list[AlarmTimesShape]


class AlarmListShape(BaseModel):
    """Alarms, oldest first; `journal_degraded` says why nothing is durable now."""

    alarms: list[AlarmShape]
    figures: AlarmFiguresShape
    journal_degraded: str | None


class SilencedShape(BaseModel):
    """Incidents whose sirens were silenced, and devices a lock makes sound."""

    silenced: list[str]
    still_sounding: list[str]


class PicturePageShape(BaseModel):
    """One page: base64 of one byte a pixel, row by row from the top left."""

    pixels: str
    on_ms: int
    off_ms: int


class PictureShape(BaseModel):
    """A message on a sign."""

    width_px: int
    height_px: int
    palette: list[list[int]]
    pages: list[PicturePageShape]
    refused: str | None
