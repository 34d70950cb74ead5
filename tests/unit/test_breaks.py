"""The breaks of the rules still fit the tree, and the runner tells a noticed one from any other."""

from collections import Counter
from pathlib import Path

import pytest

from tests.breaking import ROOT, Break, Result, copy_tree, outdated, run
from tests.breaks import BREAKS
from tests.breaks.__main__ import main

RULES = [f"S{number}" for number in range(1, 15)]


@pytest.mark.parametrize("entry", BREAKS, ids=lambda entry: entry.name)
def test_a_break_still_fits_its_file_and_names_a_test(entry: Break) -> None:
    assert outdated(entry) == ""


def test_every_rule_has_three_breaks_at_least() -> None:
    counts = Counter(entry.rule for entry in BREAKS)
    assert {rule: counts[rule] for rule in RULES if counts[rule] < 3} == {}
    assert sorted(counts) == sorted(RULES)
    assert len({(entry.file, entry.old, entry.new) for entry in BREAKS}) == len(BREAKS)


def small_tree(root: Path) -> Path:
    for folder in ("controller", "tests"):
        (root / folder).mkdir(parents=True)
        (root / folder / "__init__.py").touch()
    (root / "controller" / "rank.py").write_text("def worse(a, b):\n    return max(a, b)\n", "utf-8")
    (root / "tests" / "test_rank.py").write_text(
        "from controller import rank\n\n\ndef test_worse():\n    assert rank.worse(1, 2) == 2\n", "utf-8"
    )
    return root


def entry(old: str = "max", new: str = "min", test: str = "test_worse") -> Break:
    return Break("S1", "controller/rank.py", old, new, f"tests/test_rank.py::{test}")


@pytest.mark.timeout(120)  # starts Python several times
def test_the_runner_tells_a_noticed_break_from_any_other(tmp_path: Path) -> None:
    root = small_tree(tmp_path / "tree")
    entries = [
        entry(),
        entry(new="sorted((a, b))[-1:] and max"),
        entry("return max(a, b)", "return a.gone"),
        entry("def worse", "def renamed"),
        entry("mean"),
    ]
    found = [outcome.result for outcome in run(entries, root)]
    assert found == [Result.RED, Result.GREEN, Result.OTHER, Result.OTHER, Result.OUTDATED]
    assert "max(a, b)" in (root / "controller" / "rank.py").read_text("utf-8")


@pytest.mark.timeout(120)  # starts Python several times
def test_a_test_that_is_red_anyway_shows_nothing(tmp_path: Path) -> None:
    root = small_tree(tmp_path / "tree")
    (root / "controller" / "rank.py").write_text("def worse(a, b):\n    return max(a, b) + 1\n", "utf-8")
    with pytest.raises(RuntimeError, match="red without any break: test_worse: assert 3 == 2"):
        list(run([entry()], root))


@pytest.mark.parametrize(
    ("stale", "said"),
    [
        pytest.param(entry("mean"), "holds the text 0 times", id="gone"),
        pytest.param(Break("S1", "controller/old.py", "max", "min", ""), "in controller/rank.py", id="moved"),
        pytest.param(entry("a"), "holds the text 3 times", id="ambiguous"),
        pytest.param(entry(new="max(("), "is no Python", id="no-python"),
        pytest.param(entry(new="max"), "nothing is changed", id="nothing"),
        pytest.param(entry(test="test_best"), "there is no test", id="no-test"),
    ],
)
def test_an_entry_that_does_not_fit_says_why(tmp_path: Path, stale: Break, said: str) -> None:
    assert said in outdated(stale, small_tree(tmp_path / "tree"))


@pytest.mark.timeout(120)  # starts Python several times
def test_the_modules_of_a_copy_are_the_ones_that_run(tmp_path: Path) -> None:
    copy = copy_tree(ROOT, tmp_path / "copy")
    assert not (copy / ".venv").exists()
    (copy / "tests" / "__init__.py").unlink()  # its tests would then be those of the sound tree
    with pytest.raises(RuntimeError, match="would run other modules"):
        copy_tree(copy, tmp_path / "second")


def test_the_list_can_be_narrowed_to_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rule", "S3", "--list"]) == 0
    said = capsys.readouterr().out
    assert said.count("S3 controller/") == sum(entry.rule == "S3" for entry in BREAKS)
    with pytest.raises(SystemExit) as ended:
        main(["--rule", "S99"])
    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err
