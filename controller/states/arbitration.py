"""What every device is to show while several incidents, locks and found restrictions stand at once (S5, S14).

Pure and complete: the same sources give the same states in any order. A device without a source is
absent; it goes to its base.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.sign_meaning import Level, level
from config.site import Device, Site
from controller.incident import Demand, LaneFact
from controller.interlocks.interlock_raise import keep_interlocks
from controller.plan import clips
from controller.plan.aspects import ARROWS, Derivation
from controller.plan.entrances import from_joined
from controller.plan.shoulder import running
from controller.signs.sign_pages import Told, both_matter, on_pages
from controller.states.because import name_of
from controller.states.desired import DesiredStates, DeviceState, Source
from controller.states.held import warned
from controller.states.interlock import derive_with, lawful_instead, raise_until_lawful
from controller.states.moving import is_brief, moved
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, DeviceType, Message, SpeakerState, Value

__all__ = ["DesiredStates", "DeviceState", "Source", "desired_states", "over"]


@dataclass(frozen=True, slots=True)
class _Wish:
    source: Source
    value: Value
    reason: str


def desired_states(
    site: Site, sources: Sequence[Source], *, now_ms: int, missing: frozenset[str] = frozenset()
) -> DesiredStates:
    """Join all sources into one state per device.

    A carriageway with one source shows its stored demands as they are. With several, heads are
    derived again from the joined lane facts and never fall below a stored demand; of signs the
    strictest and nearest text wins; beacons do what any source wants, portal signals and speed signs the
    strictest, speakers play the clip that matters most. What is still unlawful together is raised until S2
    to S4 hold.

    Args:
        site: demands for devices it no longer has are left out.
        sources: in any order, ids distinct.
        now_ms: UTC milliseconds, for the time limits of sirens and speakers.
        missing: devices out of service: nothing is newly derived for them (S14).
    """
    replaced = [source for source in sources if source.brief_until_ms is not None]
    sources = [source for source in sources if source.brief_until_ms is None]
    wishes: dict[str, list[_Wish]] = defaultdict(list)
    roads: dict[str, dict[str, Source]] = defaultdict(dict)
    for source in sorted(sources, key=lambda s: s.precedence):
        for demand in source.plan.demands:
            if demand.device in site.devices:
                wish = _Wish(source, _timed(demand, source, now_ms), demand.reason)
                wishes[demand.device].append(wish)
                roads[site.devices[demand.device].carriageway][source.id] = source
        for fact in source.plan.lane_facts:
            roads[fact.carriageway][source.id] = source
    states: dict[str, DeviceState] = {}
    for carriageway, present in roads.items():
        if carriageway in site.carriageways:
            states |= _road(site, carriageway, list(present.values()), wishes, missing)
    if replaced:
        facts = [fact for source in sources for fact in source.plan.lane_facts]
        points = _points(site, wishes)
        states |= moved(site, states, replaced, facts, points, now_ms=now_ms, missing=missing)
    states |= _interlocked(site, states, sources, wishes, missing, brief=is_brief(replaced, now_ms))
    names = {source.id: name_of(source.id, source.holder) for source in (*sources, *replaced)}
    return {device: states[device].named(names) for device in site.devices if device in states}


def _interlocked(
    site: Site,
    states: Mapping[str, DeviceState],
    sources: Sequence[Source],
    wishes: Mapping[str, list[_Wish]],
    missing: frozenset[str],
    *,
    brief: bool,
) -> dict[str, DeviceState]:
    """Return the states that have to be stricter so that no interlock is violated (S9)."""
    before = {device: state.value for device, state in states.items()}
    facts = [fact for source in sources for fact in source.plan.lane_facts]
    points = _points(site, wishes)
    kept, log = keep_interlocks(site, before, facts, points=points, missing=missing, brief=brief)
    raised: dict[str, DeviceState] = {}
    for step in log:
        own = states[step.device].sources if step.device in states else ()
        others = [now for d in step.because_of if (now := raised.get(d) or states.get(d)) is not None]
        behind = tuple(dict.fromkeys(source for state in others for source in state.sources)) or own
        raised[step.device] = DeviceState(
            step.device,
            kept[step.device],
            behind or (step.rule.replace(" ", ":"),),
            f"{step.rule}: {step.text}",
            tuple(source for source in own if source not in behind),
            step.rule,
        )
    return raised


def _timed(demand: Demand, source: Source, now_ms: int) -> Value:
    match demand.value:
        case BeaconState() as value if over(source.siren_until_ms, now_ms):
            return replace(value, siren=False)
        case SpeakerState() if over(source.speaker_until_ms, now_ms):
            return SpeakerState()
        case value:
            return value


def over(until_ms: int | None, now_ms: int) -> bool:
    """Return whether a time limit has passed; None is no limit."""
    return until_ms is not None and now_ms >= until_ms


def _road(
    site: Site,
    carriageway: str,
    sources: list[Source],
    wishes: Mapping[str, list[_Wish]],
    missing: frozenset[str],
) -> dict[str, DeviceState]:
    """Return the states of one carriageway."""
    of_road = {
        device.id: wishes[device.id]
        for device in site.devices.values()
        if device.carriageway == carriageway and device.id in wishes
    }
    # One plan is lawful as it stands; what was found, and nothing else, is not ours to change (S11).
    if (len(sources) == 1 and sources[0].incident) or all(source.adopted for source in sources):
        return {d: DeviceState(d, w.value, (w.source.id,), w.reason) for d, (w, *_) in of_road.items()}
    facts = [f for s in sources for f in s.plan.lane_facts if f.carriageway == carriageway]
    points = _points(site, of_road)
    derivation, states = _heads(site, carriageway, sources, facts, points, of_road, missing)
    for device_id, asked in of_road.items():
        device = site.devices[device_id]
        match device.type:
            case DeviceType.HEAD:
                pass  # derived above
            case DeviceType.SIGN:
                states[device_id] = _sign(site, device, asked, derivation)
            case DeviceType.BEACON:
                states[device_id] = _beacon(device, asked)
            case DeviceType.PORTAL | DeviceType.SPEED:
                states[device_id] = _strictest(device, asked)
            case DeviceType.SPEAKER:
                states[device_id] = _speaker(site, device, asked)
    before = {device: state.value for device, state in states.items()}
    _, raised = raise_until_lawful(site, before, facts, points=points, missing=missing)
    behind = _behind(sources, carriageway)
    for violation in raised:
        if violation.instead is not None:
            asked = of_road.get(violation.device, [])
            states[violation.device] = DeviceState(
                violation.device,
                violation.instead,
                behind or tuple(w.source.id for w in asked),
                f"{violation.rule}: {violation.text}",
                tuple(w.source.id for w in asked if w.source.id not in behind),
                violation.rule,
            )
    held = {name: state.value for name, state in states.items()}
    plans = [source.plan for source in sources if source.incident]
    for name, value, reason in from_joined(site, carriageway, held, facts, points, missing, plans):
        who = behind or tuple(source.id for source in sources)
        outranked = tuple(w.source.id for w in of_road.get(name, []) if w.source.id not in who)
        states[name] = DeviceState(name, value, who, f"joined facts: {reason}", outranked, "S5")
    return states


def _points(site: Site, wishes: Mapping[str, Sequence[_Wish]]) -> list[LaneFact]:
    """Return the heads that locks or found restrictions hold closed."""
    return [
        LaneFact(head.carriageway, head.lane, head.at_m, head.at_m)
        for head in map(site.devices.__getitem__, wishes)
        if head.lane is not None
        and any(w.value is Aspect.CLOSED and not w.source.incident for w in wishes[head.id])
    ]


def _behind(sources: Sequence[Source], carriageway: str) -> tuple[str, ...]:
    """Return who answers for what only the joined facts demand: the incidents that close lanes here.

    Where none does, what is held beside a lane's end closes it: then everything that stands here.
    """
    closing = (s for s in sources if any(f.carriageway == carriageway for f in running(s.plan.lane_facts)))
    return tuple(source.id for source in closing) or tuple(source.id for source in sources)


def _heads(
    site: Site,
    carriageway: str,
    sources: Sequence[Source],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact],
    wishes: Mapping[str, list[_Wish]],
    missing: frozenset[str],
) -> tuple[Derivation, dict[str, DeviceState]]:
    """Return the heads' states: the stricter of the stored demands and what the joined facts derive."""
    heads = site.devices_along(carriageway, DeviceType.HEAD)
    stored: dict[str, Value] = {
        head.id: max((w.value for w in wishes[head.id]), key=strictness)
        for head in heads
        if head.id in wishes
    }
    derivation = derive_with(site, carriageway, stored, facts, points, missing)
    locks = {
        head.id: wish.source.id
        for head in heads
        for wish in wishes.get(head.id, [])
        if wish.source.lock and wish.value is Aspect.CLOSED
    }
    derivation, warns_for = warned(site, derivation, locks, missing)
    behind = _behind(sources, carriageway)
    states = {}
    for head in heads:
        asked = wishes.get(head.id, [])
        derived = derivation.heads.get(head.id)
        if not asked and derived is None:
            continue
        value, reason = _aspect(site, head, stored, asked, derivation)
        winners = [w for w in asked if w.value == value]
        raised = derived is not None and all(strictness(w.value) < strictness(value) for w in asked)
        if winners:
            who, reason = tuple(w.source.id for w in winners), winners[0].reason
        elif derived is not None and head.id in warns_for and value is derived.aspect:
            who = (warns_for[head.id],)
        else:
            who = behind or tuple(w.source.id for w in asked)
            reason = f"joined facts: {reason}"
        outranked = tuple(w.source.id for w in asked if w.value != value)
        states[head.id] = DeviceState(head.id, value, who, reason, outranked, "S5" if raised else "")
    return derivation, states


