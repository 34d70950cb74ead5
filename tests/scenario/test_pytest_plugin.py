"""The pytest plugin in a project of somebody else, whose packages are named like ours."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from config.loader import sample_site_path

pytestmark = pytest.mark.timeout(120)
REPORT = "report: 紧急:福向三都岭隧道内快车道追尾,启动预警"


def project(folder: Path) -> None:
    """Write a project with an `api`, a `config` and a test of its own, a site and three scenarios."""
    for package in ("api", "config", "simulators"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("raise RuntimeError('not for onekey')\n")
    (folder / "test_own.py").write_text("def test_own():\n    pass\n")
    (folder / "my.yaml").write_bytes(sample_site_path().read_bytes())
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    good = f"scenario: good\nsteps:\n  - {REPORT}\n  - within 3s: heads LCS-FU-07-1 show closed\n"
    (scenarios / "good.yaml").write_text(good, "utf-8")
    bad = f"scenario: bad\nsteps:\n  - {REPORT}\n  - within 500ms: heads LCS-ZJ-07-1 show closed\n"
    (scenarios / "bad.yaml").write_text(bad, "utf-8")
    (scenarios / "wrong.yaml").write_text("scenario: wrong\nsteps:\n  - clera\n", "utf-8")


async def run_pytest(folder: Path, *args: str) -> tuple[int, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-p",
        "no:cacheprovider",
        "--onekey-scenarios",
        "scenarios",
        "--onekey-site",
        "my.yaml",
        *args,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=env,
    )
    out, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode()


async def test_every_scenario_is_a_test_that_tells_what_was_shown(tmp_path: Path) -> None:
    project(tmp_path)
    code, out = await run_pytest(tmp_path)
    assert code == 1, out
    assert "scenarios/good.yaml::good PASSED" in out
    assert "scenarios/bad.yaml::bad FAILED" in out
    assert "LCS-ZJ-07-1 showed open" in out
    assert "did you mean clear?" in out
    assert "test_own" not in out
    assert "2 failed, 1 passed" in out


@pytest.mark.prove
async def test_it_stands_beside_other_tests_and_runs_only_what_is_chosen(tmp_path: Path) -> None:
    project(tmp_path)
    code, out = await run_pytest(tmp_path, "test_own.py", "-k", "own or good")
    assert code == 0, out
    assert "2 passed, 2 deselected" in out
