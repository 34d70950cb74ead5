"""Breaks a copy of the tree on purpose, one line at a time, and demands that the named test turns red.

The copy shares the installed packages; its own modules win because it is run from its own folder.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "var", "dist")
PACKAGES = ("api", "config", "controller", "devices", "simulators", "tests")
LIMIT_S = 120
WORKERS = 2
ASSERTED = re.compile(r"assert\b|AssertionError|Failed: DID NOT RAISE")


@dataclass(frozen=True, slots=True)
class Break:
    """One way to get a rule wrong.

    Attributes:
        rule: `S1` to `S14`.
        file: what is broken, from the root of the tree.
        old: the exact text that is replaced; it stands in the file once.
        new: what it is replaced by.
        test: the test that must notice, as pytest names it.
    """

    rule: str
    file: str
    old: str
    new: str
    test: str

    @property
    def name(self) -> str:
        """What people call it: the rule, the file and the first broken line."""
        first = next(line.strip() for line in self.old.splitlines() if line.strip())
        return f"{self.rule} {self.file}: {first[:60]}"


class Result(StrEnum):
    """What the named test made of a break."""

    RED = "red"
    GREEN = "not noticed"
    OTHER = "red for another reason"
    OUTDATED = "out of date"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A break and what came of it; `said` is what the test said, or why the entry is out of date."""

    entry: Break
    result: Result
    said: str


@dataclass(frozen=True, slots=True)
class _Bad:
    """A test that is not green and the first line of why; `error`: outside the test itself."""

    test: str
    said: str
    error: bool


def outdated(entry: Break, root: Path = ROOT) -> str:
    """Return why an entry does not fit its tree any more; empty where it does."""
    file = root / entry.file
    found = file.read_text("utf-8").count(entry.old) if file.is_file() else 0
    if found != 1:
        return f"{entry.file} holds the text {found} times, not once{_moved(entry, root)}"
    try:
        compile(broken(entry, root), entry.file, "exec")
    except SyntaxError as err:
        return f"the broken {entry.file} is no Python: {err.msg} in line {err.lineno}"
    if entry.old == entry.new:
        return "nothing is changed"
    path, _, name = entry.test.partition("::")
    function = re.escape(name.partition("[")[0])
    tests, head = root / path, rf"^(async )?def {function}\("
    if not tests.is_file() or not re.search(head, tests.read_text("utf-8"), re.MULTILINE):
        return f"there is no test {entry.test}"
    return ""


def _moved(entry: Break, root: Path) -> str:
    """Return where the text stands now, for whoever moved it."""
    folder = root / entry.file.partition("/")[0]
    now = [str(f.relative_to(root)) for f in folder.rglob("*.py") if entry.old in f.read_text("utf-8")]
    elsewhere = sorted(set(now) - {entry.file})
    return f"; it stands in {', '.join(elsewhere)}" if elsewhere else ""


def broken(entry: Break, root: Path) -> str:
    """Return the text of the broken file."""
    return (root / entry.file).read_text("utf-8").replace(entry.old, entry.new)


def run(entries: Sequence[Break], root: Path = ROOT, workers: int = WORKERS) -> Iterator[Outcome]:
    """Yield what came of each break, in the order given, several at a time.

    Raises:
        RuntimeError: a named test is red without any break, or a copy would run modules of another tree.
    """
    ready = [entry for entry in entries if not outdated(entry, root)]
    copies: SimpleQueue[Path] = SimpleQueue()
    with TemporaryDirectory(prefix="breaks-") as folder:
        for number in range(workers):
            copies.put(copy_tree(root, Path(folder) / str(number)))
        if ready:
            first = copies.get()
            _demand_sound(first, ready)
            copies.put(first)

        def judged(entry: Break) -> Outcome:
            if why := outdated(entry, root):
                return Outcome(entry, Result.OUTDATED, why)
            copy = copies.get()
            try:
                return _judged(entry, copy)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(judged, entries)


def copy_tree(root: Path, to: Path) -> Path:
    """Copy the tree without what is generated, and make sure that its own modules are the ones that run."""
    shutil.copytree(root, to, ignore=LEFT_OUT)
    there = [name for name in PACKAGES if (to / name).is_dir()]
    code = f"import {', '.join(there)}\nprint(*({', '.join(f'{n}.__file__' for n in there)},), sep='\\n')"
    done = _python(to, "-c", code)
    strays = [line for line in done.stdout.split() if not Path(line).is_relative_to(to.resolve())]
    if done.returncode or strays or not there:
        raise RuntimeError(f"a copy in {to} would run other modules: {strays or done.stderr}")
    return to


def _demand_sound(copy: Path, entries: Sequence[Break]) -> None:
    tests = sorted({entry.test for entry in entries})
    if found := _pytest(copy, *tests):
        said = "; ".join(f"{bad.test}: {bad.said}" for bad in found)
        raise RuntimeError(f"red without any break: {said}")


def _judged(entry: Break, copy: Path) -> Outcome:
    with _with_break(entry, copy):
        found = _pytest(copy, entry.test)
    if not found:
        return Outcome(entry, Result.GREEN, "")
    # A name that is gone or an import that fails shows nothing about the rule.
    asserted = [bad for bad in found if not bad.error and ASSERTED.match(bad.said)]
    said = (asserted or found)[0].said
    return Outcome(entry, Result.RED if asserted else Result.OTHER, said)


@contextmanager
def _with_break(entry: Break, copy: Path) -> Iterator[None]:
    file = copy / entry.file
    sound = file.read_text("utf-8")
    file.write_text(broken(entry, copy), "utf-8")
    try:
        yield
    finally:
        file.write_text(sound, "utf-8")


def _pytest(copy: Path, *tests: str) -> list[_Bad]:
    """Run tests in a copy; return what is not green."""
    report = copy / "report.xml"
    report.unlink(missing_ok=True)
    options = ("-q", "-p", "no:cacheprovider", "--timeout=60", f"--junitxml={report}")
    done = _python(copy, "-m", "pytest", *options, *tests)
    nothing = [_Bad(", ".join(tests), (done.stdout + done.stderr).strip()[-300:], error=True)]
    if not report.is_file():
        return nothing
    cases = list(ET.parse(report).getroot().iter("testcase"))
    found = [
        _Bad(str(case.get("name")), str(bad.get("message")).partition("\n")[0], error=bad.tag == "error")
        for case in cases
        for bad in (*case.findall("failure"), *case.findall("error"))
    ]
    return nothing if not found and (done.returncode or not cases) else found


def _python(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words],
        cwd=copy,
        env=env,
        text=True,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
