"""Open lanes beside a closed one: caution from the merge band to the place, where traffic squeezes past."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, post
from controller.plan.caution import caution

NAME = "adjacent_caution"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution over the lanes next to each closed stretch; closed ones are left out."""
    if not site.policy.adjacent_caution:
        return
    columns = site.carriageways[report.carriageway].columns
    said = set()
    for fact in facts.lanes:
        beside = [n for n, column in columns.items() if abs(column - columns[fact.lane]) == 1]
        stretch = (fact.from_m - site.policy.merge_m, fact.to_m)
        start, end = post(site, report.carriageway, fact.from_m), post(site, report.carriageway, fact.to_m)
        reason = f"beside lane {fact.lane}, closed from {start} to {end}"
        for item in caution(site, facts, report.carriageway, beside, stretch, NAME, reason):
            if item.device not in said:
                said.add(item.device)
                yield item
