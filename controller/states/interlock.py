"""Whether a set of showings is lawful as a whole (S2, S3, S4), and the next stricter one that is.

Looks at final values, not at plans: what two lawful plans, a lock and a found restriction give together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.sign_meaning import Level, level
from config.site import Carriageway, Device, Exit, Site
from controller.incident import IncidentType, LaneFact
from controller.plan.aspects import ARROWS, Derivation, derive
from controller.plan.bands import Stretch, lane_heads, post, settle
from controller.plan.exits import exits_named
from controller.signs import sign_texts
from controller.states.stricter import strictness
from devices.values import Aspect, DeviceType, Message, Value, dark


@dataclass(frozen=True, slots=True)
class Violation:
    """One device that shows what it must not: which rule, why, and what it has to show instead.

    Attributes:
        instead: never milder than what it shows; None where the device can show nothing lawful.
    """

    rule: str
    device: str
    text: str
    instead: Value | None


def violations(
    site: Site,
    states: Mapping[str, Value],
    facts: Sequence[LaneFact] = (),
    *,
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
) -> tuple[Violation, ...]:
    """Return everything unlawful in a set of showings, in site order of carriageways.

    Args:
        site: the devices and their capabilities.
        states: device → value; a device not named shows its base.
        facts: the closures the showings have to tell about; without them only arrows are judged.
        points: heads held closed for no incident; a closure may have no way out for them.
        missing: devices nothing is expected from.
    """
    found: list[Violation] = []
    roads = {site.devices[device].carriageway for device in states} | {
        f.carriageway for f in (*facts, *points)
    }
    for carriageway in (road for road in site.carriageways if road in roads):
        closures = [fact for fact in facts if fact.carriageway == carriageway]
        derivation = derive_with(site, carriageway, states, closures, points, missing)
        found += _arrows(site, states, derivation)
        found += _closures(site, states, derivation)
        found += _signs(site, states, derivation, missing)
        found += _sent_under_a_cross(site, states, site.carriageways[carriageway], missing)
    return tuple(found)


def raise_until_lawful(
    site: Site,
    states: Mapping[str, Value],
    facts: Sequence[LaneFact] = (),
    *,
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
) -> tuple[dict[str, Value], tuple[Violation, ...]]:
    """Return the states with every violation replaced by something at least as strict, and what was.

    Ends because nothing ever becomes milder; a device that can show nothing lawful stays as it is.
    """
    raised, log = dict(states), list[Violation]()
    while True:
        found = [
            violation
            for violation in violations(site, raised, facts, points=points, missing=missing)
            if violation.instead is not None and violation.instead != raised.get(violation.device)
        ]
        once = {violation.device: violation for violation in reversed(found)}
        if not once or len(log) > 4 * len(site.devices):
            return raised, tuple(log)
        log += once.values()
        raised |= {v.device: v.instead for v in once.values() if v.instead is not None}


def derive_with(
    site: Site,
    carriageway: str,
    states: Mapping[str, Value],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
) -> Derivation:
    """Derive from the facts, with no arrow to a head that is closed though no fact explains it."""
    stretches = settle(site, carriageway, facts, points)
    crosses = [
        LaneFact(carriageway, head.lane, head.at_m, head.at_m)
        for head in _closed_heads(site, carriageway, states)
        if head.lane is not None
        and not any(s.lane == head.lane and s.from_m <= head.at_m <= s.to_m for s in stretches)
    ]
    return derive(site, carriageway, facts, points=points, crosses=crosses, missing=missing)


def _closed_heads(site: Site, carriageway: str, states: Mapping[str, Value]) -> list[Device]:
    """Return the heads of a carriageway that show a cross, in the order traffic meets them."""
    closed = (site.devices[name] for name, value in states.items() if value is Aspect.CLOSED)
    return sorted((d for d in closed if d.carriageway == carriageway), key=lambda d: (d.at_m, d.id))


def warned_stretch(
    site: Site, states: Mapping[str, Value], head: Device, stretches: Iterable[Stretch]
) -> tuple[int, int]:
    """Return the closure an arrow over `head` warns of: the next stretch, else the next crosses.

    Where there is neither any more (a staged release) it is the length of the bands.
    """
    assert head.lane is not None
    policy = site.policy
    reach_m = head.at_m + max(policy.nearest_gantry_within_m, policy.merge_m + policy.closed_ahead_m)
    ahead = [s for s in stretches if s.lane == head.lane and head.at_m < s.from_m <= reach_m]
    if ahead:
        nearest = min(ahead, key=lambda s: s.from_m)
        return nearest.from_m, nearest.to_m
    row = [h for h in lane_heads(site, head.carriageway, head.lane) if h.at_m > head.at_m]
    closed = [states.get(h.id) is Aspect.CLOSED for h in row]
    if True in closed and row[first := closed.index(True)].at_m <= reach_m:
        last = closed.index(False, first) if False in closed[first:] else len(row)
        return row[first].at_m, row[last - 1].at_m
    return head.at_m, head.at_m + policy.merge_m + policy.closed_ahead_m


def lawful_instead(
    site: Site, states: Mapping[str, Value], head: Device, derivation: Derivation
) -> tuple[Aspect, ...]:
    """Return what `head` may show for an arrow it must not, best first; empty where its arrow is lawful."""
    assert head.lane is not None
    start_m, end_m = warned_stretch(site, states, head, derivation.stretches)
    lawful = derivation.arrows(head.lane, head.at_m, start_m, end_m)
    if states.get(head.id) in lawful:
        return ()
    wishes = (*lawful, Aspect.CLOSED_AHEAD, Aspect.CLOSED)
    return tuple(wish for wish in wishes if wish in head.aspects)


def _arrows(site: Site, states: Mapping[str, Value], derivation: Derivation) -> Iterator[Violation]:
    """S2: an arrow points to a lane that stays open from there to the incident."""
    for head in site.devices_along(derivation.carriageway, DeviceType.HEAD):
        shown = states.get(head.id)
        if shown not in ARROWS or head.lane is None:
            continue
        start_m, end_m = warned_stretch(site, states, head, derivation.stretches)
        if shown in derivation.arrows(head.lane, head.at_m, start_m, end_m):
            continue
        instead = next(iter(lawful_instead(site, states, head, derivation)), None)
        end = post(site, head.carriageway, end_m)
        text = f"{head.id} shows {shown} though no lane that way stays open to {end}"
        yield Violation("S2", head.id, text, instead)


def _closures(site: Site, states: Mapping[str, Value], derivation: Derivation) -> Iterator[Violation]:
    """S3: every head of a closed stretch and of its bands is at least as strict as derived."""
    for device_id, derived in derivation.heads.items():
        device = site.devices[device_id]
        shown = states.get(device_id, device.base) or dark(device.type)
        if strictness(shown) < strictness(derived.aspect):
            text = f"{device_id} shows {shown}, milder than {derived.aspect}: {derived.reason}"
            yield Violation("S3", device_id, text, derived.aspect)


def _signs(
    site: Site, states: Mapping[str, Value], derivation: Derivation, missing: frozenset[str]
) -> Iterator[Violation]:
    """S4: a sign is never milder than the next closed stretch and sends nobody into it."""
    carriageway = site.carriageways[derivation.carriageway]
    far_m = site.policy.sign_bands_m[-1]
    closed_off = walls(site, states, derivation)
    for sign in site.devices_along(carriageway.id, DeviceType.SIGN):
        ahead = [s for s in derivation.stretches if sign.at_m <= s.to_m and sign.ahead_m(s.from_m) <= far_m]
        if not ahead or sign.id in missing:
            continue
        # A full stop farther on counts more than a lane closed before it, or a new report would end its text.
        stops = [s for s in ahead if s.all_lanes]
        nearest = min(stops or ahead, key=lambda s: max(s.from_m - sign.at_m, 0))
        wall_m = next(
            (at_m for at_m in closed_off if at_m >= sign.at_m and sign.ahead_m(at_m) <= far_m), None
        )
        if wall_m is not None and not (stops and nearest.to_m < wall_m):
            start_m = min(nearest.from_m, wall_m) if wall_m <= nearest.to_m else wall_m
            nearest = Stretch(nearest.lane, start_m, max(nearest.to_m, wall_m), all_lanes=True)
        shown = states.get(sign.id)
        text = shown.multi if isinstance(shown, Message) else ""
        needed = Level.CLOSURE if nearest.all_lanes else Level.NOTICE
        closed = {s.lane for s in ahead if s.from_m <= nearest.to_m and s.to_m >= nearest.from_m}
        milder = level(text) < needed
        sends = sign_texts.sends_to(text, carriageway) & closed
        behind = _exits_behind(site, sign, text, ahead)
        if not milder and not sends and not behind:
            continue
        why = f"sends to exit {behind[0].name.en} behind a closure" if behind else ""
        why = f"sends to closed lane {min(sends)}" if sends else why
        why = "says less than the next closure" if milder else why
        strict = Level.CLOSURE if nearest.all_lanes else max(needed, level(text))
        instead = _text_for(site, sign, nearest, frozenset(closed), strict)
        start = post(site, carriageway.id, nearest.from_m)
        yield Violation("S4", sign.id, f"{sign.id} {why} at {start}", instead)


def _exits_behind(site: Site, sign: Device, text: str, ahead: Sequence[Stretch]) -> tuple[Exit, ...]:
    """Return the exits a text names that a driver cannot reach: nobody gets past, or their lane is closed."""

    def reached(way_out: Exit) -> bool:
        lanes = site.carriageways[sign.carriageway].lanes_between(way_out.at_m, way_out.at_m)
        beside = lanes[-1:] if site.drives == "right" else lanes[:1]
        before = [s for s in ahead if s.from_m < way_out.at_m and (s.all_lanes or s.lane in beside)]
        return not any(s.all_lanes or s.to_m >= way_out.at_m for s in before)

    return tuple(way_out for way_out in exits_named(site, sign, text) if not reached(way_out))


def _sent_under_a_cross(
    site: Site, states: Mapping[str, Value], road: Carriageway, missing: frozenset[str]
) -> Iterator[Violation]:
    """S4: a sign sends nobody to a lane with a cross at the next cross-section that has any."""
    far_m = site.policy.sign_bands_m[-1]
    for sign in site.devices_along(road.id, DeviceType.SIGN):
        shown = states.get(sign.id)
        if not isinstance(shown, Message) or sign.id in missing:
            continue
        sends = sign_texts.sends_to(shown.multi, road)
        if not sends:
            continue
        for gantry in site.gantries_between(road.id, sign.at_m, sign.at_m + far_m):
            closed = {n for n, h in site.heads(gantry.id).items() if states.get(h.id) is Aspect.CLOSED}
            if not closed:
                continue
            if sends & closed:
                at = Stretch(min(closed), gantry.at_m, gantry.at_m, all_lanes=False)
                instead = _text_for(site, sign, at, frozenset(closed), level(shown.multi))
                text = f"{sign.id} sends to lane {min(sends & closed)}, closed at {gantry.id}"
                yield Violation("S4", sign.id, text, instead)
            break


def walls(site: Site, states: Mapping[str, Value], derivation: Derivation) -> list[int]:
    """Return where a cross stands over every lane, whatever put each there, and no shoulder is open."""
    road = derivation.road
    gantries: dict[str, set[int]] = {}
    for head in _closed_heads(site, road.id, states):
        if head.gantry is not None and head.lane is not None:
            gantries.setdefault(head.gantry, set()).add(head.lane)
    places = ((site.gantries[gantry].at_m, closed) for gantry, closed in gantries.items())
    return [at_m for at_m, closed in places if closed >= set(road.lanes_between(at_m, at_m))]


def _text_for(
    site: Site, sign: Device, stretch: Stretch, lanes: frozenset[int], strict: Level
) -> Message | None:
    ahead_m = sign.ahead_m(stretch.from_m)
    distance_m = ahead_m or None
    band = next((i for i, band_m in enumerate(site.policy.sign_bands_m) if ahead_m <= band_m), -1)
    kind = IncidentType.OTHER
    if strict is Level.CLOSURE:
        texts = sign_texts.closure(kind, distance_m=distance_m, band=band)
    else:
        language = site.policy.messages.language
        words = sign_texts.lane_words(site.carriageways[sign.carriageway], lanes, language)
        texts = sign_texts.warning(kind, words, distance_m=distance_m, band=band)
    text, _ = sign_texts.first_that_fits(texts, sign.shape, site.policy.messages)
    return None if text is None else Message(text)
