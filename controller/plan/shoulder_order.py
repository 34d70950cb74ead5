"""What a plan says of the hard shoulder: to other incidents, and to the person who may order it open (S2)."""

from collections.abc import Iterator
from dataclasses import replace

from config.site import Site
from controller.incident import SHOULDER, Finding, LaneFact
from controller.plan.bands import post
from controller.plan.scope import Part, beside_the_road, may_use_shoulder, parts_of
from controller.plan.spans import joined


def shoulder_facts(part: Part, site: Site) -> tuple[LaneFact, ...]:
    """Return what a plan says of the shoulder to other incidents on its carriageway (S5).

    It is open where it was ordered. It is closed where somebody stands on it, and beside a closure that
    nobody was let past: another incident's order does not open it there.
    """
    road, facts = site.carriageways[part.report.carriageway], part.facts
    if not road.shoulder or facts.shoulder:
        return facts.shoulder
    shut = [(f.from_m, f.to_m) for f in facts.lanes if facts.closed_at(road, f.from_m)]
    if beside_the_road(part.report, facts.response):
        shut.append((part.report.place.from_m, part.report.place.to_m))
    return tuple(LaneFact(road.id, SHOULDER, *span) for span in joined(shut))


def findings(part: Part, site: Site) -> Iterator[Finding]:
    """Yield what became of an order, or what an order could do; nothing where the shoulder is no matter."""
    report, facts = part.report, part.facts
    road = site.carriageways[report.carriageway]
    if facts.on_the_shoulder(road):
        runs = (f"{post(site, road.id, f.from_m)} to {post(site, road.id, f.to_m)}" for f in facts.shoulder)
        text = f"the shoulder is ordered open as a lane on the {site.drives}, {', '.join(runs)}"
        yield Finding("shoulder", text)
    elif report.shoulder:
        yield Finding("shoulder", f"the shoulder stays closed though ordered: {_why_not(part, site)}")
    elif facts.all_closed(road) and road.shoulder:
        asked = parts_of(replace(report, shoulder=True), site, missing=facts.missing)[0]
        if asked.facts.shoulder:
            yield Finding("shoulder", "nobody gets past: the site allows to order the shoulder open here")


def _why_not(part: Part, site: Site) -> str:
    road = site.carriageways[part.report.carriageway]
    if not road.shoulder:
        return f"it may not be opened on {road.id}"
    if not part.facts.all_closed(road):
        return "a lane stays open"
    if not may_use_shoulder(part.report, site):
        return f"{part.report.type.value.replace('_', '-')} closes the whole road"
    return "it does not lead past what is closed"
