"""The journal: read, checked, exported."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, StreamingResponse

from api.history import from_store
from api.routes.access import Context
from api.routes.examples import JOURNAL_ROW, answers
from api.shapes.site import JournalCheckShape, JournalShape
from controller.room import ControlRoom
from controller.store.reads import JournalEntry

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


@router.get(
    "/verify", responses=answers({"ok": True, "rows": 4213, "first_bad_seq": None}, shape=JournalCheckShape)
)
async def verify(context: Context) -> JSONResponse:
    """Walk the whole chain and name the first row that was changed, is missing or is out of order."""
    return JSONResponse(asdict(await context.room.store.verify()))


@router.get("/export")
async def export(context: Context) -> StreamingResponse:
    """Return the whole journal, one JSON object a line; without `hash` a line is what was hashed."""
    return StreamingResponse(_lines(context.room), media_type="application/x-ndjson")


async def _lines(room: ControlRoom) -> AsyncIterator[str]:
    after_seq = 0
    while rows := await from_store(room.store.journal(after_seq=after_seq, limit=_PAGE)):
        after_seq = rows[-1].seq
        yield "".join(_canonical(_view(row)) + "\n" for row in rows)


def _view(row: JournalEntry) -> dict[str, Any]:
    return asdict(row)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
