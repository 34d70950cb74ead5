"""Shapes of what the API says of the site, the journal and who is logged in."""

from typing import Any, Literal

from pydantic import BaseModel

from api.shapes.incident import ActorShape
from devices.values import DeviceType


class TextShape(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class LaneShape(BaseModel):
    """A lane: 1 is leftmost as the driver sees it; null is the end of the carriageway."""

    number: int
    zh: str
    en: str
    from_m: int | None
    to_m: int | None


class PieceShape(BaseModel):
    """A stretch whose chainage runs without a jump: `prefix` and metres at `from_m`, rising by `sense`."""

    from_m: int
    to_m: int
    prefix: str
    metres: int
    sense: int


class SpanShape(BaseModel):
    """A stretch of a carriageway."""

    from_m: int
    to_m: int


class CarriagewayShape(BaseModel):
    """One direction of travel."""

    id: str
    road: str
    direction: TextShape
    section: str
    length_m: int
    lanes: list[LaneShape]
    pieces: list[PieceShape]
    shoulder: list[SpanShape]


class JunctionSideShape(BaseModel):
    """Where traffic of one carriageway leaves and enters; null where it cannot."""

    carriageway: str
    exit_m: int | None
    entry_m: int | None


class JunctionShape(BaseModel):
    """An interchange."""

    id: str
    name: TextShape
    sides: list[JunctionSideShape]


class BoreShape(BaseModel):
    """One tube of a tunnel."""

    carriageway: str
    entry_m: int
    exit_m: int


class TunnelShape(BaseModel):
    """Tubes that belong together."""

    id: str
    name: TextShape
    lane_change_inside: bool
    bores: list[BoreShape]


class GantryShape(BaseModel):
    """A cross-section."""

    id: str
    carriageway: str
    at_m: int


class SignMatrixShape(BaseModel):
    """The pixels of a sign."""

    width_px: int
    height_px: int
    glyph_px: int


class EquipmentShape(BaseModel):
    """Where a device stands, what it can show, and shows at rest; null base writes nothing at rest."""

    type: DeviceType
    carriageway: str
    at_m: int
    gantry: str | None
    lane: int | None
    base: Any
    aspects: list[str]
    siren: bool
    matrix: SignMatrixShape | None


class CameraShape(BaseModel):
    """A camera near the road."""

    id: str
    carriageway: str
    at_m: int
    url: str


class LinkShape(BaseModel):
    """A connection and the devices behind it."""

    id: str
    kind: str
    serial: bool
    devices: list[str]


class PolicyShape(BaseModel):
    """Numbers of the site, and the texts everybody may put on its signs by hand."""

    budget_ms: int
    release_budget_ms: int
    siren_s: int
    review_min: int
    reactivate_s: int
    approved_texts: list[str]


class FindingShape(BaseModel):
    """A doubt about the site file, as `onekey config check` tells it; line 0 is the file as a whole."""

    level: Literal["error", "warning"]
    file: str
    line: int
    path: str
    value: str
    problem: str
    remedy: str


class LawShape(BaseModel):
    """What must never stand together on the road, and why."""

    id: str
    never: dict[str, list[str]]
    reason: TextShape
    settle_ms: int
    built_in: bool


class SiteShape(BaseModel):
    """The loaded site."""

    id: str
    name: TextShape
    kind: str
    drill: bool
    note: str
    phone: str
    digest: str
    drives: str
    carriageways: list[CarriagewayShape]
    tunnels: list[TunnelShape]
    junctions: list[JunctionShape]
    gantries: list[GantryShape]
    devices: int
    equipment: dict[str, EquipmentShape]
    cameras: list[CameraShape]
    interlocks: list[LawShape]
    links: list[LinkShape]
    policy: PolicyShape
    findings: list[FindingShape]
    started_ms: int


class JournalRowShape(BaseModel):
    """One row of the hash-chained journal."""

    seq: int
    at_ms: int
    kind: str
    actor: ActorShape | dict[str, Any]
    section: str
    epoch: int
    body: dict[str, Any]
    prev: str
    hash: str


class JournalShape(BaseModel):
    """Rows of the journal."""

    rows: list[JournalRowShape]


class SealedShape(BaseModel):
    """What the signed checkpoints say: how far they reach, how many fit, who signed."""

    size: int
    checkpoints: int
    keys: list[str]
    given: bool
    outside: int


class PublicKeyShape(BaseModel):
    """The public key that checkpoints are signed with; null where there is none."""

    public_key: str | None


class JournalCheckShape(BaseModel):
    """Whether the chain holds; the first row that does not."""

    ok: bool
    rows: int
    first_bad_seq: int | None
    reason: str
    last_hash: str
    sealed: SealedShape


class SessionShape(BaseModel):
    """Who is logged in; null for nobody."""

    actor: str | None
    role: Literal["view", "operate", "manage", "configure"] | None
    until_ms: int | None
