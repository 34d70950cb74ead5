"""A running `ModbusLink` to a scripted peer, for contract tests."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator

from devices.clock import SystemClock
from devices.driver import Order
from devices.links.modbus import ModbusLink
from devices.models.schema import Identity
from devices.values import Value
from tests.contract.modbus_peer import ModbusPeer

LATER = math.inf
CLOCK = SystemClock()


@contextlib.asynccontextmanager
async def linked(
    peer: ModbusPeer,
    *,
    units: tuple[int, ...] = (1,),
    timeout_s: float = 0.3,
    simulated: bool = True,
    serial: bool = False,
) -> AsyncIterator[ModbusLink]:
    """Run a link to the peer for the length of the block."""
    link = ModbusLink(
        "plc-1",
        "127.0.0.1",
        peer.port,
        clock=CLOCK,
        simulated=simulated,
        identity=Identity(),
        request_timeout_s=timeout_s,
        units=units,
        serial=serial,
    )
    worker = asyncio.create_task(link.run(), name="link plc-1")
    try:
        yield link
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


async def up(link: ModbusLink, within_s: float = 15.0) -> None:
    """Wait until the endpoint is connected and proved."""
    came = asyncio.Event()
    link.watch_up(came.set)
    if not link.state.up:
        async with asyncio.timeout(within_s):
            await came.wait()


def order(value: Value, *, seq: int = 1, left_s: float = 5.0) -> Order:
    """Return an order of epoch 7 that ends `left_s` from now."""
    issued_ms = CLOCK.wall_ms()
    return Order(
        value=value,
        epoch=7,
        seq=seq,
        incident_id="",
        issued_at_ms=issued_ms,
        expires_at_ms=issued_ms + int(left_s * 1000),
        expires_at_s=CLOCK.mono_s() + left_s,
    )
