"""The journal: read, checked, exported."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, StreamingResponse

from api.history import from_store
from api.routes.access import Context, Pressed
from api.routes.examples import JOURNAL_ROW, PUBLIC_KEY, VERIFIED, answers
from api.shapes.site import JournalCheckShape, JournalShape, PublicKeyShape
from controller.incidents.lifecycle import NotPossible
from controller.room import ControlRoom
from controller.store.checkpoints import Checkpoints
from controller.store.export import closing_line
from controller.store.keyfile import KeyFileError
from controller.store.reads import JournalEntry
from controller.store.witness import kept_notes

router = APIRouter(prefix="/audit", tags=["audit"])
_PAGE = 500


@router.get("", responses=answers({"rows": [JOURNAL_ROW]}, shape=JournalShape, problems=(422, 503)))
async def audit(
    context: Context,
    after_seq: Annotated[int, Query(ge=0, le=2**62, description="only rows behind this one")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[list[str] | None, Query(max_length=20, description="only these kinds")] = None,
    newest_first: bool = False,
) -> JSONResponse:
    """Return journal rows with their hashes."""
    store = context.room.store
    rows = await from_store(
        store.journal(after_seq=after_seq, limit=limit, kinds=kind or (), newest_first=newest_first)
    )
    return JSONResponse({"rows": [_view(row) for row in rows]})


@router.get("/verify", responses=answers(VERIFIED, shape=JournalCheckShape))
async def verify(context: Context) -> JSONResponse:
    """Walk the whole chain and name the first row that does not fit; its checkpoints are checked with it.

    It takes the key the journal names and compares the second file of checkpoints. Somebody who does not
    trust this machine verifies an export with the public key kept elsewhere.
    """
    store, signs = context.room.store, context.room.store.checkpoints
    outside = await asyncio.to_thread(kept_notes, signs.file) if signs is not None else []
    return JSONResponse(asdict(await store.verify(outside=outside)))


@router.get("/key", responses=answers({"public_key": PUBLIC_KEY}, shape=PublicKeyShape))
async def key(context: Context) -> JSONResponse:
    """Return the public key that checkpoints are signed with, null where none can be.

    Keep it where this machine cannot change it.
    """
    signs = context.room.store.checkpoints
    return JSONResponse({"public_key": signs.public_key if signs is not None else None})


@router.post(
    "/rotate-key", responses=answers({"public_key": PUBLIC_KEY}, shape=PublicKeyShape, problems=(401, 409))
)
async def rotate_key(context: Context, pressed: Pressed) -> JSONResponse:
    """Make a new key; the present one signs its name, and that is journalled. Keep the new public key."""
    try:
        new = await _checkpoints(context).rotate(pressed.actor, context.room.store.commit)
    except KeyFileError as err:
        raise NotPossible(str(err)) from err
    return JSONResponse({"public_key": new})


@router.post("/restore", responses=answers({"journal_degraded": None}, problems=(401, 409)))
async def restore(context: Context, pressed: Pressed) -> JSONResponse:
    """End JOURNAL DEGRADED once the disk is mended: everything that waited is written first."""
    await context.room.restore_journal(pressed.actor)
    return JSONResponse({"journal_degraded": context.room.store.degraded})


@router.get("/export")
async def export(context: Context) -> StreamingResponse:
    """Return the whole journal, one JSON object a line; without `hash` a line is what was hashed.

    The last line is a signed checkpoint over all before it.
    """
    return StreamingResponse(_lines(context.room), media_type="application/x-ndjson")


async def _lines(room: ControlRoom) -> AsyncIterator[str]:
    signs = room.store.checkpoints
    closing = signs.closing() if signs is not None else None
    after_seq = 0
    while rows := await from_store(room.store.journal(after_seq=after_seq, limit=_PAGE)):
        after_seq = rows[-1].seq
        if closing is not None:
            rows = [row for row in rows if row.seq <= closing[0]]
        yield "".join(_canonical(_view(row)) + "\n" for row in rows)
        if closing is not None and after_seq >= closing[0]:
            yield closing_line(closing[1]) + "\n"
            return


def _checkpoints(context: Context) -> Checkpoints:
    signs = context.room.store.checkpoints
    if signs is None or signs.public_key is None:
        raise NotPossible("this controller signs no checkpoints: its key file cannot be used (GET /alarms)")
    return signs


def _view(row: JournalEntry) -> dict[str, Any]:
    return asdict(row)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
