"""The rows of the console: what a screen must do, and the browser tests that show it.

python -m tests.rows            prints every row with its tests
pytest tests/browser -k row_12  runs the tests of a row
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

BROWSER = Path(__file__).parent / "browser"
ROWS: Mapping[int, str] = dict(
    enumerate(
        (
            "one key by mouse and by function key, its answer, what guards it, UNDO",
            "lanes: one box each, a click goes through the impacts",
            "preview: devices and aspects, readiness, one device left out",
            "wide actions are held or confirmed",
            "a second press joins and says who was first",
            "what contradicts is refused with its rule",
            "life cycle of each device's command",
            "desired and shown drawn apart",
            "the road to scale",
            "aspects by shape and colour",
            "the distance rule is seen",
            "signs drawn from the bytes that are sent",
            "sign texts: approved ones, width, banned words, free text by role",
            "beacons flash at their rate, slow enough, or not at all",
            "grey while everything is normal",
            "four priorities by colour, shape and word",
            "four states of an alarm, filter and sort",
            "acknowledge with a note, several at once",
            "shelve for a time, with a reason",
            "first-up, and one row for a lost link",
            "figures of alarms: rate, flood, standing, top ten",
            "sound by priority; silence is no acknowledgement",
            "stale is never shown as live",
            "controller lost: banner, the alert key stays armed",
            "device board of 500 rows",
            "device card, and why it is red",
            "maintenance with reason and end",
            "lock by hand, against the plan",
            "timeline: who, what, when, by which way",
            "waterfall with the budget line",
            "staged clear, go on without proof, activate again",
            "journal: filter, export, verify",
            "scenarios: list, progress, expected against got, watermark",
            "roles enforced by the API",
            "Chinese and English complete, switched without reload",
            "keyboard alone, focus seen, nothing serious for axe, no scrolling",
        ),
        start=1,
    )
)


def tests_of() -> Mapping[int, Sequence[str]]:
    """Return row → `tests/browser/file::test`, of every row; empty where there is none."""
    found: dict[int, list[str]] = {row: [] for row in ROWS}
    for file in sorted(BROWSER.glob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.AsyncFunctionDef) and (named := re.match(r"test_row_(\d+)_", node.name)):
                found.setdefault(int(named[1]), []).append(f"tests/browser/{file.name}::{node.name}")
    return found


def problems() -> Iterator[str]:
    """Yield the rows that no test shows, and the tests of rows there are not."""
    for row, tests in tests_of().items():
        if not tests:
            yield f"row {row} ({ROWS[row]}) has no test in tests/browser"
        if row not in ROWS:
            yield f"there is no row {row}: {', '.join(tests)}"


def main(words: Sequence[str]) -> int:
    """Print the rows; exit code 1 where one has no test."""
    argparse.ArgumentParser("python -m tests.rows", description=__doc__.partition("\n")[0]).parse_args(words)
    tests = tests_of()
    for row, what in ROWS.items():
        print(f"row {row:2}  {what}")
        for test in tests[row]:
            print(f"        {test}")
    wrong = list(problems())
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
