"""What moves, spreads or hides: caution over all lanes of the stretch in which it may be met.

People and animals walk, fog has no edge, and a queue has its tail upstream of every report of it.
"""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.caution import caution

NAME = "hazard_stretch"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution as far before and behind the place as the table of responses says."""
    before_m, after_m = facts.response.caution_before_m, facts.response.caution_after_m
    if before_m is None or facts.other_bore:
        return
    road = site.carriageways[report.carriageway]
    first_m, last_m = report.place.from_m - before_m, report.place.to_m + (after_m or 0)
    reason = f"{report.type.value} from {post(site, road.id, first_m)} to {post(site, road.id, last_m)}"
    yield from caution(site, facts, road.id, road.lane_numbers, (first_m, last_m), NAME, reason)
