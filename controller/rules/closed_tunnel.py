"""Inside a tunnel nobody may enter: people get out, with caution where the place is unknown."""

from collections.abc import Iterator

from config.messages import Position, Situation
from config.site import Site
from controller.incident import Demand, Finding, Report
from controller.plan.bands import Facts, LetOut, post
from controller.plan.caution import caution
from controller.plan.situation_texts import tell, tell_from_catalogue
from controller.signs.sign_texts import Telling
from devices.values import DeviceType

NAME = "closed_tunnel"
PRECEDENCE = 1
"""The stop before the entrance is nothing to tell those who are inside."""


def demands(report: Report, facts: Facts, site: Site) -> Iterator[Demand | Finding]:
    """Demand caution and a text from what stands between a closed entrance and the exit.

    Downstream of a known place lanes stay open and signs tell people to drive out. Where the place may be
    anywhere inside, and in the other bore of a fire, heads show caution, never a cross. Signs on a ramp that
    joins there say that nobody may come in.
    """
    road = site.carriageways[report.carriageway]
    for inside in facts.let_out:
        start, end = post(site, road.id, inside.from_m), post(site, road.id, inside.to_m)
        if not inside.certain:
            reason = f"entrance closed, people drive out: {start} to {end}"
            stretch = (inside.from_m, inside.to_m)
            yield from caution(site, facts, road.id, road.lane_numbers, stretch, NAME, reason)
        if not inside.certain and not facts.other_bore:
            text = f"PLACE? Nobody knows where between {start} and {end}: only the entrance is closed"
            yield Finding("place_unknown", f"{text}; a correction with the place closes what is upstream")
        yield from _texts(report, facts, site, inside)


def _texts(report: Report, facts: Facts, site: Site, inside: LetOut) -> Iterator[Demand | Finding]:
    situation = "other_bore" if facts.other_bore else "drive_out" if inside.certain else "inside"
    where = "in the other bore" if facts.other_bore else "inside behind a closed entrance"
    for sign in site.devices_along(report.carriageway, DeviceType.SIGN):
        there = inside.from_m <= sign.at_m <= inside.to_m and sign.id not in facts.missing
        if there and sign.ramp is not None:
            closed = Telling(Situation.CLOSURE, report.type.group, Position.HERE, sign=sign.id)
            yield from tell_from_catalogue(
                site, sign, closed, NAME, "its ramp joins behind a closed entrance"
            )
        elif there and not facts.closed_ahead_of(sign.at_m, site.policy.sign_bands_m[-1]):
            reason = f"{where}: {situation.replace('_', ' ')}"
            yield from tell(site, sign, report.type, situation, NAME, reason)
