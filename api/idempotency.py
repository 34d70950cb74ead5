"""Repeats of a call: the same key with the same body is the same incident, come what may (P5)."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from api.problems import Problem
from controller.store.rows import IdempotencyRow

log = structlog.get_logger()

KEPT = 10_000
"""Keys kept in memory; older ones are asked of the store."""

LOOK_UP_S = 0.2
"""A store that does not answer in this time must not hold a restriction back; joining still guards (P5)."""

LookUp = Callable[[str], Awaitable[IdempotencyRow | None]]


def body_hash(body: Mapping[str, Any]) -> str:
    """Return the hash of what a body says; spaces and the order of its fields do not matter."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class Claim:
    """A key while its call is being answered; `incident` is set where it already stands for one."""

    key: str
    body_hash: str
    incident: str | None = None


class Idempotency:
    """The keys this process knows, in front of those in the store."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._known: OrderedDict[str, Claim] = OrderedDict()
        self._in_flight: dict[str, Claim] = {}

    @asynccontextmanager
    async def claim(self, key: str, hashed: str) -> AsyncIterator[Claim]:
        """Hold a key for the block; the caller sets `incident` of the claim if it opened one.

        Raises:
            Problem: 409 while a call with this key is being answered, 422 where it came with another body.
        """
        found = self._in_flight.get(key) or self._known.get(key)
        if found is not None and found.body_hash != hashed:
            raise _other_body(key)
        if found is not None and found.incident is None:
            detail = f"a call with Idempotency-Key {key!r} is being answered; repeat it in a second"
            raise Problem(409, "Still being answered", detail, headers={"Retry-After": "1"})
        if found is not None:
            yield found
            return
        claim = self._in_flight[key] = Claim(key, hashed)
        try:
            row = await self._stored(key)
            if row is not None and row.body_hash != hashed:
                raise _other_body(key)
            claim.incident = row.incident if row is not None else None
            yield claim
        finally:
            del self._in_flight[key]
            if claim.incident is not None:
                self._known[key] = claim
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)

    async def _stored(self, key: str) -> IdempotencyRow | None:
        try:
            async with asyncio.timeout(LOOK_UP_S):
                return await self._look_up(key)
        except Exception as err:
            log.warning("idempotency key not looked up in the store", key=key, error=repr(err))
            return None


def _other_body(key: str) -> Problem:
    detail = f"Idempotency-Key {key!r} came with another body before; use a new key for a new incident"
    return Problem(422, "Key used for something else", detail)
