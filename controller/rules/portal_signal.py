"""Portal signals: red before an entrance nobody may pass, yellow where a lane inside is closed."""

from collections.abc import Iterator

from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.aspects import derive
from controller.plan.bands import Facts
from controller.plan.portals import lit, portal_signals
from controller.states.interlock import walls
from devices.values import PortalAspect

NAME = "portal_signal"


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand red or yellow from the portal signals of every bore a closure reaches.

    All lanes blocked, fire, spill, the other bore of a fire, a tunnel a wrong-way driver may come to: they
    all close an entrance, and this rule looks at nothing else. Where no lane is closed but something is
    wrong inside, the signal shows yellow too.

    Yields:
        At most one demand per signal, along the road, and a finding for each that cannot show it.
    """
    road = site.carriageways[report.carriageway]
    signals = list(portal_signals(site, road.id, facts.missing))
    if not signals:
        return
    told = set()
    derivation = derive(site, road.id, (*facts.lanes, *facts.shoulder), missing=facts.missing)
    heads = {head: derived.aspect for head, derived in derivation.heads.items()}
    closed_off = walls(site, heads, derivation)  # crosses for want of a warning count like any other
    for one in lit(site, road.id, derivation.stretches, walls=closed_off, missing=facts.missing):
        told.add(one.device.id)
        if one.light is not None:
            yield Demand(one.device.id, one.light, NAME, one.reason)
        if one.instead_of is not None:
            shown = "nothing" if one.light is None else one.light
            text = f"{one.device.id} cannot show {one.instead_of}: {shown} instead"
            yield Finding("substituted", text, one.device.id)
    if facts.other_bore:
        return
    for device, bore in signals:
        inside = report.place.from_m <= bore.exit_m and report.place.to_m >= bore.entry_m
        if device.id not in told and inside and PortalAspect.YELLOW in device.lights:
            reason = f"{report.type.value.replace('_', '-')} in {site.tunnels[bore.tunnel].name.en}"
            yield Demand(device.id, PortalAspect.YELLOW, NAME, reason)
