"""Console snippets of the documentation: the commands they show, and whether an output is as shown."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ANY = "…"
"""In shown output: alone on a line any lines, inside a line any text."""

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBERS = re.compile(r"\b\d+ ms\b")


@dataclass(frozen=True)
class Shown:
    """One command of a snippet and the output below it."""

    command: str
    output: str


def fences(page: Path, language: str) -> list[str]:
    """Return the blocks of one language, in order."""
    return [m["text"] for m in _FENCE.finditer(page.read_text("utf-8")) if m["language"] == language]


def shown(page: Path) -> list[Shown]:
    """Return every command of the `console` blocks of a page with its output."""
    found = []
    for block in fences(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Shown(command, output))
    return found


def agrees(real: str, expected: str) -> bool:
    """Return whether an output is as shown; milliseconds and trailing blanks may differ."""
    pattern = ""
    for line in _plain(expected).splitlines():
        inside = r"[^\n]*".join(map(re.escape, line.split(ANY)))
        pattern += r"(?:[^\n]*\n)*?" if line == ANY else f"{inside}\n"
    return re.fullmatch(pattern, _plain(real)) is not None


def _plain(text: str) -> str:
    lines = (re.sub(r" {2,}", "  ", _NUMBERS.sub("N ms", line.rstrip())) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)
