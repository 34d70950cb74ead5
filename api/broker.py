"""The embedded MQTT broker of demo, tests and scenario runs: nats-server on loopback, a process of its own.

It can be stopped and started again on the same port, killed without warning, or frozen.
"""

import asyncio
import contextlib
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

_HOST = "127.0.0.1"
_START_S = 10.0
_POLL_S = 0.01
_PORT_TRIES = 5


class NatsBroker:
    """A broker at `host:port`; unpacks to `(host, port)`. What is retained outlives `stop` and `kill`."""

    def __init__(self, host: str, port: int, folder: Path) -> None:
        self.host = host
        self.port = port
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    def __iter__(self) -> Iterator[Any]:
        """Give host, then port."""
        yield from (self.host, self.port)

    @property
    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> str:
        """What the broker printed, for the message of a failed test."""
        return (self._folder / "broker.log").read_text("utf-8", "replace")

    async def start(self) -> None:
        """Start it and wait until it accepts MQTT connections; no effect while it runs."""
        if self._process is not None:
            return
        config = self._folder / "nats.conf"
        config.write_text(
            f'listen: "{_HOST}:-1"\nserver_name: "onekey"\njetstream {{\n  store_dir: "{self._folder}"\n'
            f"  max_mem: 64M\n  max_file: 512M\n}}\n"
            f'mqtt {{\n  host: "{self.host}"\n  port: {self.port}\n}}\n',
            "utf-8",
        )
        with (self._folder / "broker.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                _executable(),
                "-c",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._process = process
        async with asyncio.timeout(_START_S):
            while not await _accepts(self.host, self.port):
                if process.returncode is not None:
                    self._process = None
                    raise RuntimeError(f"nats-server ended with {process.returncode}: {self.log}")
                await asyncio.sleep(_POLL_S)

    async def stop(self) -> None:
        """End it in order (SIGTERM), or by SIGKILL where it does not go in time."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop it and start it again on the same port with the same store."""
        await self.stop()
        await self.start()

    def freeze(self) -> None:
        """Stop it from running (SIGSTOP): connections stay open, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen broker run on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)  # a frozen process sees SIGTERM only once it runs
        try:
            async with asyncio.timeout(5.0):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def nats_broker(port: int = 0) -> AsyncIterator[NatsBroker]:
    """Run a broker for the block, which gets it as `(host, port)` or as the object that can stop it.

    Args:
        port: where it listens; 0 takes a free one.
    """
    with tempfile.TemporaryDirectory(prefix="onekey-broker-", ignore_cleanup_errors=True) as folder:
        for attempt in range(1 if port else _PORT_TRIES):
            broker = NatsBroker(_HOST, port or _free_port(), Path(folder))
            try:
                await broker.start()
                break
            except RuntimeError:  # somebody else took the port between our look and its start
                if port or attempt == _PORT_TRIES - 1:
                    raise
        try:
            yield broker
        finally:
            await broker.stop()


def _executable() -> str:
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if found is None:
        raise RuntimeError("nats-server is missing: install the packages of requirements.txt")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


async def _accepts(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
