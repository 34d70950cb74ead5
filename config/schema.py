"""The form of a site file: every key, what it means, and what a value may be.

The strings below the keys are their reference documentation. Chainages are written as on the posts
(`K1889+300`); lengths and times carry their unit in the key.
Whether what they refer to exists is for `config.checks`.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from config.schema_base import STRICT, ChainageText, Kmh, Name, Register, Words
from config.schema_road import (
    CameraFile,
    CarriagewayFile,
    GantryFile,
    JunctionFile,
    NameFile,
    TunnelFile,
)

AspectName: TypeAlias = Literal[
    "dark", "open", "caution", "closed_ahead", "merge_left", "merge_right", "closed"
]
LightName: TypeAlias = Literal["dark", "green", "yellow", "red"]
IncidentName: TypeAlias = Literal[
    "rear_end",
    "collision",
    "rollover",
    "breakdown",
    "debris",
    "pedestrian",
    "animal",
    "roadwork",
    "congestion",
    "weather",
    "fire",
    "spill",
    "wrong_way",
    "other",
]

ShowingName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""What a device shows, as interlocks name it."""

GroupName: TypeAlias = Literal[
    "crash",
    "breakdown",
    "debris",
    "pedestrian",
    "animal",
    "roadwork",
    "congestion",
    "weather",
    "fire",
    "spill",
    "wrong_way",
    "other",
]


class _Strict(BaseModel):
    model_config = STRICT


class LinkFile(_Strict):
    """One connection; its key is its id."""

    kind: Literal["modbus_tcp", "mqtt"]
    """How it speaks."""
    host: Words
    """Name or address of the outstation, gateway or broker."""
    port: int = Field(ge=1, le=65_535)
    """TCP port."""
    serial: bool = False
    """A gateway to a shared serial line: one request at a time."""
    request_timeout_ms: int = Field(default=1_500, ge=50, le=30_000)
    """How long one request may stay unanswered; longer than a gateway's own time-out."""


class MultiFile(_Strict):
    """A sign's text in full."""

    multi: str = Field(max_length=1_000)
    """NTCIP 1203 MULTI markup; empty is a blank sign."""


class MatrixFile(_Strict):
    """A sign's pixel matrix."""

    width_px: int = Field(ge=8, le=4_096)
    """Pixels across."""
    height_px: int = Field(ge=8, le=4_096)
    """Pixels down."""
    glyph_px: int = Field(default=16, ge=8, le=256)
    """Edge of one full-width character."""
    colour: bool = False
    """Whether it has more than one colour; closure texts are red then."""


class AddressFile(_Strict):
    """Where a device answers on its link: `unit`, `command` and `feedback` on Modbus, `name` on MQTT."""

    unit: int | None = Field(default=None, ge=0, le=255)
    """Modbus unit id; 1 to 247 behind a serial gateway."""
    command: Register | None = None
    """First point of its command run, counted from 0, in the table its model names."""
    feedback: Register | None = None
    """First point of its feedback run, counted from 0."""
    name: Name | None = None
    """Its name in topics; the device's id where left out."""


class HeadDefaults(_Strict):
    """What a head has where its own line says nothing."""

    base: str | None = None
    """See `devices[].base`."""
    fallback: str | None = None
    """See `devices[].fallback`."""
    aspects: list[AspectName] | None = None
    """See `devices[].aspects`."""


class SignDefaults(_Strict):
    """What a sign has where its own line says nothing."""

    base: str | MultiFile | None = None
    """See `devices[].base`."""
    fallback: str | MultiFile | None = None
    """See `devices[].fallback`."""
    matrix: MatrixFile | None = None
    """See `devices[].matrix`."""


class BeaconDefaults(_Strict):
    """What a beacon has where its own line says nothing."""

    base: str | None = None
    """See `devices[].base`."""
    fallback: str | None = None
    """See `devices[].fallback`."""
    siren: bool | None = None
    """See `devices[].siren`."""


class PortalDefaults(_Strict):
    """What a portal signal has where its own line says nothing."""

    base: str | None = None
    """See `devices[].base`."""
    fallback: str | None = None
    """See `devices[].fallback`."""
    lights: list[LightName] | None = None
    """See `devices[].lights`."""


