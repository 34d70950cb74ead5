"""Something on the shoulder only: caution over the lane beside it, no lane closed."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.caution import caution
from controller.plan.scope import beside_the_road

NAME = "shoulder"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution over the outer lane, the one beside the shoulder, where a report names no lane."""
    if not beside_the_road(report, facts.response):
        return
    place = report.place
    lanes = site.carriageways[report.carriageway].lanes_between(place.from_m, place.to_m)
    outer = lanes[-1:] if site.drives == "right" else lanes[:1]
    stretch = (place.from_m - site.policy.closure_before_m, place.to_m)
    reason = f"on the shoulder at {post(site, report.carriageway, place.from_m)}"
    yield from caution(site, facts, report.carriageway, outer, stretch, NAME, reason)
