"""Every `verified` of a run against the lamps at that instant: what no scenario has to ask for. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from config.site import Device
from devices.values import ASPECT_RANK, PORTAL_RANK, Aspect, PortalAspect
from simulators.scenario.result import Press
from simulators.scenario.values import in_words, shows
from simulators.scenario.witness import Witness

CLOCKS_MS = 2.0
"""Two processes read one wall clock and one of them rounds to whole milliseconds."""
HOLDING = ("adopted", "lock")
"""Kinds of record by which something else than an incident holds a device at a value."""
_RAISED = 2
_NONE: Mapping[str, Device] = MappingProxyType({})
READ_MS = 250.0
"""How long a read-back may be under way: `shown` is what the lamps showed somewhere in that time."""


@dataclass(frozen=True, slots=True)
class Truth:
    """How many claims were compared, and the ones that the lamps contradict."""

    claims: int
    untrue: Sequence[str]


class Journal:
    """The rows of the controller's journal that belong to one run, and what they claim."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], zero_ms: float) -> None:
        """Take rows in order; `zero_ms` is when the run began."""
        self._zero_ms = zero_ms
        self.intents: dict[tuple[str, int], Mapping[str, Any]] = {}
        self.steps: list[Mapping[str, Any]] = []
        self._held: dict[str, list[Any]] = {}
        self._cleared_from: dict[str, int] = {}
        self._verdicts: dict[tuple[str, int], Mapping[str, Any]] = {}
        correcting: set[str] = set()
        self._cleared_in_correction: set[str] = set()
        for row in rows:
            body = row["body"]
            if row["kind"] == "intent":
                self.intents[body["incident"], body["revision"]] = row
            elif row["kind"] == "step":
                self.steps.append(row)
            elif row["kind"] == "verdict":
                self._verdicts[body["incident"], body["revision"]] = body
            elif row["kind"] == "correction":
                correcting.add(body["incident"])
            elif row["kind"] == "corrected":
                correcting.discard(body["incident"])
            elif row["kind"] == "clear":
                self._cleared_from[body["incident"]] = row["seq"]
                if body["incident"] in correcting:
                    self._cleared_in_correction.add(body["incident"])
            elif row["kind"] in HOLDING:
                self._held.setdefault(body["device"], []).append(body["value"])

    def presses(self) -> list[Press]:
        """Return every revision that has steps, oldest first."""
        times: dict[tuple[str, int], dict[str, dict[str, int]]] = {}
        began_ms: dict[tuple[str, int], float] = {}
        for row in self.steps:
            body = row["body"]
            began_ms.setdefault((body["incident"], body["revision"]), row["at_ms"] - body["t_ms"])
            steps = times.setdefault((body["incident"], body["revision"]), {})
            steps.setdefault(body["device"], {}).setdefault(body["state"], body["t_ms"])
        made = []
        for (incident, revision), steps in times.items():
            intent = self.intents.get((incident, revision))
            body = intent["body"] if intent is not None else {}
            verdict = self._verdicts.get((incident, revision), {})
            at_ms = intent["at_ms"] if intent is not None else began_ms[incident, revision]
            if at_ms < self._zero_ms - CLOCKS_MS:
                continue  # a late step of an incident from before this run
            made.append(
                Press(
                    incident,
                    revision,
                    str(body.get("kind", "release")),
                    round(at_ms - self._zero_ms),
                    int(body.get("budget_ms", 0)),
                    steps,
                    str(verdict.get("outcome", "")),
                    tuple(sorted(verdict.get("failed", ()))),
                )
            )
        return sorted(made, key=lambda press: (press.at_ms, press.incident, press.revision))

    def judge(self, witness: Witness, bases: Mapping[str, Any], site: Mapping[str, Device] = _NONE) -> Truth:
        """Compare each `verified` with what the lamps showed at that instant.

        Args:
            bases: device → what it shows at rest, None where that is left to others.
            site: the devices; needed only where a sign is told pictures.
        """
        claims, untrue = 0, []
        for row in self.steps:
            body = row["body"]
            if body["state"] != "verified":
                continue
            claims += 1
            device = body["device"]
            lamp = witness.lamp(device, row["at_ms"] + CLOCKS_MS)
            demand = _demand(self.intents.get((body["incident"], body["revision"])), device)
            wanted = [demand] if demand is not None else self._released(row, device, bases)
            # Joined facts (S5) may raise a head or portal signal above its demand, or its base where another
            # stands, and give a speaker another clip.
            joined = demand is not None or self._others(body["incident"])
            spoken = any(_speaks(lamp, value) for value in wanted)
            raised = joined and (_rank(lamp) >= max(_rank(wanted[0]), _RAISED) or spoken)
            seen = any(shows(site.get(device), lamp, value) for value in wanted)
            if not seen and wanted[0] is not None and not raised:
                untrue.append(
                    f"{device}: verified {in_words(wanted[0])} {body['t_ms']} ms after the key of "
                    f"{body['incident']}, its lamps showed {in_words(lamp)}"
                )
        return Truth(claims, (*untrue, *self._met_without_proof()))

    def _met_without_proof(self) -> Iterator[str]:
        """Say which verdicts are met though not all they count was proved within the budget (T2)."""
        for (incident, revision), verdict in self._verdicts.items():
            intent = self.intents.get((incident, revision))
            if intent is None or verdict.get("outcome") != "met":
                continue
            budget_ms = intent["body"].get("budget_ms", 0)
            proved = {
                body["device"]
                for body in (row["body"] for row in self.steps)
                if (body["incident"], body["revision"]) == (incident, revision)
                and body["state"] == "verified"
                and body["t_ms"] <= budget_ms
            }
            if len(proved) < verdict.get("total", 0) - verdict.get("acked_only", 0):
                yield (
                    f"{incident}: verdict met with {verdict.get('verified')} of {verdict.get('total')}, "
                    f"its journal has {len(proved)} proved within {budget_ms} ms"
                )

    def _others(self, incident: str) -> bool:
        """Return whether anything but this incident stood on the road in the run."""
        return bool(self._held) or any(other != incident for other, _ in self.intents)

    def _released(self, step: Mapping[str, Any], device: str, bases: Mapping[str, Any]) -> list[Any]:
        """Return what a release leaves on a device: its base, or what others hold there.

        What a correction leaves is what the incident itself demands now; so does a clear that is ordered
        before the correction has ended, which releases what was replaced first.
        """
        incident = step["body"]["incident"]
        cleared = self._cleared_from.get(incident, step["seq"] + 1) < step["seq"]
        cleared = cleared and incident not in self._cleared_in_correction
        others = [_demand(row, device) for (other, _), row in self.intents.items() if other != incident]
        # A release silences what sounds first; a beacon proved silent flashes on until its last stage.
        own = [_demand(row, device) for (other, _), row in self.intents.items() if other == incident]
        silent = [{**value, "siren": False} for value in own if isinstance(value, dict) and "siren" in value]
        silent += [_SILENCE for value in own if isinstance(value, dict) and "clip" in value]
        held = [value for value in (others if cleared else [*others, *own]) if value is not None]
        return [bases.get(device), *held, *silent, *self._held.get(device, ())]