class SpeakerDefaults(_Strict):
    """What a speaker has where its own line says nothing."""

    base: str | None = None
    """See `devices[].base`."""
    fallback: str | None = None
    """See `devices[].fallback`."""
    clips: list[Name] | None = None
    """See `devices[].clips`."""


class SpeedDefaults(_Strict):
    """What a speed sign has where its own line says nothing."""

    base: str | None = None
    """See `devices[].base`."""
    fallback: str | None = None
    """See `devices[].fallback`."""
    speeds: list[Kmh] | None = None
    """See `devices[].speeds`."""


class DefaultsFile(_Strict):
    """What a device has where its own line says nothing, by type."""

    head: HeadDefaults = HeadDefaults()
    """For heads."""
    sign: SignDefaults = SignDefaults()
    """For signs."""
    beacon: BeaconDefaults = BeaconDefaults()
    """For beacons."""
    portal: PortalDefaults = PortalDefaults()
    """For portal signals."""
    speaker: SpeakerDefaults = SpeakerDefaults()
    """For speakers."""
    speed: SpeedDefaults = SpeedDefaults()
    """For speed signs."""


class DeviceFile(_Strict):
    """One commanded device."""

    id: Name
    """Its name everywhere: console, journal, topics."""
    type: Literal["head", "sign", "beacon", "portal", "speaker", "speed"]
    """`head` is one lamp face over one lane, `sign` a message sign, `beacon` flash and siren, `portal` the
    signal before the entrance of a bore, `speaker` a loudspeaker that plays clips, `speed` a speed sign."""
    gantry: Name | None = None
    """The gantry that carries it; needed for heads, and then `carriageway` and `at` are left out."""
    lane: int | None = Field(default=None, ge=1, le=9)
    """Heads only: number of the lane below it."""
    carriageway: Name | None = None
    """The carriageway it speaks to, where no gantry says so."""
    at: ChainageText | None = None
    """Where it stands, where no gantry says so."""
    ramp: Name | None = None
    """Signs and beacons only: the ramp it stands on, in place of `carriageway` and `at`. It speaks of what
    lies downstream of where the ramp joins, never of what lies upstream of that."""
    model: Name
    """Name of its device model."""
    link: Name
    """The connection it answers on."""
    address: AddressFile = AddressFile()
    """Where it answers on that connection."""
    base: str | MultiFile | None = None
    """What it shows at rest. Head: `open` or `dark`. Sign: a text, `{multi: ...}`, or `external`: at rest
    we write nothing and a clear restores what stood there. Beacon: `dark`. Portal signal: `green` or
    `dark`. Speaker: `silent`. Speed sign: `blank`. Needed here or in `defaults`."""
    fallback: str | MultiFile | None = None
    """What it shows by itself when it loses its controller: `hold`, or a value; never `open` for a head or
    `green` for a portal signal, never a sound. Needed here or in `defaults`."""
    aspects: list[AspectName] | None = None
    """Heads only: what it can show, where that is less than its model can."""
    siren: bool | None = None
    """Beacons only: whether it has a siren; `false` where left out."""
    matrix: MatrixFile | None = None
    """Signs only, and needed there: its pixel matrix."""
    tunnel: Name | None = None
    """Portal signals only, and needed there: the tunnel whose entrance it guards."""
    lights: list[LightName] | None = None
    """Portal signals only: what it can show, where that is less than its model can."""
    clips: list[Name] | None = None
    """Speakers only: the clips it holds; all of the site's that its model can play where left out."""
    speeds: list[Kmh] | None = None
    """Speed signs only, and needed there: the speeds it can show, in km/h."""


class ClipFile(_Strict):
    """A recording; its key is the name speakers know it by."""

    zh: Words
    """What is said in it, in Chinese."""
    en: Words
    """In English."""
    says: Literal["drive_out", "slow_down", "keep_right", "do_not_enter"]
    """What it tells people: drive on and out of the tunnel; something is ahead; somebody comes the wrong way;
    the way ahead is closed."""
    length_s: int = Field(ge=1, le=300)
    """How long one playing of it takes."""
    groups: list[GroupName] = []
    """Types of incidents it is for; all where left out."""


