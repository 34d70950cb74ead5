"""How far scenario runs are: a bar on the page, or a JSON line for each thing that happened."""

import contextlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from api.cli.say import page

if TYPE_CHECKING:
    from simulators.scenario.result import Line, Run
    from simulators.scenario.telling import RoadNews


class ScenarioProgress:
    """A bar for people, JSON lines for programs.

    Attributes:
        wants_road: programs are told what the road shows, too.
    """

    def __init__(self, total: int, *, quiet: bool, events: bool) -> None:
        self._events = self.wants_road = events
        console = page(quiet=quiet)
        self._bar = Progress(
            SpinnerColumn(),
            MofNCompleteColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=total)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "ScenarioProgress":
        self._stack.enter_context(self._bar)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def line(self, scenario: str, line: "Line") -> None:
        """Show the newest line."""
        self._bar.update(self._task, description=f"{scenario}: {line.said}"[:100])
        if self._events:
            body = {"scenario": scenario, "line": line.line, "said": line.said, "kind": line.kind}
            body |= {"outcome": line.outcome.value, "at_ms": line.at_ms, "got": line.got}
            self._print("line", body)

    def road(self, scenario: str, news: "RoadNews") -> None:
        """Print what the road showed since the last time."""
        body: dict[str, Any] = {"scenario": scenario, "at_ms": news.at_ms}
        if news.devices is not None:
            body["devices"] = dict(news.devices)
        self._print("road", body | {"changes": [asdict(change) for change in news.changes]})

    def ended(self, run: "Run") -> None:
        """Count a finished run."""
        self._bar.advance(self._task)
        if self._events:
            self._print("run", {"run": run.to_json()})

    @staticmethod
    def _print(event: str, body: dict[str, Any]) -> None:
        typer.echo(json.dumps({"event": event, **body}, ensure_ascii=False))