def _demand(row: Mapping[str, Any] | None, device: str) -> Any:
    demands = row["body"].get("plan", {}).get("demands", ()) if row is not None else ()
    return next((demand["value"] for demand in demands if demand["device"] == device), None)


_RANKS: Mapping[str, int] = {aspect.value: ASPECT_RANK[aspect] for aspect in Aspect} | {
    light.value: PORTAL_RANK[light] for light in PortalAspect
}
_SILENCE = {"clip": "", "repeats": 0, "volume": 0}


def _rank(lamp: Any) -> int:
    return _RANKS.get(lamp, -1) if isinstance(lamp, str) else -1


def _speaks(lamp: Any, wanted: Any) -> bool:
    """Return whether both are a clip; which of several incidents is spoken of, the controller decides."""
    return all(isinstance(value, dict) and bool(value.get("clip")) for value in (lamp, wanted))


def shown_untrue(
    devices: Mapping[str, Mapping[str, Any]],
    witness: Witness,
    asked_ms: float,
    slack_ms: float,
    site: Mapping[str, Device] = _NONE,
) -> list[str]:
    """Return where a device reported as verified is not shown as its lamps were when it was read (T5)."""
    untrue = []
    for device, view in devices.items():
        if view.get("verdict") != "verified" or view.get("age_ms") is None:
            continue
        read_ms = asked_ms - view["age_ms"]
        seen = witness.shown_between(device, read_ms - READ_MS - slack_ms, read_ms + READ_MS)
        if not any(shows(site.get(device), lamp, view["shown"]) for lamp in seen):
            untrue.append(
                f"{device}: reported {in_words(view['shown'])}, its lamps showed {in_words(seen[-1])}"
            )
    return untrue
