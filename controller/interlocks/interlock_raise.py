"""The next stricter state that keeps every interlock, for values that violate one (S9). Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.abilities import words_for
from config.interlocks import Interlock
from config.showings import HEIGHT, RUNGS
from config.site import Device, Site
from controller.incident import IncidentType, LaneFact
from controller.interlocks.interlock_table import conflicts, words
from controller.signs import sign_texts
from controller.states.interlock import violations
from controller.states.moving import says_closed
from devices.models.keys import value_of_key
from devices.values import Aspect, DeviceType, Message, Value


@dataclass(frozen=True, slots=True)
class Raised:
    """One device made stricter.

    Attributes:
        rule: `interlock NAME`, or the law (S2 to S4) that what an interlock raised would break.
        because_of: the other devices of the interlock; empty for a law.
    """

    device: str
    value: Value
    rule: str
    text: str
    because_of: tuple[str, ...] = ()


def keep_interlocks(
    site: Site,
    values: Mapping[str, Value],
    facts: Sequence[LaneFact] = (),
    *,
    points: Sequence[LaneFact] = (),
    missing: frozenset[str] = frozenset(),
    brief: bool = False,
) -> tuple[dict[str, Value], tuple[Raised, ...]]:
    """Return the values with whatever violates an interlock made stricter until none is, and what was.

    What that raises must keep S2 to S4 too, so both are asked in turn. It ends, because nothing becomes
    milder and the most restrictive state keeps every interlock (checked at load). A conflict none of whose
    devices can be raised stays; `conflicts` still names it.

    Args:
        site: devices, interlocks, lanes.
        values: device → what it is to show; a device not named shows its base.
        facts, points, missing: as for `interlock.violations`; a missing device is not raised.
        brief: crosses over every lane stand for the moment of a move only: what no interlock names does not
            tell of them yet (see `moving`).
    """
    kept, log = dict(values), list[Raised]()
    for _ in range(4 * len(site.devices)):
        step = next(_steps(site, kept, missing), None)
        step = step or _unlawful(site, kept, facts, points, missing, log, brief=brief)
        if step is None:
            break
        kept[step.device] = step.value
        log.append(step)
    return kept, tuple(log)


def _steps(site: Site, values: Mapping[str, Value], missing: frozenset[str]) -> Iterator[Raised]:
    """Yield the smallest step out of each conflict, in the order of the interlocks."""
    near = {interlock.id: interlock for d in values for interlock in site.interlocks_of.get(d, ())}
    shown = {d: _shown(site, d, values) for interlock in near.values() for d in interlock.never}
    facts = {d: frozenset() if value is None else frozenset({value}) for d, value in shown.items()}
    for conflict in conflicts(site, facts, near.values()):
        interlock = conflict.interlock
        ways = []
        for device in interlock.never:
            way = None if device in missing else _raise(site, site.devices[device], interlock, shown)
            if way is not None:
                ways.append((way, device))
        if ways:
            (_, value), device = min(ways, key=lambda one: one[0][0])
            others = tuple(d for d in interlock.never if d != device)
            text = f"{interlock.reason_en} ({', '.join(others)})"
            yield Raised(device, value, f"interlock {interlock.id}", text, others)


def _unlawful(
    site: Site,
    values: Mapping[str, Value],
    facts: Sequence[LaneFact],
    points: Sequence[LaneFact],
    missing: frozenset[str],
    log: Sequence[Raised],
    *,
    brief: bool,
) -> Raised | None:
    """Return the first step that S2 to S4 ask for on a road where a head or sign was raised.

    Nothing else can break them: a portal signal that an interlock turns red changes no lane and no text.
    """
    devices = (site.devices[raised.device] for raised in log)
    roads = {device.carriageway for device in devices if device.type in (DeviceType.HEAD, DeviceType.SIGN)}
    if not roads:
        return None
    for found in violations(site, values, [*facts, *crosses(site, log)], points=points, missing=missing):
        on_road = site.devices[found.device].carriageway in roads
        if not on_road or found.instead is None or (brief and says_closed(found.instead)):
            continue
        if found.instead != values.get(found.device):
            return Raised(found.device, found.instead, found.rule, found.text)
    return None


def crosses(site: Site, log: Iterable[Raised]) -> list[LaneFact]:
    """Return what heads closed by an interlock say of their lanes: warned of like any other closure."""
    return [
        LaneFact(head.carriageway, head.lane, head.at_m, head.at_m)
        for raised in log
        if raised.value is Aspect.CLOSED and raised.because_of
        for head in [site.devices[raised.device]]
        if head.lane is not None
    ]


def _shown(site: Site, device: str, values: Mapping[str, Value]) -> Value | None:
    """Return what a device is to show; None where that is not ours to say (external base)."""
    return values.get(device, site.devices[device].base)


def _raise(
    site: Site, device: Device, interlock: Interlock, shown: Mapping[str, Value | None]
) -> tuple[int, Value] | None:
    """Return how many steps up the next showing the interlock allows is, and the showing; None for none."""
    now = shown[device.id]
    if now is None:
        return None
    heights = HEIGHT.get(device.type, {})
    at = max((heights[word] for word in words(site, device.id, now) if word in heights), default=0)
    can = words_for(device)
    rungs = [word for word in RUNGS.get(device.type, ()) if word in can and heights[word] > at]
    for climb, word in enumerate(rungs, start=1):
        value = _value(site, device, word, interlock, shown)
        if value is not None and not words(site, device.id, value) & interlock.never[device.id]:
            return climb, value
    return None


def _value(
    site: Site, device: Device, word: str, interlock: Interlock, shown: Mapping[str, Value | None]
) -> Value | None:
    """Return the value a word names; of a sign the text that means it and fits, None where none does."""
    if device.type is not DeviceType.SIGN:
        return value_of_key(device.type, word)
    closed = frozenset(
        lane
        for other in interlock.never
        if shown[other] is Aspect.CLOSED
        and (lane := site.devices[other].lane) is not None
        and site.devices[other].carriageway == device.carriageway
    )
    return sign_text(site, device, word, closed)


def sign_text(site: Site, sign: Device, word: str, lanes: frozenset[int] = frozenset()) -> Message | None:
    """Return a text by which a sign says `advisory`, `notice` or `closure` without naming what happened."""
    policy = site.policy.messages
    if word == "closure":
        telling = sign_texts.closure(IncidentType.OTHER)
    else:
        named = lanes if word == "notice" else frozenset()
        spoken = sign_texts.lane_words(site.carriageways[sign.carriageway], named, policy.language)
        telling = sign_texts.warning(IncidentType.OTHER, spoken)
    multi, _ = sign_texts.first_that_fits(telling, sign.shape, policy)
    if multi is None or word not in words(site, sign.id, Message(multi)):
        return None
    return Message(multi)


def most_restrictive(site: Site, device: Device) -> Value | None:
    """Return the strictest a device can be driven to; None where its type takes no part."""
    can = words_for(device)
    for word in reversed(RUNGS.get(device.type, ())):
        if word in can:
            is_sign = device.type is DeviceType.SIGN
            value = sign_text(site, device, word) if is_sign else value_of_key(device.type, word)
            if value is not None:
                return value
    return None
