"""A TCP proxy that spoils what passes: what a bad wire, switch or gateway does to a connection.

One stands before each endpoint of `simulate --chaos`. It knows no protocol: a chunk is what one read gave.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)  # linger for no time: the other side sees a reset, not an end


@dataclass(frozen=True, slots=True)
class Chaos:
    """What is done to every chunk, both ways; all off by default.

    Attributes:
        delay_ms: each chunk arrives so much later; order is kept.
        drop: chunks vanish, the connection stays open: half-open for whoever waits.
        refuse: a new connection is closed at once.
        hold: new connections are accepted and nothing is passed on.
        flip_percent, duplicate_percent, reorder_percent: share of chunks with one bit turned over, sent
            twice, or sent behind the next one.
        bytes_per_s: a slow line; 0 is as fast as it goes.
        one_byte: every byte travels alone, so that frames come in pieces.
        seed: of the dice; the same seed does the same to the same chunks.
    """

    delay_ms: int = 0
    drop: bool = False
    refuse: bool = False
    hold: bool = False
    flip_percent: int = 0
    duplicate_percent: int = 0
    reorder_percent: int = 0
    bytes_per_s: int = 0
    one_byte: bool = False
    seed: int = 0

    def changed(self, changes: Mapping[str, Any]) -> "Chaos":
        """Return it with some settings changed."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return the settings by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


class ChaosProxy:
    """Listens on a free port of loopback and passes everything on to one endpoint."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._chaos = Chaos()
        self._dice = random.Random(0)  # noqa: S311 - dice, no secret
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.chunks = self.spoiled = 0

    @property
    def chaos(self) -> Chaos:
        """What is done now."""
        return self._chaos

    async def start(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def set(self, chaos: Chaos) -> None:
        """Do this from the next chunk on; connections stay."""
        if chaos.seed != self._chaos.seed:
            self._dice = random.Random(chaos.seed)  # noqa: S311 - as above
        self._chaos = chaos

    def cut(self) -> None:
        """End every connection with a reset."""
        for writer in tuple(self._writers):
            line = writer.get_extra_info("socket")
            if line is not None:
                # its other end was quicker: nothing left to reset (uvloop says so with a ValueError)
                with contextlib.suppress(OSError, ValueError):
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self._writers.add(writer)
        try:
            if self._chaos.refuse:
                return
            await self._pass_on(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers.add(far_writer)
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer), name="chaos out"),
            asyncio.create_task(self._pump(far_reader, writer), name="chaos back"),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers.discard(far_writer)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held = b""
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                self.chunks += 1
                chaos = self._chaos
                if chaos.drop or chaos.hold:
                    self.spoiled += 1
                    continue
                if chaos.delay_ms:
                    await asyncio.sleep(chaos.delay_ms / 1000)
                chunk = self._spoiled(chaos, chunk)
                if not held and self._falls(chaos.reorder_percent):
                    held = chunk
                    continue
                chunk, held = chunk + held, b""
                await self._send(chaos, writer, chunk)

    async def _send(self, chaos: Chaos, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        size = 1 if chaos.one_byte else len(chunk)
        for at in range(0, len(chunk), size):
            piece = chunk[at : at + size]
            if chaos.bytes_per_s:
                await asyncio.sleep(len(piece) / chaos.bytes_per_s)
            writer.write(piece)
            await writer.drain()
            if chaos.one_byte:
                await asyncio.sleep(0.001)  # or the kernel would put them together again

    def _spoiled(self, chaos: Chaos, chunk: bytes) -> bytes:
        if self._falls(chaos.flip_percent):
            self.spoiled += 1
            at, bit = self._dice.randrange(len(chunk)), self._dice.randrange(8)
            chunk = chunk[:at] + bytes([chunk[at] ^ 1 << bit]) + chunk[at + 1 :]
        if self._falls(chaos.duplicate_percent):
            self.spoiled += 1
            chunk += chunk
        return chunk

    def _falls(self, percent: int) -> bool:
        return percent > 0 and self._dice.randrange(100) < percent