def _aspect(
    site: Site, head: Device, stored: Mapping[str, Value], asked: Sequence[_Wish], derivation: Derivation
) -> tuple[Value, str]:
    """Return what a head shows and why, where no single wish explains it."""
    derived = derivation.heads.get(head.id)
    if head.id not in stored:
        assert derived is not None
        return derived.aspect, derived.reason
    rank = strictness(stored[head.id])
    if derived is not None and strictness(derived.aspect) > rank:
        return derived.aspect, derived.reason
    equal = [w for w in asked if strictness(w.value) == rank]
    # What was found on the road stays as it is unless an incident demands more (S11, S14).
    found = next((w for w in equal if w.source.adopted), None)
    if derived is not None and strictness(derived.aspect) == rank and found is None:
        return derived.aspect, derived.reason
    wish = found or equal[0]
    if wish.value in ARROWS:
        instead = lawful_instead(site, {**stored, head.id: wish.value}, head, derivation)
        if instead:
            return instead[0], f"{wish.value} would send traffic to a closed lane"
    return wish.value, wish.reason


def _sign(site: Site, sign: Device, wishes: Sequence[_Wish], derivation: Derivation) -> DeviceState:
    """Return a sign's state: the strictest and nearest incident; a stricter lock or found text holds.

    Where a second incident matters too, its text is the second page.
    """

    def order(wish: _Wish) -> tuple[int, float]:
        assert isinstance(wish.value, Message)
        return -level(wish.value.multi), _ahead_m(wish.source, sign)

    incidents = sorted((w for w in wishes if w.source.incident), key=order)
    others = [w for w in wishes if not w.source.incident]
    # A closure text becomes milder only by a person's release, whoever ordered it (S6, S11).
    holding = [w for w in others if strictness(w.value) == Level.CLOSURE]
    best = incidents[0] if incidents else (holding or others)[0]
    if holding and strictness(best.value) < Level.CLOSURE:
        best = holding[0]
    if best.source.incident and (both := _both(site, sign, best, incidents, derivation)) is not None:
        return both
    same = [w for w in (*incidents, *others) if w.value == best.value]
    outranked = tuple(w.source.id for w in (*incidents, *others) if w.value != best.value)
    return DeviceState(sign.id, best.value, tuple(w.source.id for w in same), best.reason, outranked)


