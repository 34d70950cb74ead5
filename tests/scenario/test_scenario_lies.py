"""The runner sees through a controller that lies, in every family, by the lamps alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api.rig import Rig, running_rig
from devices.clock import SystemClock
from docs.snippets import ROOT
from simulators.remote import Desk, Road
from simulators.scenario.player import TRUTH, Player
from simulators.scenario.result import Run
from simulators.scenario.script import read_scenario
from tests.scenario.fake_controller import Lie, fake_controller

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]
TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
CLOSED = "heads FU-*-1 in sanduling show closed"
ORIGIN = f"""
  - never: two aspects
  - report: {TEXT}
  - within 1500ms: {CLOSED}
  - by 2s: incident active
"""
PLACE = """
  - report: {carriageway: FU, tunnel: sanduling, offset_m: 800, lanes: {1: blocked}, type: spill}
  - always: heads of FU behind YK1890+700 show open
  - within 1500ms: heads of FU in sanduling before YK1890+500 show closed
  - by 2s: incident active
"""
BROKEN = f"""
  - fault: heads LCS-FU-09-1 stuck
  - report: {TEXT}
  - by 2s: incident degraded names LCS-FU-09-1
  - mend: heads LCS-FU-09-1
  - within 1500ms: heads LCS-FU-09-1 show closed
"""
PROCESS = f"""
  - report: {TEXT}
  - within 1500ms: {CLOSED}
  - controller: stop
  - controller: forget
  - controller: start
  - always: {CLOSED}
  - for 200ms: {CLOSED}
"""
SEVERAL = f"""
  - report: {TEXT}
  - by 2s: incident active
  - correct: 福向三都岭隧道内慢车道追尾,启动预警
  - within 1500ms: heads FU-*-2 in sanduling show closed before heads FU-*-1 in sanduling show caution
"""
HOLD = f"""
  - report: {TEXT}
  - by 2s: incident active
  - clear
  - within 3s: heads LCS-FU-14-1 show open
  - hold
  - always: heads LCS-FU-07-1 show closed
  - within 1500ms: {CLOSED}
  - for 500ms: {CLOSED}
"""
RELEASE = f"""
  - report: {TEXT}
  - by 2s: incident active
  - clear
  - within 4s: heads FU-*-1 in sanduling show open before signs VMS-FU-P show blank
  - within 4s: incident cleared
"""
OPERATOR = f"""
  - report: {TEXT}
  - by 2s: incident active
  - lock: heads LCS-FU-10-1 to open
  - now: refused
  - for 100ms: heads LCS-FU-10-1 show closed
"""
CAMPAIGN = f"""
  - never: two aspects
  - fault: 2 of heads of FU exception 4
  - loss: 2%
  - latency: 20ms
  - report: {TEXT}
  - by 2s: verdict given
