"""The page that plays a past incident on the strip, 1× to 36×; one file, its script and data inside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from importlib import resources
from typing import Any

from simulators.scenario.charts import MARKS
from simulators.scenario.replay import Frame, places
from simulators.scenario.report_page import page
from simulators.scenario.svg import line, svg, text

SPEEDS = (1, 2, 6, 12, 36)
_WIDTH, _LEFT, _LANE = 880.0, 60.0, 22.0
_TAIL_MS = 1_000
_LEGEND = (
    "<p>Filled: proved. Outlined: wanted, not proved yet. Dashed: failed. Grey: at rest. "
    "Below the strip: what signs, beacons and speakers were proved to show; then the records.</p>"
)


def replay_page(
    incident: str,
    mark: str,
    site: str,
    devices: Sequence[Mapping[str, Any]],
    frames: Sequence[Frame],
    *,
    began_ms: int = 0,
) -> str:
    """Return the page.

    Args:
        began_ms: UTC milliseconds of the first frame.
        mark: SIMULATION, DRILL or nothing: stands over it.
        devices: as the controller gives them, with place and lane.
    """
    drawn = places(devices, frames)
    length_ms = (frames[-1].at_ms if frames else 0) + _TAIL_MS
    data = {
        "devices": [{"id": row["id"], "head": row["lane"] is not None} for row in drawn],
        "marks": MARKS,
        "began_ms": began_ms,
        "frames": [asdict(frame) for frame in frames],
        "length_ms": length_ms,
    }
    script = (resources.files("simulators.scenario") / "replay.js").read_text("utf-8")
    speeds = "".join(f'<option value="{one}">{one}×</option>' for one in SPEEDS)
    keys = f'<button id="play">▶</button> <select id="speed" aria-label="speed">{speeds}</select>'
    bar = f'<input id="bar" type="range" min="0" max="{length_ms}" value="0" aria-label="time">'
    parts = [
        f'<p class="watermark">{escape(mark)}</p><h1>{escape(incident)}</h1><p>{escape(site)}</p>',
        f'<p>{keys} <span id="clock"></span></p>{bar}',
        f'<div class="draw">{_strip(drawn)}</div><dl id="signs"></dl><pre id="log"></pre>',
        _LEGEND,
        f'<script type="application/json" id="data">{_inside(data)}</script><script>{script}</script>',
    ]
    return page(f"{incident} replayed", parts)


def _inside(data: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def _strip(devices: Sequence[Mapping[str, Any]]) -> str:
    roads: dict[str, list[Mapping[str, Any]]] = {}
    for row in devices:
        roads.setdefault(row["carriageway"], []).append(row)
    parts, y = [], 20.0
    for road, rows in roads.items():
        low, high = min(r["at_m"] for r in rows), max(r["at_m"] for r in rows)
        lanes = max([row["lane"] or 0 for row in rows])
        parts.append(text(4, y + 12, road, "axis"))
        for lane in range(lanes + 1):
            edge = y + 4 + lane * _LANE
            parts.append(line(_LEFT, edge, _LEFT + _WIDTH, edge, "grid"))
        for row in rows:
            x = _LEFT + (row["at_m"] - low) / max(1, high - low) * _WIDTH
            if row["lane"]:
                shape = f'x="{x - 5:.1f}" y="{y + 8 + (row["lane"] - 1) * _LANE:.1f}" width="10" height="14"'
            else:
                below = 0 if row["type"] == "sign" else 14
                shape = (
                    f'x="{x - 4:.1f}" y="{y + 10 + lanes * _LANE + below:.1f}" width="8" height="8" rx="2"'
                )
            name = escape(row["id"], quote=True)
            title = f"<title>{name} {escape(str(row['chainage']))}</title>"
            parts.append(f'<rect id="d-{name}" class="device rest" {shape}>{title}</rect>')
            if row["lane"]:
                under = y + 19 + (row["lane"] - 1) * _LANE
                parts.append(
                    f'<text id="m-{name}" class="mark" x="{x:.1f}" y="{under:.1f}" text-anchor="middle"/>'
                )
        y += lanes * _LANE + 56
    return svg(_LEFT + _WIDTH + 20, y, parts, "the road")
