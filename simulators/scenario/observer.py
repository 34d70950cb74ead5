"""The eyes of a run: asks the simulators for lamp changes and the controller for its reports."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx2

from devices.clock import Clock
from simulators.remote import Desk, Refused, Road
from simulators.scenario.reports import Sighting
from simulators.scenario.witness import Witness

_ASK_S = 5.0


class Observer:
    """Keeps what was seen; `look_at_road` and `sight` add to it.

    Attributes:
        names: name in the scenario → id of the incident; the empty name is the newest.
        answer, refused: of the last order.
        seen_ms: the history is complete up to this instant.
    """

    def __init__(self, desk: Desk, road: Road, clock: Clock) -> None:
        self.desk, self.road, self._clock = desk, road, clock
        self.witness = Witness()
        self.names: dict[str, str] = {}
        self.answer: dict[str, Any] = {}
        self.refused: str | None = None
        self.seen_ms = 0.0
        self._after_seq = 0
        self._looking = asyncio.Lock()  # several look; each change is taken once

    async def begin(self) -> None:
        """Forget the past: from here on every change is kept."""
        answer = await self.road.call("GET", "/history", params={"since_ms": 1e15})
        self._after_seq = answer["last_seq"]
        rows = await self.road.call("GET", "/devices")
        self.witness = Witness({row["id"]: row["lamp"] for row in rows})
        await self.look_at_road()

    async def look_at_road(self) -> float:
        """Take what changed; returns the instant up to which the history is complete now."""
        async with self._looking:
            asked_ms = float(self._clock.wall_ms())
            while True:
                answer = await self.road.call("GET", "/history", params={"after_seq": self._after_seq})
                self.witness.take(answer["events"])
                if answer["events"]:
                    self._after_seq = answer["events"][-1]["seq"]
                if not answer["more"]:
                    self.seen_ms = asked_ms
                    return asked_ms

    async def sight(self, needs: Iterable[str]) -> Sighting:
        """Return what the controller says now; what it does not answer is left empty."""
        wanted = frozenset(needs)
        at_ms = float(self._clock.wall_ms())
        seen: dict[str, Any] = {}
        ready = await self.desk.ready()
        if ready:
            try:
                seen = await self._ask(wanted)
            except (httpx2.HTTPError, Refused) as err:
                seen = {"incidents": {}, "journal": {"ok": False, "why": str(err)}}
        return Sighting(at_ms, answer=dict(self.answer), refused=self.refused, ready=ready, **seen)

    async def _ask(self, wanted: frozenset[str]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        if "incidents" in wanted:
            seen["incidents"] = {name: await self.desk.incident(one) for name, one in self.names.items()}
        if "open_incidents" in wanted:
            listed = await self.desk.call("GET", "/api/v1/incidents", params={"state": "open"})
            seen["open_incidents"] = tuple(row["id"] for row in listed["incidents"])
        if "alarms" in wanted:
            seen["alarms"] = tuple((await self.desk.call("GET", "/api/v1/alarms"))["alarms"])
        if "devices" in wanted:
            seen["devices"] = await self.desk.devices()
        if "lamps" in wanted:
            seen["lamps"] = await self.road.lamps()
        if "journal" in wanted:
            seen["journal"] = await self.desk.call("GET", "/api/v1/audit/verify", timeout=_ASK_S)
        return seen
