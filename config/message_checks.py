"""What a site's own sign texts may get wrong: blanks, characters, banned words, strictness, room."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from config.draft import Draft, Row
from config.finding import Finding, Path
from config.messages import CLOSED, SAMPLE, SENDS, Language, Situation, blanks, filled, outside, words
from config.references import unknown
from config.schema import SignTextFile
from config.schema_road import NameFile
from config.sign_fit import why_banned
from config.site import SignShape
from devices.multi import escape
from devices.sign_chars import why_not_sent
from devices.sign_layout import lay_out
from devices.values import DeviceType

CLOSES = frozenset({Situation.CLOSURE, Situation.WRONG_WAY_CLOSED})
"""Situations whose texts say that nobody gets past (S4)."""
MAY_SEND = frozenset({Situation.WRONG_WAY, Situation.SHOULDER})
"""Situations whose texts may say where to drive: every lane is open, or the shoulder and no other."""


def _texts(draft: Draft) -> Iterator[tuple[Path, SignTextFile]]:
    for number, text in enumerate(draft.file.policy.messages.texts):
        yield ("policy", "messages", "texts", number), text


def _blanks(draft: Draft) -> Iterator[Finding]:
    for path, text in _texts(draft):
        try:
            blanks(text.text)
        except ValueError as err:
            problem, _, remedy = str(err).partition("; ")
            yield draft.report((*path, "text"), problem, remedy)


def _sound(draft: Draft) -> Iterator[tuple[Path, SignTextFile]]:
    for path, text in _texts(draft):
        try:
            blanks(text.text)
        except ValueError:
            continue
        yield path, text


def _words(draft: Draft) -> Iterator[Finding]:
    banned = draft.file.policy.messages.banned
    for path, text in _sound(draft):
        read = "".join(words(filled(text.text, _values(draft, None))))
        if (why := why_not_sent(read)) is not None:
            yield draft.report((*path, "text"), why, "write it another way")
        if (why := why_banned(read.replace("[", "[[").replace("]", "]]"), banned)) is not None:
            yield draft.report((*path, "text"), why, "say what happened and what to do")


def _approved(draft: Draft) -> Iterator[Finding]:
    for number, text in enumerate(draft.file.policy.messages.approved):
        why = why_not_sent(text) or why_banned(escape(text), draft.file.policy.messages.banned)
        if why is not None:
            yield draft.report(("policy", "messages", "approved", number), why, "write it another way")


def _names(draft: Draft) -> Iterator[Finding]:
    """Signs show the names of lanes and tunnels: each needs characters they have, and no banned word."""
    file = draft.file
    language = Language(file.policy.messages.language).value
    named: list[tuple[Path, NameFile]] = [
        (("carriageways", road, "lanes", number), lane)
        for road, carriageway in file.carriageways.items()
        for number, lane in carriageway.lanes.items()
    ]
    named += [(("tunnels", name, "name"), tunnel.name) for name, tunnel in file.tunnels.items()]
    for path, name in named:
        shown = outside(getattr(name, language)).strip()
        why = why_banned(escape(shown), file.policy.messages.banned)
        if not shown:
            why = "signs have none of its characters"
        if why is not None:
            yield draft.report((*path, language), why, "write it another way")


def _strictness(draft: Draft) -> Iterator[Finding]:
    """S4: a text is as strict as its situation, and sends nobody to a lane that may be closed."""
    for path, text in _sound(draft):
        read = "".join(words(filled(text.text, _values(draft, None))))
        situation = Situation(text.situation)
        if (situation in CLOSES) != bool(CLOSED.search(read)):
            problem = (
                "does not say that nobody gets past" if situation in CLOSES else "says the road is closed"
            )
            remedy = "write e.g. 道路封闭" if situation in CLOSES else "leave that to the situation closure"
            yield draft.report((*path, "text"), problem, remedy)
        if situation not in MAY_SEND and SENDS.search(read):
            yield draft.report((*path, "text"), "sends traffic to a lane that may be closed", "only warn")


def _room(draft: Draft) -> Iterator[Finding]:
    signs = {row.file.id: row for row in draft.rows if row.type is DeviceType.SIGN}
    devices = {row.file.id for row in draft.rows}
    for path, text in _sound(draft):
        fitting = [name for name, row in signs.items() if _fits(draft, row, text)]
        for number, name in enumerate(text.signs):
            here = (*path, "signs", number)
            if name not in devices:
                yield from unknown(draft, here, "devices", name, signs)
            elif name not in signs:
                yield draft.report(here, f"{name} is no sign", "name signs only")
            elif name not in fitting and draft.matrix_of(signs[name]) is not None:
                yield draft.report(
                    here, f"the text does not fit {name}", "shorten the text, or mark words with |"
                )
        sized = [name for name, row in signs.items() if draft.matrix_of(row) is not None]
        if not text.signs and sized and not fitting:
            remedy = "shorten the text, or mark words with |"
            yield draft.report((*path, "text"), "fits no sign of this site", remedy)


def _fits(draft: Draft, row: Row, text: SignTextFile) -> bool:
    matrix = draft.matrix_of(row)
    if matrix is None:
        return False
    shape = SignShape(matrix.width_px, matrix.height_px, matrix.glyph_px, matrix.colour)
    return lay_out(words(filled(text.text, _values(draft, draft.carriageway_of(row)))), shape) is not None


def _values(draft: Draft, carriageway: str | None) -> dict[str, str]:
    """Return long values for the blanks, those of one carriageway where it is named."""
    file = draft.file
    language = Language(file.policy.messages.language)
    ways = [c for name, c in file.carriageways.items() if carriageway in (None, name)]
    exits = [
        outside(getattr(junction.name, language.value))
        for junction in file.junctions.values()
        if carriageway is None or carriageway in junction.carriageways
    ]
    lanes = [outside(getattr(lane, language.value)) for way in ways for lane in way.lanes.values()]
    tunnels = [
        outside(getattr(tunnel.name, language.value))
        for tunnel in file.tunnels.values()
        if carriageway is None or carriageway in tunnel.bores
    ]
    return {
        **SAMPLE[language],
        **({"exit": max(exits, key=len)} if exits else {}),
        "lanes": max(lanes, key=len, default=""),
        "tunnel": max(tunnels, key=len, default=""),
    }


CHECKS: Sequence[Callable[[Draft], Iterable[Finding]]] = (
    _blanks,
    _words,
    _approved,
    _names,
    _strictness,
    _room,
)
