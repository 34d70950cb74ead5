"""What a site file of right form may still mean wrongly: one small function a mistake, all of them run.

Here the road: chainages, names, tunnels, gantries, policy. Devices and their connections are in
`config.device_checks`.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config import device_checks, interlock_checks, junction_checks, lane_checks, message_checks
from config.chainage import ChainageTable, Piece, parse_chainage
from config.draft import Draft
from config.finding import Finding, Level, Path
from config.references import off_table, unknown
from config.schema_road import LaneFile, NameFile


def check(draft: Draft) -> list[Finding]:
    """Return every error and warning about the meaning of a file, none twice."""
    checks: Sequence[Callable[[Draft], Iterable[Finding]]] = (
        _drill,
        _chainage_tables,
        _lane_numbers,
        _reversible,
        _place_names,
        _lane_names,
        _bores,
        _bore_overlaps,
        _gantries,
        _covered_lanes,
        _cameras,
        _sign_bands,
        _quiet_hours,
        *device_checks.CHECKS,
        *lane_checks.CHECKS,
        *junction_checks.CHECKS,
        *message_checks.CHECKS,
        *interlock_checks.CHECKS,
    )
    return list(dict.fromkeys(finding for one in checks for finding in one(draft)))


def _drill(draft: Draft) -> Iterator[Finding]:
    if draft.file.drill and draft.file.kind == "live":
        yield draft.report(
            ("drill",),
            "a drill drives no real device",
            "take it out, or hold the drill with `onekey drill SITE SCENARIO`",
        )


def _chainage_tables(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        path: Path = ("carriageways", name, "chainage")
        sound = True
        for i, piece in enumerate(carriageway.chainage):
            for key, text in (("from", piece.from_), ("to", piece.to)):
                try:
                    parse_chainage(text)
                except ValueError:
                    sound = False
                    yield draft.report((*path, i, key), "no chainage", "write it like K1890+300")
            if not sound:
                continue
            try:
                ChainageTable([Piece(parse_chainage(piece.from_), parse_chainage(piece.to))])
            except ValueError as err:
                sound = False
                yield draft.report((*path, i), str(err), "mend from or to")
        if sound and name not in draft.tables:
            try:
                draft.table(name)
            except ValueError as err:
                yield draft.report(path, str(err), "list pieces in the direction of travel")


def _lane_numbers(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        numbers = sorted(int(number) for number in carriageway.lanes)
        if numbers != list(range(1, len(numbers) + 1)):
            yield draft.report(
                ("carriageways", name, "lanes"),
                "a number is left out",
                "number lanes 1, 2, ... from the left",
            )


def _reversible(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        for number, lane in carriageway.lanes.items():
            if lane.reversible:
                yield draft.report(
                    ("carriageways", name, "lanes", number, "reversible"),
                    "lanes that change direction are outside this product",
                    "delete the key, or leave the lane out of this site",
                )


def _place_names(draft: Draft) -> Iterator[Finding]:
    """Directions and tunnels are read from one text: a spelling must mean one of them."""
    owners: list[tuple[Path, NameFile, list[str]]] = [
        *((("carriageways", n), c.direction, c.aliases) for n, c in draft.file.carriageways.items()),
        *((("tunnels", n), t.name, t.aliases) for n, t in draft.file.tunnels.items()),
    ]
    yield from _shared_spellings(
        draft,
        [
            spelling
            for path, name, aliases in owners
            for spelling in _spellings(
                path, "direction" if path[0] == "carriageways" else "name", name, aliases
            )
        ],
    )


def _lane_names(draft: Draft) -> Iterator[Finding]:
    for name, carriageway in draft.file.carriageways.items():
        rows: list[tuple[Path, Path, str]] = []
        for number, lane in carriageway.lanes.items():
            rows += _spellings(("carriageways", name, "lanes", number), "", lane, lane.aliases)
        yield from _shared_spellings(draft, rows)


def _spellings(
    owner: Path, key: str, name: NameFile | LaneFile, aliases: list[str]
) -> list[tuple[Path, Path, str]]:
    """Return (owner, path, spelling) of a name and its aliases."""
    own = (*owner, key) if key else owner
    named = [(owner, (*own, language), getattr(name, language)) for language in ("zh", "en")]
    return named + [(owner, (*owner, "aliases", i), alias) for i, alias in enumerate(aliases)]


def _shared_spellings(draft: Draft, rows: list[tuple[Path, Path, str]]) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for owner, path, spelling in rows:
        key = " ".join(unicodedata.normalize("NFKC", spelling).casefold().split())
        if not key:
            yield draft.report(path, "no visible character", "delete it")
        elif first.setdefault(key, owner) != owner:
            other = first[key][-1]
            yield draft.report(path, f"already means {other}", "keep it where it belongs, or lengthen both")


def _bores(draft: Draft) -> Iterator[Finding]:
    for name, tunnel in draft.file.tunnels.items():
        for carriageway, bore in tunnel.bores.items():
            path: Path = ("tunnels", name, "bores", carriageway)
            if carriageway not in draft.file.carriageways:
                yield from _unknown_carriageway(draft, path, carriageway)
                continue
            yield from off_table(draft, (*path, "from"), carriageway, bore.from_)
            yield from off_table(draft, (*path, "to"), carriageway, bore.to)
            entry_m, exit_m = draft.at_m(carriageway, bore.from_), draft.at_m(carriageway, bore.to)
            if entry_m is not None and exit_m is not None and entry_m >= exit_m:
                yield draft.report(
                    path,
                    f"traffic of {carriageway} meets {bore.to} before {bore.from_}",
                    "`from` is the entrance portal, `to` the exit",
                )


def _bore_overlaps(draft: Draft) -> Iterator[Finding]:
    for carriageway in draft.file.carriageways:
        tubes: list[tuple[int, int, str]] = []
        for name, tunnel in draft.file.tunnels.items():
            if (bore := tunnel.bores.get(carriageway)) is None:
                continue
            entry_m, exit_m = draft.at_m(carriageway, bore.from_), draft.at_m(carriageway, bore.to)
            if entry_m is None or exit_m is None or entry_m >= exit_m:
                continue
            for other_entry_m, other_exit_m, other in tubes:
                if entry_m < other_exit_m and other_entry_m < exit_m:
                    yield draft.report(
                        ("tunnels", name, "bores", carriageway),
                        f"overlaps the bore of {other}",
                        "mend a portal",
                    )
            tubes.append((entry_m, exit_m, name))


def _gantries(draft: Draft) -> Iterator[Finding]:
    for name, gantry in draft.file.gantries.items():
        path: Path = ("gantries", name)
        if gantry.carriageway not in draft.file.carriageways:
            yield from _unknown_carriageway(draft, (*path, "carriageway"), gantry.carriageway)
        else:
            yield from off_table(draft, (*path, "at"), gantry.carriageway, gantry.at)


def _covered_lanes(draft: Draft) -> Iterator[Finding]:
    """Warn of a lane without a head: nothing there can close it."""
    if any(collection == "devices" for collection, _ in draft.broken):
        return  # the missing heads may be the ones of wrong form
    heads = {(row.file.gantry, row.file.lane) for row in draft.rows if row.file.type == "head"}
    for name, gantry in draft.file.gantries.items():
        carriageway = draft.file.carriageways.get(gantry.carriageway)
        if carriageway is None:
            continue
        at_m, extents = (
            draft.at_m(gantry.carriageway, gantry.at),
            lane_checks.extents(draft, gantry.carriageway),
        )
        bare = sorted(
            number
            for number in carriageway.lanes
            if (name, int(number)) not in heads and _runs(extents.get(int(number)), at_m)
        )
        if bare:
            yield draft.report(
                ("gantries", name),
                f"no head over lane {', '.join(bare)}",
                "add it, if there is one",
                Level.WARNING,
            )


def _runs(extent: lane_checks.Extent | None, at_m: int | None) -> bool:
    return extent is None or at_m is None or extent[1] <= at_m <= extent[2]


def _cameras(draft: Draft) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, camera in zip(draft.camera_indices, draft.file.cameras, strict=True):
        path: Path = ("cameras", i)
        if camera.id in seen:
            yield draft.report((*path, "id"), "given twice", "give each camera a name of its own")
        seen.add(camera.id)
        if camera.carriageway not in draft.file.carriageways:
            yield from _unknown_carriageway(draft, (*path, "carriageway"), camera.carriageway)
        else:
            yield from off_table(draft, (*path, "at"), camera.carriageway, camera.at)


def _sign_bands(draft: Draft) -> Iterator[Finding]:
    near, middle, far = draft.file.policy.sign_bands_m
    if not near < middle < far:
        yield draft.report(("policy", "sign_bands_m"), "not rising", "write near, middle, far in metres")


def _quiet_hours(draft: Draft) -> Iterator[Finding]:
    quiet, path = draft.file.policy.quiet_hours, ("policy", "quiet_hours")
    if quiet is None:
        return
    if quiet.from_ == quiet.to:
        yield draft.report((*path, "to"), "the same as from", "leave quiet_hours out, or write two times")
    try:
        ZoneInfo(quiet.zone)
    except (ZoneInfoNotFoundError, ValueError):
        remedy = "write a name like Asia/Shanghai or UTC; where all names are unknown, install tzdata"
        yield draft.report((*path, "zone"), "no time zone of this machine", remedy)


def _unknown_carriageway(draft: Draft, path: Path, name: str) -> Iterator[Finding]:
    return unknown(draft, path, "carriageways", name, draft.file.carriageways)
