"""`onekey audit`: the journal read, exported, and checked without a server."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import DEFAULT_URL, ActorName, Client, Token, Url
from api.cli.say import AsJson, Code, fail, say, say_json
from controller.store.errors import StoreError
from controller.store.export import check_export
from controller.store.notes import NoteError, VerifierKey
from controller.store.reads import verify_journal
from controller.store.seals import Sealed
from controller.store.witness import kept_notes

group = typer.Typer(name="audit", help="The journal.", no_args_is_help=True, rich_markup_mode=None)

_SQLITE = b"SQLite format 3\0"
_LOOK_S = 1.0
_PAGE = 500
_LONGEST_BODY = 120


@group.command("verify", epilog='Example: onekey audit verify journal.ndjson --key "$ONEKEY_PUBLIC_KEY"')
def verify(
    file: Annotated[Path, typer.Argument(help="An export, or the database of a controller, in use or not.")],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="Public key kept apart, or a file with it; may be given again."),
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option("--checkpoints", help="Checkpoints kept elsewhere; beside a database where not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk hashes and signed checkpoints and name the first record that does not fit; needs no server."""
    keys = [_key(one) for one in key or ()]
    try:
        with file.open("rb") as opened:
            stored = opened.read(len(_SQLITE)) == _SQLITE
    except OSError as err:
        fail(f"{file}: {err.strerror}. Give an export or the path of a onekey database.", Code.WRONG_USE)
    if checkpoints is not None and not checkpoints.is_file():
        fail(f"--checkpoints {checkpoints}: there is no such file", Code.WRONG_USE)
    beside = file.with_name(f"{file.name}.checkpoints") if stored else None
    places = checkpoints or beside
    notes = kept_notes(places) if places is not None else []
    found = _of_database(file, keys, notes) if stored else _of_export(file, keys, notes)
    if as_json:
        say_json(found)
    elif found["ok"]:
        say(f"{file}: {found['rows']} records, unbroken; last hash {found['last_hash']}")
        for line in _sealed_lines(found):
            say(line)
    if not found["ok"]:
        fail(f"{file}: broken at {found['at']}: {found['reason']}", Code.NOT_ACHIEVED)


def _of_database(file: Path, keys: list[VerifierKey], notes: list[str]) -> dict[str, Any]:
    try:
        found = asyncio.run(verify_journal(file, keys, notes))
    except StoreError as err:
        fail(str(err), Code.WRONG_USE)
    at = "its end" if found.first_bad_seq is None else f"record {found.first_bad_seq}"
    return {
        "ok": found.ok,
        "rows": found.rows,
        "first_bad_seq": found.first_bad_seq,
        "reason": found.reason,
        "last_hash": found.last_hash,
        "sealed": _sealed(found.sealed),
        "at": at,
    }


def _of_export(file: Path, keys: list[VerifierKey], notes: list[str]) -> dict[str, Any]:
    with file.open("rb") as lines:
        found = check_export(lines, keys=keys, outside=notes)
    at = "its end" if found.line is None else f"line {found.line}"
    return {
        "ok": found.ok,
        "rows": found.rows,
        "first_bad_line": found.line,
        "reason": found.reason,
        "last_hash": found.last_hash,
        "sealed": _sealed(found.sealed),
        "at": at,
    }


def _sealed(sealed: Sealed) -> dict[str, Any]:
    return {
        "size": sealed.size,
        "checkpoints": sealed.checkpoints,
        "keys": list(sealed.keys),
        "given": sealed.given,
        "outside": sealed.outside,
    }


def _sealed_lines(found: dict[str, Any]) -> Iterator[str]:
    sealed = found["sealed"]
    if not sealed["keys"]:
        yield "no checkpoints: nothing but the chain of hashes was checked"
        return
    behind = found["rows"] - sealed["size"]
    count, size = sealed["checkpoints"], sealed["size"]
    yield f"sealed to record {size} by {count} checkpoints; {behind} behind the last"
    if sealed["outside"]:
        yield f"{sealed['outside']} checkpoints kept elsewhere agree"
    if not sealed["given"]:
        yield f"the key is the journal's own word: compare it, or give --key {sealed['keys'][-1]}"


def _key(given: str) -> VerifierKey:
    try:
        text = given if "+" in given else Path(given).read_text("utf-8")
        return VerifierKey.parse(text)
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "no text"
        fail(
            f"--key {given}: no key and no file with one ({why}); `onekey audit key` prints it",
            Code.WRONG_USE,
        )
    except NoteError as err:
        fail(f"--key: {err}", Code.WRONG_USE)


@group.command("export", epilog="Example: onekey audit export --out journal.ndjson")
def export(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; stdout where not given.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
) -> None:
    """Write the whole journal, one record a line, closed by a signed checkpoint."""
    with Client(url, token) as client:
        if out is None:
            for chunk in client.stream("/audit/export"):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        try:
            with out.open("wb") as file:
                for chunk in client.stream("/audit/export"):
                    file.write(chunk)
        except OSError as err:
            fail(f"--out {out}: {err.strerror}", Code.WRONG_USE)
    say(f"{out} written; check it with: onekey audit verify {out}")


@group.command("tail", epilog="Example: onekey audit tail --kind verdict --kind alarm --follow")
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many.")] = 20,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this kind; may be given again.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    url: Url = DEFAULT_URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Show the newest records."""
    with Client(url, token) as client:
        try:
            for row in _rows(client, count, kind or [], follow=follow):
                say(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
        except KeyboardInterrupt:
            return


def _rows(client: Client, count: int, kinds: list[str], *, follow: bool) -> Iterator[dict[str, Any]]:
    rows = client.get("/audit", newest_first="true", limit=count, kind=kinds)["rows"][::-1]
    seq = 0
    while True:
        yield from rows
        if not follow:
            return
        seq = rows[-1]["seq"] if rows else seq
        time.sleep(_LOOK_S)
        rows = client.get("/audit", after_seq=seq, limit=_PAGE, kind=kinds)["rows"]


def _line(row: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(row["at_ms"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    body = json.dumps(row["body"], ensure_ascii=False)
    short = body if len(body) <= _LONGEST_BODY else body[: _LONGEST_BODY - 1] + "…"
    return f"{row['seq']:>7}  {at}  {row['kind']:<16}  {row['actor']['id']:<12}  {short}"


@group.command("key", epilog="Example: onekey audit key")
def key(url: Url = DEFAULT_URL, token: Token = "") -> None:
    """Print the public key that checkpoints are signed with; keep it away from the controller."""
    with Client(url, token) as client:
        public = client.get("/audit/key")["public_key"]
    if public is None:
        fail("this controller has no key it could sign with: onekey alarm list", Code.NOT_ACHIEVED)
    say(public)


@group.command("rotate-key", epilog="Example: onekey audit rotate-key")
def rotate_key(url: Url = DEFAULT_URL, token: Token = "", actor: ActorName = "") -> None:
    """Have a new key made; the present one signs its name. Prints the new public key."""
    with Client(url, token, actor) as client:
        say(client.call("POST", "/audit/rotate-key")["public_key"])


@group.command("restore", epilog="Example: onekey audit restore")
def restore(url: Url = DEFAULT_URL, token: Token = "", actor: ActorName = "") -> None:
    """End JOURNAL DEGRADED once the disk is mended; everything that waited is written first."""
    with Client(url, token, actor) as client:
        client.call("POST", "/audit/restore")
    say("the journal is durable again")
