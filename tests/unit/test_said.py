"""What rules, plans, the fleet and lifecycles say has a Chinese sentence in the console's catalogue."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.snippets import ROOT

CONSOLE = ROOT / "api" / "console"
WORDS = CONSOLE / "src" / "words"
PLACE = re.compile(r"\{[^{}]*\}")
SPOKEN = (
    "controller/rules/adjacent_caution.py",
    "controller/rules/affected_lane.py",
    "controller/rules/portal_signal.py",
    "controller/rules/queue_tail.py",
    "controller/rules/speed_steps.py",
    "controller/rules/wrong_way.py",
    "controller/states/held.py",
    "controller/fleet/clocks.py",
    "controller/fleet/detours.py",
    "controller/alarms/device_alarms.py",
    "controller/incidents/lifecycle.py",
    "controller/incidents/time_limits.py",
)
"""Modules all of whose sentences are known; the others are translated as far as the catalogue goes."""
SAID = {
    "closed: incident I-20261125-0001, lane 1 closed from K1890+300, 420 m ahead; lock of B outranked": (
        "封闭：事件 I-20261125-0001，1号车道 K1890+300 起封闭，前方 420 米；B 的锁定让位于更严格者"
    ),
    "lane 1 blocked in Sanduling tunnel, place unknown: lane 1 closed from K1+2, 460 m ahead: merge right": (
        "Sanduling tunnel内1号车道占用，位置不明：1号车道 K1+2 起封闭，前方 460 米：向右并道"
    ),
    "written 3 times, not shown (shows open)": "已写 3 次，未显示（显示通行）",
    "「SLOW; at rest」: at rest": "「SLOW; at rest」：平时状态",
    "nobody wrote a template for this": "nobody wrote a template for this",
}


def catalogue() -> dict[str, str]:
    whole: dict[str, str] = json.loads((WORDS / "said.json").read_text("utf-8"))
    return whole


def test_both_sides_of_a_sentence_have_the_same_places() -> None:
    for en, zh in catalogue().items():
        assert set(PLACE.findall(zh)) <= set(PLACE.findall(en)), en
        assert set(PLACE.findall(en)) - {"{s}"} <= set(PLACE.findall(zh)), en


@pytest.mark.parametrize("module", SPOKEN)
def test_every_sentence_of_a_module_is_known(module: str) -> None:
    known = {PLACE.sub("{}", en) for en in catalogue()}
    assert [one for one in sentences(ROOT / module) if one not in known] == []


def test_sentences_are_matched_whole_and_in_parts_and_quotes_stay(tmp_path: Path) -> None:
    if not (CONSOLE / "node_modules").is_dir() or not (node := shutil.which("node")):
        pytest.skip("the console's packages or Node are not there: run make check")
    shutil.copytree(WORDS, tmp_path / "words")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    options = (
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "--resolveJsonModule",
        "--noCheck",
        "--ignoreConfig",
    )
    tsc = [str(CONSOLE / "node_modules" / ".bin" / "tsc"), *options, "--outDir", "out", "words/said.ts"]
    subprocess.run(tsc, cwd=tmp_path, capture_output=True, check=False)
    ask = f"""import {{ saidIn }} from "./{next((tmp_path / "out").rglob("said.js")).relative_to(tmp_path)}";
    console.log(JSON.stringify({json.dumps(list(SAID))}.map((one) => saidIn(one, "zh"))));"""
    (tmp_path / "ask.mjs").write_text(ask, "utf-8")
    done = subprocess.run([node, "ask.mjs"], cwd=tmp_path, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == list(SAID.values())


def sentences(file: Path) -> Iterator[str]:
    """Yield every text of two words and more, its places as {}; docstrings and bare joints are none."""
    tree = ast.parse(file.read_text("utf-8"))
    inside = {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    prose = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in inside | prose:
            text = one.value
        else:
            continue
        if re.search(r"[a-z]{2,}.* |[a-z] .*[a-z]", text.replace("{}", "")):
            yield text.strip()
