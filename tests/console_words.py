"""The console's own matcher of sentences, asked from tests: one Node process for a whole run."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from weakref import finalize

from docs.snippets import ROOT

CONSOLE = ROOT / "api" / "console"
WORDS = CONSOLE / "src" / "words"
PLACE = re.compile(r"\{[a-z]+\d*\}")
_OPTIONS = (
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--resolveJsonModule",
    "--noCheck",
    "--ignoreConfig",
)
_SOURCES = ("said.ts", "zh.ts", "en.ts", "zh/*.ts", "en/*.ts")
_LOOP = """import {{ createInterface }} from "node:readline";
import {{ learn, saidIn }} from "./{folder}/said.js";
import {{ en }} from "./{folder}/en.js";
import {{ zh }} from "./{folder}/zh.js";
for await (const line of createInterface({{ input: process.stdin }})) {{
  const {{ names, texts, table }} = JSON.parse(line);
  if (table) {{
    const keys = (words) => Object.keys(table.split(".").reduce((part, key) => part[key], words));
    console.log(JSON.stringify([keys(en), keys(zh)]));
    continue;
  }}
  learn(names);
  console.log(JSON.stringify(texts.map((one) => saidIn(one, "zh"))));
}}
"""
_KEPT = re.compile(r"「[^」]*」|“[^”]*”|\"[^\"]*\"|'[^']*'|`[^`]*`")
"""Quoted: texts of signs, of people and of commands, which no catalogue touches."""
_ENGLISH = re.compile(r"(?<![\w.+*/-])[a-z][a-z']+(?:[ ,;:]+[a-z][a-z']+){1,}(?![\w.+*/-])")
"""Two lower-case words in a row: ids, units and names of fields are single or carry signs."""


def catalogue() -> dict[str, str]:
    """Return every sentence of the catalogue, English → Chinese."""
    whole: dict[str, str] = {}
    for part in parts().values():
        whole |= part
    return whole


def parts() -> Mapping[str, dict[str, str]]:
    """Return the catalogue by its files."""
    return {one.stem: json.loads(one.read_text("utf-8")) for one in sorted((WORDS / "said").glob("*.json"))}


def can_ask() -> bool:
    """Return whether the console's packages and Node are there, as they are after `make check`."""
    return (CONSOLE / "node_modules").is_dir() and shutil.which("node") is not None


def in_chinese(texts: Iterable[str], names: Sequence[Mapping[str, str]] = ()) -> list[str]:
    """Return what the console shows for these sentences of the controller.

    Args:
        texts: as the API answers them.
        names: pairs `en`, `zh` a site has.
    """
    said: list[str] = _ask({"names": list(names), "texts": list(texts)})
    return said


def keys_of(table: str) -> tuple[set[str], set[str]]:
    """Return the keys of a table of the console's own words, e.g. `alarm.kinds`: English, Chinese."""
    en, zh = _ask({"table": table})
    return set(en), set(zh)


def _ask(question: Mapping[str, object]) -> Any:
    node = _node()
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps(question) + "\n")
    node.stdin.flush()
    return json.loads(node.stdout.readline())


def left_english(
    texts: Iterable[str], names: Sequence[Mapping[str, str]] = (), written: Iterable[str] = ()
) -> dict[str, str]:
    """Return the sentences a Chinese screen would show with English in them, as it would show them.

    Empty where all are Chinese, or the console is not built and nothing can be asked.

    Args:
        texts: as the API answers them.
        names: pairs `en`, `zh` a site has.
        written: what people wrote, which stays as it is.
    """
    asked = sorted(set(texts) - {""})
    if not can_ask():
        return {}
    whole = sorted((one for one in set(written) if len(one) > 1), key=len, reverse=True)
    left = {}
    for text, chinese in zip(asked, in_chinese(asked, names), strict=True):
        rest = chinese
        for words in whole:
            rest = rest.replace(words, "「」")
        if english_in(rest):
            left[text] = chinese
    return left


def english_in(chinese: str) -> list[str]:
    """Return the English left in what a Chinese screen shows, quotations aside; empty where it is whole."""
    return _ENGLISH.findall(_KEPT.sub("", chinese))


@cache
def _node() -> subprocess.Popen[str]:
    folder = Path(tempfile.mkdtemp(prefix="onekey-words-"))
    shutil.copytree(WORDS, folder / "words")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    sources = [str(file) for pattern in _SOURCES for file in (folder / "words").glob(pattern)]
    tsc = str(CONSOLE / "node_modules" / ".bin" / "tsc")
    subprocess.run(
        [tsc, *_OPTIONS, "--outDir", "out", *sources], cwd=folder, capture_output=True, check=False
    )
    made = next((folder / "out").rglob("said.js")).parent.relative_to(folder)
    for module in (folder / made).rglob("*.js"):  # Node wants the ending, the console's bundler does not
        text = module.read_text("utf-8")
        module.write_text(re.sub(r'(from "\.[^".]*(?:/[^".]*)*)"', r'\1.js"', text), "utf-8")
    (folder / "ask.mjs").write_text(_LOOP.format(folder=made), "utf-8")
    node = shutil.which("node")
    assert node is not None
    process = subprocess.Popen(
        [node, "ask.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    finalize(process, _end, process, folder)
    return process


def _end(process: subprocess.Popen[str], folder: Path) -> None:
    process.kill()
    shutil.rmtree(folder, ignore_errors=True)
