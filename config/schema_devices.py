"""The form of devices in a site file: connections, addresses, what a device has and shows, clips."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, Field

from config.schema_base import STRICT, ChainageText, GroupName, Kmh, Name, Register, Words

AspectName: TypeAlias = Literal[
    "dark", "open", "caution", "closed_ahead", "merge_left", "merge_right", "closed"
]
LightName: TypeAlias = Literal["dark", "green", "yellow", "red"]


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
    says: Literal["drive_out", "slow_down", "keep_side", "do_not_enter"]
    """What it tells people: drive on and out of the tunnel; something is ahead; somebody comes the wrong way;
    the way ahead is closed."""
    length_s: int = Field(ge=1, le=300)
    """How long one playing of it takes."""
    groups: list[GroupName] = []
    """Types of incidents it is for; all where left out."""
