"""The form of a site file: every key, what it means, and what a value may be.

The strings below the keys are their reference documentation. Chainages are written as on the posts
(`K1889+300`); lengths and times carry their unit in the key.
Whether what they refer to exists is for `config.checks`.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from config.schema_base import STRICT, GroupName, Kmh, Name, Words
from config.schema_devices import ClipFile, DefaultsFile, DeviceFile, LinkFile
from config.schema_road import (
    CameraFile,
    CarriagewayFile,
    GantryFile,
    JunctionFile,
    NameFile,
    TunnelFile,
)

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


class _Strict(BaseModel):
    model_config = STRICT


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
    speaker: bool | None = None
    """Whether speakers say what to do."""
    speed_kmh: Kmh | None = None
    """The lowest speed its speed signs ask for, whatever is closed."""


class SignTextFile(_Strict):
    """A text of the site, shown in place of the product's where it fits; conditions left out fit everything.

    `|` marks where a line may end besides after punctuation and spaces; blanks like `{what}` are filled:
    what, lanes, distance, tunnel, advice, exit, side.
    """

    situation: Literal[
        "lanes",
        "advisory",
        "closure",
        "shoulder",
        "queue",
        "wrong_way",
        "wrong_way_closed",
        "inside",
        "drive_out",
        "other_bore",
    ]
    """What the sign tells: some lanes closed, none, all, all but the shoulder; the tail of a queue; a
    wrong-way driver, alone or with a tunnel closed ahead; inside a tunnel whose entrance is closed, with the
    place unknown or behind the reader; in the other bore."""
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
    approved: list[Words] = []
    """Texts a person of the role `operate` may put on a sign; others need `manage`."""


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
    speed_advisory_kmh: Kmh = 80
    """The lowest speed asked for where no lane is closed."""
    speed_lanes_kmh: Kmh = 60
    """The same where some lanes are closed."""
    speed_road_kmh: Kmh = 40
    """The same where all lanes are closed."""
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
    undo_s: int = Field(default=10, ge=0, le=60)
    """How long a press may be taken back without questions."""
    advisory_dwell_s: int = Field(default=120, ge=0, le=3_600)
    """An advisory that a newer report replaces stands at least this long."""
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
    drill: bool = False
    """A simulated site people train on: DRILL stands on every screen and in the journal (`onekey drill`)."""
    note: str = Field(default="", max_length=500)
    """Shown with the site, e.g. where its figures come from."""
    phone: str = Field(default="", max_length=60)
    """Whom a dispatcher phones when a press gets no answer; the console shows it then."""
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
