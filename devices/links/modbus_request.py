"""The small records of a Modbus link: one caller's request, and what metrics and console see of the link."""

import asyncio
import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass

from devices.errors import DeviceError
from devices.links.batching import Span, Table


@dataclass(slots=True)
class Request:
    """What one caller waits for.

    Attributes:
        values: to be written; None for a read.
        order: rises with every request; a frame that is put back keeps its place by it.
        not_before_s: loop time before which it is not sent again (busy device).
        tries: frames it was in and that were refused or met a busy device.
    """

    span: Span
    values: tuple[int, ...] | None
    expires_at_s: float
    asked_at_s: float
    order: int
    answer: asyncio.Future[tuple[tuple[int, ...], float]]
    not_before_s: float = -math.inf
    tries: int = 0

    @property
    def unit(self) -> int:
        """The unit id it is for."""
        return self.span.unit

    @property
    def key(self) -> tuple[int, Table, int]:
        """Where it starts: unit, table, address."""
        return self.span.unit, self.span.table, self.span.address

    def fail(self, error: DeviceError) -> None:
        """Tell the caller, unless it has gone or been told; each caller gets an exception of its own."""
        if not self.answer.done():
            self.answer.set_exception(copy.copy(error))

    def succeed(self, values: tuple[int, ...], at_s: float) -> None:
        """Tell the caller, unless it has gone or been told."""
        if not self.answer.done():
            self.answer.set_result((values, at_s))


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """How much happened since the start.

    Attributes:
        frames: requests sent, identity reads and probes included.
        exceptions: answers that were Modbus exceptions.
        garbage: connections dropped because of malformed frames.
        reconnects: connections made and proved.
    """

    frames: int = 0
    timeouts: int = 0
    exceptions: int = 0
    garbage: int = 0
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class LinkState:
    """What is known of a link.

    Attributes:
        since_s: loop seconds of the last change of `up`.
        reason: why it is down; empty while up.
        suspects: unit → why nothing is sent to it but a probe.
    """

    up: bool
    since_s: float
    reason: str
    suspects: Mapping[int, str]
    counters: LinkCounters
