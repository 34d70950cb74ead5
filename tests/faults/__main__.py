"""The catalogue of faults printed or checked; `pytest -k fault-17` runs the tests of a row."""

import argparse
import sys
from collections.abc import Sequence

from tests.faults import FAULTS, problems


def main(words: Sequence[str]) -> int:
    """Print the catalogue, or check it; return the exit code, 1 if a row names a test that is not there."""
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which rows name no test that is there")
    checks = parser.parse_args(words).check
    wrong = list(problems())
    if not checks:
        for number, fault in sorted(FAULTS.items()):
            sys.stdout.write(f"fault-{number}  {fault.what}\n    must: {fault.must}\n")
            sys.stdout.writelines(f"    test: tests/{test}\n" for test in fault.tests)
            if fault.lacks:
                sys.stdout.write(f"    {'but' if fault.tests else 'none'}: {fault.lacks}\n")
        shown = sum(bool(f.tests) for f in FAULTS.values())
        whole = sum(bool(f.tests) and not f.lacks for f in FAULTS.values())
        sys.stdout.write(f"{len(FAULTS)} faults: {shown} with tests, {whole} of them wholly shown\n")
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
