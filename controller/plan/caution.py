"""Caution over open lanes: what several rules ask for, each for its own reason (S6, S8)."""

from collections.abc import Collection, Iterator

from config.site import Site
from controller.incident import Demand, Finding
from controller.plan.bands import Facts, lane_heads
from devices.values import Aspect


def caution(
    site: Site,
    facts: Facts,
    carriageway: str,
    lanes: Collection[int],
    stretch: tuple[int, int],
    rule: str,
    reason: str,
) -> Iterator[Demand | Finding]:
    """Yield caution for every usable head over some lanes in a stretch, both ends included.

    Closed lanes are left out. A head that has no such aspect keeps what it shows at rest, and a finding
    says so.
    """
    from_m, to_m = stretch
    for lane in sorted(lanes):
        closed = [(f.from_m, f.to_m) for f in facts.lanes if f.lane == lane and f.carriageway == carriageway]
        for head in lane_heads(site, carriageway, lane):
            if not from_m <= head.at_m <= to_m or head.id in facts.missing:
                continue
            if any(a <= head.at_m <= b for a, b in closed):
                continue
            if Aspect.CAUTION in head.aspects:
                yield Demand(head.id, Aspect.CAUTION, rule, reason)
            else:
                text = f"{head.id} has no caution: it stays as it is"
                yield Finding("substituted", text, head.id)
