"""pytest plugin: every scenario file below `--onekey-scenarios` is a test, run by the `onekey` command.

One module that imports nothing of onekey: it works in a project that has an `api` or `config` of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_SUFFIXES = (".yaml", ".yml")
_RUNS: pytest.StashKey[dict[str, dict[str, Any]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; without `--onekey-scenarios` the plugin does nothing."""
    group = parser.getgroup("onekey", "simulated tunnels")
    group.addoption("--onekey-scenarios", action="append", default=[], metavar="PATH", help="file or folder")
    group.addoption("--onekey-site", metavar="FILE", help="site of scenarios that name none")
    group.addoption("--onekey-seed", type=int, default=0, metavar="N", help="chooses what is left to chance")
    group.addoption("--onekey-at-once", type=int, default=1, metavar="N", help="rigs at a time")
    group.addoption("--onekey-command", metavar="PATH", help="the onekey to run")


def pytest_collection(session: pytest.Session) -> None:
    """Collect the folders of the option beside what pytest was told to collect."""
    named = [str(Path(path).resolve()) for path in session.config.getoption("--onekey-scenarios")]
    if named and session.config.args_source is not pytest.Config.ArgsSource.ARGS:
        session.config.args[:] = named  # nothing else was asked for
    else:
        session.config.args.extend(path for path in named if path not in session.config.args)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a scenario file of ours."""
    roots = [Path(path).resolve() for path in parent.config.getoption("--onekey-scenarios")]
    inside = any(file_path == root or root in file_path.parents for root in roots)
    if file_path.suffix in _SUFFIXES and inside:
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A scenario file: one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the one test."""
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioFailed(Exception):
    """A scenario did not pass; the text says what was shown instead."""


class ScenarioItem(pytest.Item):
    """A scenario that is run with all others of the session, and judged alone."""

    def runtest(self) -> None:
        """Look up what came of it.

        Raises:
            ScenarioFailed: with each line that failed, what was shown instead, and when.
        """
        run = _runs(self.session)[str(self.path)]
        if run["outcome"] != "passed":
            raise ScenarioFailed(_told(run))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the text alone for a failed scenario."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it stands."""
        return self.path, 0, f"scenario: {self.name}"


def _runs(session: pytest.Session) -> dict[str, dict[str, Any]]:
    """Return the runs by file, made at the first question."""
    if _RUNS not in session.stash:
        files = [str(item.path) for item in session.items if isinstance(item, ScenarioItem)]
        session.stash[_RUNS] = _made(session.config, files)
    return session.stash[_RUNS]


def _made(config: pytest.Config, files: list[str]) -> dict[str, dict[str, Any]]:
    made = {}
    good = []
    for file in files:  # a file with mistakes must not keep the others from being run
        done = _onekey(config, "check", file)
        if done.returncode == 0:
            good.append(file)
        else:
            made[file] = {"outcome": "not run", "why": (done.stdout + done.stderr).strip(), "lines": []}
    if good:
        options = ["--json", "--seed", str(config.getoption("--onekey-seed"))]
        options += ["--at-once", str(config.getoption("--onekey-at-once"))]
        done = _onekey(config, "run", *good, *options)
        try:
            runs = json.loads(done.stdout)["runs"]
        except (ValueError, KeyError):
            why = (done.stderr or done.stdout).strip()[-2_000:]
            runs = [{"outcome": "not run", "why": why, "lines": []} for _ in good]
        made |= dict(zip(good, runs, strict=True))
    return made


def _onekey(config: pytest.Config, order: str, *args: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).parent
    command = config.getoption("--onekey-command") or shutil.which("onekey", path=str(beside)) or "onekey"
    site = config.getoption("--onekey-site")
    more = ["--site", str(Path(site).resolve())] if site else []
    try:
        return subprocess.run(  # noqa: S603 - the command is the caller's own
            [command, "scenario", order, *args, *more], capture_output=True, text=True, check=False
        )
    except OSError as err:
        raise pytest.UsageError(f"{command}: {err.strerror}; give --onekey-command PATH") from None


def _told(run: dict[str, Any]) -> str:
    lines = [run["why"]] if run["why"] else []
    for line in run["lines"]:
        if line["outcome"] == "failed":
            lines += [
                f"line {line['line']}: {line['said']}",
                f"    at {line['at_ms'] / 1000:.3f} s: {line['got']}",
            ]
    return "\n".join(lines)
