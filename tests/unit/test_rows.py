"""Every row of the console has a browser test."""

from tests import rows


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    assert len(rows.ROWS) == 36
    assert list(rows.problems()) == []
