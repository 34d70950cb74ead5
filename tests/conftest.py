"""Rules for all tests: on CI nothing is skipped silently, and no test leaves a task behind."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog

from tests import faults

PATIENT_MS = 5_000
"""How long a controller under test waits for its disk: a busy machine is no fault of the journal.

Tests of JOURNAL DEGRADED take the product's own limit with the fixture `product_limits`.
"""


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
    """Let `-k fault-17` select the tests of that row of the catalogue (tests/faults)."""
    for item in items:
        file, _, name = item.nodeid.removeprefix("tests/").partition("::")
        item.extra_keyword_matches.update(f"fault-{n}" for n in faults.rows_of(file, name.partition("[")[0]))


def pytest_configure() -> None:
    """Give every controller that a test starts a patient limit, unless the caller sets one."""
    os.environ.setdefault("ONEKEY_INTENT_LIMIT_MS", str(PATIENT_MS))


@pytest.fixture
def product_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start controllers as the product does: an intent that takes 300 ms degrades the journal."""
    monkeypatch.delenv("ONEKEY_INTENT_LIMIT_MS")


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
