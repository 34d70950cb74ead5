"""Row 35 at the build: a word that one language lacks lets nothing be built."""

import shutil
import subprocess
from pathlib import Path

import pytest

from docs.snippets import ROOT

CONSOLE = ROOT / "api" / "console"


@pytest.mark.parametrize(
    ("language", "line"), [("zh", '    refused: "被拒绝",\n'), ("en", '    refused: "REFUSED",\n')]
)
def test_row_35_a_missing_word_fails_the_build(tmp_path: Path, language: str, line: str) -> None:
    if not (CONSOLE / "node_modules").is_dir():
        pytest.skip("the console's packages are not installed: run make check")
    for name in ("tsconfig.json", "tsconfig.words.json"):
        shutil.copy(CONSOLE / name, tmp_path / name)
    shutil.copytree(CONSOLE / "src" / "words", tmp_path / "src" / "words")
    project = str(tmp_path / "tsconfig.words.json")
    tsc = [str(CONSOLE / "node_modules" / ".bin" / "tsc"), "--project", project]
    good = subprocess.run(tsc, capture_output=True, check=False, text=True)
    assert good.returncode == 0, good.stdout
    words = tmp_path / "src" / "words" / language / "dispatch.ts"
    whole = words.read_text("utf-8")
    words.write_text(whole.replace(line, "", 1), "utf-8")
    assert words.read_text("utf-8") != whole
    bad = subprocess.run(tsc, capture_output=True, check=False, text=True)
    assert bad.returncode != 0
    assert "refused" in bad.stdout
