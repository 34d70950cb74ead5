"""The simulating process: all devices of a site, their control API, and one line that says where they are."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from fastapi import FastAPI

from config.site import Site
from devices.clock import SystemClock
from simulators.behaviour import COMM_LOSS_S
from simulators.chaos import ChaosProxy
from simulators.chaos_api import add_chaos
from simulators.control_api import create_app
from simulators.endpoints import Endpoint, Endpoints
from simulators.simulation import Simulation

_LOOPBACK = "127.0.0.1"
_STOP_S = 3.0


async def simulate(
    site: Site,
    *,
    free_ports: bool,
    broker: tuple[str, int] | None,
    control_port: int = 0,
    ready: Callable[[Endpoints], None],
    comm_loss_s: float = COMM_LOSS_S,
    chaos: bool = False,
) -> None:
    """Run all devices of a simulated site until cancelled.

    Args:
        free_ports: take free ports of 127.0.0.1 for Modbus servers instead of those of the site.
        broker: host and port of the MQTT broker; None is what the site says. It may come up later.
        control_port: of the control API, on 127.0.0.1; 0 takes a free one.
        ready: called once, when every server listens.
        comm_loss_s: a device nobody speaks to for so long shows its fallback.
        chaos: put a proxy before every link that can spoil what passes; the endpoints are the proxies'.

    Raises:
        LiveSite: the site is not simulated.
        OSError: a port is taken.
    """
    simulation = Simulation(
        site, SystemClock(), free_ports=free_ports, broker=broker, comm_loss_s=comm_loss_s
    )
    await simulation.start()
    proxies: dict[str, ChaosProxy] = {}
    try:
        endpoints = dict(simulation.endpoints)
        for link_id, endpoint in endpoints.items() if chaos else ():
            proxies[link_id] = ChaosProxy(endpoint.host, endpoint.port)
        for link_id, proxy in proxies.items():
            endpoints[link_id] = Endpoint(_LOOPBACK, await proxy.start())
        app = create_app(simulation)
        add_chaos(app, proxies)
        async with _serving(app, control_port) as (control, served):
            ready(Endpoints(site.id, os.getpid(), endpoints, control))
            await asyncio.wait({served})  # unlike `await`, does not pass a cancellation on: it ends in order
            served.result()
    finally:
        for proxy in proxies.values():
            await proxy.stop()
        await simulation.stop()


def run(
    site: Site,
    *,
    free_ports: bool = True,
    broker: tuple[str, int] | None = None,
    control_port: int = 0,
    chaos: bool = False,
    comm_loss_s: float | None = None,
) -> None:
    """Be the simulating process: print the endpoints as one JSON line, run until SIGINT or SIGTERM."""

    def announce(endpoints: Endpoints) -> None:
        sys.stdout.write(json.dumps(endpoints.to_json()) + "\n")
        sys.stdout.flush()
        gc.collect()
        gc.freeze()  # what was built so far stays; the collector need not look at it in every pass

    async def until_signal() -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        running = asyncio.create_task(
            simulate(
                site,
                free_ports=free_ports,
                broker=broker,
                control_port=control_port,
                ready=announce,
                chaos=chaos,
                comm_loss_s=COMM_LOSS_S if comm_loss_s is None else comm_loss_s,
            ),
            name="simulate",
        )
        waiting = asyncio.create_task(ended.wait(), name="wait for a signal")
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not running.done():
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(until_signal())


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process."""
        yield


@contextlib.asynccontextmanager
async def _serving(app: FastAPI, port: int) -> AsyncIterator[tuple[str, "asyncio.Task[None]"]]:
    """Serve `app` on loopback; yields its base URL and the serving task."""
    with socket.create_server((_LOOPBACK, port), backlog=128) as listening:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]), name="control api")
        try:
            yield f"http://{_LOOPBACK}:{listening.getsockname()[1]}", task
        finally:
            server.should_exit = True
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(_STOP_S):
                    await task
