"""The documentation says what the program does: generated pages, snippets, links, and nothing forgotten."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import main
from devices.models import load_models
from devices.models.schema import load_model
from docs import generate
from docs.pages import cli, http, metrics, settings
from docs.pages.forms import anchor
from docs.snippets import ROOT, agrees, fences, shown

README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
TUTORIAL = ROOT / "docs" / "tutorial" / "change-the-site.md"
PAGES = sorted([README, CHINESE, *(ROOT / "docs").rglob("*.md")])
OFFLINE = ("onekey plan", "onekey parse", "onekey config check")

_LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]*)\)")
_MARKER = re.compile(r"<!-- (\w+:[\w-]+) -->.*?<!-- /\1 -->")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run(command: str) -> str:
    """Run a onekey command in this process; stdout, then stderr."""
    done = CliRunner().invoke(main, shlex.split(command)[1:], env={"ONEKEY_SITE": ""})
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", [*generate.PAGES, *generate.PICTURES])
def test_a_generated_page_is_up_to_date(page: str) -> None:
    now = (generate.FOLDER / page).read_text("utf-8")
    assert now == generate.text_of(page), "run python -m docs.generate"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(page.read_text("utf-8")):
        file, _, heading = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (heading and heading not in anchors(target)):
            broken.append(link)
    assert not broken


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {anchor(heading.replace("`", "")) for heading in headings}


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text("utf-8"))}
    folders = [folder for folder in linked if folder.is_dir()]
    lost = [
        p for p in (ROOT / "docs").rglob("*.md") if p not in linked and p.parent not in folders and p != index
    ]
    assert not lost


def test_nothing_is_left_out_of_the_reference() -> None:
    said = {page: (generate.FOLDER / page).read_text("utf-8") for page in generate.PAGES}
    assert all(f"## onekey {command}\n" in said["command-line.md"] for command, _ in cli.commands())
    assert all(f"`{variable}`" in said["settings.md"] for variable in settings.variables())
    assert all(f"`{metric}`" in said["metrics.md"] for metric, *_ in metrics.rows())
    assert all(f"## {method} {path}\n" in said["http.md"] for method, path, _ in http.calls())
    assert all(f"[{model}]" in said["device-models.md"] for model in load_models())


def test_metrics_are_named_as_they_are_exposed() -> None:
    from controller.metrics import Metrics

    exposed = Metrics().exposition().decode()
    assert all(f"# HELP {metric} " in exposed for metric, *_ in metrics.rows())


@pytest.mark.parametrize("page", [p for p in PAGES if p != TUTORIAL], ids=name)
def test_offline_snippets_print_what_is_shown(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for snippet in shown(page):
        if snippet.command.startswith(OFFLINE):
            real = run(snippet.command)
            assert agrees(real, snippet.output), f"$ {snippet.command}\n{real}"


def test_the_readme_has_offline_snippets() -> None:
    commands = [snippet.command for snippet in shown(README)]
    assert all(any(command.startswith(one) for command in commands) for one in OFFLINE)


def test_the_tutorial_of_a_new_gantry_works_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "my-site.yaml"
    shutil.copy(ROOT / "config" / "sites" / "sanduling.yaml", site)
    gantry, slip, heads = fences(TUTORIAL, "yaml")
    faulty, mended, plan = shown(TUTORIAL)
    add(site, gantry, before="  G-FU-04:")
    add(site, slip, before="  - {id: LCS-FU-04-1,")
    assert agrees(run(faulty.command), faulty.output), run(faulty.command)
    site.write_text(site.read_text("utf-8").replace(slip, heads), "utf-8")
    assert agrees(run(mended.command), mended.output), run(mended.command)
    assert agrees(run(plan.command), plan.output), run(plan.command)


def add(file: Path, lines: str, *, before: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, lines + before), "utf-8")


def test_the_device_models_of_the_how_to_are_good_ones() -> None:
    texts = fences(ROOT / "docs" / "how-to" / "write-a-device-model.md", "yaml")
    assert [load_model(text, "acme.yaml").model for text in texts] == ["acme-lane-light", "acme-speaker"]


def test_every_onekey_command_in_a_block_of_code_is_one_the_parser_takes() -> None:
    known = dict(cli.commands())
    lines = [
        (page, line.removeprefix("$ "))
        for page in PAGES
        for language in ("sh", "console")
        for block in fences(page, language)
        for line in block.splitlines()
        if line.removeprefix("$ ").startswith("onekey ")
    ]
    assert lines
    for page, line in lines:
        words = shlex.split(line.split(" > ")[0])[1:]
        command = next(c for c in (" ".join(words[:2]), words[0]) if c in known)
        try:
            known[command].make_context(command, words[len(command.split()) :])
        except Exception as err:
            pytest.fail(f"{name(page)}: {line}: {err}")


def _figures(text: str) -> dict[str, list[str]]:
    """Return every figure with its numbers, without the words between them."""
    return {m[1]: re.findall(r"\d+(?:[.,]\d+)*", m[0]) for m in _MARKER.finditer(text)}


def test_both_readmes_show_the_same() -> None:
    english, chinese = README.read_text("utf-8"), CHINESE.read_text("utf-8")
    assert fences(README, "console") == fences(CHINESE, "console")
    assert fences(README, "sh") == fences(CHINESE, "sh")
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", chinese, re.MULTILINE))
    assert _figures(english) == _figures(chinese)
    assert english.count("\n- ") == chinese.count("\n- ")
    assert english.count("\n| ") == chinese.count("\n| ")


def test_markers_of_figures_are_closed() -> None:
    for page in (README, CHINESE):
        text = page.read_text("utf-8")
        assert len(re.findall(r"<!-- (?!/)", text)) == len(_MARKER.findall(text))


@pytest.mark.parametrize(
    ("real", "expected", "same"),
    [
        pytest.param("a\nb\n", "a\nb\n", True, id="same"),
        pytest.param("a  12 ms\n", "a 3 ms\n", False, id="blanks-count"),
        pytest.param("a    12 ms\n", "a  3 ms\n", True, id="milliseconds"),
        pytest.param("a\nx\ny\nb\n", "a\n…\nb\n", True, id="any-lines"),
        pytest.param("a\nb\n", "a\n…\nb\n", True, id="any-lines-none"),
        pytest.param("a x b\n", "a … b\n", True, id="any-text"),
        pytest.param("a\nb\n", "a\n", False, id="more"),
        pytest.param("a\n", "a\nb\n", False, id="less"),
        pytest.param("(a)\n", "(a)\n", True, id="no-pattern"),
    ],
)
def test_comparing_output(real: str, expected: str, same: bool) -> None:
    assert agrees(real, expected) is same
