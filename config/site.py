"""A loaded site as frozen facts with resolved references; what rules, reconcilers, simulators and API see.

Positions are whole metres along a carriageway, rising with its traffic from its first point; only
`config.chainage` turns them into chainages and back.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from config.chainage import ChainageTable
from config.messages import MessagePolicy
from devices.models import ModbusModel, MqttModel
from devices.values import Aspect, DeviceType, Value


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
    """A lane: 1 is the leftmost as the driver sees it (快车道)."""

    number: int
    name: Text
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
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
    """

    id: str
    road: str
    direction: Text
    aliases: tuple[str, ...]
    section: str
    chainage: ChainageTable
    lanes: tuple[Lane, ...]

    @property
    def length_m(self) -> int:
        """Metres from the first to the last point of the chainage table."""
        return self.chainage.length_m

    @property
    def lane_numbers(self) -> frozenset[int]:
        """The numbers of all running lanes."""
        return frozenset(lane.number for lane in self.lanes)


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
    review_min: int = 30
    reactivate_s: int = 300
    join_window_m: int = 300
    join_window_s: int = 120
    messages: MessagePolicy = field(default_factory=MessagePolicy)


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera near the road; a link for people, never driven."""

    id: str
    carriageway: str
    at_m: int
    url: str


@dataclass(frozen=True)
class Site:
    """Everything a site file says, resolved.

    Attributes:
        digest: SHA-256 of the file's bytes in hex; a stored revision names it ("plan outdated").
        note: e.g. `illustrative, not surveyed`.
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

    def bore_at(self, carriageway: str, at_m: int) -> Bore | None:
        """Return the tube a position lies in, portals included; None in the open."""
        for tunnel in self.tunnels.values():
            bore = tunnel.bore(carriageway)
            if bore is not None and bore.entry_m <= at_m <= bore.exit_m:
                return bore
        return None
