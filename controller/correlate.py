"""Whether a new report speaks of an incident that is already open (P5). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.site import Policy
from controller.incident import LaneImpact, Place, Report


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
