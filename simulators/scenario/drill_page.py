"""The sheet of a drill, made to be printed: what was asked, how long it took, what the road showed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from simulators.scenario.charts import strip
from simulators.scenario.drill import PAR_S, Task, score
from simulators.scenario.durations import said
from simulators.scenario.report_page import head_row, page, script_table
from simulators.scenario.result import Run

_LINE = "_" * 24
_HEAD = (
    "时刻 at.n",
    "任务 asked",
    "",
    "下达→完成 told → done.n",
    "按键→验证 key → verified.n",
    "得分 points.n",
)


def drill_page(run: Run, tasks: Sequence[Task], trainee: str) -> str:
    """Return the sheet."""
    when = datetime.fromtimestamp(run.started_ms / 1000, UTC)
    missed = sum(task.took_ms is None for task in tasks)
    about = " · ".join(dict.fromkeys(filter(None, (run.about.get("zh"), run.about.get("en")))))
    facts = f"{run.site}, {when:%Y-%m-%d %H:%M} UTC, {run.took_ms / 1000:.0f} s"
    proofs = _proofs(run)
    parts = [
        f'<p class="watermark">DRILL · 演练</p><h1>{escape(run.name)}: {score(list(tasks))} / 100</h1>',
        f"<p>{escape(about)}</p><p>{escape(facts)}</p>",
        f"<p>学员 Trainee {escape(trainee)}: {_LINE} &nbsp; 教员 Trainer: {_LINE}</p>",
        "<h2>What was asked · 任务</h2>",
        f"<table>{head_row(*_HEAD)}",
        *(_row(task, proofs) for task in tasks),
        f"</table><p>{PAR_S:.0f} 秒内完成得满分，之后得一半；漏做 {missed} 项。</p>",
        f"<p>Within {PAR_S:.0f} s counts in full, later by half; {missed} missed.</p>",
        "<h2>What the road had to show · 路上应有的显示</h2>",
        script_table([line for line in run.lines if line.kind != "step"]),
        f'<h2>What the road saw · 路上的显示</h2><div class="draw">{strip(run)}</div>',
    ]
    return page(f"DRILL {run.name}", parts)


def _proofs(run: Run) -> dict[str, int]:
    """Return the incident → key → last device verified of its first press."""
    made: dict[str, int] = {}
    for press in run.presses:
        if press.verified_ms:
            made.setdefault(press.incident, max(press.verified_ms))
    return made


def _row(task: Task, proofs: dict[str, int]) -> str:
    took = "漏做 missed" if task.took_ms is None else said(task.took_ms)
    proof = said(proofs[task.incident]) if task.verb == "report" and task.incident in proofs else ""
    style = ' class="failed"' if task.took_ms is None else ""
    asked = f"{escape(task.zh)}<br>{escape(task.en)}"
    numbers = "".join(f'<td class="n">{one}</td>' for one in (took, proof, f"{task.points:g}"))
    at = f'<td class="n">{task.told_ms / 1000:.1f} s</td>'
    return f"<tr{style}>{at}<td>{asked}</td><td>{escape(task.detail)}</td>{numbers}</tr>"
