"""One self-contained page of runs: expected against got, the road over time, ways to the proof, latencies."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib import resources

from simulators.scenario.charts import spread, strip, waterfall
from simulators.scenario.durations import said
from simulators.scenario.latencies import latencies
from simulators.scenario.result import Line, Outcome, Run

_MOST_DRAWN = 60
_MOST_CURVES = 6


def page(title: str, parts: Sequence[str]) -> str:
    """Return a page around its parts; nothing in it is fetched from anywhere."""
    style = (resources.files("simulators.scenario") / "page.css").read_text("utf-8")
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def report_page(runs: Sequence[Run]) -> str:
    """Return the page of these runs."""
    failed = sum(not run.good for run in runs)
    when = datetime.fromtimestamp(max(run.started_ms for run in runs) / 1000, UTC) if runs else None
    parts = [
        '<p class="watermark">SIMULATION · 仿真</p><h1>Scenario runs</h1>',
        f"<p>{len(runs) - failed} of {len(runs)} passed"
        + (f", {when:%Y-%m-%d %H:%M} UTC" if when else "")
        + ". Judged by the lamp history of the simulated devices.</p>",
        _overview(runs),
        _latencies(runs),
    ]
    parts += [
        _section(number, run, drawn=number < _MOST_DRAWN or not run.good) for number, run in enumerate(runs)
    ]
    return page("Scenario runs", parts)


def _overview(runs: Sequence[Run]) -> str:
    rows = "".join(
        f'<tr class="{_class(run.outcome)}"><td><a href="#run{number}">{escape(_name(run))}</a></td>'
        f"<td>{escape(run.family)}</td><td>{_mark(run.outcome)} {run.outcome.value}</td>"
        f'<td class="n">{run.took_ms / 1000:.1f} s</td><td>{escape(run.verdict_line())}</td></tr>'
        for number, run in enumerate(runs)
    )
    head = head_row("scenario", "family", "outcome", "took.n", "what was shown")
    return f"<table>{head}{rows}</table>"


def head_row(*names: str) -> str:
    """Return the head of a table; `.n` behind a name is a column of numbers."""
    cells = "".join(
        f'<th class="n">{name[:-2]}</th>' if name.endswith(".n") else f"<th>{name}</th>" for name in names
    )
    return f"<tr>{cells}</tr>"


def _latencies(runs: Sequence[Run]) -> str:
    """Return key → verified over all runs of each scenario, as a table and a plot."""
    each = latencies(runs)
    if not each:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td>"
        + "".join(
            f'<td class="n">{told}</td>'
            for told in (one.runs, len(one.verified_ms), *map(said, one.percentiles()))
        )
        + "</tr>"
        for one in each
    )
    head = "".join(f'<th class="n">{one}</th>' for one in ("runs", "proofs", "p50", "p95", "p99", "max"))
    repeated = [one for one in each if one.runs > 1] or each
    drawn = sorted(repeated, key=lambda one: -len(one.verified_ms))[:_MOST_CURVES]
    return (
        "<section><h2>Key → each device verified</h2><p>From the key of the first press of a run.</p>"
        f"<table><tr><th>scenario</th>{head}</tr>{rows}</table>"
        f'<div class="draw">{spread({one.name: one.verified_ms for one in drawn})}</div></section>'
    )


def _section(number: int, run: Run, *, drawn: bool) -> str:
    about = " · ".join(dict.fromkeys(text for text in (run.about.get("zh"), run.about.get("en")) if text))
    given = ", ".join(f"{name} {value}" for name, value in run.given.items())
    facts = f"{run.site}, seed {run.seed}" + (f", {given}" if given else "")
    parts = [
        f'<section id="run{number}"><h2>{escape(_name(run))}</h2><p>{escape(about)}</p><p>{escape(facts)}</p>'
    ]
    if run.why:
        parts.append(f'<p class="failed">{escape(run.why)}</p>')
    parts.append(script_table(run.lines))
    if drawn and run.lines:
        parts.append(f'<h3>What the road saw</h3><div class="draw">{strip(run)}</div>')
        for press in run.presses[:4]:
            name = f"{press.incident}, revision {press.revision} ({press.kind}), {press.at_ms / 1000:.3f} s"
            shown = " open" if press is run.presses[0] else ""
            parts.append(
                f"<details{shown}><summary>Key → proof: {escape(name)}</summary>"
                f'<div class="draw">{waterfall(press)}</div></details>'
            )
    return "".join(parts) + "</section>"


def script_table(lines: Sequence[Line]) -> str:
    """Return steps and expectations as they went."""
    rows = "".join(_line(one) for one in lines)
    head = (
        '<tr><th class="n">line</th><th class="n">at</th><th>expected, or done</th><th></th><th>got</th></tr>'
    )
    return f'<table class="script">{head}{rows}</table>'


def _line(one: Line) -> str:
    style = _class(one.outcome) or ("dimmed" if one.kind == "step" else "")
    return (
        f'<tr class="{style}"><td class="n">{one.line or ""}</td><td class="n">{one.at_ms / 1000:.3f} s</td>'
        f"<td>{escape(one.said)}</td><td>{_mark(one.outcome)}</td><td>{escape(one.got)}</td></tr>"
    )


def _name(run: Run) -> str:
    return f"{run.name} (seed {run.seed})" if run.seed else run.name


def _class(outcome: Outcome) -> str:
    return "failed" if outcome in (Outcome.FAILED, Outcome.NOT_RUN) else ""


def _mark(outcome: Outcome) -> str:
    return {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_REACHED: "–"}.get(outcome, "∅")