class InterlockFile(_Strict):
    """Showings that must never all stand at once; its key is its id."""

    never: dict[Name, Annotated[list[ShowingName], Field(min_length=1)]] = Field(min_length=2)
    """Device → what it must not show while every other device named here shows what is named for it. A head,
    portal signal or beacon by the names its model uses (`open`, `closed`, `green`, `flash`); a sign by what
    its text means: `blank`, `advisory` (lit, but names no lane), `notice` (names a lane), `closure`, or
    `sends_to_1` where it sends traffic to lane 1."""
    reason: NameFile
    """Why, as people are told it."""
    settle_ms: int | None = Field(default=None, ge=0, le=60_000)
    """How long its devices may pass through the combination while their lamps change; the longest
    `step_deadline_ms` of their models where left out."""


class ResponseFile(_Strict):
    """What a site changes in the response to one type of incident; what is left out stays."""

    closes: Literal["none", "lanes", "road"] | None = None
    """Which lanes it closes in the open: none, those reported as blocked, or all."""
    closes_in_tunnel: Literal["none", "lanes", "road"] | None = None
    """The same inside a tunnel."""
    flash: bool | None = None
    """Whether beacons flash."""
    siren: bool | None = None
    """Whether they sound, where a lane is closed."""
    caution_before_m: int | None = Field(default=None, ge=0, le=20_000)
    """Open lanes show caution from this far before the place."""
    caution_after_m: int | None = Field(default=None, ge=0, le=20_000)
    """To this far behind it."""
    other_bores: bool | None = None
    """Whether the entrances of the tunnel's other bores are closed too."""


class SignTextFile(_Strict):
    """A text of the site, shown in place of the product's where it fits; conditions left out fit everything.

    `|` marks where a line may end besides after punctuation and spaces; blanks like `{what}` are filled:
    what, lanes, distance, tunnel, advice, exit, side.
    """

    situation: Literal[
        "lanes",
        "advisory",
        "closure",
        "queue",
        "wrong_way",
        "wrong_way_closed",
        "inside",
        "drive_out",
        "other_bore",
    ]
    """What the sign tells: some lanes closed, none, all; the tail of a queue; a wrong-way driver, alone or
    with a tunnel closed ahead; inside a tunnel whose entrance is closed, with the place unknown or behind the
    reader; in the other bore."""
    text: Words
    """What the sign says."""
    groups: list[GroupName] = []
    """Types of incidents it is for."""
    positions: list[Literal["here", "near", "middle", "far"]] = []
    """Where its signs stand: at the place or its portal, or in one of the three sign bands."""
    signs: list[Name] = []
    """Signs it is for; it has to fit each of them."""


class MessagesFile(_Strict):
    """What signs say."""

    language: Literal["zh", "en"] = "zh"
    """What they are written in."""
    texts: list[SignTextFile] = []
    """Texts of this site; the most specific that fits is shown."""
    banned: list[Words] = []
    """Words no sign of this site says, beside the product's own."""


DayTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class QuietHoursFile(_Strict):
    """The part of each day in which nothing sounds; lights go on."""

    from_: DayTime = Field(alias="from")
    """Time of the day, e.g. `"22:00"`; in quotes."""
    to: DayTime
    """End; before `from` where it is the next morning."""
    zone: Words
    """Time zone by its name, e.g. `Asia/Shanghai`."""