"""
STEPS = {
    "one-key": ORIGIN,
    "place": PLACE,
    "broken": BROKEN,
    "process": PROCESS,
    "several": SEVERAL,
    "release": RELEASE,
    "operator": OPERATOR,
    "campaign": CAMPAIGN,
}
"""Of each family what its guarded behaviour comes down to."""
LIES = [
    pytest.param(Lie.EARLY, ORIGIN, TRUTH, "its lamps showed open", id="verified-too-early"),
    pytest.param(Lie.ONE_DARK, ORIGIN, f"within 1500ms: {CLOSED}", "LCS-FU-09-1 showed open", id="one-dark"),
    pytest.param(Lie.ONE_DARK, ORIGIN, TRUTH, "LCS-FU-09-1: verified closed", id="one-dark-by-truth"),
    pytest.param(Lie.TWO_ASPECTS, ORIGIN, "never: two aspects", "green_arrow+red_cross", id="two-aspects"),
    pytest.param(Lie.TOO_FAR, PLACE, "always: heads of FU behind", "showed closed", id="place"),
    pytest.param(Lie.NAMES_NOBODY, BROKEN, "by 2s: incident degraded", "it is active", id="broken"),
    pytest.param(Lie.OPENS_AT_START, PROCESS, f"always: {CLOSED}", "showed open", id="process"),
    pytest.param(Lie.OPENS_FIRST, SEVERAL, "within 1500ms: heads FU-*-2", "came to it at", id="several"),
    pytest.param(Lie.IGNORES_HOLD, HOLD, "always: heads LCS-FU-07-1", "showed open", id="hold"),
    pytest.param(Lie.SIGNS_FIRST, RELEASE, "within 4s: heads FU-*-1", "VMS-FU-P at", id="release"),
    pytest.param(Lie.MILD_LOCK, OPERATOR, "now: refused", "the order was taken", id="operator"),
    pytest.param(Lie.NO_VERDICT, CAMPAIGN, "by 2s: verdict given", "no verdict yet", id="campaign"),
    pytest.param(Lie.MET_ANYWAY, CAMPAIGN, TRUTH, "its journal has 50 proved", id="campaign-by-truth"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def road_rig() -> AsyncIterator[Rig]:
    async with running_rig(serve=False) as rig:
        yield rig


async def played(rig: Rig, lie: Lie, steps: str, tmp_path: Path) -> Run:
    file = tmp_path / "lie.yaml"
    file.write_text(f"scenario: lie\nsite: sanduling\nsteps:{steps}", "utf-8")
    scenario, findings = read_scenario(file)
    assert scenario is not None, findings
    async with (
        fake_controller(lie, rig.control_url, rig.broker) as fake,
        Desk(fake.url, fake.token) as desk,
        Road(rig.control_url) as road,
    ):
        await road.call("POST", "/reset")
        return await Player(scenario, fake, desk, road, SystemClock()).play()


@pytest.mark.parametrize(
    "steps",
    [*(pytest.param(steps, id=family) for family, steps in STEPS.items()), pytest.param(HOLD, id="hold")],
)
async def test_without_a_lie_it_passes(road_rig: Rig, steps: str, tmp_path: Path) -> None:
    run = await played(road_rig, Lie.NONE, steps, tmp_path)
    assert run.good, [(line.said, line.got) for line in run.failures]
    assert run.claims > 0 or steps is PROCESS, "its journal is thrown away"


async def test_no_family_is_left_out() -> None:
    shipped = {folder.name for folder in (ROOT / "simulators" / "scenarios").iterdir() if folder.is_dir()}
    assert set(STEPS) == shipped
    lied_to = {lie.values[1] for lie in LIES}
    assert not [family for family, steps in STEPS.items() if steps not in lied_to]


@pytest.mark.parametrize(("lie", "steps", "caught_by", "told"), LIES)
async def test_each_family_is_shown_to_fail(
    road_rig: Rig, lie: Lie, steps: str, caught_by: str, told: str, tmp_path: Path
) -> None:
    run = await played(road_rig, lie, steps, tmp_path)
    assert not run.good
    caught = [line for line in run.failures if line.said.startswith(caught_by)]
    assert caught, [(line.said, line.got) for line in run.failures]
    assert told in caught[0].got


async def test_a_run_that_cannot_go_on_says_what_was_not_reached(road_rig: Rig, tmp_path: Path) -> None:
    steps = "\n  - clear\n  - now: two aspects\n"
    run = await played(road_rig, Lie.NONE, steps, tmp_path)
    assert [line.outcome.value for line in run.lines] == ["failed", "not reached", "passed"]
    assert "no incident was reported before" in run.lines[0].got


async def test_what_is_true_at_the_limit_only_is_late_to_the_millisecond(
    road_rig: Rig, tmp_path: Path
) -> None:
    """A lamp that follows after 400 ms misses 300 ms and is told with its time, however often one looks."""
    steps = "\n  - fault: heads LCS-FU-01-1 wrong closed\n  - within 300ms: heads LCS-FU-02-1 show closed\n"
    later = asyncio.get_running_loop().call_later

    async def light(road: Road) -> None:
        await road.switch("LCS-FU-02-1", "closed")

    async with Road(road_rig.control_url) as road:
        lighting: list[asyncio.Task[None]] = []
        handle = later(0.9, lambda: lighting.append(asyncio.create_task(light(road))))
        run = await played(road_rig, Lie.NONE, steps, tmp_path)
        handle.cancel()
        await asyncio.gather(*lighting)
    (late,) = run.failures
    assert late.got.startswith("after 300 ms: 0 of 1 did; LCS-FU-02-1 showed open; it came to be so after ")
