"""What an expectation asks of the controller's reports, on one sighting of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulators.scenario.devices import Devices, matches
from simulators.scenario.durations import said
from simulators.scenario.road import Look
from simulators.scenario.values import in_words

STATES = ("prepared", "activating", "active", "degraded", "clearing", "cleared", "cancelled")


@dataclass(frozen=True)
class Sighting:
    """What the controller said in one look.

    Attributes:
        at_ms: UTC milliseconds at which it was asked.
        incidents: name in the scenario → its view; the empty name is the newest.
        answer: the answer to the last order, `refused` the text of its refusal.
        lamps: what the road showed when the look ended, for comparing the two.
        ready: whether the controller answered at all.
    """

    at_ms: float
    incidents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    open_incidents: Sequence[str] = ()
    alarms: Sequence[Mapping[str, Any]] = ()
    devices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lamps: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None
    journal: Mapping[str, Any] = field(default_factory=dict)
    ready: bool = False


class Report(Protocol):
    """Something the controller reports or not.

    `needs` are the parts of a sighting it looks at, so that only those are asked for.
    """

    @property
    def needs(self) -> frozenset[str]:
        """Names of attributes of a sighting."""
        ...

    def look(self, sighting: Sighting) -> Look:
        """Return whether it is so, and what was reported instead."""
        ...


def _incident(sighting: Sighting, name: str) -> Mapping[str, Any] | None:
    return sighting.incidents.get(name)


@dataclass(frozen=True)
class State:
    """An incident is in a state, and its verdict names exactly these devices where any are given."""

    name: str
    state: str
    names: Sequence[str] = ()
    needs = frozenset({"incidents"})

    def look(self, sighting: Sighting) -> Look:
        """Compare state and the devices that are named."""
        view = _incident(sighting, self.name)
        if view is None:
            return Look(False, "no such incident yet")
        verdict = view.get("verdict") or {}
        failed = dict(verdict.get("failed", {}))
        named = f", named {', '.join(sorted(failed)) or 'nobody'}" if self.names else ""
        got = f"it is {view['state']}{named}"
        if view["state"] != self.state:
            return Look(False, got + _why(view))
        if self.names:
            stray = [d for d in failed if not any(matches(p, d) for p in self.names)]
            missed = [p for p in self.names if not any(matches(p, d) for d in failed)]
            return Look(not stray and not missed, got)
        return Look(True, got)


def _why(view: Mapping[str, Any]) -> str:
    """Return what an incident waits for, or what is not proved, as far as it says."""
    release = view.get("release") or {}
    if release.get("paused"):
        return f", paused: {release['paused']}"
    waits = release.get("waits_for", {}) if view["state"] == "clearing" else {}
    if not waits and view["state"] in ("activating", "degraded"):
        rows = (step for step in view.get("steps", ()) if step["state"] not in _OVER)
        waits = {step["device"]: f"{step['state']} {step['reason']}".strip() for step in rows}
    told = "; ".join(f"{device}: {why}" for device, why in sorted(waits.items())[:4])
    return f", waiting for {told}" if told else ""


_OVER = ("verified", "superseded", "outranked")


@dataclass(frozen=True)
class VerdictIs:
    """The verdict of an incident's newest window, `given` for any, and how long the last device took."""

    name: str
    outcome: str
    within_ms: int | None = None
    needs = frozenset({"incidents"})

    def look(self, sighting: Sighting) -> Look:
        """Compare outcome and time."""
        view = _incident(sighting, self.name)
        verdict = view.get("verdict") if view is not None else None
        if verdict is None:
            return Look(False, "no verdict yet")
        got = verdict.get("line") or f"{verdict['outcome']}"
        if self.outcome not in (verdict["outcome"], "given"):
            return Look(False, str(got))
        if self.within_ms is not None and (verdict["last_ms"] or 0) > self.within_ms:
            return Look(False, f"the last device took {said(verdict['last_ms'])}")
        return Look(True, str(got))


@dataclass(frozen=True)
class WaitsFor:
    """A release waits for devices."""

    name: str
    patterns: Sequence[str]
    needs = frozenset({"incidents"})

    def look(self, sighting: Sighting) -> Look:
        """Compare with what the release says it waits for."""
        view = _incident(sighting, self.name)
        waits = ((view or {}).get("release") or {}).get("waits_for", {})
        missed = [p for p in self.patterns if not any(matches(p, device) for device in waits)]
        return Look(not missed, f"it waits for {', '.join(sorted(waits)) or 'nobody'}")


