"""The catalogue of faults is whole: seventy rows, each with tests that are there or a reason."""

from tests import faults


def test_every_row_has_its_tests_or_its_reason() -> None:
    assert list(faults.problems()) == []
    assert list(faults.FAULTS) == list(range(1, 71))
