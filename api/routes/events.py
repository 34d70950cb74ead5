"""`GET /events`: what changes, as it changes."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.problems import Problem
from api.routes.access import Hub
from api.sse import EventHub

router = APIRouter(tags=["events"])
_EXAMPLE = (
    'id: 19a8-7\nevent: changes\ndata: {"devices":[],"incidents":[],"steps":[],"now_ms":1795392000123}\n\n'
)


class _Events(StreamingResponse):
    """A stream that holds its place among them from before its first byte to its end.

    Raises:
        Problem: when it is to be sent and there is no place left (503).
    """

    def __init__(self, hub: EventHub, last_event_id: str | None) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(iter(()), media_type="text/event-stream", headers=headers)
        self._hub, self._last_event_id = hub, last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._hub.place() as client:
            if client is None:
                detail = "too many event streams are open; close one, or ask GET /api/v1/devices now and then"
                raise Problem(503, "Too many streams", detail, headers={"Retry-After": "5"})
            self.body_iterator = self._hub.stream(client, self._last_event_id)
            await super().__call__(scope, receive, send)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": _EXAMPLE}}}},
)
async def events(
    hub: Hub,
    last_event_id: Annotated[str | None, Header(description="id of the last frame that was seen")] = None,
) -> StreamingResponse:
    """Stream server-sent events: `snapshot` first, then `changes` at most ten times a second.

    `snapshot` has all devices, incidents and alarms; `changes` has those that changed, as they are now,
    `steps` of incidents, alarms that are new or changed in `alarms.raised` and the causes that left the
    list in `alarms.ended`. After `resync` comes a new snapshot. When nothing else comes, `ping` says each
    second that the stream is alive. A client that comes back with `Last-Event-ID` gets what it missed, or a
    snapshot.
    """
    return _Events(hub, last_event_id)
