"""Whether a new report speaks of an incident that is already open (P5). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.site import Policy
from controller.incident import IncidentType, LaneImpact, Place, Report

QUEUE_JOIN_M = 5_000
"""A queue reported so near to an open one is that queue: tails move by kilometres."""

SEVERITIES = ("minor", "moderate", "major", "critical")


@dataclass(frozen=True, slots=True)
class Match:
    """The open incident a report belongs to.

    Attributes:
        incident: its id.
        distance_m: between the two places; None where one of them is only known by its tunnel.
        age_s: whole seconds between the two.
        reason: for people.
    """

    incident: str
    distance_m: int | None
    age_s: int
    reason: str


def correlate(
    report: Report, received_ms: int, open_incidents: Sequence[tuple[str, Report, int]], policy: Policy
) -> Match | None:
    """Return the open incident this report repeats, the nearest and then the newest; None for a new event.

    Joined only if carriageway, type group and lanes agree, within the window of time and place. A place
    of which only the tunnel is known agrees with every place in that tunnel.

    Args:
        report: the new one.
        received_ms: when it came, UTC milliseconds.
        open_incidents: id, report and creation time of each open incident.
        policy: `join_window_m` and `join_window_s`.
    """
    matches = []
    for incident, known, created_ms in open_incidents:
        age_ms = abs(received_ms - created_ms)
        if is_queue(known, report):
            moved_m = _gap_m(report.place, known.place)
            if moved_m <= QUEUE_JOIN_M:
                reason = f"the tail of the queue of {incident}, {moved_m} m from where it was"
                matches.append((moved_m, age_ms, Match(incident, moved_m, age_ms // 1000, reason)))
            continue
        if age_ms > policy.join_window_s * 1000 or not _same_event(report, known):
            continue
        if report.place.known and known.place.known:
            distance_m = _gap_m(report.place, known.place)
            if distance_m > policy.join_window_m:
                continue
            where = f"{distance_m} m away"
        elif report.place.tunnel is not None and report.place.tunnel == known.place.tunnel:
            distance_m, where = None, "in the same tunnel"
        else:
            continue
        reason = f"same carriageway, lanes and kind as {incident}, {where}, {age_ms // 1000} s apart"
        matches.append((distance_m or 0, age_ms, Match(incident, distance_m, age_ms // 1000, reason)))
    return min(matches, key=lambda m: (m[0], m[1], m[2].incident))[2] if matches else None


def is_queue(known: Report, report: Report) -> bool:
    """Return whether both tell of a queue on one carriageway, at known places."""
    return (
        known.type is report.type is IncidentType.CONGESTION
        and known.carriageway == report.carriageway
        and known.place.known
        and report.place.known
    )


def moved_queue(known: Report, report: Report) -> Report:
    """Return a queue with its tail where the newest report saw it.

    A report of a stretch says where the queue begins and ends. A report of a point says only where its tail
    is: the queue ends where it ended, or there.
    """
    place = report.place
    if place.from_m == place.to_m:
        place = replace(known.place, from_m=place.from_m, to_m=max(known.place.to_m, place.from_m))
    return replace(known, place=place, lanes={**known.lanes, **report.lanes}, text=report.text)


def widened(known: Report, report: Report) -> Report:
    """Return what is known with everything a second report of the same event adds; nothing is taken away.

    Two known places are one stretch that holds both. A place that is only known by its tunnel adds nothing
    to one that is known, and one inside the tunnel nothing to that: narrowing is a correction.
    """
    place = known.place
    if place.known and report.place.known:
        first_m, last_m = min(place.from_m, report.place.from_m), max(place.to_m, report.place.to_m)
        place = replace(place, from_m=first_m, to_m=last_m)
    lanes = {**known.lanes}
    for lane, impact in report.lanes.items():
        if lane not in lanes or impact is LaneImpact.BLOCKED:
            lanes[lane] = impact
    severity = max(known.severity, report.severity, key=SEVERITIES.index)
    return replace(known, place=place, lanes=lanes, severity=severity)


def _same_event(one: Report, other: Report) -> bool:
    return (
        one.carriageway == other.carriageway
        and one.type.group == other.type.group
        and _lanes(one) == _lanes(other)
    )


def _lanes(report: Report) -> tuple[frozenset[int], frozenset[int]]:
    """Return blocked lanes, and affected ones only where none is blocked: they are a matter of taste."""
    affected = frozenset(n for n, impact in report.lanes.items() if impact is LaneImpact.AFFECTED)
    return report.blocked, frozenset() if report.blocked else affected


def _gap_m(one: Place, other: Place) -> int:
    return max(0, max(one.from_m, other.from_m) - min(one.to_m, other.to_m))
