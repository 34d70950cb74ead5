"""Every shipped scenario, on rigs of its own: run once for the whole session, judged one by one."""

from pathlib import Path

import pytest
import pytest_asyncio

from api.rig import running_rig
from devices.clock import SystemClock
from simulators.scenario.collect import shipped_files
from simulators.scenario.pool import Job, run_all
from simulators.scenario.result import Outcome, Run
from simulators.scenario.script import Scenario, read_scenario
from tests.console_words import left_english

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]
AT_ONCE = 2


def scenario_of(file: Path) -> Scenario:
    scenario, findings = read_scenario(file)
    assert scenario is not None, findings
    return scenario


def cases() -> list[object]:
    made: list[object] = []
    for file in shipped_files():
        scenario = scenario_of(file)
        marks = [pytest.mark.prove] if scenario.long else []
        made.append(pytest.param(str(file), id=f"{scenario.family}/{scenario.name}", marks=marks))
    return made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def runs(request: pytest.FixtureRequest) -> dict[str, Run]:
    """Run what this session asks for, several at once."""
    items = [item for item in request.session.items if item.path == request.path]
    files = [item.callspec.params["file"] for item in items if hasattr(item, "callspec")]
    jobs = [Job(scenario_of(Path(file))) for file in files]
    done = await run_all(jobs, running_rig, SystemClock(), at_once=AT_ONCE, fast=True)
    return dict(zip(files, done, strict=True))


@pytest.mark.parametrize("file", cases())
async def test_scenario(file: str, runs: dict[str, Run]) -> None:
    run = runs[file]
    wrong = [f"{Path(file).name}:{line.line}: {line.said}: {line.got}" for line in run.failures]
    if run.outcome is not Outcome.PASSED:
        pytest.fail("\n".join([run.why, *wrong]), pytrace=False)
    assert not run.untrue


@pytest.mark.parametrize("file", cases())
async def test_a_chinese_screen_says_in_chinese_how_it_went(file: str, runs: dict[str, Run]) -> None:
    run = runs[file]
    texts = [line.got for line in run.lines]
    assert left_english([run.why, run.verdict_line(), *texts]) == {}
