"""Every kind of record the code writes is told in the reference; every step of an incident is one."""

import ast
from collections.abc import Iterator
from pathlib import Path

from docs.pages import journal, words

ROOT = Path(__file__).parents[2]
WRITERS = {"record", "note", "Record", "_commit", "_not_journalled"}
MADE = {
    "cleared": "the end a release was ordered to have",
    "cancelled": "the same, of a false alarm",
    "release_refused": "f'{order}_refused' of DeviceOrders",
    "unlock_refused": "the same",
    "key": "controller.store.seals.KEY",
    "note": "controller.incidents.notes.KIND",
    "key_rotated": "controller.store.seals.ROTATED",
    "checkpoint": "controller.store.seals.CHECKPOINT",
}
"""Kinds that no call spells out, and where they come from."""


def written() -> Iterator[str]:
    """Every kind a call in the source names by a literal."""
    for folder in ("controller", "api"):
        for file in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and _name(call.func) in WRITERS:
                    for part in _parts(call.args[0]) if call.args else ():
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value


def _parts(kind: ast.expr) -> tuple[ast.expr, ...]:
    """The kind, or both of `a if … else b`."""
    return (kind.body, kind.orelse) if isinstance(kind, ast.IfExp) else (kind,)


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def test_every_kind_that_is_written_is_told_and_no_other() -> None:
    kinds = {kind for kind in written() if kind.isidentifier()} | set(MADE)
    assert kinds - set(words.JOURNAL) == set(), "tell them in docs/pages/words.py"
    assert set(words.JOURNAL) - kinds == set(), "nothing writes them"


def test_every_step_of_an_incident_has_its_kind() -> None:
    told = {kind for kinds, _ in journal.STEPS.values() for kind in kinds}
    assert told <= set(words.JOURNAL)
    assert set(journal.STEPS) >= {
        *("report", "parse", "plan", "intent", "send", "ack", "read-back", "verdict", "lock", "release"),
        *("login", "configuration load", "alarm", "fault"),
    }
