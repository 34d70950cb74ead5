"""What signs say inside a closed tunnel, before one, and in its other bore.

Forms use the marks of `config.messages`; `{what}` is the word for the type.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from config.messages import Language, words
from config.site import Device, Site
from controller.incident import Demand, Finding, IncidentType
from controller.sign_catalogue import WHAT
from controller.sign_texts import Telling, choose
from devices.multi import plain, write
from devices.sign_layout import lay_out, lay_out_on_pages
from devices.values import Message

SITUATIONS: Mapping[Language, Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        Language.ZH: {
            ("", "inside"): (
                "隧道内|{what},|减速|慢行,|注意|避让",
                "隧道内|{what},|减速|慢行",
                "减速|慢行",
                "慢行",
            ),
            ("fire", "inside"): (
                "隧道内|火情,|请勿|停车,|尽快|驶离",
                "隧道|火情,|尽快|驶离",
                "尽快|驶离",
                "驶离",
            ),
            ("", "drive_out"): ("请勿|停车,|尽快|驶离|隧道", "请尽快|驶离|隧道", "尽快|驶离", "驶离"),
            ("", "other_bore"): (
                "对向|隧道|{what},|请尽快|驶离|隧道",
                "请尽快|驶离|隧道",
                "尽快|驶离",
                "驶离",
            ),
            ("wrong_way", "closed"): (
                "前方有|逆行|车辆,|禁止|超车,|前方|隧道|封闭,|禁止|驶入",
                "逆行|车辆,|禁止|超车,|前方|隧道|封闭",
                "逆行|车辆,|隧道|封闭",
                "隧道|封闭",
                "封闭",
            ),
        },
        Language.EN: {
            ("", "inside"): (
                "{what} IN TUNNEL, SLOW DOWN, TAKE CARE",
                "{what} IN TUNNEL",
                "SLOW DOWN",
                "SLOW",
            ),
            ("fire", "inside"): (
                "FIRE IN TUNNEL, DO NOT STOP, DRIVE OUT",
                "FIRE, DRIVE OUT",
                "DRIVE OUT",
                "OUT",
            ),
            ("", "drive_out"): (
                "DO NOT STOP, DRIVE OUT OF TUNNEL",
                "DRIVE OUT OF TUNNEL",
                "DRIVE OUT",
                "OUT",
            ),
            ("", "other_bore"): (
                "{what} IN OTHER BORE, DRIVE OUT",
                "DRIVE OUT OF TUNNEL",
                "DRIVE OUT",
                "OUT",
            ),
            ("wrong_way", "closed"): (
                "WRONG WAY DRIVER, DO NOT OVERTAKE, TUNNEL CLOSED AHEAD",
                "WRONG WAY DRIVER, TUNNEL CLOSED",
                "TUNNEL CLOSED",
                "SHUT",
            ),
        },
    }
)
"""Language → (type group, situation) → texts, the longest first; the empty group stands for every other."""


def forms(kind: IncidentType, situation: str, language: Language) -> Iterator[tuple[str, ...]]:
    """Yield the texts for a situation as words that stay together, the longest first."""
    table = SITUATIONS[language]
    for form in table.get((kind.group, situation)) or table["", situation]:
        yield words(form.format(what=WHAT[language][kind.group]))


def tell(
    site: Site, sign: Device, kind: IncidentType, situation: str, rule: str, reason: str
) -> Iterator[Demand | Finding]:
    """Yield what one sign says in a situation of this module: the longest it holds, on two pages at most."""
    for number, row in enumerate(forms(kind, situation, site.policy.messages.language)):
        multi = _fitted(row, sign)
        if multi is None:
            continue
        yield Demand(sign.id, Message(multi), rule, reason)
        if number:
            yield Finding("shortened", f"{sign.id} holds only {plain(multi)!r}", sign.id)
        return
    yield Finding("not_covered", f"{sign.id} is too small for any text", sign.id)


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
        yield Finding("shortened", f"{sign.id} holds only {plain(choice.multi)!r}", sign.id)


def _fitted(row: tuple[str, ...], sign: Device) -> str | None:
    if sign.shape is None:
        return "".join(row)
    message = lay_out(row, sign.shape) or lay_out_on_pages(row, sign.shape)
    return None if message is None else write(message)
