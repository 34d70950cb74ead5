"""Who hears how a run goes: its lines as they end, and what the road has shown so far."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

from config.site import Site
from simulators.remote import Refused
from simulators.scenario.observer import Observer
from simulators.scenario.result import Line
from simulators.scenario.witness import Change

_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class RoadNews:
    """What the road showed since the last news.

    Attributes:
        at_ms: milliseconds since the run began; everything up to here is told.
        changes: the `at_ms` of each is on the same scale, and never before 0.
        devices: only in the first news of a run: where each device stands.
    """

    at_ms: int
    changes: Sequence[Change]
    devices: Mapping[str, Mapping[str, Any]] | None = None


class Teller(Protocol):
    """Hears how a run goes.

    Attributes:
        wants_road: whether `road` is to be called, about twice a second.
    """

    wants_road: bool

    def line(self, scenario: str, line: Line) -> None:
        """Take one finished line."""
        ...

    def road(self, scenario: str, news: RoadNews) -> None:
        """Take what the road showed."""
        ...


class Nobody:
    """Hears nothing of it."""

    wants_road = False

    def line(self, scenario: str, line: Line) -> None:
        """Do nothing."""

    def road(self, scenario: str, news: RoadNews) -> None:
        """Do nothing."""


async def tell_road(scenario: str, site: Site, observer: Observer, zero_ms: float, teller: Teller) -> None:
    """Tell for as long as it is let; what cannot be read now is told with the next news."""
    witness = observer.witness
    before = [Change(0, device, witness.lamp(device, zero_ms), "before") for device in site.devices]
    teller.road(scenario, RoadNews(0, before, places(site)))
    told = 0
    while True:
        with contextlib.suppress(httpx2.HTTPError, Refused):
            seen_ms = await observer.look_at_road()
            fresh = [
                Change(max(0, round(c.at_ms - zero_ms)), c.device, c.lamp, c.cause)
                for c in witness.changes[told:]
            ]
            told += len(fresh)
            teller.road(scenario, RoadNews(round(seen_ms - zero_ms), fresh))
        await asyncio.sleep(_EVERY_S)


def places(site: Site) -> dict[str, dict[str, Any]]:
    """Return what a picture of the road needs to know of each device."""
    return {
        d.id: {
            "type": d.type.value,
            "carriageway": d.carriageway,
            "at_m": d.at_m,
            "lane": d.lane,
            "chainage": str(site.carriageways[d.carriageway].chainage.at(d.at_m)),
        }
        for d in site.devices.values()
    }