def _both(
    site: Site, sign: Device, best: _Wish, incidents: Sequence[_Wish], derivation: Derivation
) -> DeviceState | None:
    """Return the state of a sign that tells of two incidents on two pages; None where one is enough."""
    assert sign.shape is not None
    ahead = [(max(s.from_m, sign.at_m), s.all_lanes) for s in derivation.stretches if s.to_m >= sign.at_m]
    nearest_m = min((from_m for from_m, _ in ahead), default=0)
    stops_next = any(all_lanes for from_m, all_lanes in ahead if from_m == nearest_m)

    def told(wish: _Wish) -> Told:
        assert isinstance(wish.value, Message)
        return Told(wish.value.multi, _ahead_m(wish.source, sign, site))

    event = best.source.id.partition("/")[0]
    for other in incidents:
        if other.value == best.value or other.source.id.partition("/")[0] == event:
            continue  # the same text, or what a correction of the same incident replaces
        first, second = told(best), told(other)
        if not both_matter(first, second, site.policy.sign_bands_m[1], stops_next):
            continue
        multi = on_pages(first.multi, second.multi, sign.shape)
        if multi is not None:
            values = (best.value, other.value)
            shown = tuple(w.source.id for w in incidents if w.value in values)
            beaten = tuple(w.source.id for w in incidents if w.value not in values)
            reason = f"{best.reason}; and on a second page {other.reason}"
            return DeviceState(sign.id, Message(multi), shown, reason, beaten)
    return None


