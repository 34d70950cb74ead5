"""The direction, tunnel and place a text names, or the one question that would settle each."""

import difflib
import re
from collections.abc import Sequence

from config.site import Carriageway, Site, Tunnel
from controller.incident import Place
from controller.intake.decision import Missing
from controller.intake.place import PlaceProblem, place_of
from controller.intake.scan import Lexer, Token
from controller.intake.words import Kind


def carriageway_of(site: Site, said: Sequence[Token]) -> tuple[Carriageway | None, Missing | None]:
    """Return the one direction named, or the question; a road that does not fit it counts against it."""
    named = [token.ids for token in said if token.kind is Kind.CARRIAGEWAY]
    known_zh = "、".join(c.direction.zh for c in site.carriageways.values())
    known_en = ", ".join(c.direction.en for c in site.carriageways.values())
    possible = frozenset.intersection(*named) if named else frozenset()
    for road in (token for token in said if token.kind is Kind.ROAD):
        if not road.ids or (possible and not possible & road.ids):
            return None, Missing(
                "carriageway",
                f"{road.text.upper()}与本路段或方向不符，是哪个方向（{known_zh}）？",
                f"{road.text.upper()} does not fit this site or that direction; which one ({known_en})?",
            )
    if len(possible) == 1 and not any(token.kind is Kind.BOTH_WAYS for token in said):
        return site.carriageways[next(iter(possible))], None
    several = len(named) > 1 or any(token.kind is Kind.BOTH_WAYS for token in said)
    zh = "只能是一个方向，是哪个方向" if several else "哪个方向"
    en = "One direction only; which" if several else "Which direction"
    return None, Missing("carriageway", f"{zh}（{known_zh}）？", f"{en} ({known_en})?")


def tunnel_of(
    site: Site, lexer: Lexer, tokens: Sequence[Token], said: Sequence[Token]
) -> tuple[Tunnel | None, Missing | None]:
    """Return the one tunnel named, the question if it is strange or ambiguous, neither if none is named."""
    stranger = _unknown_tunnel(tokens)
    if stranger is not None:
        near = _near_names(site, lexer, stranger)
        return None, Missing(
            "tunnel",
            f"没有“{stranger}”，是不是{near[0]}？",
            f'No tunnel "{stranger}" here; did you mean {near[1]}?',
        )
    named = [token.ids for token in said if token.kind is Kind.TUNNEL]
    if not named:
        return None, None
    possible = frozenset.intersection(*named)
    if len(possible) == 1:
        return site.tunnels[next(iter(possible))], None
    options = sorted(frozenset().union(*named))
    return None, Missing(
        "tunnel",
        f"是哪座隧道：{'、'.join(site.tunnels[t].name.zh for t in options)}？",
        f"Which tunnel: {', '.join(site.tunnels[t].name.en for t in options)}?",
    )


def _unknown_tunnel(tokens: Sequence[Token]) -> str | None:
    """Return the name of a tunnel no table knows: unknown words before 隧道 or grown onto a known name."""
    for i, token in enumerate(tokens):
        if token.kind is Kind.TUNNEL and i and tokens[i - 1].kind is Kind.UNKNOWN:
            return _joined([tokens[i - 1].text, token.text])
        if token.kind is not Kind.BARE_TUNNEL:
            continue
        at = i
        while at and (tokens[at - 1].kind is Kind.UNKNOWN or _may_be_in_a_name(tokens[at - 1])):
            at -= 1
        while at < i and tokens[at].kind is not Kind.UNKNOWN:
            at += 1
        name = [t.text for t in tokens[at:i]]
        if name:
            if at and tokens[at - 1].kind is Kind.TUNNEL:
                name.insert(0, tokens[at - 1].text)
            return _joined([*name, token.text])
    return None


def _may_be_in_a_name(token: Token) -> bool:
    return len(token.text) == 1 and token.kind not in (Kind.PUNCTUATION, Kind.LANE)


