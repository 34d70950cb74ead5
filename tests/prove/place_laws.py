"""S7 and S8 of single plans: what is not known, and what a device cannot show."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random

from controller.incident import Place, Plan, Report
from controller.plan.planner import plan_incident
from controller.plan.responses import Closes, response_to
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, SpeedLimit, Value
from tests.prove.standing import Standing


def broken(standing: Standing, seed: int) -> Iterator[str]:
    """Yield every law broken, with the device."""
    for report, plan in zip(standing.reports, standing.plans, strict=True):
        if not report.place.known:
            yield from _unknown_place(standing, report, plan, Random(f"place {seed}"))
        yield from _substituted(standing, report, plan)
        yield from _speeds(standing, plan)


def _unknown_place(standing: Standing, report: Report, plan: Plan, rng: Random) -> Iterator[str]:
    """S7: a place somewhere in a bore is never taken milder than any place inside it.

    Where every lane of it is blocked people inside are let out, unless the site says `whole_bore`.
    """
    site, place = standing.site, report.place
    response = response_to(report.type, site.policy)
    road = site.carriageways[report.carriageway]
    there = set(road.lanes_between(place.from_m, place.to_m))
    whole = response.closes_in_tunnel is Closes.ROAD or report.blocked >= there
    if response.oncoming or whole or not report.blocked <= there:
        return  # a lane that does not run there is taken as its neighbour, which may be every lane there is
    at_m = rng.randint(place.from_m, place.to_m)
    if set(road.lanes_between(at_m, at_m)) != there:
        return  # the same
    known = replace(report, place=Place(place.carriageway, at_m, at_m, True, place.tunnel))
    inside = plan_incident(known, site, out_of_service=standing.out_of_service, missing=standing.failed)
    heads = _heads(plan)
    for name, aspect in _heads(inside).items():
        bound = site.devices[name].base
        assert bound is not None
        if strictness(heads.get(name, bound)) < strictness(aspect):
            yield f"S7 {name} shows {heads.get(name)} where a place at {at_m} shows {aspect}"


def _substituted(standing: Standing, report: Report, plan: Plan) -> Iterator[str]:
    """S8: what a device cannot show it is not asked for, and the plan says what was put in its place."""
    site, twin = standing.site, standing.able_twin
    if twin is not None:
        wished = plan_incident(report, twin, out_of_service=standing.out_of_service, missing=standing.failed)
        got, best = _heads(plan), _heads(wished)
        said = {finding.device for finding in plan.findings if finding.code in ("substituted", "not_covered")}
        changed = {name for name in got.keys() | best.keys() if got.get(name) is not best.get(name)}
        if changed and not said:
            yield f"S8 {sorted(changed)[0]} shows something else and the plan says nothing"
        for name in changed & best.keys():
            if name not in got and name not in said:
                yield f"S8 {name} cannot show {best[name]}, shows nothing and the plan says nothing"
    for demand in plan.demands:
        value: Value = demand.value
        if isinstance(value, BeaconState) and value.siren and not site.devices[demand.device].siren:
            yield f"S8 {demand.device} has no siren"


def _heads(plan: Plan) -> dict[str, Aspect]:
    return {d.device: d.value for d in plan.demands if isinstance(d.value, Aspect)}


def _speeds(standing: Standing, plan: Plan) -> Iterator[str]:
    """S4 of speed signs: along the road never faster again, and never down by more than a step."""
    step_kmh = standing.site.policy.speed_step_kmh
    for carriageway in standing.site.carriageways:
        row = [
            (standing.site.devices[d.device].at_m, d.device, d.value.kmh)
            for d in plan.demands
            if isinstance(d.value, SpeedLimit) and standing.site.devices[d.device].carriageway == carriageway
        ]
        for (_, before, first), (_, after, second) in pairwise(sorted(row)):
            if not first - step_kmh <= second <= first:
                yield f"S4 {before} asks for {first} km/h and {after}, the next, for {second}"
