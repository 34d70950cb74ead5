"""The stamp the budget starts with: when the last byte was in, not the first, nor when parsing ended."""

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from api.received import ReceiveWhole, received


class TestClock:
    """A clock the test turns."""

    __test__ = False

    def __init__(self) -> None:
        self.now_s = 100.0

    def mono_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return round(self.now_s * 1000)


def scope(method: str = "POST", *headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": method, "path": "/x", "headers": list(headers), "query_string": b""}


async def call(layer: ReceiveWhole, receive: Receive, of: Scope | None = None) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await layer(of or scope(), receive, send)
    return sent


async def test_the_budget_starts_when_the_last_byte_is_in() -> None:
    clock = TestClock()
    seen: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        clock.now_s += 5  # parsing takes its time: it counts against the budget
        request = Request(scope, receive)
        seen["stamp"], seen["body"] = received(request), await request.body()
        seen["then"] = await receive()
        await JSONResponse({})(scope, receive, send)

    messages: list[Message] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"cd", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        clock.now_s += 1
        return messages.pop(0)

    await call(ReceiveWhole(app, clock=clock), receive)
    assert (seen["stamp"].at_s, seen["stamp"].at_ms) == (102.0, 102_000)
    assert seen["body"] == b"abcd"
    assert seen["then"] == {"type": "http.disconnect"}


async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("the call must not get here")


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    sent = await call(ReceiveWhole(never, clock=TestClock(), patience_s=0.01), receive)
    assert sent[0]["status"] == 408
    assert "again" in json.loads(sent[1]["body"])["detail"]


async def test_a_declared_length_is_refused_without_reading() -> None:
    async def receive() -> Message:
        raise AssertionError("nothing may be read")

    sent = await call(
        ReceiveWhole(never, clock=TestClock(), limit_bytes=10),
        receive,
        scope("POST", (b"content-length", b"11")),
    )
    assert sent[0]["status"] == 413


async def test_a_client_that_leaves_is_not_answered() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    assert await call(ReceiveWhole(never, clock=TestClock()), receive) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_calls_pass_untouched(method: str) -> None:
    passed: list[Receive] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        passed.append(receive)

    async def receive() -> Message:
        raise AssertionError

    await call(ReceiveWhole(app, clock=TestClock()), receive, scope(method))
    assert passed == [receive]
