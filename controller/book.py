"""The facts the desired state is derived from: incidents, locks, adopted restrictions, permits, service."""

from dataclasses import dataclass, field
from typing import Any

from config.site import Policy
from controller.incident import Actor, Demand, IncidentState, Plan, Report, Verdict
from controller.incidents.course import Course
from controller.incidents.window import Window
from controller.interlocks.latches import Latch
from controller.plan import plan_json
from controller.states.arbitration import Source
from controller.states.because import LEAVING
from controller.states.moving import OVERLAP_S
from controller.store.rows import CommissionedRow, FaultRow, IncidentRow, LockRow, ServiceRow
from devices.values import Value


@dataclass(frozen=True, slots=True)
class Permit:
    """A person ordered that a device may leave a value, until its release is proved (S11).

    Attributes:
        owner: incident, lock, adopted restriction or latch whose end it belongs to.
        at_ms: UTC milliseconds of the order; with the owner it tells a permit from a later one.
    """

    value: Value
    owner: str
    at_ms: int


@dataclass(slots=True)
class ReleaseProgress:
    """How far a staged release has come (S6): a clear, or the old demands of a correction.

    Attributes:
        ends_as: `cleared` or `cancelled`; `active` for a correction, whose incident stays.
        waits_for: device → why, while a phase cannot go on.
        without_proof: devices a person let the release go on without.
        confirmed_by: who confirmed it besides; two may release while the journal is degraded (P1).
        paused: why it stands still until a person says clear or hold; empty while it runs.
        dwells: only advisories are replaced: each stays for its shortest time first (S6).
    """

    actor: Actor
    reason: str
    ends_as: IncidentState
    phase: str = ""
    done: int = 0
    total: int = 0
    waits_for: dict[str, str] = field(default_factory=dict)
    without_proof: set[str] = field(default_factory=set)
    confirmed_by: set[str] = field(default_factory=set)
    paused: str = ""
    dwells: bool = False

    @property
    def correction(self) -> bool:
        """Whether only replaced demands are released and the incident stays."""
        return self.ends_as is IncidentState.ACTIVE

    @property
    def by_two(self) -> bool:
        """Whether two people stand for it."""
        return len(self.confirmed_by) > 1

    def to_json(self) -> dict[str, Any]:
        """Return the stored and shown form."""
        return {
            "actor": actor_to_json(self.actor),
            "reason": self.reason,
            "ends_as": self.ends_as.value,
            "correction": self.correction,
            "phase": self.phase,
            "done": self.done,
            "total": self.total,
            "waits_for": dict(sorted(self.waits_for.items())),
            "without_proof": sorted(self.without_proof),
            "confirmed_by": sorted(self.confirmed_by),
            "paused": self.paused,
            "dwells": self.dwells,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "ReleaseProgress":
        """Read the stored form; what it waits for is found out anew."""
        return cls(
            actor_from_json(raw["actor"]),
            raw["reason"],
            IncidentState(raw["ends_as"]),
            done=raw["done"],
            without_proof=set(raw["without_proof"]),
            confirmed_by=set(raw.get("confirmed_by", ())),
            paused=raw["paused"],
            dwells=raw.get("dwells", False),
        )


@dataclass(frozen=True, slots=True)
class Undo:
    """What a person may take back without questions for a few seconds.

    Attributes:
        what: `press`, `correction`, `update` or `joined`.
        until_ms: UTC milliseconds.
        report, plan, seen_ms: what stood before; no plan where nothing did.
        digest, differs: of that plan, see `Incident`.
    """

    what: str
    until_ms: int
    report: Report
    plan: Plan | None
    seen_ms: int
    digest: str = ""
    differs: tuple[str, ...] = ()


@dataclass(slots=True)
class Incident:
    """One incident as the brain holds it.

    Attributes:
        plan: the demands that stand now (shrinking during a release); empty while prepared.
        leaving: what a correction replaced and has not released yet; stands beside `plan` as a source of
            its own, so that the new lane is closed before the old one opens.
        full_plan: what hold and re-activation drive again.
        activated_ms: UTC milliseconds of the newest activation.
        course: sightings, sirens, moves, devices left out.
        window, clear_window: budget windows of the newest order that drove a whole plan and of the newest
            clear.
        later: windows of what was added to that plan since, oldest first.
        differs: devices for which today's rules or site would ask for something else; see `outdated`.
        undo: what may be taken back, also after a restart.
        stood_ms: device → UTC milliseconds since when its demand stands, for what was driven by this process.
        driving: an order of a person is being journalled: nothing is added by rule meanwhile.
        committed: its intent is journalled (or spooled), so its demands may be driven.
    """

    id: str
    section: str
    report: Report
    state: IncidentState
    actor: Actor
    created_ms: int
    updated_ms: int
    revision: int = 0
    plan: Plan = field(default_factory=lambda: Plan((), ()))
    full_plan: Plan = field(default_factory=lambda: Plan((), ()))
    leaving: Plan = field(default_factory=lambda: Plan((), ()))
    activated_ms: int = 0
    durable: bool = True
    committed: bool = False
    site_digest: str = ""
    release: ReleaseProgress | None = None
    course: Course = field(default_factory=Course)
    window: Window | None = None
    clear_window: Window | None = None
    later: list[Window] = field(default_factory=list)
    differs: tuple[str, ...] = ()
    undo: Undo | None = None
    stood_ms: dict[str, int] = field(default_factory=dict)
    driving: bool = False
    verdicts: dict[int, Verdict] = field(default_factory=dict)

    @property
    def asked_ms(self) -> int:
        """When a person last ordered what it demands; "still needed?" counts from here."""
        return max(self.activated_ms, self.course.moved_ms)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows over everything it demands now."""
        return (*(() if self.window is None else (self.window,)), *self.later)

    @property
    def proved(self) -> bool:
        """Whether `not_proved` is empty."""
        return all(window.proved for window in self.windows if window.verdict is not None)

    def not_proved(self) -> dict[str, str]:
        """Return device → reason for what is not proved now, of windows that have their verdict."""
        decided = (window for window in self.windows if window.verdict is not None)
        return {device: why for window in decided for device, why in window.not_proved().items()}

    def row(self) -> IncidentRow:
        """Return its row as it stands."""
        return IncidentRow(
            self.id,
            self.section,
            self.report.carriageway,
            self.state.value,
            plan_json.report_to_json(self.report),
            self.created_ms,
            self.updated_ms,
            self.revision,
            actor_to_json(self.actor),
            self.release.to_json() if self.release is not None else None,
            self.course.to_json(),
        )


class Book:
    """Everything the desired state is a pure function of, in memory; the store holds the same rows."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.adopted: dict[str, tuple[Value, int]] = {}
        self.permits: dict[str, Permit] = {}
        self.locks: dict[str, LockRow] = {}
        self.services: dict[str, ServiceRow] = {}
        self.faults: dict[str, FaultRow] = {}
        self.commissioned: dict[str, CommissionedRow] = {}
        self.latches: dict[str, Latch] = {}

    def open(self) -> list[Incident]:
        """Return incidents whose demands count, oldest first."""
        return [i for i in self.incidents.values() if i.state.open and i.committed]

    def sources(self, policy: Policy, lock_values: dict[str, Value], *, quiet: bool = False) -> list[Source]:
        """Return what arbitration joins.

        Args:
            policy: how long sirens and speakers sound (S13).
            lock_values: device → locked value, decoded by the caller.
            quiet: it is quiet hours: no incident sounds a siren.
        """
        sources = []
        for i in self.open():
            siren_ms = 0 if quiet else i.course.sounds_until_ms(policy.siren_s)
            # Speakers are directed at the road, and what they say gets people out: quiet hours pass them by.
            speaker_ms = i.course.sounds_until_ms(policy.speaker_s)
            sources.append(Source(i.id, i.plan, i.activated_ms, siren_ms, speaker_ms))
            if i.leaving.demands:
                brief_ms = i.course.moved_ms + OVERLAP_S * 1000
                leaving = f"{i.id}{LEAVING}"
                sources.append(
                    Source(leaving, i.leaving, i.activated_ms, siren_ms, speaker_ms, brief_until_ms=brief_ms)
                )
        for device, value in lock_values.items():
            demand = Demand(device, value, "lock", f"locked: {self.locks[device].reason}")
            row = self.locks[device]
            lock = Source(f"lock:{device}", Plan((demand,), ()), row.at_ms, holder=str(row.actor["id"]))
            sources.append(lock)
        sources += [Source(one.source, one.plan, one.since_ms, None) for one in self.latches.values()]
        for device, (value, since_ms) in self.adopted.items():
            demand = Demand(device, value, "adopted", "found on the road, not ours")
            sources.append(Source(f"adopted:{device}", Plan((demand,), ()), since_ms, None))
        return sources


def actor_to_json(actor: Actor) -> dict[str, str]:
    """Return the form used in rows, records and answers."""
    return {"id": actor.id, "role": actor.role, "via": actor.via}


def actor_from_json(raw: dict[str, str]) -> Actor:
    """Read it back."""
    return Actor(raw["id"], raw["role"], raw["via"])
