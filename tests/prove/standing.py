"""Everything that may stand on a drawn road at once: incidents, locks, what was found, what is gone.

The road comes from `roads`; what stands beside the incidents is drawn apart, so that a seed keeps its road.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from config.sign_fit import why_unfit
from config.site import Device, Site
from controller.incident import Demand, Plan, Report
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates, Source, desired_states
from devices.values import ASPECT_RANK, Aspect, DeviceType, Message, Value
from tests.prove.roads import draw

TEXTS = ("道路封闭", "前方事故,减速慢行", "注意横风", "慢行", "封闭")
NOW_MS = 30_000
SIREN_MS = 60_000
SPEAKER_MS = 120_000


@dataclass(frozen=True)
class Standing:
    """What stands at one moment.

    Attributes:
        out_of_service, failed: devices nothing is asked of; the first by a person, the others do not answer.
        locks, adopted: device → value a person ordered, or that was found on the road.
        stored: plans made for another site file; None where they are made for this one.
    """

    site: Site
    reports: tuple[Report, ...]
    out_of_service: frozenset[str]
    failed: frozenset[str]
    locks: Mapping[str, Value]
    adopted: Mapping[str, Value]
    stored: tuple[Plan, ...] | None = None

    @property
    def missing(self) -> frozenset[str]:
        """Every device nothing is asked of."""
        return self.out_of_service | self.failed

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plan of each incident as if it were the only one."""
        if self.stored is not None:
            return self.stored
        return tuple(
            plan_incident(report, self.site, out_of_service=self.out_of_service, missing=self.failed)
            for report in self.reports
        )

    @cached_property
    def able_twin(self) -> Site | None:
        """The same road with heads that can show every aspect; None where they can already."""
        every = frozenset(Aspect)
        less = {n: d for n, d in self.site.devices.items() if d.aspects not in (every, frozenset())}
        able = {name: replace(device, aspects=every) for name, device in less.items()}
        return replace(self.site, devices={**self.site.devices, **able}) if less else None

    @cached_property
    def incidents(self) -> tuple[Source, ...]:
        """The incidents as arbitration takes them; the first sirens end first."""
        return tuple(
            Source(f"I-{n}", plan, n, SIREN_MS + n * 1_000, SPEAKER_MS)
            for n, plan in enumerate(self.plans, start=1)
        )

    @cached_property
    def held(self) -> tuple[Source, ...]:
        """Locks and found restrictions as arbitration takes them."""
        return (
            *(_held("lock", device, value) for device, value in self.locks.items()),
            *(_held("adopted", device, value) for device, value in self.adopted.items()),
        )

    @cached_property
    def states(self) -> DesiredStates:
        """The final desired state of everything together."""
        return self.together(*self.incidents, *self.held)

    @cached_property
    def shown(self) -> Mapping[str, Value]:
        """Device → value of `states`."""
        return values(self.states)

    def joined(self, *sources: Source, now_ms: int = NOW_MS) -> DesiredStates:
        """Return the final desired state of some sources, derived anew."""
        return desired_states(self.site, sources, now_ms=now_ms, missing=self.missing)

    @cached_property
    def _known(self) -> dict[frozenset[tuple[str, int]], tuple[tuple[Source, ...], DesiredStates]]:
        return {}

    def together(self, *sources: Source) -> DesiredStates:
        """Return the final desired state of some sources, derived once in whatever order they come.

        That the order does not matter is a law of its own (`join_laws`).
        """
        key = frozenset((source.id, id(source.plan)) for source in sources)
        if key not in self._known:
            self._known[key] = sources, self.joined(*sources)  # the sources live on: ids are not given twice
        return self._known[key][1]

    def leaving(self, seed: int) -> Source:
        """Return the incident that a seed takes away."""
        return self.incidents[seed // 8 % len(self.incidents)]


def values(states: DesiredStates) -> dict[str, Value]:
    """Return device → value."""
    return {device: state.value for device, state in states.items()}


def _held(kind: str, device: str, value: Value) -> Source:
    return Source(f"{kind}:{device}", Plan((Demand(device, value, kind, kind),), ()), 0)


def stand(seed: int, *, incidents: int = 1, held: bool = False) -> Standing:
    """Return what stands on the road of a seed.

    Args:
        held: whether there may be locks and found restrictions, and more devices that are gone.
    """
    drawn = draw(seed, incidents=incidents)
    site, gone = drawn.site, set(drawn.missing)
    rng = Random(f"held {seed}")
    if not held:
        return Standing(site, drawn.reports, frozenset(gone), frozenset(), {}, {})
    basic = {DeviceType.HEAD, DeviceType.SIGN, DeviceType.BEACON}
    names = sorted(name for name, device in site.devices.items() if device.type in basic)
    others = sorted(site.devices.keys() - set(names))
    failed = frozenset(rng.sample(names, min(rng.choice((0, 0, 1, 3)), len(names))))
    apart = Random(f"equipment gone {seed}")
    failed |= frozenset(apart.sample(others, min(apart.choice((0, 0, 1)), len(others))))
    locks = _some(rng, site, names, ASPECT_RANK[Aspect.DARK])
    found = _some(rng, site, names, ASPECT_RANK[Aspect.CAUTION])
    here = set(names) - gone - failed
    return Standing(
        site,
        drawn.reports,
        frozenset(gone),
        failed,
        {device: value for device, value in locks.items() if device in here},
        {device: value for device, value in found.items() if device in here},
    )


def _some(rng: Random, site: Site, names: list[str], least: int) -> dict[str, Value]:
    """Return values for up to four devices; heads at least that strict, neighbours rather than strangers."""
    if not names:
        return {}
    first = rng.randrange(len(names))
    near = names[max(first - 8, 0) : first + 8]
    picked = rng.sample(near, min(rng.choice((0, 1, 2, 4)), len(near)))
    return {name: value for name in picked if (value := _value(rng, site.devices[name], least)) is not None}


def _value(rng: Random, device: Device, least: int) -> Value | None:
    match device.type:
        case DeviceType.HEAD:
            able = sorted(aspect for aspect in device.aspects if ASPECT_RANK[aspect] >= least)
            return rng.choice((*able, *(a for a in able if a is Aspect.CLOSED))) if able else None
        case DeviceType.SIGN:
            fits = [t for t in TEXTS if device.shape is None or why_unfit(t, device.shape) is None]
            return Message(rng.choice(fits)) if fits else None
        case _:
            return None
