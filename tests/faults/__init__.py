"""The catalogue of faults: what must happen in each, and the tests that show it, or why there is none yet."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.faults.devices import OF_DEVICES
from tests.faults.links import OF_LINKS
from tests.faults.people import OF_PEOPLE
from tests.faults.process import OF_PROCESS
from tests.faults.row import Fault

__all__ = ["FAULTS", "Fault", "problems", "rows_of"]

ROOT = Path(__file__).parent.parent
FAULTS: Mapping[int, Fault] = {**OF_DEVICES, **OF_LINKS, **OF_PROCESS, **OF_PEOPLE}


@cache
def _tests_of(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def problems() -> Iterator[str]:
    """Yield what is wrong with the catalogue."""
    for number in range(1, 71):
        if number not in FAULTS:
            yield f"fault-{number} has no row"
    for number, fault in FAULTS.items():
        if not fault.tests and not fault.lacks:
            yield f"fault-{number} has neither a test nor a reason"
        for test in fault.tests:
            file, _, name = test.partition("::")
            if name not in _tests_of(file):
                yield f"fault-{number}: there is no tests/{file}::{name}"


def rows_of(file: str, name: str) -> list[int]:
    """Return the rows a test of `file` (below tests/) belongs to."""
    return [number for number, fault in FAULTS.items() if f"{file}::{name}" in fault.tests]
