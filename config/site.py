"""A loaded site as frozen facts with resolved references; what rules, reconcilers, simulators and API see.

Positions are whole metres along a carriageway, rising with its traffic from its first point; only
`config.chainage` turns them into chainages and back.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal, TypeAlias

from config.chainage import ChainageTable
from config.interlocks import Interlock
from config.messages import MessagePolicy
from config.showings import LaneNames, spelled
from devices.models import ModbusModel, MqttModel
from devices.values import Aspect, DeviceType, PortalAspect, Value


class SiteKind(StrEnum):
    """Whether real devices may be driven (S10); one process holds one kind."""

    SIMULATED = "simulated"
    LIVE = "live"


class LinkKind(StrEnum):
    """How a connection speaks."""

    MODBUS_TCP = "modbus_tcp"
    MQTT = "mqtt"


@dataclass(frozen=True, slots=True)
class Text:
    """A name in both languages of the control room."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: 1 is the leftmost as the driver sees it (快车道).

    Attributes:
        from_m, to_m: where it begins and ends, both included; None at the ends of the carriageway.
        column: where it lies, counted from the left where the carriageway is widest; None for its number.
    """

    number: int
    name: Text
    aliases: tuple[str, ...] = ()
    from_m: int | None = None
    to_m: int | None = None
    column: int | None = None

    def at(self, at_m: int) -> bool:
        """Return whether it runs there."""
        return (self.from_m is None or self.from_m <= at_m) and (self.to_m is None or at_m <= self.to_m)


@dataclass(frozen=True)
class Carriageway:
    """One direction of travel of one road.

    Attributes:
        id: short key used in device names and the API, e.g. `FU`.
        road: e.g. `G15`.
        direction: e.g. 福建方向 | Fujian-bound.
        aliases: every spelling an incident text may use, both languages.
        section: the unit of ownership every device of it belongs to.
        length_m: positions run 0..length_m.
        lanes: by number, leftmost first.
        queue_reach_m: how far a queue grows before a closure; 0 where none is expected.
        speed_kmh: what traffic may drive while nothing is wrong.
        shoulder: where its hard shoulder may be opened to traffic by order, in metres; empty for nowhere.
    """

    id: str
    road: str
    direction: Text
    aliases: tuple[str, ...]
    section: str
    chainage: ChainageTable
    lanes: tuple[Lane, ...]
    queue_reach_m: int = 0
    speed_kmh: int = 100
    shoulder: tuple[tuple[int, int], ...] = ()

    @property
    def length_m(self) -> int:
        """Metres from the first to the last point of the chainage table."""
        return self.chainage.length_m

    @cached_property
    def lane_numbers(self) -> frozenset[int]:
        """The numbers of all running lanes."""
        return frozenset(lane.number for lane in self.lanes)

    @cached_property
    def columns(self) -> Mapping[int, int]:
        """Lane number → where it lies across the road, from the left."""
        return {lane.number: lane.number if lane.column is None else lane.column for lane in self.lanes}

    def lanes_between(self, from_m: int, to_m: int) -> tuple[int, ...]:
        """Return the numbers of the lanes that run anywhere in `from_m..to_m`, from the left."""
        columns = self.columns
        there = [
            lane.number
            for lane in self.lanes
            if (lane.from_m is None or lane.from_m <= to_m) and (lane.to_m is None or from_m <= lane.to_m)
        ]
        return tuple(sorted(there, key=lambda n: (columns[n], n)))


@dataclass(frozen=True, slots=True)
class Bore:
    """One tube of a tunnel: entrance portal before exit portal, in metres along the carriageway."""

    tunnel: str
    carriageway: str
    entry_m: int
    exit_m: int


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Bores that belong together.

    Attributes:
        lane_change_inside: False means nobody may change lanes inside, so closures start at the portal (S3).
    """

    id: str
    name: Text
    aliases: tuple[str, ...]
    lane_change_inside: bool
    bores: tuple[Bore, ...]

    def bore(self, carriageway: str) -> Bore | None:
        """Return the tube of that carriageway, None if it does not run through this tunnel."""
        return next((b for b in self.bores if b.carriageway == carriageway), None)


