"""What a tester does at the command line against a pair of processes: repeat, report, record, run again."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from api.broker import nats_broker
from simulators.remote import Desk, Road
from simulators.scenario.rig import RemoteRig
from simulators.scenario.script import Doing, read_scenario
from tests.scenario.command import ordered

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
CORRECTED = "福向三都岭隧道内慢车道追尾,启动预警"
TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
FORM: dict[str, Any] = {
    "carriageway": "ZJ",
    "chainage": "ZK1891+880",
    "lanes": {"2": "blocked"},
    "type": "breakdown",
}
HEAD = "LCS-FU-01-1"


class Pair:
    """Controller and simulated devices, each started by its own command as the how-to tells it."""

    def __init__(self, simulate: dict[str, Any], serve: dict[str, Any]) -> None:
        self.control, self.url, self.token = simulate["control"], serve["url"], serve["token"]
        self.rig = RemoteRig(self.url, self.token, self.control)

    async def onekey(self, *words: str) -> asyncio.subprocess.Process:
        remote = ("--url", self.url, "--control", self.control, "--token", self.token)
        return await onekey(*words, *remote)

    async def said(self, *words: str) -> tuple[int, str]:
        code, out, err = await ordered(self.rig, *words, control=True)
        return code, out + err


async def onekey(*words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.cli", *words, stdout=pipe, stderr=pipe
    )


async def first_line(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    return (await child.stdout.readline()).decode()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    children = []
    async with nats_broker() as broker:
        try:
            broker_at = f"{broker.host}:{broker.port}"
            children.append(await onekey("simulate", "--free-ports", "--broker", broker_at))
            endpoints = await first_line(children[0])
            (folder / "endpoints.json").write_text(endpoints, "utf-8")
            serving = ("--endpoints", str(folder / "endpoints.json"), "--db", str(folder / "onekey.db"))
            children.append(await onekey("serve", *serving, "--port", "0"))
            made = Pair(json.loads(endpoints), json.loads(await first_line(children[1])))
            async with Desk(made.url, made.token) as desk:
                await desk.until_well(within_s=15)
            yield made
        finally:
            for child in reversed(children):
                if child.returncode is None:
                    child.send_signal(signal.SIGTERM)
                await child.communicate()


async def test_repeated_runs_are_told_with_percentiles_and_written_for_a_build_server(
    pair: Pair, tmp_path: Path
) -> None:
    junit, html = tmp_path / "junit.xml", tmp_path / "report.html"
    files = ("--junit", str(junit), "--html", str(html))
    code, said = await pair.said("scenario", "run", "prepared", "--repeat", "3", "--seed", "7", *files)
    assert code == 0, said
    assert "3 of 3 passed" in said
    row = next(line.split() for line in said.splitlines() if line.split()[:2] == ["prepared", "3"])
    p50, p95, p99, slowest = (float(row[number]) for number in (3, 5, 7, 9))
    assert 0 < p50 <= p95 <= p99 <= slowest
    cases = list(ElementTree.parse(junit).iter("testcase"))
    assert [case.get("name") for case in cases] == [f"prepared[seed {seed}]" for seed in (7, 8, 9)]
    page = html.read_text("utf-8")
    assert '<td class="n">156</td>' in page, "52 proofs of each of three runs"
    assert 'aria-label="share of devices proved within a time"' in page


async def test_the_same_seed_breaks_the_same_devices_and_fast_skips_what_is_idle(
    pair: Pair, tmp_path: Path
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(
        "scenario: some\nsite: sanduling\nsteps:\n  - fault: 2 of heads of FU stuck\n  - wait: 9s\n",
        "utf-8",
    )
    broken = []
    for seed in (3, 4, 3):
        code, said = await pair.said("scenario", "run", str(file), "--seed", str(seed), "--fast", "--json")
        assert code == 0, said
        (run,) = json.loads(said)["runs"]
        assert run["took_ms"] < 9_000
        broken.append(run["lines"][0]["got"])
    assert broken[0] == broken[2] != broken[1]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("killed-mid-plan",), 1, "which a remote pair does not let us do", id="processes"),
        pytest.param(("prepared", "--html", "/no/such/report.html"), 2, "there is no folder", id="folder"),
        pytest.param(("prepared", "--junit", "."), 2, "is a folder", id="a-folder"),
        pytest.param(("prepared", "--given", "lane"), 2, "write it like latency=50ms", id="given"),
        pytest.param(("prepared", "--given", "lane=2"), 2, "lane", id="no-such-name"),
    ],
)
async def test_what_cannot_be_run_is_told(pair: Pair, words: tuple[str, ...], code: int, told: str) -> None:
    ended, said = await pair.said("scenario", "run", *words)
    assert (ended, told in said) == (code, True), said
    assert "Traceback" not in said


async def test_what_was_recorded_passes_when_it_is_run_again(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "recorded.yaml"
    recording = await pair.onekey("scenario", "new", "recorded", "--out", str(file))
    assert await first_line(recording) == "recording; Ctrl-C ends it\n"
    async with Desk(pair.url, pair.token) as desk, Road(pair.control) as road:
        await road.fault(HEAD, latency_ms=20)
        first = await desk.press(TEXT)
        second = await desk.press("", **FORM)
        await desk.call("PATCH", f"/api/v1/incidents/{first['id']}", json={"text": CORRECTED})
        for incident in (first, second):
            await desk.order(incident["id"], "clear", reason="free", wait=True)
        await road.mend(HEAD)
        await desk.until_well(within_s=10)
    recording.send_signal(signal.SIGTERM)
    assert (await recording.communicate())[0].decode().startswith(f"{file}: ")
    scenario, findings = read_scenario(file)
    assert scenario is not None, (findings, file.read_text("utf-8"))
    verbs = [item.act.verb for item in scenario.items if isinstance(item, Doing) and item.act.verb != "wait"]
    assert verbs == ["fault", "report", "report", "correct", "clear", "clear", "mend"], file.read_text(
        "utf-8"
    )
    said = file.read_text("utf-8")
    assert all(words in said for words in (TEXT, CORRECTED, "verdict met", "show closed"))
    code, told = await pair.said("scenario", "run", str(file), "--fast")
    assert code == 0, told
