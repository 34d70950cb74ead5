"""The page of a campaign: a table, a plot of latency along the first axis, where the budget breaks."""

from collections.abc import Sequence
from html import escape

from simulators.scenario.campaign import Axis, Cell, breaks, lines_of
from simulators.scenario.charts import percentile
from simulators.scenario.durations import said, span_ms
from simulators.scenario.report_page import head_row, page
from simulators.scenario.svg import dot, line, path, round_steps, svg, text

_LEFT, _TOP, _WIDTH, _HEIGHT = 70.0, 20.0, 700.0, 300.0
_KEY = _LEFT + _WIDTH + 20
"""Where the key of the lines begins, right of the plot, so that no line crosses it."""
_COLOURS = 6
_LETTER = 7.0


def campaign_page(title: str, axes: Sequence[Axis], cells: Sequence[Cell], budget_ms: int) -> str:
    """Return the page."""
    runs = sum(len(cell.runs) for cell in cells)
    untrue = sum(cell.untrue for cell in cells)
    told = "".join(f"<li>{escape(one)}</li>" for one in breaks(axes, cells))
    parts = [
        f'<p class="watermark">SIMULATION · 仿真</p><h1>{escape(title)}</h1>',
        _summary(runs, len(cells), budget_ms, untrue),
        f'<div class="draw">{plot(axes, cells, budget_ms)}</div>',
        f"<h2>Where the budget breaks</h2><ul>{told}</ul>",
        _table(axes, cells),
    ]
    return page(title, parts)


def _summary(runs: int, cells: int, budget_ms: int, untrue: int) -> str:
    figures = f"{runs} runs, {cells} combinations, budget {said(budget_ms)}"
    return f"<p>{figures}; {untrue} `verified` that the lamps contradict.</p>"


def _table(axes: Sequence[Axis], cells: Sequence[Cell]) -> str:
    names = [f"{axis.name}.n" for axis in axes]
    head = head_row(*names, "runs.n", "met.n", "passed.n", "p50.n", "p95.n", "max.n")
    rows = []
    for cell in cells:
        values = [cell.given[axis.name] for axis in axes]
        figures = [str(len(cell.runs)), str(cell.met), str(cell.passed)]
        figures += [said(percentile(cell.last_ms, share)) if cell.last_ms else "–" for share in (50, 95, 100)]
        style = ' class="failed"' if cell.met < len(cell.runs) else ""
        numbers = "".join(f'<td class="n">{escape(one)}</td>' for one in (*values, *figures))
        rows.append(f"<tr{style}>{numbers}</tr>")
    said_of = "<h2>Key → last device proved within the budget</h2>"
    return f"{said_of}<table>{head}{''.join(rows)}</table>"


def plot(axes: Sequence[Axis], cells: Sequence[Cell], budget_ms: int) -> str:
    """Return latency along the first axis: a line the median, a dot each run, a cross where one missed."""
    if not axes:
        return ""
    first = axes[0]
    places = _places(first.values)
    top_ms = max([value for cell in cells for value in cell.last_ms] or [1.0])
    missed = any(cell.met < len(cell.runs) for cell in cells)
    limit_ms = max(top_ms, budget_ms if missed or top_ms > budget_ms / 3 else 0) * 1.08
    bottom = _TOP + _HEIGHT
    parts = [line(_LEFT, bottom, _LEFT + _WIDTH, bottom, "grid")]
    for at_ms in round_steps(limit_ms):
        y = bottom - _HEIGHT * at_ms / limit_ms
        parts += [
            line(_LEFT, y, _LEFT + _WIDTH, y, "grid"),
            text(_LEFT - 6, y + 3, said(at_ms), "axis", "end"),
        ]
    for value, share in places.items():
        parts.append(text(_LEFT + 20 + share * (_WIDTH - 40), bottom + 14, value, "axis", "middle"))
    parts.append(text(_LEFT + _WIDTH / 2, bottom + 28, first.name, "axis", "middle"))
    if budget_ms <= limit_ms:
        y = bottom - _HEIGHT * budget_ms / limit_ms
        parts += [line(_LEFT, y, _LEFT + _WIDTH, y, "budget"), text(_LEFT + 4, y - 4, "budget", "axis")]
    for number, (words, row) in enumerate(lines_of(axes, cells).items()):
        parts += _series(number, words, row, first.name, places, limit_ms)
    longest = max((len(words) for words in lines_of(axes, cells)), default=0)
    return svg(_KEY + _LETTER * longest + 20, bottom + 34, parts, "key to last device, along the first axis")


def _series(
    number: int, words: str, row: Sequence[Cell], name: str, places: dict[str, float], limit_ms: float
) -> list[str]:
    bottom, colour = _TOP + _HEIGHT, number % _COLOURS
    parts, points = [], []
    for cell in row:
        x = _LEFT + 20 + places[cell.given[name]] * (_WIDTH - 40) + (number % _COLOURS) * 3
        for run in cell.runs:
            title = (
                f"{words or name} seed {run.seed}: {run.verdict}, {', '.join(run.not_proved) or 'all proved'}"
            )
            if run.verdict != "met":
                parts.append(text(x, _TOP + 8, "✕", f"miss key{colour}", "middle"))
            if run.last_in_budget_ms is not None:
                y = bottom - _HEIGHT * run.last_in_budget_ms / limit_ms
                parts.append(dot(x, y, f"key{colour} faint", title))
        if cell.last_ms:
            points.append((x, bottom - _HEIGHT * percentile(cell.last_ms, 50) / limit_ms))
    parts.append(path(points, f"line line{colour}"))
    label = words or "median"
    parts += [
        dot(_KEY, _TOP + 13 * number, f"key{colour}"),
        text(_KEY + 10, _TOP + 3 + 13 * number, label, "axis"),
    ]
    return parts


def _places(values: Sequence[str]) -> dict[str, float]:
    """Return where each value stands from 0 to 1: to scale where all are numbers or spans, else evenly."""
    numbers = [_number(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(values) and max(known) > min(known):
        low, high = min(known), max(known)
        return {v: (n - low) / (high - low) for v, n in zip(values, known, strict=True)}
    step = 1 / max(1, len(values) - 1)
    return {value: index * step for index, value in enumerate(values)}


def _number(value: str) -> float | None:
    for read in (float, span_ms):
        try:
            return float(read(value))
        except ValueError:
            continue
    return None