@dataclass(frozen=True, slots=True)
class Exit:
    """Where traffic of a carriageway may leave it, named after its junction."""

    junction: str
    name: Text
    at_m: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """A ramp on which traffic enters a carriageway.

    Attributes:
        length_m: from the devices on it to where it joins.
    """

    id: str
    junction: str
    length_m: int


@dataclass(frozen=True, slots=True)
class JunctionSide:
    """One carriageway at a junction; None where its traffic cannot leave, or enter, there."""

    carriageway: str
    exit_m: int | None
    entry_m: int | None


@dataclass(frozen=True, slots=True)
class Junction:
    """An interchange."""

    id: str
    name: Text
    sides: tuple[JunctionSide, ...]


@dataclass(frozen=True, slots=True)
class Gantry:
    """A cross-section with heads; `at_m` along its carriageway."""

    id: str
    carriageway: str
    at_m: int


@dataclass(frozen=True, slots=True)
class SignShape:
    """The pixel matrix of a sign; `colour`: it has more than one."""

    width_px: int
    height_px: int
    glyph_px: int = 16
    colour: bool = False

    @property
    def columns(self) -> int:
        """Full-width characters a line holds."""
        return self.width_px // self.glyph_px

    @property
    def rows(self) -> int:
        """Lines the sign holds."""
        return self.height_px // self.glyph_px


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """Where a Modbus device's points start, 0-based, and behind which unit id."""

    unit: int
    command: int
    feedback: int


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """The name a device has in its topics."""

    name: str


@dataclass(frozen=True, slots=True)
class Device:
    """One commanded device.

    Attributes:
        gantry, lane: set for heads, None for others.
        base: what it shows at rest; None is `external`: at rest we write nothing (signs only, S12).
        fallback: what the device itself shows after comm loss; None is `hold`.
        aspects: what a head can show (S8); empty for others.
        siren: whether a beacon has one.
        shape: a sign's matrix, None for others.
        ramp: the ramp it stands on. Then `at_m` is where that joins, since it speaks of what lies
            downstream of there only.
        tunnel: whose entrance a portal signal guards, None for others.
        lights: what a portal signal can show; empty for others.
        clips: what a speaker holds; empty for others.
        speeds: what a speed sign can show, in km/h from the lowest; empty for others.
    """

    id: str
    type: DeviceType
    carriageway: str
    section: str
    at_m: int
    model: ModbusModel | MqttModel
    link: str
    address: ModbusAddress | MqttAddress
    base: Value | None
    fallback: Value | None
    gantry: str | None = None
    lane: int | None = None
    aspects: frozenset[Aspect] = frozenset()
    siren: bool = False
    shape: SignShape | None = None
    ramp: Ramp | None = None
    tunnel: str | None = None
    lights: frozenset[PortalAspect] = frozenset()
    clips: frozenset[str] = frozenset()
    speeds: tuple[int, ...] = ()

    def ahead_m(self, at_m: int) -> int:
        """Return the way from it to a place, its ramp included; to where it stands for one behind it."""
        return max(at_m - self.at_m, 0) + (0 if self.ramp is None else self.ramp.length_m)


