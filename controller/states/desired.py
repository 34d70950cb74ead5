"""What arbitration is given and what it gives: one reason for demands, and the state of one device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from controller.incident import Plan
from controller.states.because import why
from devices.values import Value


@dataclass(frozen=True, slots=True)
class Source:
    """One reason for demands: an incident, a lock or an adopted restriction.

    Attributes:
        id: the incident's id, `lock:DEVICE` or `adopted:DEVICE`.
        plan: stored demands; only incidents have lane facts.
        activated_ms: UTC milliseconds; decides between equals, the older first.
        siren_until_ms, speaker_until_ms: its sirens and speakers sound before this moment (S13); None for
            no limit.
        holder: who set a lock.
        brief_until_ms: set for what a correction replaced; from this moment on the overlap is no short one.
    """

    id: str
    plan: Plan
    activated_ms: int
    siren_until_ms: int | None = None
    speaker_until_ms: int | None = None
    holder: str = ""
    brief_until_ms: int | None = None

    @property
    def precedence(self) -> tuple[int, int, str]:
        """Order among sources that want the same: incidents, locks, adopted; then age; then id."""
        kind = 2 if self.adopted else 1 if self.id.startswith(("lock:", "interlock:")) else 0
        return kind, self.activated_ms, self.id

    @property
    def adopted(self) -> bool:
        """Whether it was found on the road."""
        return self.id.startswith("adopted:")

    @property
    def lock(self) -> bool:
        """Whether a person holds a device there."""
        return self.id.startswith("lock:")

    @property
    def incident(self) -> bool:
        """Whether it is an incident."""
        return self.precedence[0] == 0


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What one device is to show.

    Attributes:
        source: the first of `sources`.
        sources: who stands behind the value, incidents first.
        outranked: sources that wished something else for this device.
        raised_by: the rule that made it stricter than every stored demand, empty where none did.
        names: source → what people call it; shared by all states of one derivation.
    """

    device: str
    value: Value
    sources: tuple[str, ...]
    reason: str
    outranked: tuple[str, ...] = ()
    raised_by: str = ""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def named(self, names: Mapping[str, str]) -> "DeviceState":
        """Return the same state with the names of its sources."""
        return DeviceState(
            self.device, self.value, self.sources, self.reason, self.outranked, self.raised_by, names
        )

    @property
    def why(self) -> str:
        """What it shows, for whom, why, and who is outranked, in one line."""
        return why(self.value, self.sources, self.reason, self.outranked, self.names)

    @property
    def source(self) -> str:
        """The source the device belongs to."""
        return self.sources[0]


DesiredStates: TypeAlias = Mapping[str, DeviceState]
"""Device → state, in site order."""
