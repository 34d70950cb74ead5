"""A controller process forked from one that has imported everything: a start costs no import, only its work.

The process is the real one (`api.serve`), with its own store, sockets and signals; it is killed for good.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

PRELOAD = ["api.serve", "tests.kills.forked", "uvloop", "alembic.command", "aiosqlite", "rich.console"]
PATIENT_MS = 5_000
"""A disk that is busy with other work is no fault of the journal; so no round needs a second person."""
_READY_S = 30.0
_POLL_S = 0.01
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOAD)


def _serve(options: dict[str, Any], failpoints: str, said: str, log: str) -> None:
    """The child: stdout and stderr to files, then the process as `onekey serve` runs it."""
    for path, number in ((said, 1), (log, 2)):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(fd, number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    os.environ["ONEKEY_FAILPOINTS"] = failpoints
    import uvloop

    from api.serve import ServeOptions, serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(ServeOptions(**options)))


class Forked:
    """One controller at a time on one store."""

    def __init__(self, site: Path, folder: Path, endpoints: dict[str, tuple[str, int]]) -> None:
        self._folder = folder
        self._options = {
            "site": site,
            "db": folder / "onekey.db",
            "port": 0,
            "endpoints": endpoints,
            "token": "a-token-of-the-kills",
            "syslog": "off",
            "intent_limit_ms": PATIENT_MS,
        }
        self._process: ForkServerProcess | None = None
        self._number = 0
        self.url = ""

    @property
    def token(self) -> str:
        return str(self._options["token"])

    @property
    def db(self) -> Path:
        return self._folder / "onekey.db"

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def log(self) -> str:
        return (self._folder / "serve.log").read_text("utf-8", "replace")[-3000:]

    async def start(self, failpoints: str = "") -> bool:
        """Start it; False where a failpoint killed it before it was ready."""
        self._number += 1
        said = self._folder / f"said-{self._number}"
        arguments = (self._options, failpoints, str(said), str(self._folder / "serve.log"))
        self._process = _context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        end_s = time.monotonic() + _READY_S
        while time.monotonic() < end_s:
            text = said.read_text() if said.exists() else ""
            line = text.splitlines()[-1] if text.endswith("\n") else ""  # a slow start may log before it
            if line.startswith("{"):
                self.url = json.loads(line)["url"]
                said.unlink()
                return True
            if not self.alive:
                self._process.join()
                assert self._process.exitcode == -signal.SIGKILL, self.log()
                return False
            await asyncio.sleep(_POLL_S)
        raise TimeoutError(f"the controller did not get ready:\n{self.log()}")

    async def until_dead(self, within_s: float) -> bool:
        """Wait until it has ended; whether it did."""
        end_s = time.monotonic() + within_s
        while self.alive and time.monotonic() < end_s:  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(_POLL_S)
        return not self.alive

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            await self.until_dead(10)
            self._process.join()
            self._process = None
