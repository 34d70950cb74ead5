"""Lanes that can be driven but are hindered: caution on the way to the place."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, LaneImpact, Report
from controller.plan.bands import Facts, post
from controller.plan.caution import caution

NAME = "affected_lane"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution over affected lanes, as far upstream as a closure would start, to the place."""
    affected = [lane for lane, impact in report.lanes.items() if impact is LaneImpact.AFFECTED]
    if facts.warned is not None or not affected:
        return
    place = report.place
    stretch = (place.from_m - site.policy.closure_before_m, place.to_m)
    reason = f"lane affected at {post(site, report.carriageway, place.from_m)}"
    yield from caution(site, facts, report.carriageway, affected, stretch, NAME, reason)
