"""Every break of every rule turns the test that guards it red."""

import pytest

from tests.breaking import Result, run
from tests.breaks import BREAKS


@pytest.mark.prove
def test_every_break_is_noticed_by_the_test_named_for_it() -> None:
    missed = [
        f"{one.entry.name}: {one.result} {one.said}" for one in run(BREAKS) if one.result is not Result.RED
    ]
    assert missed == []