class PolicyFile(_Strict):
    """Numbers the site may set; the defaults are the product's."""

    budget_ms: int = Field(default=5_000, ge=500, le=120_000)
    """From the key until every device must be proved."""
    release_budget_ms: int = Field(default=60_000, ge=1_000, le=600_000)
    """The same for a release."""
    closure_before_m: int = Field(default=800, ge=0, le=5_000)
    """A closure starts at least this far before the place."""
    closure_gantries: int = Field(default=3, ge=1, le=10)
    """And at least this many gantries before it."""
    closure_gantries_within_m: int = Field(default=1_500, ge=0, le=10_000)
    """But counts no gantry farther away than this."""
    merge_m: int = Field(default=700, ge=0, le=5_000)
    """Length of the merge band before the closure."""
    closed_ahead_m: int = Field(default=700, ge=0, le=5_000)
    """Length of the closed-ahead band before the merge band."""
    nearest_gantry_within_m: int = Field(default=2_000, ge=0, le=10_000)
    """A band without a gantry takes the nearest upstream one within this distance."""
    sign_bands_m: list[Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default=[2_000, 5_000, 15_000], min_length=3, max_length=3
    )
    """Upper ends of the near, middle and far band of signs, rising."""
    beacon_m: int = Field(default=1_500, ge=0, le=20_000)
    """Beacons sound from this far before the closure."""
    min_weave_m: int = Field(default=600, ge=0, le=5_000)
    """A lane change needs at least this length."""
    siren_s: int = Field(default=60, ge=0, le=3_600)
    """Sirens stop after this; the flash goes on."""
    speaker_s: int = Field(default=120, ge=0, le=3_600)
    """Speakers fall silent after this."""
    speaker_m: int = Field(default=1_500, ge=0, le=20_000)
    """Speakers speak from this far before the closure."""
    speaker_volume: int = Field(default=80, ge=1, le=100)
    """How loud, in percent."""
    speed_m: int = Field(default=6_000, ge=0, le=50_000)
    """Speed signs are used from this far before the closure, or before the tail of its queue."""
    speed_step_kmh: int = Field(default=20, ge=5, le=50)
    """From one speed sign to the next the speed falls by no more than this."""
    review_min: int = Field(default=30, ge=1, le=1_440)
    """Minutes until an open incident asks whether it is still needed."""
    reactivate_s: int = Field(default=300, ge=0, le=3_600)
    """How long a cleared incident may be activated again."""
    join_window_m: int = Field(default=300, ge=0, le=10_000)
    """Two reports nearer than this may be one incident."""
    join_window_s: int = Field(default=120, ge=0, le=3_600)
    """Two reports closer in time than this may be one incident."""
    messages: MessagesFile = MessagesFile()
    """Language and texts of its signs."""
    adjacent_caution: bool = True
    """Whether open lanes beside a closed one show caution."""
    unknown_place_all_lanes: Literal["portals_only", "whole_bore"] = "portals_only"
    """All lanes of a bore are blocked and nobody knows where: close its entrance and let people inside drive
    out with caution, or close the whole bore."""
    wrong_way_kmh: int = Field(default=130, ge=30, le=300)
    """How fast a wrong-way driver may come nearer."""
    wrong_way_lead_min: int = Field(default=10, ge=0, le=120)
    """Traffic is warned this long before he could meet it."""
    wrong_way_min_m: int = Field(default=20_000, ge=0, le=200_000)
    """And at least this far upstream of where he was last seen."""
    coverage_gap_m: int = Field(default=500, ge=50, le=10_000)
    """Inside a tunnel, a longer stretch without head, sign or sound is named."""
    quiet_hours: QuietHoursFile | None = None
    """Sirens are silent then."""
    responses: dict[IncidentName, ResponseFile] = {}
    """Incident type → what this site changes in its response."""


class SiteFile(_Strict):
    """One site: a file an integrator writes."""

    site: Name
    """Short id; part of every topic."""
    name: NameFile
    """What people call the site."""
    kind: Literal["simulated", "live"]
    """`live` drives real devices; `simulated` writes to proved simulators only."""
    note: str = Field(default="", max_length=500)
    """Shown with the site, e.g. where its figures come from."""
    drives: Literal["right", "left"] = "right"
    """The side of the road traffic keeps to."""
    carriageways: dict[Name, CarriagewayFile] = Field(min_length=1)
    """Directions of travel."""
    tunnels: dict[Name, TunnelFile] = {}
    """Tunnels."""
    junctions: dict[Name, JunctionFile] = {}
    """Interchanges: exits that texts may name, ramps on which devices stand."""
    links: dict[Name, LinkFile] = {}
    """Connections."""
    gantries: dict[Name, GantryFile] = {}
    """Cross-sections with heads."""
    defaults: DefaultsFile = DefaultsFile()
    """Base, fallback and abilities by type of device."""
    devices: list[DeviceFile] = []
    """Commanded devices, in the order plans and tables list them."""
    clips: dict[Name, ClipFile] = {}
    """Recordings speakers can play."""
    cameras: list[CameraFile] = []
    """Cameras."""
    interlocks: dict[Name, InterlockFile] = {}
    """Showings that must never stand together, beside those that follow from the site."""
    policy: PolicyFile = PolicyFile()
    """Distances, budgets and times."""
