"""Rules for all tests: on CI nothing is skipped silently, and no test leaves a task behind."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog

from tests import faults


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Turn a skip into a failure where CI=true: there everything a test needs is to be installed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {reason}. Install what it needs in the Makefile or .ci/run."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `-k fault-17` select the tests of that row of the catalogue (tests/faults.py)."""
    for item in items:
        file, _, name = item.nodeid.removeprefix("tests/").partition("::")
        item.extra_keyword_matches.update(f"fault-{n}" for n in faults.rows_of(file, name.partition("[")[0]))


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Undo what a command of the test set up for the log of its process."""
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture(autouse=True)
async def _no_task_left(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Fail an async test that leaves a task of its own loop running."""
    yield
    if request.node.get_closest_marker("asyncio") is None:
        return
    here = asyncio.current_task()
    left = [t.get_name() for t in asyncio.all_tasks() if t is not here and not t.done()]
    assert not left, f"tasks left running: {', '.join(sorted(left))}"