@dataclass(frozen=True)
class Alarm:
    """An alarm of a kind stands, about certain devices where they are given; or none does."""

    kind: str
    which: Devices | None
    wanted: bool
    needs = frozenset({"alarms"})

    def look(self, sighting: Sighting) -> Look:
        """Compare the subjects of standing alarms of that kind."""
        rows = [a for a in sighting.alarms if self.kind in ("", a["kind"])]
        subjects = {str(a["subject"]) for a in rows}
        named = sorted(f"{row['kind']} {row['subject']}" for row in rows)
        got = f"standing: {', '.join(named) or 'none'}"
        if not self.wanted:
            hit = subjects & set(self.which.ids) if self.which else subjects
            return Look(not hit, got)
        return Look(set(self.which.ids) <= subjects if self.which else bool(subjects), got)


@dataclass(frozen=True)
class RefusedWith:
    """The last order was refused, with a text where one is given."""

    text: str
    needs = frozenset({"refused"})

    def look(self, sighting: Sighting) -> Look:
        """Compare the refusal."""
        if sighting.refused is None:
            return Look(False, "the order was taken")
        return Look(self.text in sighting.refused, f"it was refused: {sighting.refused}")


@dataclass(frozen=True)
class Joined:
    """The last report was joined to an incident already open (P5)."""

    needs = frozenset({"answer"})

    def look(self, sighting: Sighting) -> Look:
        """Ask the answer."""
        joined = bool(sighting.answer.get("joined"))
        return Look(joined, f"it is {sighting.answer.get('id', 'no incident')}, joined: {joined}".lower())


@dataclass(frozen=True)
class PlanSays:
    """The plan of an incident has a note with this text in it."""

    name: str
    text: str
    needs = frozenset({"incidents"})

    def look(self, sighting: Sighting) -> Look:
        """Search code and text of every finding."""
        view = _incident(sighting, self.name) or {}
        notes = [f"{f['code']}: {f['text']}" for f in (view.get("plan") or {}).get("findings", ())]
        return Look(any(self.text in note for note in notes), f"notes: {'; '.join(notes) or 'none'}")


@dataclass(frozen=True)
class NoIncident:
    """No incident is open."""

    needs = frozenset({"open_incidents"})

    def look(self, sighting: Sighting) -> Look:
        """List what is open."""
        return Look(not sighting.open_incidents, f"open: {', '.join(sighting.open_incidents) or 'none'}")


@dataclass(frozen=True)
class Agree:
    """For every device the controller says is known, `shown` is what its lamps show (T5)."""

    which: Devices
    needs = frozenset({"devices", "lamps"})

    def look(self, sighting: Sighting) -> Look:
        """Compare the two, device by device."""
        rows = []
        for device in self.which.ids:
            shown = sighting.devices.get(device, {}).get("shown")
            lamp = sighting.lamps.get(device)
            if shown != lamp:
                rows.append(f"{device} is reported {in_words(shown)}, its lamps show {in_words(lamp)}")
        return Look(not rows, "; ".join(rows[:6]) or "they agree")


@dataclass(frozen=True)
class ReportedAs:
    """Devices are reported with a verdict or mode, or as well."""

    which: Devices
    word: str
    needs = frozenset({"devices"})

    def look(self, sighting: Sighting) -> Look:
        """Compare verdict, mode and `well` with the word."""
        rows = []
        for device in self.which.ids:
            view = sighting.devices.get(device, {})
            if self.word == "well":
                good = bool(view.get("well"))
            else:
                good = self.word in (view.get("verdict"), view.get("mode"))
            if not good:
                rows.append(f"{device}: {view.get('verdict')}, {view.get('mode')} ({view.get('reason')})")
        return Look(not rows, "; ".join(rows[:6]) or "all are")


def _verified(said: Mapping[str, Any]) -> str:
    rows = f"{said.get('rows', 0)} rows"
    if said.get("ok"):
        return f"unbroken, {rows}"
    return f"broken at record {said.get('first_bad_seq')}: {said.get('reason')}; {rows}"


@dataclass(frozen=True)
class JournalUnbroken:
    """The chain of the journal verifies from its first row to its last."""

    needs = frozenset({"journal"})

    def look(self, sighting: Sighting) -> Look:
        """Ask for the first bad row."""
        return Look(bool(sighting.journal.get("ok")), _verified(sighting.journal))


@dataclass(frozen=True)
class Ready:
    """The controller answers and drives devices."""

    needs: frozenset[str] = frozenset()

    def look(self, sighting: Sighting) -> Look:
        """Ask its probe."""
        return Look(sighting.ready, "it is ready" if sighting.ready else "it does not answer")
