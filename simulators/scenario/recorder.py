"""Watches a live run and writes it down as a scenario: orders, breakages, what the road showed."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import httpx2

from config.site import LinkKind, Site
from devices.clock import Clock
from simulators.remote import Desk, Refused, Road
from simulators.scenario.breakages import DEVICE_FAULTS, LINK_FAULTS
from simulators.scenario.observer import Observer
from simulators.scenario.recording import KINDS, Noted, Orders, Recording, at_the_cabinet

Rows: TypeAlias = Mapping[str, Mapping[str, Any]]
LOOK_S = 0.2
_FLUSH_S = 0.6
"""The journal's last half second."""


class Recorder:
    """Looks at controller and road until it is told to end or the time is over."""

    def __init__(self, site: Site, desk: Desk, road: Road, clock: Clock) -> None:
        self.observer = Observer(desk, road, clock)
        self.recording = Recording(site)
        self._desk, self._road, self._site = desk, road, site
        self._orders = Orders(site)
        self._seq = self._changes = 0
        self._devices: Rows = {}
        self._links: Rows = {}

    async def begin(self) -> None:
        """Note where both stand; what happens from here on is recorded.

        Raises:
            httpx2.HTTPError: one of the two does not answer.
        """
        await self.observer.begin()
        page = await self._desk.call("GET", "/api/v1/audit", params={"limit": 1, "newest_first": True})
        self._seq = page["rows"][0]["seq"] if page["rows"] else 0
        self._devices, self._links = await self._broken()

    async def record(self, for_s: float, ended: asyncio.Event) -> None:
        """Watch so long, or until `ended` is set; what does not answer meanwhile is asked again."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + for_s
        while loop.time() < end_s and not ended.is_set():
            await self._look_again()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await ended.wait()
        await asyncio.sleep(_FLUSH_S)
        await self._look_again()
        self.recording.noted += self._orders.rest()

    async def _look_again(self) -> None:
        with contextlib.suppress(httpx2.HTTPError, Refused):  # a controller that is killed comes back
            await self.look()

    async def look(self) -> None:
        """Take what is new."""
        await self.observer.look_at_road()
        changes = self.observer.witness.changes[self._changes :]
        self._changes += len(changes)
        self.recording.noted += at_the_cabinet(changes, self._orders)
        await self._breakages()
        await self._ordered()

    async def _ordered(self) -> None:
        query = {"after_seq": self._seq, "limit": 1000, "kind": list(KINDS)}
        for row in (await self._desk.call("GET", "/api/v1/audit", params=query))["rows"]:
            self._seq = row["seq"]
            self.recording.noted += self._orders.note(row)
            if row["kind"] == "verdict":
                self.recording.verdicts[row["at_ms"]] = str(row["body"]["outcome"])

    async def _broken(self) -> tuple[Rows, Rows]:
        devices = {row["id"]: row for row in await self._road.call("GET", "/devices")}
        links = {row["id"]: row for row in await self._road.call("GET", "/links")}
        return devices, links

    async def _breakages(self) -> None:
        devices, links = await self._broken()
        for device, row in devices.items():
            if row["faults"] != self._devices[device]["faults"]:
                words = ", ".join(_fault_words(row["faults"], DEVICE_FAULTS, {}))
                named = self._orders.noun(device)
                word, value = ("fault", f"{named} {words}") if words else ("mend", named)
                self.recording.noted.append(Noted(row["faults_since_ms"], word, value))
        for link, row in links.items():
            if row["faults"] != self._links[link]["faults"]:
                known = self._site.links[link]
                calm = {"serial": known.kind is LinkKind.MODBUS_TCP and known.serial}
                words = ", ".join(_fault_words(row["faults"], LINK_FAULTS, calm)) or "mended"
                self.recording.noted.append(Noted(row["faults_since_ms"], "link", f"{link} {words}"))
        self._devices, self._links = devices, links


def _fault_words(
    faults: Mapping[str, Any], table: Mapping[str, tuple[str, Any, str]], calm: Mapping[str, Any]
) -> Sequence[str]:
    words = []
    for word, (name, value, _) in table.items():
        now = faults.get(name)
        if now in (None, False, 0, []) or now == calm.get(name) or value is False:
            continue
        if callable(value):
            amount = (
                f"{now}ms"
                if name.endswith("_ms")
                else "+".join(map(str, now))
                if isinstance(now, list)
                else now
            )
            words.append(f"{word} {amount}")
        else:
            words.append(word)
    return words


TEMPLATE = """scenario: {name}
about: One sentence that says what happens and what it shows.
steps:
  - report: 紧急:福向三都岭隧道内快车道追尾,启动预警
  - within 3s: heads FU-*-1 in sanduling show closed
  - by 5s: verdict met
  - clear: lanes are free
  - within 10s: devices show base
"""
