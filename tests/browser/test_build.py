"""Row 35 at the build: a word that one language lacks lets nothing be built."""

import shutil
import subprocess
from pathlib import Path

import pytest

from docs.snippets import ROOT

CONSOLE = ROOT / "api" / "console"


def test_row_35_a_missing_word_fails_the_build(tmp_path: Path) -> None:
    if not (CONSOLE / "node_modules").is_dir():
        pytest.skip("the console's packages are not installed: run make check")
    for name in ("tsconfig.json", "tsconfig.words.json"):
        shutil.copy(CONSOLE / name, tmp_path / name)
    shutil.copytree(CONSOLE / "src" / "words", tmp_path / "src" / "words")
    project = str(tmp_path / "tsconfig.words.json")
    tsc = [str(CONSOLE / "node_modules" / ".bin" / "tsc"), "--project", project]
    good = subprocess.run(tsc, capture_output=True, check=False, text=True)
    assert good.returncode == 0, good.stdout
    zh = tmp_path / "src" / "words" / "zh.ts"
    whole = zh.read_text("utf-8")
    zh.write_text(whole.replace('    refused: "被拒绝",\n', "", 1), "utf-8")
    assert zh.read_text("utf-8") != whole
    bad = subprocess.run(tsc, capture_output=True, check=False, text=True)
    assert bad.returncode != 0
    assert "refused" in bad.stdout
