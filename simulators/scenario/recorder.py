"""Watches a live run and writes it down as a scenario: orders, breakages, what the road showed."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.site import LinkKind, Site
from devices.clock import Clock
from simulators.remote import Desk, Road
from simulators.scenario.breakages import DEVICE_FAULTS, LINK_FAULTS
from simulators.scenario.observer import Observer

LOOK_S = 0.2
_IDLE_MS = 700
_ORDERS = {"clear": "clear", "hold": "hold", "reactivation": "reactivate"}
_KINDS = ("report", "correction", "clear", "intent", "lock", "unlock", "release_adopted", "verdict")


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing that happened: the words of its step, and when (UTC milliseconds)."""

    at_ms: float
    word: str
    value: Any = None


@dataclass
class Recording:
    """What was noted, in order; `text` writes it down."""

    site: Site
    noted: list[Noted] = field(default_factory=list)
    verdicts: dict[float, str] = field(default_factory=dict)

    def text(self, name: str, observer: Observer, site_name: str | None) -> str:
        """Return the scenario file.

        Args:
            site_name: for `site:`; None leaves it out.
        """
        head: dict[str, Any] = {"scenario": name, "about": f"Recorded on site {self.site.id}."}
        if site_name:
            head["site"] = site_name
        steps: list[Any] = []
        rows = sorted(self.noted, key=lambda noted: noted.at_ms)
        for number, one in enumerate(rows):
            until_ms = rows[number + 1].at_ms if number + 1 < len(rows) else observer.seen_ms
            steps.append({one.word: one.value} if one.value is not None else one.word)
            expected = self._expected(one.at_ms, until_ms, observer)
            steps += expected
            if number + 1 < len(rows) and not expected and until_ms - one.at_ms > _IDLE_MS:
                steps.append({"wait": f"{round((until_ms - one.at_ms) / 100) * 100}ms"})
        return _dumped(head) + "steps:\n" + "".join(_item(step) for step in steps)

    def _expected(self, from_ms: float, until_ms: float, observer: Observer) -> list[dict[str, str]]:
        """Return what the road came to show between two steps, grouped by value, and the verdict."""
        groups: dict[tuple[str, str], list[str]] = {}
        last_ms = from_ms
        for device in self.site.devices.values():
            changes = observer.witness.between(device.id, from_ms, until_ms)
            if changes:
                last_ms = max(last_ms, changes[-1].at_ms)
                groups.setdefault((device.type.value, _words(changes[-1].lamp)), []).append(device.id)
        span_s = max(1, math.ceil((last_ms - from_ms) / 1000 * 2))
        made = [
            {f"within {span_s}s": f"{kind}s {','.join(devices)} show {words}"}
            for (kind, words), devices in sorted(groups.items())
            if words
        ]
        outcome = next((said for at, said in self.verdicts.items() if from_ms <= at <= until_ms), "")
        return [*made, {"by 6s": f"verdict {outcome}"}] if outcome in ("met", "missed") else made


def _words(lamp: Any) -> str:
    """Return a lamp as a sentence has it; nothing where the grammar has no words for it."""
    match lamp:
        case str():
            return lamp
        case {"multi": ""}:
            return "blank"
        case {"multi": str(text)} if '"' not in text:
            return f'"{text}"'
        case {"flash": bool(flash), "siren": bool(siren)}:
            return "+".join(word for word, on in (("flash", flash), ("siren", siren)) if on) or "off"
    return ""


