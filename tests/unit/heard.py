"""What a room under test says to people, and that a Chinese screen has not a word of English of it.

Every test with a room is so a test of the console's catalogue: sentences are met as they are really made.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from config.site import Site
from controller.room import ControlRoom
from controller.views import device_state, incident_state
from tests.console_words import left_english

INVENTED = (
    "lamp is dead",
    "does not answer",
    "off by 900 ms",
    "the last of the old news",
    "lamp is being changed",
)
"""What only lamps and tests say."""


class Heard:
    """Gathers what people read and what people wrote themselves, which stays as they wrote it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._said: set[str] = set()
        self._written: set[str] = set(INVENTED)

    async def called(self, response: httpx2.Response) -> None:
        """Take a call: what was written in it, and of a problem what is wrong and what to do."""
        with suppress(ValueError, RecursionError, httpx2.RequestNotRead):
            self._sent(json.loads(response.request.content))
        self._written |= set(response.request.url.path.split("/"))
        if response.status_code < 400:
            return
        await response.aread()
        problem = response.json()
        self._said |= {problem["title"], problem["detail"]}
        self._said |= {one["message"] for one in problem.get("errors", ()) if "message" in one}

    def _sent(self, body: object) -> None:
        """Take every text of a call: a person wrote it."""
        match body:
            case str():
                self._written.add(body)
            case Mapping():
                for key, one in body.items():
                    self._sent(key)
                    self._sent(one)
            case list():
                for one in body:
                    self._sent(one)

    def look(self, room: ControlRoom) -> None:
        """Take what screens show of a room: devices, incidents, alarms."""
        for device in room.site.devices.values():
            state = device_state(room, device)
            self._said |= set(_of_device(state))
            self._written |= set(_by_people(state))
        for incident in room.book.incidents.values():
            state = incident_state(room, incident)
            self._said |= set(_of_incident(state))
            self._written |= {state["text"], state["actor"]["id"], *incident.course.dropped}
        self._said |= {alarm.text for alarm in (*room.alarms.listed(), *room.alarms.ended())}

    def check(self) -> None:
        """Fail where a sentence stays English; nothing is checked where the console is not built."""
        left = left_english(self._said, _names(self._site), self._written)
        assert left == {}, "say each in Chinese in api/console/src/words/said/"


def _of_device(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (state["because"], state["reason"], state["shown_note"])
    if state["failed"] is not None:
        yield state["failed"]["reason"]


def _by_people(state: Mapping[str, Any]) -> Iterator[str]:
    for row in (state["lock"], state["service"]):
        if row is not None:
            yield row["reason"]


def _of_incident(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (finding["text"] for finding in state["plan"]["findings"])
    yield from (demand["reason"] for demand in state["plan"]["demands"])
    for steps, verdict in (
        (state["steps"], state["verdict"]),
        (state["clear_steps"], state["clear_verdict"]),
        *((added["steps"], added["verdict"]) for added in state["added"]),
    ):
        yield from (step["reason"] for step in steps)
        if verdict is not None:
            yield from (verdict["line"], *verdict["failed"].values())
    release = state["release"] or {}
    yield from (release.get("phase", ""), release.get("paused", ""), *release.get("waits_for", {}).values())


def _names(site: Site) -> list[dict[str, str]]:
    named = [site.name, *(c.direction for c in site.carriageways.values())]
    named += [lane.name for c in site.carriageways.values() for lane in c.lanes]
    named += [t.name for t in site.tunnels.values()] + [j.name for j in site.junctions.values()]
    reasons = [{"en": i.reason_en, "zh": i.reason_zh} for i in site.interlocks.values()]
    return [{"en": name.en, "zh": name.zh} for name in named] + reasons
