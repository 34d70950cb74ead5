"""The form of the road in a site file: carriageways, tunnels, junctions, cross-sections, cameras."""

from typing import Literal

from pydantic import BaseModel, Field

from config.schema_base import STRICT, ChainageText, Kmh, LaneKey, Name, Words


class _Strict(BaseModel):
    model_config = STRICT


class NameFile(_Strict):
    """A name in both languages of the control room."""

    zh: Words
    """As a Chinese report says it."""
    en: Words
    """As an English one does."""


class PieceFile(_Strict):
    """A stretch of a carriageway on which the posts count without a jump, in the direction of travel."""

    from_: ChainageText = Field(alias="from")
    """Chainage where traffic enters the stretch."""
    to: ChainageText
    """Chainage where traffic leaves it, with the same prefix; smaller than `from` where chainage falls."""


class LaneFile(NameFile):
    """A running lane; its number is its key, 1 the leftmost as the driver sees it."""

    aliases: list[Words] = []
    """Every other spelling that means this lane and no other lane of the carriageway."""
    from_: ChainageText | None = Field(default=None, alias="from")
    """Where it begins; left out where it runs from the carriageway's first point."""
    to: ChainageText | None = None
    """Where it ends; left out where it runs to the last point."""
    column: int | None = Field(default=None, ge=1, le=9)
    """Where it lies, counted from the left where the carriageway is widest; its number where left out. Two
    lanes may lie in one column if one ends before the other begins."""
    reversible: bool = False
    """Only `false`: lanes that change direction are outside this product, and refused."""


class CarriagewayFile(_Strict):
    """One direction of travel of one road; its key is the short id used in device names."""

    road: Words
    """Road number, e.g. `G15`."""
    section: Name
    """Unit of ownership all its devices belong to."""
    direction: NameFile
    """What the direction is called."""
    aliases: list[Words] = []
    """Every other spelling a report may use; none may mean another carriageway too."""
    chainage: list[PieceFile] = Field(min_length=1, max_length=200)
    """The chainage table: pieces in the direction of travel. A jump between two pieces is an equation."""
    shoulder: Literal["closed", "by_order"] = "closed"
    """Whether a dispatcher may let traffic past on the hard shoulder: `by_order` means where he ticks it."""
    shoulder_runs: list[PieceFile] = []
    """Where the shoulder can carry traffic; everywhere outside tunnels where left out."""
    lanes: dict[LaneKey, LaneFile] = Field(min_length=1)
    """Running lanes by number, 1 the leftmost as the driver sees it; no number left out."""
    queue_reach_m: int = Field(default=0, ge=0, le=50_000)
    """How far a queue is expected to grow before a closure here; beacons and signs upstream of that warn of
    it. 0 where none is expected."""
    speed_kmh: Kmh = 100
    """What traffic may drive while nothing is wrong; speed signs step down from it."""


class TunnelFile(_Strict):
    """Bores that belong together; its key is the tunnel's id."""

    name: NameFile
    """What the tunnel is called."""
    aliases: list[Words] = []
    """Every other spelling a report may use."""
    lane_change_inside: bool = False
    """Whether traffic may change lanes inside; where not, a closure starts before the portal."""
    bores: dict[Name, PieceFile] = Field(min_length=1)
    """Carriageway → its tube, `from` the entrance portal `to` the exit portal."""


class RampFile(_Strict):
    """A ramp on which traffic enters; its key is its id, no other ramp of the site has it."""

    length_m: int = Field(ge=0, le=10_000)
    """Metres from its signs and beacons to where it joins the carriageway."""
    joins: ChainageText | None = None
    """Where it joins; at the junction's entry where left out."""


class JunctionSideFile(_Strict):
    """Where traffic of one carriageway leaves and enters at a junction."""

    exit: ChainageText | None = None
    """Where it may leave; texts of a closure name the last exit before it."""
    entry: ChainageText | None = None
    """Where it enters."""
    ramps: dict[Name, RampFile] = {}
    """Ramps on which it enters, as far as signs or beacons stand on them."""


class JunctionFile(_Strict):
    """An interchange; its key is its id."""

    name: NameFile
    """What signs call it, e.g. `请从...驶出`."""
    carriageways: dict[Name, JunctionSideFile] = Field(min_length=1)
    """Carriageway → where its traffic leaves and enters."""


class GantryFile(_Strict):
    """A cross-section that carries heads; its key is its id."""

    carriageway: Name
    """The carriageway it spans."""
    at: ChainageText
    """Where it stands."""


class CameraFile(_Strict):
    """A camera near the road, offered to people; never driven."""

    id: Name
    """Its name."""
    carriageway: Name
    """The carriageway it looks at."""
    at: ChainageText
    """Where it stands."""
    url: Words
    """Where a person can see its picture."""
