"""Simulated devices inside the test's own loop, and ways to wait for what they do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from config.site import Site
from devices.clock import SystemClock
from simulators.simulation import Simulation


@contextlib.asynccontextmanager
async def simulation_of(
    site: Site, *, broker: tuple[str, int] | None = None, comm_loss_s: float = 60.0
) -> AsyncIterator[Simulation]:
    """Run all devices of a site on free ports; with a broker, returns once its MQTT devices are on it."""
    simulation = Simulation(site, SystemClock(), free_ports=True, broker=broker, comm_loss_s=comm_loss_s)
    await simulation.start()
    try:
        if broker is not None:
            await until(lambda: all(d.connected for f in simulation.fleets.values() for d in f.devices))
        yield simulation
    finally:
        await simulation.stop()


async def until(condition: Callable[[], bool], *, within_s: float = 15.0) -> None:
    """Return as soon as `condition()` holds; TimeoutError where it does not in time."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the conditions are plain attributes of other tasks
            await asyncio.sleep(0.002)
