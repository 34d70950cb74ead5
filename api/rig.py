"""A whole rig on loopback for demo, tests and scenario runs: broker, simulated devices, controller.

The only place that spawns these processes; each is ended by its pid when the block ends.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from api.broker import NatsBroker, nats_broker
from config.loader import sample_site_path

START_S = 30.0
STOP_S = 5.0
REPORT_S = 1.0
"""More often than the model says, so that a start knows every device after a second."""
TAIL_LINES = 15


class RigError(Exception):
    """A process of the rig did not start or ended by itself; the text has the end of its log."""


class Child:
    """One process of ours: started, its first JSON line read, its log kept in a file."""

    def __init__(
        self, name: str, args: Sequence[str], folder: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._env = dict(env or {})
        self.log = folder / f"{name}.log"
        self._args = args
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> dict[str, Any]:
        """Start it and return the JSON line it prints when ready.

        Raises:
            RigError: it ended or stayed silent; with the end of its log.
        """
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "api.cli",
                *self._args,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=Path(__file__).parent.parent,
                start_new_session=True,  # Ctrl-C is for us: we end them in order
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | self._env,
            )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line.startswith(b"{"):
            await self.end(signal.SIGKILL)
            raise RigError(f"{self.name} did not get ready:\n{self._tail()}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def send(self, number: signal.Signals) -> None:
        """Send a signal, e.g. SIGSTOP; nothing happens if it has ended."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait; SIGKILL where it does not go in time."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_S):
                await process.communicate()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def ended(self) -> int:
        """Wait until it ends by itself."""
        assert self._process is not None
        return await self._process.wait()

    def _tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])


class Rig:
    """The running processes and where to reach them.

    Attributes:
        url, token: the controller's API.
        control_url: the simulators' control API.
        env: variables of every start of the controller, beside those of this process.
    """

    def __init__(
        self,
        site: Path,
        folder: Path,
        broker: NatsBroker,
        *,
        port: int,
        next_free: bool,
        token: str | None,
        report_s: float | None,
        chaos: bool = False,
        comm_loss_s: float | None = None,
    ) -> None:
        self.site = site.resolve()
        self.folder = folder
        self.broker = broker
        self.url = self.token = self.control_url = ""
        self.endpoints: dict[str, Any] = {}
        self.env: dict[str, str] = {}
        self._token = token
        self._port = port
        self._next_free = next_free
        address = f"{broker.host}:{broker.port}"
        args = ["simulate", "--site", str(self.site), "--free-ports", "--broker", address]
        if report_s is not None:
            args += ["--report-s", str(report_s)]
        if chaos:
            args += ["--chaos"]
        if comm_loss_s is not None:
            args += ["--comm-loss-s", str(comm_loss_s)]
        self.simulate = Child("simulate", args, folder)
        self.serve: Child | None = None

    async def start_simulate(self) -> None:
        """Start the simulated devices on free ports."""
        self.endpoints = await self.simulate.start()
        self.control_url = self.endpoints["control"]

    async def start_serve(self, env: Mapping[str, str] | None = None) -> None:
        """Start the controller on the rig's store; the same port and token as before after a restart.

        Args:
            env: variables beside those of this process, e.g. `ONEKEY_FAILPOINTS`.
        """
        endpoints = self.folder / "endpoints.json"
        endpoints.write_text(json.dumps(self.endpoints), "utf-8")
        args = ["serve", "--site", str(self.site), "--db", str(self.folder / "onekey.db")]
        args += ["--port", str(self._port), "--endpoints", str(endpoints)]
        if self._next_free:
            args += ["--next-free"]
        if self._token:
            args += ["--token", self._token]
        self.serve = Child("serve", args, self.folder, self.env | dict(env or {}))
        ready = await self.serve.start()
        self.url, self.token = ready["url"], ready["token"]
        self._token, self._port, self._next_free = self.token, int(self.url.rsplit(":", 1)[1]), False

    async def stop_serve(self) -> None:
        """End the controller in order (SIGTERM)."""
        if self.serve is not None:
            await self.serve.end()

    async def kill_serve(self) -> None:
        """End the controller without warning (SIGKILL)."""
        if self.serve is not None:
            await self.serve.end(signal.SIGKILL)

    def forget(self) -> None:
        """Throw away the store of a stopped controller."""
        for file in self.folder.glob("onekey.db*"):
            file.unlink()

    async def restart_serve(self) -> None:
        """Start it again after `kill_serve` or `stop_serve`, on the same store and port."""
        await self.start_serve()


@asynccontextmanager
async def running_rig(
    site: Path | None = None,
    *,
    port: int = 0,
    next_free: bool = False,
    token: str | None = None,
    folder: Path | None = None,
    serve: bool = True,
    report_s: float | None = REPORT_S,
    chaos: bool = False,
    comm_loss_s: float | None = None,
) -> AsyncIterator[Rig]:
    """Run broker, simulators and controller for the block.

    Args:
        site: site file of kind simulated; the packaged sample by default.
        port: of the API; 0 takes a free one, `next_free` tries the following ones.
        folder: for store and logs; a temporary one, removed at the end, by default.
        report_s: how often simulated MQTT devices report; None is what their model says.
        chaos: proxies before the links, for `Road.chaos`.
        comm_loss_s: a device nobody speaks to for so long shows its fallback; long by default.
        serve: False leaves the controller to the caller (`start_serve`).

    Raises:
        RigError: a process did not start.
    """
    async with AsyncExitStack() as stack:
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="onekey-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
        broker = await stack.enter_async_context(nats_broker())
        rig = Rig(
            site or sample_site_path(),
            folder,
            broker,
            port=port,
            next_free=next_free,
            token=token,
            report_s=report_s,
            chaos=chaos,
            comm_loss_s=comm_loss_s,
        )
        stack.push_async_callback(rig.simulate.end)
        await rig.start_simulate()
        stack.push_async_callback(rig.stop_serve)
        if serve:
            await rig.start_serve()
        yield rig
