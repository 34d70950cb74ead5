"""What one caller waits for, which of them share the next frame, and what others see of a Modbus link."""

import asyncio
import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devices.errors import DeviceError, DeviceRejected, DeviceUnreachable
from devices.links.batching import Span, Table, read_blocks, ready_writes

DEVICE_FAILURE = 4

_REFUSALS = {
    1: "illegal function, configuration fault",
    2: "illegal data address, configuration fault",
    3: "illegal data value, configuration fault",
    4: "device fault",
}


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


def next_batch(pending: Sequence[Request], held: Callable[[Request], bool]) -> list[Request] | None:
    """Return the requests of the next frame, writes before reads, oldest first; None if all are held."""
    writes = [r for r in pending if r.values is not None]
    waiting = {i for i, r in enumerate(writes) if held(r)}
    if blocks := ready_writes([r.span for r in writes], waiting):
        return [writes[i] for i in blocks[0].members]
    reads = [r for r in pending if r.values is None and not held(r)]
    if blocks := read_blocks([r.span for r in reads]):
        return [reads[i] for i in blocks[0].members]
    return None


def rejection(where: str, span: Span, code: int) -> DeviceError:
    """Return the error for a point that was refused by itself.

    A device failure (4) ends when the device is mended, so it is to be tried again; any other refusal
    means that the site file or the model is wrong.
    """
    text = f"{where}, {span.table} {span.address}: {_REFUSALS.get(code, 'refused')} (exc-{code})"
    return DeviceUnreachable(text) if code == DEVICE_FAILURE else DeviceRejected(text, code=f"exc-{code}")


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
