"""The moment a request is complete: its body is read whole, bounded and stamped before anything parses it.

The budget starts here (T2): what framework and parsing cost afterwards counts against it.
"""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response
from devices.clock import Clock

MAX_BODY_BYTES = 64 * 1024
PATIENCE_S = 10.0
"""How long a client may take to send its body; the server itself would wait for ever."""

_SCOPE_KEY = "onekey.received"
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Received:
    """When the last byte of a request was in: loop seconds and UTC milliseconds."""

    at_s: float
    at_ms: int


def received(request: Request) -> Received:
    """Return the stamp of a request that may have a body."""
    stamp: Received = request.scope[_SCOPE_KEY]
    return stamp


class ReceiveWhole:
    """ASGI layer: reads the body, refuses a long or slow one, stamps, then passes the call on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Clock,
        limit_bytes: int = MAX_BODY_BYTES,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._app = app
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or 408, or pass on a request whose body is there."""
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        if body is None:
            return
        scope[_SCOPE_KEY] = Received(self._clock.mono_s(), self._clock.wall_ms())
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the whole body, None where the client left."""
        declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > self._limit_bytes:
            raise self._too_long()
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > self._limit_bytes:
                        raise self._too_long()
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            detail = f"the body was not complete within {self._patience_s:.0f} s; send it again in one go"
            raise Problem(408, "Body too slow", detail, headers={"Connection": "close"}) from None

    def _too_long(self) -> Problem:
        detail = f"a body may have {self._limit_bytes} bytes; send one incident a call"
        return Problem(413, "Body too long", detail, headers={"Connection": "close"})
