"""A scripted Modbus TCP endpoint: records every byte it is sent and fails exactly as told.

It shares no code with the product's simulators or with pymodbus, so that a frame is checked twice.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Self

WRITES = frozenset({5, 6, 15, 16, 22, 23})
_BITS = frozenset({1, 2, 15})


@dataclass(frozen=True)
class Frame:
    """One request as it came, without its transaction id."""

    raw: bytes
    connection: int

    @property
    def unit(self) -> int:
        return self.raw[4]

    @property
    def function(self) -> int:
        return self.raw[5]

    @property
    def address(self) -> int:
        return int.from_bytes(self.raw[6:8], "big")

    @property
    def count(self) -> int:
        return int.from_bytes(self.raw[8:10], "big")

    @property
    def hex(self) -> str:
        return self.raw.hex(" ")

    def __repr__(self) -> str:
        return f"<{self.unit}: fc{self.function} {self.address}+{self.count}>"


@dataclass
class ModbusPeer:
    """An endpoint on loopback; change the fields at any time.

    Attributes:
        identity: text of object 0, an exception code, or None for a device that ignores the question.
        tables: (unit, table letter, address) → value; letters c, d, h, i; missing points are 0.
        mirror: added to a written address to find its feedback point (c → d, h → i); None for none.
        silent: units that never answer. mute_writes: writes are applied, but not answered.
        dead: unit → seconds after which it answers 0x0B, while the line is held.
        refuse: (function, address) → exception code, for frames that touch the address.
        garbage: sent instead of the next answers but identity, one each.
        hang_up: connections are ended as soon as they are made.
    """

    identity: str | int | None = "onekey simulator"
    tables: dict[tuple[int, str, int], int] = field(default_factory=dict)
    mirror: int | None = 0
    silent: set[int] = field(default_factory=set)
    deaf: bool = False
    hang_up: bool = False
    mute_writes: bool = False
    latency_s: float = 0.0
    dead: dict[int, float] = field(default_factory=dict)
    refuse: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    garbage: list[bytes] = field(default_factory=list)
    on_request: Callable[[Frame], None] | None = None
    frames: list[Frame] = field(default_factory=list)
    connections: int = 0
    endings: list[str] = field(default_factory=list)
    port: int = 0

    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _line: asyncio.Lock = field(default_factory=asyncio.Lock)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """End every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def requests(self) -> list[Frame]:
        """Every frame but the identity reads."""
        return [f for f in self.frames if f.function != 43]

    @property
    def writes(self) -> list[Frame]:
        return [f for f in self.frames if f.function in WRITES]

    async def until(self, condition: Callable[[], object], within_s: float = 15.0) -> None:
        """Wait until a frame or connection makes `condition` true."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._changed.set()
        number = self.connections
        if self.hang_up:
            writer.transport.abort()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                async for transaction, frame in _frames(reader, number):
                    self.frames.append(frame)
                    self._changed.set()
                    if self.on_request:
                        self.on_request(frame)
                    async with self._line:
                        answer = await self._answer(frame)
                    if answer is not None:
                        raw = self.garbage.pop(0) if self.garbage and frame.function != 43 else None
                        head = transaction + b"\0\0" + (len(answer) + 1).to_bytes(2, "big")
                        writer.write(raw or head + bytes([frame.unit]) + answer)
                        await writer.drain()
        except (OSError, asyncio.IncompleteReadError) as err:
            self.endings.append(type(err).__name__)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(self, frame: Frame) -> bytes | None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if self.deaf or frame.unit in self.silent:
            return None
        function = frame.function
        if frame.unit in self.dead:
            await asyncio.sleep(self.dead[frame.unit])
            return bytes([function | 0x80, 0x0B])
        if function == 43:
            if self.identity is None:
                return None
            if isinstance(self.identity, int):
                return bytes([function | 0x80, self.identity])
            text = self.identity.encode()
            return bytes([43, 0x0E, frame.raw[7], 0x81, 0, 0, 1, frame.raw[8], len(text)]) + text
        for (refused, address), codes in self.refuse.items():
            if refused == function and frame.address <= address < frame.address + frame.count and codes:
                return bytes([function | 0x80, codes.pop(0) if len(codes) > 1 else codes[0]])
        if function in WRITES:
            self._apply(frame)
            return None if self.mute_writes else bytes([function]) + frame.raw[6:10]
        table = {1: "c", 2: "d", 3: "h", 4: "i"}[function]
        values = [self.tables.get((frame.unit, table, frame.address + i), 0) for i in range(frame.count)]
        if function in _BITS:
            packed = bytearray((frame.count + 7) // 8)
            for i, bit in enumerate(values):
                packed[i // 8] |= bit << i % 8
            return bytes([function, len(packed)]) + bytes(packed)
        return bytes([function, 2 * len(values)]) + b"".join(v.to_bytes(2, "big") for v in values)

    def _apply(self, frame: Frame) -> None:
        data = frame.raw[11:]
        command, feedback = ("c", "d") if frame.function == 15 else ("h", "i")
        for i in range(frame.count):
            value = (
                data[i // 8] >> i % 8 & 1
                if frame.function == 15
                else int.from_bytes(data[2 * i : 2 * i + 2], "big")
            )
            self.tables[frame.unit, command, frame.address + i] = value
            if self.mirror is not None:
                self.tables[frame.unit, feedback, frame.address + i + self.mirror] = value


async def _frames(reader: asyncio.StreamReader, connection: int) -> AsyncIterator[tuple[bytes, Frame]]:
    while True:
        head = await reader.readexactly(6)
        body = await reader.readexactly(int.from_bytes(head[4:6], "big"))
        yield head[:2], Frame(head[2:] + body, connection)
