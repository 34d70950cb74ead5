"""What speed signs show: steps down to a floor, for one incident and for several together (S4, S5)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from config.site import Device, Site
from controller.incident import LaneFact, Plan
from controller.plan.bands import Stretch, post, settle
from controller.plan.spans import covers, touches
from devices.values import DeviceType, SpeedLimit, Value


def steps(
    row: Sequence[Device],
    from_m: int,
    floor: int,
    limit: int,
    step: int,
    asked_already: Mapping[str, int] | None = None,
) -> tuple[tuple[Device, int], ...]:
    """Return sign → km/h along the road; signs that would show what holds anyway are left out. Pure.

    Args:
        row: usable signs, in the order traffic meets them.
        from_m: where the floor holds from.
        floor: lowest speed asked for.
        limit: what traffic may drive upstream of the first sign.
        step: the most a sign may be below the one before.
        asked_already: sign → km/h it shows for another reason; who is down to that can go further down.
    """
    already = asked_already or {}
    before = [sign for sign in row if sign.at_m < from_m]
    asked, last = [], limit
    for i, sign in enumerate(row):
        target = floor + step * max(len(before) - 1 - i, 0)
        lawful = [kmh for kmh in sign.speeds if max(last - step, target) <= kmh <= last]
        if lawful and min(lawful) < limit:
            last = min(lawful)
            asked.append((sign, last))
        elif last < limit and last in sign.speeds:
            asked.append((sign, last))
        last = min(last, already.get(sign.id, last))
    return tuple(asked)


def before_a_stop(
    site: Site,
    carriageway: str,
    stretches: Sequence[Stretch],
    plans: Sequence[Plan],
    missing: Collection[str] = (),
    held: Mapping[str, Value] | None = None,
    points: Sequence[LaneFact] = (),
) -> Iterator[tuple[Device, int, str]]:
    """Yield sign, km/h and reason where several incidents together let nobody past. Pure.

    The floor is that of a single incident which closes the whole road, or of one of them that asks for less.
    One that closes all of it by itself has asked for its own floor, and nothing is added, unless the others
    let nobody past without it too.

    Args:
        site: the signs, and how far before a closure they speak.
        carriageway: its id.
        stretches: settled, of everything joined.
        plans: of the incidents.
        missing: signs that get nothing.
        held: sign → what it shows for each incident by itself.
        points: heads held closed for no incident.
    """
    lit = {name: v.kmh for name, v in (held or {}).items() if isinstance(v, SpeedLimit) and not v.blank}
    road, policy = site.carriageways[carriageway], site.policy
    signs = [d for d in site.devices_along(carriageway, DeviceType.SPEED) if d.id not in missing]
    stops = sorted({(s.from_m, s.to_m) for s in stretches if s.all_lanes}) if signs else []
    for start_m, to_m in stops:
        floor = _floor_kmh(site, carriageway, (start_m, to_m), plans, points)
        if floor is None:
            continue
        from_m = start_m - road.queue_reach_m
        row = [sign for sign in signs if from_m - policy.speed_m <= sign.at_m <= to_m]
        where = f"{floor} km/h from {post(site, carriageway, from_m)} to {post(site, carriageway, to_m)}"
        for sign, kmh in steps(row, from_m, floor, road.speed_kmh, policy.speed_step_kmh, lit):
            lit[sign.id] = min(kmh, lit.get(sign.id, kmh))
            yield sign, kmh, where if kmh == floor else f"a step towards {where}"


def _floor_kmh(
    site: Site,
    carriageway: str,
    stop: tuple[int, int],
    plans: Sequence[Plan],
    points: Sequence[LaneFact],
) -> int | None:
    """Return the floor before a stretch nobody gets past, None where its incidents ask for none.

    One that closes all of it keeps its own, unless the others let nobody past even without it.
    """
    whole, asked, others = False, list[int](), list[LaneFact]()
    for plan in plans:
        own = [s for s in settle(site, carriageway, plan.lane_facts) if s.all_lanes]
        closes = covers(((s.from_m, s.to_m) for s in own), *stop)
        whole = whole or closes
        others += () if closes else (f for f in plan.lane_facts if f.carriageway == carriageway)
        if not touches(((s.from_m, s.to_m) for s in own), *stop):
            continue
        asked += [
            demand.value.kmh
            for demand in plan.demands
            if isinstance(demand.value, SpeedLimit)
            and demand.device in site.devices
            and site.devices[demand.device].carriageway == carriageway
        ]
    left = settle(site, carriageway, others, points)
    if whole and not touches(((s.from_m, s.to_m) for s in left if s.all_lanes), *stop):
        return min(asked, default=None)
    return min([site.policy.speed_road_kmh, *asked])
