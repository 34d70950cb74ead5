"""Every `verified` of a run against the lamps at that instant: what no scenario has to ask for. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.values import ASPECT_RANK, Aspect
from simulators.scenario.result import Press
from simulators.scenario.values import in_words
from simulators.scenario.witness import Witness

CLOCKS_MS = 2.0
"""Two processes read one wall clock and one of them rounds to whole milliseconds."""
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
        for row in rows:
            body = row["body"]
            if row["kind"] == "intent":
                self.intents[body["incident"], body["revision"]] = row
            elif row["kind"] == "step":
                self.steps.append(row)

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
            at_ms = intent["at_ms"] if intent is not None else began_ms[incident, revision]
            made.append(
                Press(
                    incident,
                    revision,
                    str(body.get("kind", "release")),
                    round(at_ms - self._zero_ms),
                    int(body.get("budget_ms", 0)),
                    steps,
                )
            )
        return sorted(made, key=lambda press: (press.at_ms, press.incident, press.revision))

    def judge(self, witness: Witness, bases: Mapping[str, Any]) -> Truth:
        """Compare each `verified` with what the lamps showed at that instant.

        Args:
            bases: device → what it shows at rest, None where that is left to others.
        """
        claims, untrue = 0, []
        for row in self.steps:
            body = row["body"]
            if body["state"] != "verified":
                continue
            claims += 1
            device = body["device"]
            lamp = witness.lamp(device, row["at_ms"] + CLOCKS_MS)
            wanted = self._wanted(body["incident"], body["revision"], device, bases)
            if not self._true(lamp, wanted, row):
                untrue.append(
                    f"{device}: verified {in_words(wanted[0])} {body['t_ms']} ms after the key of "
                    f"{body['incident']}, its lamps showed {in_words(lamp)}"
                )
        return Truth(claims, tuple(untrue))

    def _wanted(self, incident: str, revision: int, device: str, bases: Mapping[str, Any]) -> list[Any]:
        """Return what that revision wanted of a device, and what else may lawfully stand there instead."""
        demand = _demand(self.intents.get((incident, revision)), device)
        if demand is not None:
            return [demand]
        others = [_demand(row, device) for (other, _), row in self.intents.items() if other != incident]
        # A release silences sirens first; a beacon proved silent flashes on until its last stage.
        own = [_demand(row, device) for (other, _), row in self.intents.items() if other == incident]
        silent = [{**value, "siren": False} for value in own if isinstance(value, dict) and "siren" in value]
        return [bases.get(device), *(value for value in others if value is not None), *silent]

    def _true(self, lamp: Any, wanted: Sequence[Any], row: Mapping[str, Any]) -> bool:
        if lamp in wanted or wanted[0] is None:
            return True
        several = len({incident for incident, _ in self.intents}) > 1
        return several and _rank(lamp) > _rank(wanted[0]) >= 0  # joined facts raise an aspect (S5)


def _demand(row: Mapping[str, Any] | None, device: str) -> Any:
    demands = row["body"].get("plan", {}).get("demands", ()) if row is not None else ()
    return next((demand["value"] for demand in demands if demand["device"] == device), None)


def _rank(lamp: Any) -> int:
    try:
        return ASPECT_RANK[Aspect(lamp)]
    except (ValueError, TypeError):
        return -1


def shown_untrue(
    devices: Mapping[str, Mapping[str, Any]], witness: Witness, asked_ms: float, slack_ms: float
) -> list[str]:
    """Return where a device reported as verified is not shown as its lamps were when it was read (T5)."""
    untrue = []
    for device, view in devices.items():
        if view.get("verdict") != "verified" or view.get("age_ms") is None:
            continue
        read_ms = asked_ms - view["age_ms"]
        seen = witness.shown_between(device, read_ms - READ_MS - slack_ms, read_ms + READ_MS)
        if view["shown"] not in seen:
            untrue.append(
                f"{device}: reported {in_words(view['shown'])}, its lamps showed {in_words(seen[-1])}"
            )
    return untrue