class ClipSays(StrEnum):
    """What a recorded clip tells people to do."""

    DRIVE_OUT = "drive_out"
    """Drive on and out of the tunnel."""
    SLOW_DOWN = "slow_down"
    """Something is ahead: slow down."""
    KEEP_SIDE = "keep_side"
    """Somebody comes the wrong way: keep to your side, do not overtake."""
    DO_NOT_ENTER = "do_not_enter"
    """The way ahead is closed: do not go in."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording the site's speakers hold.

    Attributes:
        length_s: one playing of it.
        text: what is said in it.
        groups: types of incidents it is for; empty for all.
    """

    id: str
    says: ClipSays
    length_s: int
    text: Text
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One connection: a Modbus TCP endpoint or an MQTT broker.

    Attributes:
        serial: a gateway that passes one request at a time to a shared line.
        request_timeout_ms: how long one request may stay unanswered; above a gateway's own time-out.
    """

    id: str
    kind: LinkKind
    host: str
    port: int
    serial: bool = False
    request_timeout_ms: int = 1_500


UnknownPlace: TypeAlias = Literal["portals_only", "whole_bore"]
Side: TypeAlias = Literal["right", "left"]


@dataclass(frozen=True, slots=True)
class ResponseChange:
    """What a site changes in the response to one type of incident; None leaves the product's."""

    closes: str | None = None
    closes_in_tunnel: str | None = None
    flash: bool | None = None
    siren: bool | None = None
    caution_before_m: int | None = None
    caution_after_m: int | None = None
    other_bores: bool | None = None
    speaker: bool | None = None
    speed_kmh: int | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of each day in which nothing sounds; lights go on.

    Attributes:
        from_min, to_min: minutes of the day, the end not included; over midnight where the end is smaller.
        zone: name of a time zone, e.g. `Asia/Shanghai`.
    """

    from_min: int
    to_min: int
    zone: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers a site may set; defaults are the field's (design S2, S3, S13)."""

    budget_ms: int = 5_000
    release_budget_ms: int = 60_000
    closure_before_m: int = 800
    closure_gantries: int = 3
    closure_gantries_within_m: int = 1_500
    merge_m: int = 700
    closed_ahead_m: int = 700
    nearest_gantry_within_m: int = 2_000
    sign_bands_m: tuple[int, int, int] = (2_000, 5_000, 15_000)
    beacon_m: int = 1_500
    min_weave_m: int = 600
    siren_s: int = 60
    speaker_s: int = 120
    speaker_m: int = 1_500
    speaker_volume: int = 80
    speed_m: int = 6_000
    speed_step_kmh: int = 20
    speed_advisory_kmh: int = 80
    speed_lanes_kmh: int = 60
    speed_road_kmh: int = 40
    review_min: int = 30
    reactivate_s: int = 300
    join_window_m: int = 300
    join_window_s: int = 120
    messages: MessagePolicy = field(default_factory=MessagePolicy)
    adjacent_caution: bool = True
    unknown_place_all_lanes: UnknownPlace = "portals_only"
    wrong_way_kmh: int = 130
    wrong_way_lead_min: int = 10
    wrong_way_min_m: int = 20_000
    coverage_gap_m: int = 500
    quiet_hours: QuietHours | None = None
    undo_s: int = 10
    advisory_dwell_s: int = 120
    responses: Mapping[str, ResponseChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera near the road; a link for people, never driven."""

    id: str
    carriageway: str
    at_m: int
    url: str


@dataclass(frozen=True, eq=False)
class Site:
    """Everything a site file says, resolved; a site is equal to itself only, so answers about it can be kept.

    Attributes:
        digest: SHA-256 of the file's bytes in hex; a stored revision names it ("plan outdated").
        note: e.g. `illustrative, not surveyed`.
        drill: people train on it; only of a simulated site.
        drives: the side of the road traffic keeps to.
        phone: whom to phone when a press gets no answer; may be empty.
        clips: what its speakers may hold, by name.
        interlocks: those of the file, then those that follow from the site.
    """

    id: str
    name: Text
    kind: SiteKind
    note: str
    digest: str
    carriageways: Mapping[str, Carriageway]
    tunnels: Mapping[str, Tunnel]
    gantries: Mapping[str, Gantry]
    links: Mapping[str, Link]
    devices: Mapping[str, Device]
    cameras: tuple[Camera, ...] = ()
    policy: Policy = field(default_factory=Policy)
    drill: bool = False
    drives: Side = "right"
    junctions: Mapping[str, Junction] = field(default_factory=dict)
    clips: Mapping[str, Clip] = field(default_factory=dict)
    interlocks: Mapping[str, Interlock] = field(default_factory=dict)
    phone: str = ""

    @cached_property
    def _exits(self) -> Mapping[str, tuple[Exit, ...]]:
        exits: dict[str, list[Exit]] = {}
        for junction in self.junctions.values():
            for side in junction.sides:
                if side.exit_m is not None:
                    row = exits.setdefault(side.carriageway, [])
                    row.append(Exit(junction.id, junction.name, side.exit_m))
        return {c: tuple(sorted(row, key=lambda e: (e.at_m, e.junction))) for c, row in exits.items()}

    def exits_along(self, carriageway: str) -> tuple[Exit, ...]:
        """Return where its traffic may leave, in the order it gets there."""
        return self._exits.get(carriageway, ())

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Section names in file order."""
        return tuple(dict.fromkeys(c.section for c in self.carriageways.values()))

    @cached_property
    def _heads(self) -> Mapping[str, Mapping[int, Device]]:
        heads: dict[str, dict[int, Device]] = {}
        for device in self.devices.values():
            if device.gantry is not None and device.lane is not None:
                heads.setdefault(device.gantry, {})[device.lane] = device
        return heads

    def heads(self, gantry: str) -> Mapping[int, Device]:
        """Return the heads of a gantry by lane number; empty where it has none."""
        return self._heads.get(gantry, {})

    @cached_property
    def _heads_over(self) -> Mapping[tuple[str, int], tuple[Device, ...]]:
        rows: dict[tuple[str, int], list[Device]] = {}
        for carriageway, gantries in self._gantries_along.items():
            for gantry in gantries:
                for lane, head in self.heads(gantry.id).items():
                    rows.setdefault((carriageway, lane), []).append(head)
        return {key: tuple(row) for key, row in rows.items()}

    def heads_over(self, carriageway: str, lane: int) -> tuple[Device, ...]:
        """Return the heads over one lane in the order traffic meets them."""
        return self._heads_over.get((carriageway, lane), ())

    @cached_property
    def _gantries_along(self) -> Mapping[str, tuple[Gantry, ...]]:
        along: dict[str, list[Gantry]] = {c: [] for c in self.carriageways}
        for gantry in self.gantries.values():
            along[gantry.carriageway].append(gantry)
        return {c: tuple(sorted(row, key=lambda g: (g.at_m, g.id))) for c, row in along.items()}

    def gantries_along(self, carriageway: str) -> tuple[Gantry, ...]:
        """Return its gantries in the order traffic meets them."""
        return self._gantries_along[carriageway]

    def gantries_between(self, carriageway: str, from_m: int, to_m: int) -> tuple[Gantry, ...]:
        """Return its gantries at `from_m <= at_m <= to_m`, in the order traffic meets them."""
        row = self._gantries_along[carriageway]
        start = bisect_left(row, from_m, key=lambda g: g.at_m)
        return tuple(g for g in row[start:] if g.at_m <= to_m)

    @cached_property
    def _by_type(self) -> Mapping[tuple[str, DeviceType], tuple[Device, ...]]:
        rows: dict[tuple[str, DeviceType], list[Device]] = {}
        for device in self.devices.values():
            rows.setdefault((device.carriageway, device.type), []).append(device)
        return {k: tuple(sorted(v, key=lambda d: (d.at_m, d.id))) for k, v in rows.items()}

    def devices_along(self, carriageway: str, device_type: DeviceType) -> tuple[Device, ...]:
        """Return its devices of one type in the order traffic meets them."""
        return self._by_type.get((carriageway, device_type), ())

    @cached_property
    def interlocks_of(self) -> Mapping[str, tuple[Interlock, ...]]:
        """Device → every interlock it takes part in; a device in none is absent."""
        rows: dict[str, list[Interlock]] = {}
        for interlock in self.interlocks.values():
            for device in interlock.never:
                rows.setdefault(device, []).append(interlock)
        return {device: tuple(row) for device, row in rows.items()}

    @cached_property
    def lane_names(self) -> Mapping[str, LaneNames]:
        """Carriageway → how its lanes are spelled on signs."""
        return {
            road.id: spelled(
                (lane.number, (lane.name.zh, lane.name.en, *lane.aliases)) for lane in road.lanes
            )
            for road in self.carriageways.values()
        }

    def bore_at(self, carriageway: str, at_m: int) -> Bore | None:
        """Return the tube a position lies in, portals included; None in the open."""
        for tunnel in self.tunnels.values():
            bore = tunnel.bore(carriageway)
            if bore is not None and bore.entry_m <= at_m <= bore.exit_m:
                return bore
        return None
