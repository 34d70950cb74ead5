"""Brings a rig to rest before a run: an old incident, lock or fault would be judged with it."""

import asyncio
import contextlib
from typing import Any

import httpx2

from simulators.remote import Desk, Refused, Road
from simulators.scenario.dispatcher import mend_all
from simulators.scenario.rig import Rig

REST_S = 20.0
_LOOK_S = 0.05
_STUCK_S = 3.0
_SAID: dict[str, Any] = {"reason": "next scenario"}


class NotAtRest(Exception):
    """It cannot be brought to rest; the text says what stands."""


async def tidy(desk: Desk, road: Road) -> None:
    """Mend everything, end every incident, lock and adopted restriction, wait until all is well.

    Raises:
        NotAtRest: something still stands after `REST_S`.
    """
    try:
        async with asyncio.timeout(REST_S):
            await mend_all(road)
            listed = await desk.call("GET", "/api/v1/incidents", params={"state": "all", "limit": 100})
            for row in listed["incidents"]:
                if row["state"] not in ("cleared", "cancelled"):
                    await _end(desk, row["id"])
            await _devices(desk)
            await all_well(desk)
    except (TimeoutError, Refused, httpx2.HTTPError) as err:
        raise NotAtRest(f"{type(err).__name__}: {err}") from err


async def _end(desk: Desk, incident: str) -> None:
    """Cancel an incident; where its release waits for the same devices for long, go on without proof."""
    await desk.order(incident, "cancel", **_SAID)
    loop = asyncio.get_running_loop()
    waited: set[str] = set()
    since_s = loop.time()
    while True:
        view = await desk.incident(incident)
        if view["state"] in ("cleared", "cancelled"):
            return
        waits = set((view.get("release") or {}).get("waits_for", {}))
        if waits != waited:
            waited, since_s = waits, loop.time()
        elif waits and loop.time() - since_s > _STUCK_S:
            with contextlib.suppress(Refused):  # it went on by itself in this instant
                await desk.order(incident, "clear", without_proof=sorted(waits), **_SAID)
            since_s = loop.time()
        await asyncio.sleep(_LOOK_S)


async def _devices(desk: Desk) -> None:
    for device, view in (await desk.devices()).items():
        path = f"/api/v1/devices/{device}"
        if view.get("lock"):
            await desk.call("DELETE", f"{path}/lock")
        if view.get("out_of_service"):
            await desk.call("DELETE", f"{path}/service")
        if view.get("unexplained_since_ms"):
            await desk.call("POST", f"{path}/release", json=_SAID)


async def all_well(desk: Desk) -> None:
    """Return once every device shows what it should; the caller sets the deadline."""
    while True:
        if not (await desk.call("GET", "/api/v1/devices", params={"well": "false"}))["devices"]:
            return
        await asyncio.sleep(_LOOK_S)


async def renew(rig: Rig, road: Road) -> None:
    """Begin anew: controller on an empty store, every device healthy and at its base."""
    await rig.stop_serve()
    await rig.broker.start()
    await road.call("POST", "/reset")
    rig.forget()


async def refuse_live(desk: Desk) -> dict[str, Any]:
    """Return the site as the controller gives it.

    Raises:
        LiveSite: it is a live one, where no scenario may run (S10).
    """
    site = dict(await desk.call("GET", "/api/v1/site"))
    if site.get("kind") != "simulated":
        raise LiveSite(
            f"409: site {site.get('id')} is {site.get('kind')}; scenarios run on simulated sites only (S10)"
        )
    return site


class LiveSite(Exception):
    """The controller drives a real road."""
