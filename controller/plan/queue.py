"""Where the tail of a queue is or will be: warnings of it, and speeds before it, count from there."""

from dataclasses import dataclass

from config.site import Site
from controller.incident import IncidentType, Report
from controller.plan.bands import Facts


@dataclass(frozen=True, slots=True)
class Tail:
    """The upstream end of a queue.

    Attributes:
        at_m: metres along the carriageway; below 0 where it lies before the first point.
        reported: somebody saw it there; else it is as far as the site expects a queue to grow.
    """

    at_m: int
    reported: bool


def tail_of(report: Report, facts: Facts, site: Site) -> Tail | None:
    """Return the tail that one part of a plan warns of, None where no queue is reported or expected. Pure.

    A reported queue is where it was reported. Before a closure of a busy carriageway one will grow, at most
    `queue_reach_m` upstream of the start of closure: of what may become of it the worst counts (S7).

    Args:
        report, facts: of that part.
        site: whose carriageways say how far queues grow.
    """
    if report.type is IncidentType.CONGESTION:
        return Tail(report.place.from_m, reported=True)
    reach_m = site.carriageways[report.carriageway].queue_reach_m
    if not reach_m or facts.start_m is None or facts.warned is not None:
        return None
    return Tail(facts.start_m - reach_m, reported=False)
