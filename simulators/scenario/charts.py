"""What a run looked like: the road over time, each device's way to its proof, and times of many runs."""

import math
from collections.abc import Mapping, Sequence

from simulators.scenario.durations import said
from simulators.scenario.result import Press, Run, Shown
from simulators.scenario.svg import dot, line, path, rect, round_steps, svg, text
from simulators.scenario.values import in_words

_LEFT, _WIDTH, _ROW, _TOP = 112.0, 760.0, 11.0, 18.0
_KINDS = {
    "closed": "closed",
    "red": "closed",
    "closed_ahead": "ahead",
    "merge_left": "ahead",
    "merge_right": "ahead",
    "caution": "caution",
    "yellow": "caution",
    "open": "open",
    "green": "open",
    "dark": "dark",
}
MARKS = {
    "closed": "✕",
    "closed_ahead": "✕",
    "merge_left": "↙",
    "merge_right": "↘",
    "caution": "!",
    "open": "↓",
}
"""What stands on a lamp, so that no colour is read alone."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile, `share` 0..100; 0 of nothing."""
    row = sorted(values)
    return row[max(0, math.ceil(len(row) * share / 100) - 1)] if row else 0.0


def kind_of(lamp: object) -> str:
    """Return the class a lamp is drawn in."""
    match lamp:
        case str():
            return _KINDS.get(lamp, "dark")
        case {"multi": told} | {"clip": told} | {"kmh": told}:
            return "sign" if told else "dark"
        case {"flash": flash, "siren": siren}:
            return "caution" if flash or siren else "dark"
        case {"lamps": [_, _, *_]}:
            return "conflict"
    return "dark"


def strip(run: Run) -> str:
    """Return the road over time: a row a device that changed or had to, in the order traffic meets them."""
    rows: dict[str, list[Shown]] = {}
    for one in run.shown:
        rows.setdefault(one.device, []).append(one)
    driven = {device for press in run.presses for device in press.steps}
    drawn = [device for device, stretches in rows.items() if len(stretches) > 1 or device in driven]
    if not drawn or not run.took_ms:
        return "<p>No lamp changed.</p>"
    drawn.sort(key=lambda d: _place(run, d))
    scale = _WIDTH / run.took_ms
    parts = _axis(run.took_ms, scale, len(drawn))
    for number, device in enumerate(drawn):
        y = _TOP + number * _ROW
        parts.append(text(_LEFT - 6, y + 9, device, "id", "end"))
        for one in rows[device]:
            x, width = _LEFT + one.from_ms * scale, (one.to_ms - one.from_ms) * scale
            word = in_words(one.lamp)
            title = f"{device} {word}, {one.from_ms / 1000:.3f} s to {one.to_ms / 1000:.3f} s"
            parts.append(rect(x, y + 0.5, width, _ROW - 1, kind_of(one.lamp), title))
            mark = MARKS.get(word, word if width > 7 * len(word) + 8 and kind_of(one.lamp) == "sign" else "")
            if mark and width > 12:
                parts.append(text(x + 3, y + 9, mark, "mark"))
    return svg(_LEFT + _WIDTH + 20, _TOP + len(drawn) * _ROW + 4, parts, f"what the road saw in {run.name}")


def _place(run: Run, device: str) -> tuple[str, int, int, str]:
    known = run.devices[device]
    return (known["carriageway"], known["at_m"], known["lane"] or 0, device)


def _axis(span_ms: float, scale: float, rows: int) -> list[str]:
    parts = []
    for at_ms in round_steps(span_ms):
        x = _LEFT + at_ms * scale
        parts.append(line(x, _TOP - 4, x, _TOP + rows * _ROW, "grid"))
        parts.append(text(x, _TOP - 6, said(at_ms), "axis", "middle"))
    return parts


def waterfall(press: Press) -> str:
    """Return each device's way from the key: sent, acknowledged, verified; the budget where it is near.

    A device without a proof is red to the end.
    """
    rows = sorted(press.steps.items(), key=lambda row: (row[1].get("verified", math.inf), row[0]))
    longest = max((max(times.values()) for _, times in rows), default=1) or 1
    near = press.budget_ms and longest > press.budget_ms / 4
    span_ms = max(longest, press.budget_ms if near else 0) * 1.05
    scale = _WIDTH / span_ms
    parts = _axis(span_ms, scale, len(rows))
    for number, (device, times) in enumerate(rows):
        y = _TOP + number * _ROW
        parts.append(text(_LEFT - 6, y + 9, device, "id", "end"))
        sent, acked, verified = (times.get(state) for state in ("sent", "acked", "verified"))
        title = ", ".join(
            f"{state} {t_ms} ms" for state, t_ms in sorted(times.items(), key=lambda one: one[1])
        )
        begin = sent if sent is not None else 0
        middle = acked if acked is not None else begin
        parts.append(rect(_LEFT + begin * scale, y + 2, (middle - begin) * scale, _ROW - 4, "sent", title))
        last = verified if verified is not None else longest
        kind = "proved" if verified is not None else "closed"
        parts.append(rect(_LEFT + middle * scale, y + 2, (last - middle) * scale, _ROW - 4, kind, title))
    if near:
        x = _LEFT + press.budget_ms * scale
        parts.append(line(x, _TOP - 4, x, _TOP + len(rows) * _ROW, "budget"))
    return svg(
        _LEFT + _WIDTH + 20, _TOP + len(rows) * _ROW + 4, parts, f"way to the proof in {press.incident}"
    )


def spread(series: Mapping[str, Sequence[float]]) -> str:
    """Return how many of the values are below each time, one line a series."""
    height, bottom = 180.0, _TOP + 180.0
    limit = max((max(values) for values in series.values() if values), default=0) or 1
    scale = _WIDTH / limit
    parts = [line(_LEFT, bottom, _LEFT + _WIDTH, bottom, "grid")]
    for share in (50, 90, 100):
        y = bottom - height * share / 100
        parts += [
            line(_LEFT, y, _LEFT + _WIDTH, y, "grid"),
            text(_LEFT - 6, y + 4, f"{share} %", "axis", "end"),
        ]
    for at_ms in round_steps(limit):
        parts.append(text(_LEFT + at_ms * scale, bottom + 14, said(at_ms), "axis", "middle"))
    for number, (name, values) in enumerate(series.items()):
        row = sorted(values)
        points = [(_LEFT, bottom)]
        for index, value in enumerate(row, start=1):
            points += [
                (_LEFT + value * scale, points[-1][1]),
                (_LEFT + value * scale, bottom - height * index / len(row)),
            ]
        parts += [path(points, f"line line{number % 6}")]
        parts += [
            dot(_LEFT + 12, _TOP + 10 + 14 * number, f"key{number % 6}"),
            text(_LEFT + 22, _TOP + 14 + 14 * number, name, "axis"),
        ]
    return svg(_LEFT + _WIDTH + 30, bottom + 20, parts, "share of devices proved within a time")