class Recorder:
    """Looks at controller and road until it is cancelled or the time is over."""

    def __init__(self, site: Site, desk: Desk, road: Road, clock: Clock) -> None:
        self.observer = Observer(desk, road, clock)
        self.recording = Recording(site)
        self._desk, self._road, self._clock, self._site = desk, road, clock, site
        self._names: dict[str, str] = {}
        self._seq = 0
        self._faults: dict[str, Mapping[str, Any]] = {}
        self._links: dict[str, Mapping[str, Any]] = {}

    async def record(self, for_s: float) -> None:
        """Watch so long; cancel to end earlier, what was seen is kept."""
        await self.observer.begin()
        page = await self._desk.call("GET", "/api/v1/audit", params={"limit": 1, "newest_first": True})
        self._seq = page["rows"][0]["seq"] if page["rows"] else 0
        self._faults, self._links = await self._broken()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + for_s
        while loop.time() < end_s:
            await self.look()
            await asyncio.sleep(LOOK_S)
        await asyncio.sleep(2 * LOOK_S)  # the journal's last half second
        await self.look()

    async def look(self) -> None:
        """Take what is new."""
        await self.observer.look_at_road()
        await self._orders()
        await self._breakages()

    async def _orders(self) -> None:
        query = {"after_seq": self._seq, "limit": 1000, "kind": list(_KINDS)}
        for row in (await self._desk.call("GET", "/api/v1/audit", params=query))["rows"]:
            self._seq = row["seq"]
            noted = await self._order(row["kind"], row["body"], row["at_ms"])
            if noted is not None:
                self.recording.noted.append(noted)

    async def _order(self, kind: str, body: Mapping[str, Any], at_ms: float) -> Noted | None:
        match kind:
            case "report":
                name = self._name(body["incident"])
                return Noted(at_ms, f"report{name}", await self._said(body["incident"]))
            case "correction":
                return Noted(
                    at_ms, f"correct{self._name(body['incident'])}", await self._said(body["incident"])
                )
            case "clear":
                verb = "cancel" if body.get("ends_as") == "cancelled" else "clear"
                return Noted(at_ms, f"{verb}{self._name(body['incident'])}", body.get("reason") or None)
            case "intent" if body.get("kind") in _ORDERS:
                return Noted(at_ms, f"{_ORDERS[body['kind']]}{self._name(body['incident'])}")
            case "lock":
                words = _words(body["value"])
                return Noted(at_ms, "lock", f"{self._noun(body['device'])} {body['device']} to {words}")
            case "unlock":
                return Noted(at_ms, "unlock", f"{self._noun(body['device'])} {body['device']}")
            case "release_adopted":
                return Noted(at_ms, "release", f"{self._noun(body['device'])} {body['device']}")
            case "verdict":
                self.recording.verdicts[at_ms] = str(body["outcome"])
        return None

    def _name(self, incident: str) -> str:
        """Return ` A`, ` B`, …: every incident of a recording has a name."""
        self._names.setdefault(incident, f" {chr(ord('A') + len(self._names) % 26)}")
        return self._names[incident]

    async def _said(self, incident: str) -> Any:
        """Return the report as its text, or as the form that says the same."""
        view = await self._desk.incident(incident)
        if view.get("text"):
            return view["text"]
        place = view["place"]
        form: dict[str, Any] = {
            "carriageway": view["carriageway"],
            "lanes": view["lanes"],
            "type": view["type"],
        }
        if not place["known"] and view["tunnel"]:
            return {**form, "tunnel": view["tunnel"]}
        form["chainage"] = place["from"]
        return form if place["to"] == place["from"] else {**form, "chainage_end": place["to"]}

    async def _broken(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
        devices = {row["id"]: row["faults"] for row in await self._road.call("GET", "/devices")}
        links = {row["id"]: row["faults"] for row in await self._road.call("GET", "/links")}
        return devices, links

    async def _breakages(self) -> None:
        at_ms = float(self._clock.wall_ms())
        devices, links = await self._broken()
        for device, faults in devices.items():
            if faults != self._faults.get(device):
                words = ", ".join(_fault_words(faults, DEVICE_FAULTS, {}))
                named = f"{self._noun(device)} {device}"
                noted = Noted(at_ms, "fault", f"{named} {words}") if words else Noted(at_ms, "mend", named)
                self.recording.noted.append(noted)
        for link, faults in links.items():
            if faults != self._links.get(link):
                known = self._site.links[link]
                calm = {"serial": known.kind is LinkKind.MODBUS_TCP and known.serial}
                words = ", ".join(_fault_words(faults, LINK_FAULTS, calm)) or "mended"
                self.recording.noted.append(Noted(at_ms, "link", f"{link} {words}"))
        self._faults, self._links = devices, links

    def _noun(self, device: str) -> str:
        return f"{self._site.devices[device].type.value}s"


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


def _dumped(value: Any) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000))


def _item(step: Any) -> str:
    text = yaml.safe_dump(step, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
    text = text.removesuffix("...\n").rstrip("\n")
    first, *rest = text.split("\n")
    return "".join([f"  - {first}\n", *(f"    {line}\n" for line in rest)])


TEMPLATE = """scenario: {name}
about: One sentence that says what happens and what it shows.
steps:
  - report: 紧急:福向三都岭隧道内快车道追尾,启动预警
  - within 3s: heads FU-*-1 in sanduling show closed
  - by 5s: verdict met
  - clear: lanes are free
  - within 10s: devices show base
"""
