"""Heads: crosses from the start of closure to the place, arrows and warnings before it (S2, S3)."""

from collections.abc import Iterator
from dataclasses import replace

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.aspects import derive, uncovered
from controller.plan.bands import Facts, post
from controller.plan.responses import Closes
from devices.values import DeviceType

NAME = "lane_closure"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand an aspect from every head of a closed lane within its bands.

    Lanes that stay open get no demand, so that other rules may speak for them; downstream of a known
    place people must get out, so nothing is demanded there.

    Yields:
        At most one demand per head, along the road, then what had to be substituted or has no head.
    """
    carriageway = report.carriageway
    told = (*facts.lanes, *facts.shoulder)
    derivation = derive(site, carriageway, told, missing=facts.missing)
    cause = _cause(report, facts, site)
    for device in site.devices_along(carriageway, DeviceType.HEAD):
        derived = derivation.heads.get(device.id)
        if derived is not None:
            yield Demand(device.id, derived.aspect, NAME, f"{cause}: {derived.reason}")
    yield from derivation.findings
    for stretch in derivation.stretches:
        for finding in uncovered(site, carriageway, stretch, facts.missing):
            yield replace(finding, text=f"{cause}: {finding.text}")


def _cause(report: Report, facts: Facts, site: Site) -> str:
    lanes = " and ".join(str(lane) for lane in sorted(report.blocked))
    what = f"lane{'s' if len(report.blocked) > 1 else ''} {lanes} blocked"
    whole = Closes.ROAD in (facts.response.closes, facts.response.closes_in_tunnel)
    if not report.blocked or (whole and facts.all_closed(site.carriageways[report.carriageway])):
        what = report.type.value.replace("_", "-")
    place, along = report.place, site.carriageways[report.carriageway]
    inside = site.tunnels.get(place.tunnel or "")
    tunnel = f" in {inside.name.en}" if inside is not None else ""
    if facts.other_bore:
        return f"{what} in the other bore of {inside.name.en if inside is not None else 'the tunnel'}"
    at = f" at {post(site, along.id, place.from_m)}" if place.known else ", place unknown"
    return f"{what}{tunnel}{at}"
