"""Leaving devices out of one incident: whether the laws can be kept without them (S2, S3, S14)."""

import re
from collections.abc import Collection, Mapping, Sequence

from config.site import Device, Site
from controller.incident import Plan
from controller.incidents.lifecycle import NotPossible
from controller.key import Unknown
from controller.plan.bands import lane_heads
from controller.room import ControlRoom
from controller.states.interlock import violations
from devices.values import Aspect, Value

_CHAINAGE = re.compile(r"[A-Z]*K[0-9]+\+[0-9]+|[0-9]+ m\b")
_UNCOVERED = frozenset({"not_covered", "no_coverage"})


def may_drop(
    site: Site, dropped: Sequence[str], without: Plan, whole: Plan, working: Collection[str]
) -> None:
    """Pass if a plan without some devices still keeps the laws.

    Args:
        site: its devices and lanes.
        dropped: what a person wants to leave out.
        without: the plan without them; whole: with them.
        working: those of them that answer and show what they are told; where nobody asked them, all.

    Raises:
        Unknown: there is no such device.
        NotPossible: with the name of the rule, and what can be done instead.
    """
    for device in dropped:
        if device not in site.devices:
            raise Unknown(f"no device {device}")
    instead = "press with it; a device that is broken can be taken out of service"
    said = {_anywhere(finding.text) for finding in whole.findings}
    for finding in without.findings:
        if finding.code in _UNCOVERED and _anywhere(finding.text) not in said:
            raise NotPossible(f"S3 cannot be kept without {', '.join(dropped)}: {finding.text}; {instead}")
    values = {demand.device: demand.value for demand in without.demands}
    for found in violations(site, values, without.lane_facts, missing=frozenset(dropped)):
        if found.rule in ("S2", "S3"):
            names = ", ".join(dropped)
            raise NotPossible(f"{found.rule} cannot be kept without {names}: {found.text}; {instead}")
    for device in dropped:
        between = _between_crosses(site, site.devices[device], values)
        if between is not None and device in working:
            raise NotPossible(
                f"S3 cannot be kept without {device}: it works and would stay open between {between[0]} and "
                f"{between[1]}, which close its lane; {instead}"
            )


def _anywhere(text: str) -> str:
    """Return a finding without its chainages: the same gap a little farther on is no new one."""
    return _CHAINAGE.sub("", text)


def _between_crosses(site: Site, head: Device, values: Mapping[str, Value]) -> tuple[str, str] | None:
    """Return the crosses before and behind a head over its lane, None where it does not stand between two."""
    if head.lane is None:
        return None
    row = lane_heads(site, head.carriageway, head.lane)
    crosses = [h for h in row if values.get(h.id) is Aspect.CLOSED]
    before = [h.id for h in crosses if h.at_m < head.at_m]
    behind = [h.id for h in crosses if h.at_m > head.at_m]
    return (before[-1], behind[0]) if before and behind else None


def works(room: ControlRoom, device: str) -> bool:
    """Return whether a device answers, takes orders and shows what it is told."""
    condition = room.fleet.reconcilers[device].condition
    reading = condition.reading
    well = condition.reachable is True and reading is not None and not (reading.local or reading.fault)
    return well and device not in room.book.faults
