"""One measured press: key, verdict, clear; and whether the road agreed, from its lamp history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.remote import Desk, Road

ORIGIN = "紧急:福向三都岭隧道内快车道追尾,启动预警"
CLOCKS_MS = 2.0
"""Two processes read one wall clock and one of them rounds to whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Press:
    """What one press gave.

    Attributes:
        verdict: as the controller wrote it.
        verified_ms: device → milliseconds from the key to its proof, for every device proved.
        untrue: what the lamps contradict, one text each; empty if every `verified` was true.
    """

    incident: str
    verdict: Mapping[str, Any]
    verified_ms: Mapping[str, int]
    untrue: Sequence[str]


async def press(desk: Desk, road: Road, text: str = ORIGIN) -> Press:
    """Press once, wait for the verdict, and compare every `verified` with the lamp history."""
    incident = await desk.press(text)
    steps = {step["device"]: step for step in incident["steps"]}
    verified = {d: s["times"]["verified"] for d, s in steps.items() if "verified" in s["times"]}
    wanted = {demand["device"]: demand["value"] for demand in incident["plan"]["demands"]}
    history = await road.history()
    untrue = []
    for device, t_ms in verified.items():
        proved_at_ms = incident["activated_ms"] + t_ms + CLOCKS_MS
        rows = [e for e in history if e["device"] == device and e["at_ms"] <= proved_at_ms]
        shown = rows[-1]["lamp"] if rows else None
        if shown != wanted[device]:
            untrue.append(f"{device}: verified {wanted[device]} at {t_ms} ms, lamps showed {shown}")
    return Press(incident["id"], incident["verdict"], verified, untrue)


async def clear(desk: Desk, incident: str, *, without_proof: Sequence[str] = ()) -> None:
    """Clear an incident and wait until it is; devices in `without_proof` are not waited for."""
    await desk.order(incident, "clear", reason="benchmark")
    while True:
        found = await desk.until_state(incident, "cleared", within_s=60) if not without_proof else None
        if found is not None:
            return
        seen = await desk.incident(incident)
        if seen["state"] == "cleared":
            return
        waits = set((seen["release"] or {}).get("waits_for", {})) & set(without_proof)
        if waits:
            await desk.order(
                incident, "clear", reason="benchmark: dead on purpose", without_proof=sorted(waits)
            )
