"""From what a report says about where (tunnel, chainages, metres from a portal) to one `Place`, or why not.

Shared by every channel, so that a form and a text with the same facts give the same place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config.chainage import Chainage, parse_chainage
from config.site import Bore, Carriageway, Site, Tunnel
from controller.incident import Place


@dataclass(frozen=True, slots=True)
class PlaceProblem:
    """Why there is no place: the field to mend, its value, and what to do, in both languages."""

    field: str
    value: str
    zh: str
    en: str


def place_of(
    site: Site,
    carriageway: Carriageway,
    *,
    tunnel: Tunnel | None = None,
    chainages: Sequence[str] = (),
    offset_m: int | None = None,
    from_exit: bool = False,
) -> Place | PlaceProblem:
    """Return the one place these facts name.

    Args:
        chainages: as written, none, one (a point) or two (a stretch, in either order).
        offset_m: metres into the tunnel from its entrance portal (`from_exit`: back from its exit portal).

    Returns:
        A known place for chainages or an offset, an unknown one over the whole bore for a tunnel alone.
    """
    bore = None
    if tunnel is not None:
        bore = tunnel.bore(carriageway.id)
        if bore is None:
            return PlaceProblem(
                "tunnel",
                tunnel.name.zh,
                f"{tunnel.name.zh}没有{carriageway.direction.zh}的洞，请核对方向或隧道",
                f"{tunnel.name.en} has no {carriageway.direction.en} bore; "
                "correct the direction or the tunnel",
            )
    if chainages:
        return _at_chainages(site, carriageway, tunnel, bore, chainages)
    if bore is None or tunnel is None:
        return PlaceProblem("place", "", "在哪座隧道或哪个桩号？", "Which tunnel, or which chainage?")
    if offset_m is None:
        return Place(carriageway.id, bore.entry_m, bore.exit_m, known=False, tunnel=tunnel.id)
    length_m = bore.exit_m - bore.entry_m
    if not 0 <= offset_m <= length_m:
        return PlaceProblem(
            "offset_m",
            str(offset_m),
            f"{tunnel.name.zh}{carriageway.direction.zh}洞长{length_m}米，{offset_m}米不在洞内",
            f"{tunnel.name.en} {carriageway.direction.en} is {length_m} m long; {offset_m} m is outside it",
        )
    at_m = bore.exit_m - offset_m if from_exit else bore.entry_m + offset_m
    return Place(carriageway.id, at_m, at_m, known=True, tunnel=tunnel.id)


def _at_chainages(
    site: Site, carriageway: Carriageway, tunnel: Tunnel | None, bore: Bore | None, written: Sequence[str]
) -> Place | PlaceProblem:
    positions = []
    for text in written:
        try:
            chainage = parse_chainage(text)
        except ValueError:
            return PlaceProblem(
                "chainage",
                text,
                f"桩号“{text}”看不懂，请写成 K1890+300",
                f"{text!r} is no chainage; write it like K1890+300",
            )
        try:
            positions.append(carriageway.chainage.to_m(chainage))
        except ValueError as error:
            return _off_the_road(carriageway, chainage, str(error))
    from_m, to_m = min(positions), max(positions)
    if bore is not None and tunnel is not None and not bore.entry_m <= from_m <= to_m <= bore.exit_m:
        entry, exit_ = carriageway.chainage.at(bore.entry_m), carriageway.chainage.at(bore.exit_m)
        where = " - ".join(written)
        return PlaceProblem(
            "place",
            f"{tunnel.name.zh} {where}",
            f"{tunnel.name.zh}{carriageway.direction.zh}为{entry}至{exit_}，{where}不在洞内：以隧道为准还是以桩号为准？",
            f"{where} is not inside {tunnel.name.en} ({carriageway.direction.en}: {entry} to {exit_}): "
            "which of the two is right, the tunnel or the chainage?",
        )
    inside = bore or site.bore_at(carriageway.id, from_m) or site.bore_at(carriageway.id, to_m)
    return Place(carriageway.id, from_m, to_m, known=True, tunnel=None if inside is None else inside.tunnel)


def _off_the_road(carriageway: Carriageway, chainage: Chainage, why: str) -> PlaceProblem:
    meant = [
        str(Chainage(piece.start.prefix, chainage.metres))
        for piece in carriageway.chainage.pieces
        if piece.offset_m(Chainage(piece.start.prefix, chainage.metres)) is not None
    ]
    covered = "、".join(f"{piece.start}至{piece.end}" for piece in carriageway.chainage.pieces)
    zh = f"{chainage}不在{carriageway.direction.zh}的桩号范围内（{covered}）"
    hint_zh = f"，是不是{'或'.join(meant)}？" if meant else "，请核对桩号"
    hint_en = f"; did you mean {' or '.join(meant)}?" if meant else "; correct the chainage"
    return PlaceProblem("chainage", str(chainage), zh + hint_zh, why + hint_en)
