"""Whether what a site file refers to exists: names of entries, and chainages of a carriageway."""

import difflib
from collections.abc import Iterable, Iterator

from config.chainage import parse_chainage
from config.draft import Draft
from config.finding import Finding, Path

MAX_NEAR = 200
"""Names a misspelling is compared with; a comparison with thousands, thousands of times, takes minutes."""


def unknown(draft: Draft, path: Path, collection: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    """Report a name that refers to nothing, unless what it names is there but of wrong form."""
    known = list(known)
    if name in known or {(collection, name), (collection, "*")} & draft.broken:
        return
    near = difflib.get_close_matches(name, known[:MAX_NEAR], n=1)
    listed = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    remedy = f"did you mean {near[0]}?" if near else f"there is {listed}" if listed else "define it"
    yield draft.report(path, f"no such entry under {collection}", remedy)


def off_table(draft: Draft, path: Path, carriageway: str, chainage: str) -> Iterator[Finding]:
    """Report a chainage of wrong form, or one its carriageway does not have."""
    try:
        parsed = parse_chainage(chainage)
    except ValueError:
        yield draft.report(path, "no chainage", "write it like K1890+300")
        return
    table = draft.tables.get(carriageway)
    if table is None:
        return
    try:
        table.to_m(parsed)
    except ValueError:
        covered = ", ".join(f"{piece.start} to {piece.end}" for piece in table.pieces)
        yield draft.report(path, f"not on {carriageway}", f"it covers {covered}")