def _joined(words: Sequence[str]) -> str:
    return re.sub(r"(?<=[a-z]) *\x00 *(?=[a-z])", " ", "\x00".join(words)).replace("\x00", "")


def _near_names(site: Site, lexer: Lexer, name: str) -> tuple[str, str]:
    """Return the likeliest tunnels by spelling, or all of a small site's, in both languages."""
    names = lexer.names(Kind.TUNNEL)
    close = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    ids = dict.fromkeys(id_ for word in close for id_ in sorted(names[word])) or dict.fromkeys(
        list(site.tunnels)[:5]
    )
    tunnels = [site.tunnels[id_] for id_ in ids]
    return (
        "或".join(t.name.zh for t in tunnels) or "写成桩号",
        " or ".join(t.name.en for t in tunnels) or "a chainage",
    )


def place_said(
    site: Site, lexer: Lexer, carriageway: Carriageway | None, tunnel: Tunnel | None, said: Sequence[Token]
) -> tuple[Place | None, Missing | None]:
    """Return the one place named, or the question.

    Neither, where a place is named but cannot be found before the direction is known.
    """
    kinds = {token.kind for token in said}
    written = list(dict.fromkeys(token.written for token in said if token.kind is Kind.CHAINAGE))
    offsets = {(token.number, token.ids) for token in said if token.kind is Kind.OFFSET}
    if Kind.ELSEWHERE in kinds:
        word = next(token.text for token in said if token.kind is Kind.ELSEWHERE)
        return None, Missing(
            "place",
            f"“{word}”不是主线上的位置，请给出桩号",
            f'"{word}" is no place on the carriageway; give the chainage',
        )
    if len(written) + len(offsets) > 1:
        return None, Missing(
            "place", "文中有多个位置，是哪一个？", "More than one place is named; which one?"
        )
    if tunnel is not None and Kind.OUTSIDE in kinds and not written and not offsets:
        return None, Missing(
            "place",
            f"在{tunnel.name.zh}内还是洞外？请给出桩号",
            "Inside the tunnel or not? Give the chainage",
        )
    if carriageway is None:
        # The place cannot be certain before the direction is; ask for both only if neither was said.
        return None, None if written or tunnel is not None else _where(site, lexer, said)
    offset = next(iter(offsets), None)
    found = place_of(
        site,
        carriageway,
        tunnel=None if written and Kind.OUTSIDE in kinds else tunnel,
        chainages=written[0] if written else (),
        offset_m=offset[0] if offset else None,
        from_exit=offset is not None and "exit" in offset[1],
    )
    if isinstance(found, PlaceProblem):
        return None, _where(site, lexer, said) if not found.value else Missing(
            found.field, found.zh, found.en
        )
    if found.tunnel is None and kinds & {Kind.BARE_TUNNEL, Kind.INSIDE} and Kind.OUTSIDE not in kinds:
        return None, Missing(
            "tunnel",
            f"{'至'.join(written[0]) if written else ''}不在任何隧道内：是哪座隧道？",
            "That chainage is in no tunnel of this site; which tunnel?",
        )
    return found, None


def _where(site: Site, lexer: Lexer, said: Sequence[Token]) -> Missing:
    """Ask for the place; a word that looks like a tunnel's name misspelt is offered."""
    for token in said:
        if token.kind is Kind.UNKNOWN and len(token.text) > 1:
            close = difflib.get_close_matches(token.text, list(lexer.names(Kind.TUNNEL)), n=1, cutoff=0.6)
            if close:
                near = _near_names(site, lexer, token.text)
                return Missing(
                    "tunnel",
                    f"没有“{token.text}”，是不是{near[0]}？",
                    f'No "{token.text}" here; did you mean {near[1]}?',
                )
    return Missing("place", "在哪座隧道或哪个桩号？", "Which tunnel, or which chainage?")
