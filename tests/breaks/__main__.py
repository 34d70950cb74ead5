"""Rules broken on purpose, one line at a time, in copies of the tree: each break must turn its test red.

python -m tests.breaks            breaks everything
python -m tests.breaks --rule S3  only one rule
"""

import argparse
import sys
from collections.abc import Sequence

from tests.breaking import Break, Result, outdated, run
from tests.breaks import BREAKS


def main(words: Sequence[str]) -> int:
    """Break, watch and say; exit code 1 where a break was not noticed for the right reason."""
    rules = list(dict.fromkeys(entry.rule for entry in BREAKS))
    parser = argparse.ArgumentParser("python -m tests.breaks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rule", action="append", type=str.upper, choices=rules, help="only this rule; may be repeated"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--list", action="store_true", help="only say what would be broken")
    only.add_argument(
        "--check", action="store_true", help="only say which breaks do not fit the tree any more"
    )
    asked = parser.parse_args(words)
    entries = [entry for entry in BREAKS if not asked.rule or entry.rule in asked.rule]
    if asked.list:
        for entry in entries:
            print(f"{entry.name}\n    {entry.test}")
        return 0
    return _checked(entries) if asked.check else _broken(entries)


def _checked(entries: Sequence[Break]) -> int:
    stale = [f"{entry.name}\n    {why}" for entry in entries if (why := outdated(entry))]
    for line in stale:
        print(f"out of date in tests/breaks: {line}", file=sys.stderr)
    return 1 if stale else 0


def _broken(entries: Sequence[Break]) -> int:
    bad = 0
    for number, outcome in enumerate(run(entries), start=1):
        bad += outcome.result is not Result.RED
        print(f"{number:3}/{len(entries)}  {outcome.result:24} {outcome.entry.name}", flush=True)
        print(f"         {outcome.entry.test}", flush=True)
        print(f"         {outcome.said[:160]}", flush=True)
    print(f"{len(entries) - bad} of {len(entries)} breaks turn their test red")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