def _ahead_m(source: Source, device: Device, site: Site | None = None) -> float:
    """Return how far ahead of a device a source closes a lane; infinite where it closes none there.

    Args:
        site: given, what closes no lane counts from the first head or beacon it wants something of.
    """
    facts = [f for f in running(source.plan.lane_facts) if f.carriageway == device.carriageway]
    if facts or site is None:
        return min((max(f.from_m - device.at_m, 0) for f in facts), default=float("inf"))
    asked = (site.devices[d.device] for d in source.plan.demands if d.device in site.devices)
    first = (
        max(d.at_m - device.at_m, 0)
        for d in asked
        if d.carriageway == device.carriageway and d.type in (DeviceType.HEAD, DeviceType.BEACON)
    )
    return min(first, default=float("inf"))


def _beacon(beacon: Device, wishes: Sequence[_Wish]) -> DeviceState:
    """Return a beacon's state: it does whatever any source wants."""
    wanted = [w.value for w in wishes if isinstance(w.value, BeaconState)]
    value = BeaconState(any(v.flash for v in wanted), any(v.siren for v in wanted))
    reasons = "; ".join(dict.fromkeys(w.reason for w in wishes))
    return DeviceState(beacon.id, value, tuple(w.source.id for w in wishes), reasons)


def _strictest(device: Device, wishes: Sequence[_Wish]) -> DeviceState:
    """Return the state of a device that shows what restricts most: a portal signal, a speed sign."""
    best = max(wishes, key=lambda w: strictness(w.value))
    same = tuple(w.source.id for w in wishes if w.value == best.value)
    outranked = tuple(w.source.id for w in wishes if w.value != best.value)
    return DeviceState(device.id, best.value, same, best.reason, outranked)


def _speaker(site: Site, speaker: Device, wishes: Sequence[_Wish]) -> DeviceState:
    """Return a speaker's state: one clip at a time, of the nearest closure; as loud as any source wants."""
    heard = [w for w in wishes if isinstance(w.value, SpeakerState) and not w.value.silent]
    if not heard:
        best = wishes[0]
        return DeviceState(speaker.id, best.value, tuple(w.source.id for w in wishes), best.reason)

    def order(wish: _Wish) -> tuple[int, float]:
        assert isinstance(wish.value, SpeakerState)
        return -clips.urgency(site, wish.value.clip), _ahead_m(wish.source, speaker)

    best = min(heard, key=order)
    same = [w for w in heard if isinstance(w.value, SpeakerState) and _clip(w) == _clip(best)]
    spoken = [w.value for w in same if isinstance(w.value, SpeakerState)]
    loudest = max(w.value.volume for w in heard if isinstance(w.value, SpeakerState))
    value = SpeakerState(_clip(best), max(v.repeats for v in spoken), loudest)
    outranked = tuple(w.source.id for w in wishes if w not in same)
    return DeviceState(speaker.id, value, tuple(w.source.id for w in same), best.reason, outranked)


def _clip(wish: _Wish) -> str:
    return wish.value.clip if isinstance(wish.value, SpeakerState) else ""
