"""A recording of a live run: what was noted, and the scenario file that says the same. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.site import Site
from simulators.scenario.observer import Observer
from simulators.scenario.witness import Change

KINDS = (
    "report",
    "correction",
    "undo",
    "clear",
    "cancel",
    "release_goes_on",
    "intent",
    "lock",
    "unlock",
    "service",
    "release_adopted",
    "verdict",
)
"""Kinds of journal record that are orders, and the verdicts."""
_IDLE_MS = 700
_LEAST_S = 2
"""An expectation leaves so much time at least: the file is run on other machines too."""
_ONE_BREATH_MS = 50
"""A key pressed with its report is journalled within this; no person presses a prepared one so soon."""
_ORDERS = {"hold": "hold", "reactivation": "reactivate"}


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
                groups.setdefault((device.type.value, words_of(changes[-1].lamp)), []).append(device.id)
        span_s = max(_LEAST_S, math.ceil((last_ms - from_ms) / 1000 * 2))
        made = [
            {f"within {span_s}s": f"{kind}s {','.join(devices)} show {words}"}
            for (kind, words), devices in sorted(groups.items())
            if words
        ]
        outcome = next((said for at, said in self.verdicts.items() if from_ms <= at <= until_ms), "")
        return [*made, {"by 6s": f"verdict {outcome}"}] if outcome in ("met", "missed") else made


def words_of(lamp: Any) -> str:
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


class Orders:
    """Turns journal records into the steps that give the same orders."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._names: dict[str, str] = {}
        self._prepared: dict[str, Noted] = {}

    def note(self, row: Mapping[str, Any]) -> Iterator[Noted]:
        """Give the steps of one record, in their order in the journal.

        A report waits for the next record, which says whether its key was pressed at once.
        """
        body, at_ms = row["body"], row["at_ms"]
        incident = str(body.get("incident", ""))
        waiting = self._prepared.pop(incident, None)
        if waiting is not None:
            pressed = row["kind"] == "intent" and at_ms <= waiting.at_ms + _ONE_BREATH_MS
            yield (
                waiting
                if pressed
                else Noted(waiting.at_ms, waiting.word.replace("report", "prepare", 1), waiting.value)
            )
            if pressed:
                return
        if row["kind"] == "report":
            self._prepared[incident] = Noted(at_ms, f"report{self._name(incident)}", self._said(body))
            return
        noted = self._order(row["kind"], body, at_ms)
        if noted is not None:
            yield noted

    def rest(self) -> Iterator[Noted]:
        """Give the reports that nothing followed: they are only prepared."""
        for one in self._prepared.values():
            yield Noted(one.at_ms, one.word.replace("report", "prepare", 1), one.value)
        self._prepared.clear()

    def _order(self, kind: str, body: Mapping[str, Any], at_ms: float) -> Noted | None:
        match kind:
            case "lock":
                return Noted(at_ms, "lock", f"{self.noun(body['device'])} to {words_of(body['value'])}")
            case "unlock":
                return Noted(at_ms, "unlock", self.noun(body["device"]))
            case "release_adopted":
                return Noted(at_ms, "release", self.noun(body["device"]))
            case "service":
                word = "back in service" if body["in_service"] else "out of service"
                return Noted(at_ms, word, self.noun(body["device"]))
            case "verdict":
                return None
        word, value = self._of_an_incident(kind, body)
        return Noted(at_ms, f"{word}{self._name(body['incident'])}", value) if word else None

    def _of_an_incident(self, kind: str, body: Mapping[str, Any]) -> tuple[str, Any]:
        match kind:
            case "correction":
                return "correct", self._said(body)
            case "undo":
                return "undo", None
            case "clear" if body.get("reason") == "undone":
                return "undo", None
            case "clear":
                return "cancel" if body.get("ends_as") == "cancelled" else "clear", body.get("reason") or None
            case "cancel":
                return "cancel", body.get("reason") or None
            case "release_goes_on" if body.get("without_proof"):
                devices = ",".join(body["without_proof"])
                return "clear", {"without_proof": f"devices {devices}", "reason": body.get("reason") or "-"}
            case "intent" if body.get("kind") in _ORDERS:
                return _ORDERS[body["kind"]], None
            case "intent" if body.get("kind") == "activation":
                return "press", None
        return "", None

    def _name(self, incident: str) -> str:
        """Return ` A`, ` B`, …: every incident of a recording has a name."""
        self._names.setdefault(incident, f" {chr(ord('A') + len(self._names) % 26)}")
        return self._names[incident]

    def _said(self, body: Mapping[str, Any]) -> Any:
        """Return the report as its text, or as the form that says the same."""
        if body.get("text"):
            return body["text"]
        report = body["report"]
        place = report["place"]
        form: dict[str, Any] = {
            "carriageway": place["carriageway"],
            "lanes": dict(report["lanes"]),
            "type": report["type"],
        }
        if not place["known"] and place["tunnel"]:
            return {**form, "tunnel": place["tunnel"]}
        table = self._site.carriageways[place["carriageway"]].chainage
        begin, end = (str(table.at(place[key] // 1000)) for key in ("from_mm", "to_mm"))
        form["chainage"] = begin
        return form if begin == end else {**form, "chainage_end": end}

    def noun(self, device: str) -> str:
        """Return the words a step has for one device."""
        return f"{self._site.devices[device].type.value}s {device}"


def at_the_cabinet(changes: list[Change], orders: Orders) -> Iterator[Noted]:
    """Give the lamp changes that were made by hand, as steps."""
    for change in changes:
        words = words_of(change.lamp)
        if change.cause == "local" and words:
            yield Noted(change.at_ms, "switch", f"{orders.noun(change.device)} to {words}")
        elif change.cause == "reboot":
            yield Noted(change.at_ms, "reboot", orders.noun(change.device))


def _dumped(value: Any) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000))


def _item(step: Any) -> str:
    text = yaml.safe_dump(step, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None)
    text = text.removesuffix("...\n").rstrip("\n")
    first, *rest = text.split("\n")
    return "".join([f"  - {first}\n", *(f"    {line}\n" for line in rest)])
