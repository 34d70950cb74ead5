"""`reference/situations.md`: what every device of the sample site shows in 24 situations, and why.

The planner and the arbitration give what is shown; only the situations and their sentences are written here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from config.loader import load_site, sample_site_path
from config.site import Device, Site
from controller.incident import IncidentType, LaneImpact, Place, Report
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates, Source, desired_states
from devices.multi import plain
from devices.values import DeviceType, Message, SpeakerState, Value, in_words
from docs.pages.markdown import fence

FOLDER = "situations"
DRAWN = (1, 2, 8, 10, 20, 23)
"""Those with a picture."""
B, A = LaneImpact.BLOCKED, LaneImpact.AFFECTED
T = IncidentType


@dataclass(frozen=True, slots=True)
class Situation:
    """One row: what is reported, and one sentence why the answer is right.

    Attributes:
        since_s: seconds since what was reported was last seen.
    """

    title: str
    reports: tuple[Report, ...]
    because: str
    since_s: int = 0


@cache
def sample() -> Site:
    """Return the sample site."""
    return load_site(sample_site_path())


def inside(
    kind: IncidentType, lanes: dict[int, LaneImpact], offset_m: int, carriageway: str = "FU"
) -> Report:
    """Return a report of something so far inside the bore."""
    bore = sample().tunnels["sanduling"].bore(carriageway)
    assert bore is not None
    at_m = bore.entry_m + offset_m
    tunnel = "sanduling" if at_m <= bore.exit_m else None
    return Report(Place(carriageway, at_m, at_m, True, tunnel), lanes, kind)


def somewhere(kind: IncidentType, lanes: dict[int, LaneImpact], carriageway: str = "FU") -> Report:
    """Return a report of something in the tunnel, nobody knows where."""
    bore = sample().tunnels["sanduling"].bore(carriageway)
    assert bore is not None
    return Report(Place(carriageway, bore.entry_m, bore.exit_m, False, "sanduling"), lanes, kind)


def along(kind: IncidentType, lanes: dict[int, LaneImpact], from_m: int, to_m: int | None = None) -> Report:
    """Return a report of something in the open, FU metres from the first post."""
    return Report(Place("FU", from_m, from_m if to_m is None else to_m, True), lanes, kind)


@cache
def situations() -> tuple[Situation, ...]:
    """Return the 24 situations."""
    entry_m = 15_580
    return (
        Situation(
            "Rear-end crash in the fast lane, somewhere in the tunnel",
            (somewhere(T.REAR_END, {1: B}),),
            "Nobody knows where, so the fast lane is closed up to the exit; since lanes may not "
            "be changed inside, everybody has left it before the portal.",
        ),
        Situation(
            "Collision in the slow lane, 1,600 m inside",
            (inside(T.COLLISION, {2: B}, 1_600),),
            "Nobody may change lanes inside, so the closure starts at the portal and its bands lie on the "
            "approach; behind the place the lane is open so that people get out.",
        ),
        Situation(
            "Crash in the fast lane exactly at the portal",
            (inside(T.REAR_END, {1: B}, 0),),
            "The portal is part of the bore, and the closure starts at the third gantry before it.",
        ),
        Situation(
            "Crash in the fast lane under a gantry (YK1890+595)",
            (inside(T.REAR_END, {1: B}, 895),),
            "The head above the place is still closed, the next one behind it is not.",
        ),
        Situation(
            "Crash in the fast lane 600 m after the first post",
            (along(T.REAR_END, {1: B}, 600),),
            "Only the first sign stands before it: it warns, and the plan says which stretch is the "
            "neighbour's.",
        ),
        Situation(
            "Rollover in the slow lane far behind the last device",
            (along(T.ROLLOVER, {2: B}, 30_000),),
            "Signs within 15 km of the closure warn; no head stands in its bands, and the plan says so.",
        ),
        Situation(
            "Crash in the slow lane 300 m behind the exit",
            (inside(T.COLLISION, {2: B}, 3_000),),
            "The lane change would fall into the tunnel, so the closure starts before its entrance.",
        ),
        Situation(
            "Both lanes blocked, 1,600 m inside",
            (inside(T.COLLISION, {1: B, 2: B}, 1_600),),
            "Traffic stops before the entrance, nobody is sent anywhere, those behind the place drive out.",
        ),
        Situation(
            "Both lanes blocked, somewhere in the tunnel",
            (somewhere(T.COLLISION, {1: B, 2: B}),),
            "The entrance is closed; heads inside show caution, since a cross would hold people beside the "
            "danger.",
        ),
        Situation(
            "Fire in the slow lane, 1,600 m inside",
            (inside(T.FIRE, {2: B}, 1_600),),
            "A fire closes the whole carriageway up to it, and the other bore's entrance so that it empties.",
        ),
        Situation(
            "Fire, somewhere in the tunnel",
            (somewhere(T.FIRE, {1: B}),),
            "Both entrances are closed, both bores show caution, and the signs inside say drive out.",
        ),
        Situation(
            "Spill in the fast lane, 800 m inside",
            (inside(T.SPILL, {1: B}, 800),),
            "Nobody drives through a spill, so every lane is closed up to it; the other bore stays open.",
        ),
        Situation(
            "Breakdown in the slow lane of the Zhejiang bore, 500 m inside",
            (inside(T.BREAKDOWN, {2: B}, 500, "ZJ"),),
            "The same rules on the road whose chainage falls: distances are counted along the traffic.",
        ),
        Situation(
            "Breakdown on the shoulder at K1888+120",
            (along(T.BREAKDOWN, {}, 14_000),),
            "No lane is closed; the lane beside the shoulder shows caution.",
        ),
        Situation(
            "Debris in the fast lane at K1887+900",
            (along(T.DEBRIS, {1: B}, 13_780),),
            "The lane is closed as for a crash, without the siren; its bands begin where heads begin.",
        ),
        Situation(
            "Pedestrian in the tunnel, 1,000 m inside, slow lane affected",
            (inside(T.PEDESTRIAN, {2: A}, 1_000),),
            "He walks, so both lanes show caution from 1,000 m before him to 500 m behind; nothing sounds.",
        ),
        Situation(
            "Roadworks in the slow lane across the portal, K1889+180 to YK1890+400",
            (along(T.ROADWORK, {2: B}, entry_m - 520, entry_m + 700),),
            "A range is closed from before its upstream end to its downstream end, across the portal.",
        ),
        Situation(
            "Dense fog on the approach, K1886+120 to K1889+120",
            (along(T.WEATHER, {1: A, 2: A}, 12_000, 15_000),),
            "Fog closes no lane: caution over all lanes, flashes and texts before and in it.",
        ),
        Situation(
            "Queue with its tail at K1888+120",
            (along(T.CONGESTION, {1: A, 2: A}, 14_000, 15_500),),
            "The warning follows the tail: caution and flashes upstream of it, no cross.",
        ),
        Situation(
            "Wrong-way driver last seen at K1893+140, just now",
            (along(T.WRONG_WAY, {}, 19_080),),
            "He comes towards the lawful traffic of this carriageway: caution upstream of him without arrow "
            "or siren, the tunnel closed, nothing behind him, nothing on the other carriageway.",
        ),
        Situation(
            "Wrong-way driver seen in the Zhejiang bore ten minutes ago",
            (somewhere(T.WRONG_WAY, {}, "ZJ"),),
            "He may be anywhere from the exit to far before the site, and the plan names what the neighbour "
            "has to warn of.",
            since_s=600,
        ),
        Situation(
            "Slow lane affected by a breakdown 300 m before the portal",
            (along(T.BREAKDOWN, {2: A}, entry_m - 300),),
            "It can be driven past: caution over that lane, flashes without siren.",
        ),
        Situation(
            "Crash in the fast lane 900 m inside and breakdown in the slow lane 1,700 m inside",
            (inside(T.REAR_END, {1: B}, 900), inside(T.BREAKDOWN, {2: B}, 1_700)),
            "Each alone would send traffic into the other's lane; together nobody gets past, so no arrow is "
            "left and the signs say closed.",
        ),
        Situation(
            "Debris in the slow lane at K1887+900 and crash in the fast lane 1,600 m inside",
            (along(T.DEBRIS, {2: B}, 13_780), inside(T.REAR_END, {1: B}, 1_600)),
            "The slow lane is open again before the second closure's arrow sends traffic into it, with room "
            "enough to change back; a sign before both that holds two pages tells of both.",
        ),
    )


def states(situation: Situation) -> DesiredStates:
    """Return what every device that is not at rest shows."""
    sources = [
        Source(f"I-{n}", plan_incident(report, sample(), since_s=situation.since_s), n)
        for n, report in enumerate(situation.reports, start=1)
    ]
    return desired_states(sample(), sources, now_ms=1_000)


def page() -> str:
    """Return the page."""
    parts = [
        "# Situations\n\nWhat every device of the sample site shows, in 24 situations; those at rest too.\n"
    ]
    for number, situation in enumerate(situations(), start=1):
        drawn = f"![situation {number}]({FOLDER}/{number:02}.svg)\n\n" if number in DRAWN else ""
        parts.append(
            f"## {number}. {situation.title}\n\n{situation.because}\n\n{drawn}"
            + fence(strip(states(situation)), "text")
        )
    return "\n".join(parts)


def strip(shown: DesiredStates) -> str:
    """Return every device with what it shows, carriageway by carriageway."""
    site = sample()
    lines: list[str] = []
    for road in site.carriageways.values():
        devices = [d for d in site.devices.values() if d.carriageway == road.id]
        if not any(d.id in shown for d in devices):
            lines.append(f"{road.id}: everything at rest")
            continue
        lines.append(f"{road.id}, {road.direction.en}")
        for lane in road.lanes:
            heads = [d for g in site.gantries_along(road.id) if (d := site.heads(g.id).get(lane.number))]
            lines.append(f"  lane {lane.number}   " + _runs(heads, shown))
        for sign in site.devices_along(road.id, DeviceType.SIGN):
            lines.append(f"  {sign.id:10}{_word(sign, shown)}")
        for name, kind in _ROWS.items():
            lines.append(f"  {name:9}" + _runs(site.devices_along(road.id, kind), shown))
        for portal in site.devices_along(road.id, DeviceType.PORTAL):
            lines.append(f"  {portal.id:10}{_word(portal, shown)}")
    return "\n".join(lines)


_ROWS = {"beacons": DeviceType.BEACON, "speakers": DeviceType.SPEAKER, "speed": DeviceType.SPEED}


def _runs(devices: Iterable[Device], shown: DesiredStates) -> str:
    """Return devices along the road, neighbours that show the same told together."""
    said = []
    for word, row in groupby(devices, key=lambda d: _word(d, shown)):
        numbers = [_number(device) for device in row]
        ends = numbers if len(numbers) == 1 else (numbers[0], numbers[-1])
        said.append(f"{'..'.join(ends)} {word}")
    return " · ".join(said)


def _number(device: Device) -> str:
    return (device.gantry or device.id).rsplit("-", 1)[1]


def _word(device: Device, shown: DesiredStates) -> str:
    value: Value | None = shown[device.id].value if device.id in shown else device.base
    if isinstance(value, Message):
        pages: Sequence[str] = [plain(part) for part in value.multi.split("[np]")]
        return " / ".join(pages) or "blank"
    if isinstance(value, SpeakerState):
        return value.clip or "silent"
    return in_words(value) if value is not None else "as it was"
