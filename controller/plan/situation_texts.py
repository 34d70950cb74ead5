"""A sign's demand from what it has to tell: the text of catalogue or site, and what the plan says of it."""

from collections.abc import Iterator

from config.messages import Position, Situation
from config.site import Device, Site
from controller.incident import Demand, Finding, IncidentType
from controller.signs.sign_texts import Telling, choose
from devices.multi import plain
from devices.values import Message

SITUATIONS = {
    "inside": Situation.INSIDE,
    "drive_out": Situation.DRIVE_OUT,
    "other_bore": Situation.OTHER_BORE,
    "closed": Situation.WRONG_WAY_CLOSED,
}
"""What rules call a situation → what the catalogue does."""


def tell(
    site: Site, sign: Device, kind: IncidentType, situation: str, rule: str, reason: str
) -> Iterator[Demand | Finding]:
    """Yield what one sign says in a situation: the longest it holds, on two pages at most."""
    telling = Telling(SITUATIONS[situation], kind.group, Position.HERE, drives=site.drives, sign=sign.id)
    yield from tell_from_catalogue(site, sign, telling, rule, reason)


def tell_from_catalogue(
    site: Site, sign: Device, telling: Telling, rule: str, reason: str
) -> Iterator[Demand | Finding]:
    """Yield what one sign says by the catalogue."""
    choice = choose(telling, sign.shape, site.policy.messages)
    if choice is None:
        yield Finding("not_covered", f"{sign.id} is too small for any text", sign.id)
        return
    yield Demand(sign.id, Message(choice.multi), rule, reason)
    if choice.shortened:
        pages = " and takes two pages for it" if choice.paged else ""
        yield Finding("shortened", f"{sign.id} holds only {plain(choice.multi)!r}{pages}", sign.id)
