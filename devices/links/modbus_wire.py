"""One Modbus TCP connection from connect to close; alone in knowing pymodbus and its habits.

Three ways a request can end badly, all raised: `RefusedError` (the peer answered no), `TimeoutError`
(silence) and `LineLostError` (no connection any more, or garbage on it).
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from devices.links.batching import Table, WriteTable

# It logs every frame of every time-out at ERROR; the link logs changes of condition itself.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

GATEWAY_CODES = {
    10: "gateway path unavailable (exc-10)",
    11: "gateway target does not answer (exc-11)",
}
"""Exceptions by which a gateway says that it heard nothing from the unit itself."""

_READ_SPECIFIC = 4
_BUFFER_BYTES = 4_096
_FUNCTIONS_OF_BITS = (1, 2)
_FUNCTIONS_OF_REGISTERS = (3, 4)
_FUNCTIONS_OF_WRITES = (15, 16)
_FUNCTION_OF_IDENTITY = 43


class WireError(Exception):
    """Base of what a request can end in, besides `TimeoutError`."""


class RefusedError(WireError):
    """The peer answered with a Modbus exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class LineLostError(WireError):
    """The connection is gone or unusable; `reason` says why."""

    def __init__(self, reason: str, *, garbage: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.garbage = garbage


class ModbusWire:
    """A connection that is opened once, used for one request at a time, and thrown away.

    Args:
        on_lost: called in the loop when the connection ends while no request is under way.
    """

    def __init__(self, host: str, port: int, name: str, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._asking = False
        self._sent = b""
        self.lost: LineLostError | None = None
        # A client of its own for each connection: an old socket's late end cannot close a new one.
        # Its time-out only has to be longer than any of ours.
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            name=name,
            timeout=3_600,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._on_packet,
            trace_connect=self._on_connect,
        )
        # Room to see garbage before pymodbus silently throws a full buffer away.
        self._client.ctx.max_buffer_size = _BUFFER_BYTES

    async def open(self, timeout_s: float) -> None:
        """Connect.

        Raises:
            LineLostError: refused, unknown host, or no answer in `timeout_s`; the reason says which.
        """
        try:
            async with asyncio.timeout(timeout_s):
                # connect() of the client would hide the cause.
                await self._client.ctx.call_create()
        except TimeoutError:
            self.close(abandon=True)
            raise LineLostError(f"no connection in {timeout_s:g} s") from None
        except OSError as err:
            known = err.errno is not None and err.errno > 0
            raise LineLostError(os.strerror(err.errno) if known and err.errno else str(err)) from err
        self._socket_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def write(
        self, unit: int, table: WriteTable, address: int, values: list[int], timeout_s: float
    ) -> None:
        """Write a run of points in one frame (FC15 or FC16)."""
        if table == "coil":
            await self._ask(
                lambda: self._client.write_coils(address, [bool(v) for v in values], device_id=unit),
                timeout_s,
            )
        else:
            await self._ask(lambda: self._client.write_registers(address, values, device_id=unit), timeout_s)

    async def read(
        self, unit: int, table: Table, address: int, count: int, timeout_s: float
    ) -> tuple[int, ...]:
        """Return `count` points; bits are 0 or 1."""
        call = {
            "coil": self._client.read_coils,
            "discrete": self._client.read_discrete_inputs,
            "holding": self._client.read_holding_registers,
            "input": self._client.read_input_registers,
        }[table]
        reply = await self._ask(lambda: call(address, count=count, device_id=unit), timeout_s)
        if table in ("coil", "discrete"):
            return tuple(int(bit) for bit in reply.bits[:count])
        return tuple(reply.registers)

    async def identify(self, unit: int, object_id: int, timeout_s: float) -> str:
        """Return one object of the device identification (function 43/14); empty if it is not there."""
        reply: Any = await self._ask(
            lambda: self._client.read_device_information(
                read_code=_READ_SPECIFIC, object_id=object_id, device_id=unit
            ),
            timeout_s,
        )
        value = reply.information.get(object_id, b"")
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""

    def close(self, *, abandon: bool) -> None:
        """Close; safe to repeat.

        Args:
            abandon: throw away what the kernel has not delivered yet. Without it a write to a peer
                that is out of reach could still arrive long after its expiry (T3).
        """
        if abandon:
            self._socket_option(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport = self._client.ctx.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        self._client.close()

    def _socket_option(self, level: int, option: int, value: int | bytes) -> None:
        transport = self._client.ctx.transport
        sock = transport.get_extra_info("socket") if transport else None
        if sock is not None:
            # A socket that ended a moment ago says so to whoever uses it next.
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, value)

    async def _ask(self, call: Callable[[], Awaitable[ModbusPDU]], timeout_s: float) -> ModbusPDU:
        if self.lost:
            raise self.lost
        self._asking = True
        try:
            async with asyncio.timeout(timeout_s):
                reply = await call()
        except ModbusException as err:
            raise self.lost or LineLostError(str(err)) from err
        finally:
            self._asking = False
        if reply.isError():
            raise RefusedError(reply.exception_code)
        return reply

    def _on_connect(self, connected: bool) -> None:
        if not connected:
            self._end(LineLostError("connection closed by the other end"))

    def _on_packet(self, sending: bool, data: bytes) -> bytes:
        if sending:
            self._sent = data
            return data
        if fault := reply_fault(data, self._sent):
            self._end(LineLostError(f"garbage on the line: {fault}", garbage=True))
            return b""
        return data

    def _end(self, lost: LineLostError) -> None:
        if self.lost:
            return
        self.lost = lost
        if not self._asking:
            self._on_lost()
        elif not self._client.ctx.response_future.done():
            # pymodbus leaves a request waiting for its time-out when the connection ends.
            self._client.ctx.response_future.set_exception(ModbusException(lost.reason))


def reply_fault(data: bytes, sent: bytes) -> str | None:
    """Return what is wrong with received bytes, None if nothing is (yet).

    A complete reply to `sent` must be of its unit and function and of the size asked for, an answer
    to a write must repeat address and count. Replies to earlier requests are passed over (T4).

    Args:
        data: everything received since the last complete frame, perhaps half a frame.
        sent: the last request frame; empty before the first.
    """
    at = 0
    while at < len(data):
        head = data[at : at + 6]
        if len(head) >= 4 and head[2:4] != b"\0\0":
            return f"protocol id 0x{head[2:4].hex()}"
        if len(head) < 6:
            return None
        length = int.from_bytes(head[4:6], "big")
        if not 3 <= length <= 254:
            return f"frame length {length}"
        end = at + 6 + length
        if len(data) < end:
            return None
        if data[at : at + 2] == sent[:2] and (fault := _body_fault(data[at + 6 : end], sent[6:])):
            return fault
        at = end
    return None


def _body_fault(reply: bytes, asked: bytes) -> str | None:
    if reply[0] != asked[0]:
        return f"unit {reply[0]} answered for unit {asked[0]}"
    function, body = reply[1], reply[2:]
    if function == asked[1] | 0x80:
        return None if len(body) == 1 else "exception of wrong size"
    if function != asked[1]:
        return f"function {function} answered function {asked[1]}"
    count = int.from_bytes(asked[4:6], "big")
    if function in _FUNCTIONS_OF_BITS:
        size = (count + 7) // 8
        fits = len(body) == size + 1 and body[0] == size
    elif function in _FUNCTIONS_OF_REGISTERS:
        fits = len(body) == 2 * count + 1 and body[0] == 2 * count
    elif function in _FUNCTIONS_OF_WRITES:
        fits = body == asked[2:6]
    else:
        fits = function == _FUNCTION_OF_IDENTITY and _identity_fits(body)
    return None if fits else f"function {function} answered with wrong size or address"


def _identity_fits(body: bytes) -> bool:
    if len(body) < 6 or body[0] != 0x0E:
        return False
    at = 6
    for _ in range(body[5]):
        if at + 2 > len(body):
            return False
        at += 2 + body[at + 1]
    return at == len(body)
