"""The chaos proxy on real sockets: each setting does what it says, and nothing by default."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from simulators.chaos import Chaos, ChaosProxy

Ends = tuple[ChaosProxy, asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(1024):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = ChaosProxy("127.0.0.1", server.sockets[0].getsockname()[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
    try:
        yield proxy, reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await proxy.stop()
        server.close()
        await asyncio.sleep(0.05)  # the echo sees its end


async def said(ends: Ends, text: bytes, within_s: float = 1.0) -> bytes:
    """Send and return what comes back in that time."""
    _, reader, writer = ends
    writer.write(text)
    got = b""
    try:
        async with asyncio.timeout(within_s):
            while len(got) < len(text):
                chunk = await reader.read(1024)
                if not chunk:
                    break
                got += chunk
    except TimeoutError:
        pass
    return got


async def test_by_default_everything_passes(ends: Ends) -> None:
    assert await said(ends, b"hello" * 100) == b"hello" * 100
    assert ends[0].spoiled == 0


async def test_drop_is_a_half_open_connection(ends: Ends) -> None:
    ends[0].set(Chaos(drop=True))
    assert await said(ends, b"hello", 0.2) == b""
    assert not ends[1].at_eof()
    ends[0].set(Chaos())
    assert await said(ends, b"again") == b"again"


async def test_delay_and_a_slow_line_take_their_time(ends: Ends) -> None:
    loop = asyncio.get_running_loop()
    for chaos in (Chaos(delay_ms=60), Chaos(bytes_per_s=80)):
        ends[0].set(chaos)
        began = loop.time()
        assert await said(ends, b"12345") == b"12345"
        assert loop.time() - began > 0.11  # there and back


async def test_a_flip_turns_one_bit_and_the_seed_repeats_it(ends: Ends) -> None:
    found = []
    for _ in range(2):
        ends[0].set(Chaos())
        ends[0].set(Chaos(flip_percent=100, seed=7))
        found.append(await said(ends, b"\0" * 8))
    assert found[0] == found[1]
    assert sum(byte.bit_count() for byte in found[0]) in (0, 2)  # once there, once back


async def test_duplicates_and_pieces(ends: Ends) -> None:
    ends[0].set(Chaos(one_byte=True))
    assert await said(ends, b"piece by piece") == b"piece by piece"
    ends[0].set(Chaos(duplicate_percent=100))
    assert (await said(ends, b"ab" * 4, 0.3)).startswith(b"abab")
    assert ends[0].spoiled >= 2


async def test_order_is_changed_between_chunks(ends: Ends) -> None:
    proxy, reader, writer = ends
    proxy.set(Chaos(reorder_percent=50, seed=4))
    for n in range(20):
        writer.write(b"%02d" % n)
        await asyncio.sleep(0.005)
    got = b""
    try:
        async with asyncio.timeout(1):
            while len(got) < 40:
                got += await reader.read(1024)
    except TimeoutError:
        pass
    numbers = [got[at : at + 2] for at in range(0, len(got), 2)]
    assert numbers != sorted(numbers)
    assert len(set(numbers)) >= 18  # the last ones may still be held


async def test_cut_and_refuse(ends: Ends) -> None:
    proxy, reader, _ = ends
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    proxy.set(Chaos(refuse=True))
    port = proxy._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    other, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionResetError):
        assert await other.read(1) == b""
    writer.close()
    with contextlib.suppress(ConnectionResetError):
        await writer.wait_closed()
