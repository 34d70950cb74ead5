"""A past incident as its journal tells it: when each device was wanted, sent, proved, released. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.scenario.charts import kind_of
from simulators.scenario.values import in_words

KINDS = (
    "report",
    "intent",
    "step",
    "release",
    "clear",
    "state",
    "verdict",
    "cleared",
    "cancelled",
    "corrected",
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One change of the picture; `at_ms` counts from the first record of the incident.

    Attributes:
        device: empty for what is only said.
        phase: wanted, sent, shown, failed, released.
        words: what it is to show, in the words of a scenario; empty where it goes back to rest.
    """

    at_ms: int
    device: str
    phase: str
    kind: str
    said: str
    words: str = ""


def frames_of(incident: str, rows: Iterable[Mapping[str, Any]]) -> list[Frame]:
    """Return the frames of one incident from rows of the journal, in order.

    Raises:
        ValueError: no row is about that incident.
    """
    own = [row for row in rows if row["body"].get("incident") == incident]
    if not own:
        raise ValueError(f"the journal has no record of incident {incident}")
    zero_ms = own[0]["at_ms"]
    wanted: dict[str, Any] = {}
    by_revision: dict[int, Mapping[str, Any]] = {}
    frames: list[Frame] = []
    for row in own:
        at_ms, body = row["at_ms"] - zero_ms, row["body"]
        match row["kind"]:
            case "intent":
                demands = {d["device"]: d["value"] for d in body.get("plan", {}).get("demands", ())}
                by_revision[body["revision"]] = demands
                wanted.update(demands)
                frames.append(Frame(at_ms, "", "said", "", f"{body.get('kind', '')}: {len(demands)} devices"))
                frames += [_frame(at_ms, d, "wanted", value) for d, value in demands.items()]
            case "step":
                frames.append(_step(at_ms, body, by_revision))
            case kind:
                frames.append(Frame(at_ms, "", "said", "", _said(kind, body)))
    return sorted(frames, key=lambda frame: frame.at_ms)


def _step(at_ms: int, body: Mapping[str, Any], by_revision: Mapping[int, Mapping[str, Any]]) -> Frame:
    device, state = body["device"], body["state"]
    demands = by_revision.get(body["revision"])
    if demands is None or device not in demands:  # a phase of a release: the device goes to its base
        phase = "released" if state == "verified" else "sent"
        return Frame(at_ms, device, phase, "", f"{device} {phase if state == 'verified' else state}")
    value = demands[device]
    if state == "verified":
        return _frame(at_ms, device, "shown", value)
    phase = "sent" if state in ("sent", "acked", "queued") else "failed"
    return Frame(
        at_ms, device, phase, kind_of(value), f"{device} {state}: {body.get('reason', '')}".rstrip(": ")
    )


def _frame(at_ms: int, device: str, phase: str, value: Any) -> Frame:
    words = in_words(value)
    return Frame(at_ms, device, phase, kind_of(value), f"{device} {phase} {words}", words)


def _said(kind: str, body: Mapping[str, Any]) -> str:
    match kind:
        case "report":
            return f"report: {body.get('text') or ''}".strip()
        case "state":
            return f"{body.get('from')} → {body.get('to')}"
        case "release":
            return f"release: {body.get('phase')}"
        case "verdict":
            return f"verdict {body.get('outcome')}: {body.get('verified')}/{body.get('total')}"
        case "clear":
            return f"clear: {body.get('reason') or ''}".strip()
    return kind


def began_ms(incident: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Return when the first record of the incident was made, UTC milliseconds; 0 where there is none."""
    return next((int(row["at_ms"]) for row in rows if row["body"].get("incident") == incident), 0)


def places(devices: Sequence[Mapping[str, Any]], frames: Sequence[Frame]) -> list[Mapping[str, Any]]:
    """Return the devices that are drawn: those of the carriageways the incident touched."""
    touched = {frame.device for frame in frames if frame.device}
    roads = {row["carriageway"] for row in devices if row["id"] in touched}
    return [row for row in devices if row["carriageway"] in roads]
