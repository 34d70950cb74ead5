"""Writes the reference pages from the code itself, so that they cannot tell another story.

python -m docs.generate            rewrites docs/reference/
python -m docs.generate --check    only says which pages are out of date, exit code 1 if any
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.pages import (
    cli,
    files,
    http,
    journal,
    messages,
    metrics,
    pictures,
    rules,
    scenarios,
    settings,
    situations,
    words,
)

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written from the code by `python -m docs.generate`; change the code, not this page. -->\n"

PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": cli.page,
    "http.md": http.page,
    "site-file.md": files.site_page,
    "device-models.md": files.models_page,
    "messages.md": messages.page,
    "metrics.md": metrics.page,
    "journal.md": journal.page,
    "settings.md": settings.page,
    "words.md": words.page,
    "situations.md": situations.page,
    "rules.md": rules.page,
    "scenarios.md": scenarios.page,
}


PICTURES: Mapping[str, Callable[[], str]] = pictures.pictures()


def text_of(name: str) -> str:
    """Return a page or a picture as it should stand in the folder."""
    if name in PICTURES:
        return PICTURES[name]()
    return f"{NOTE}\n{PAGES[name]().rstrip()}\n"


def outdated() -> list[str]:
    """Return the pages whose file differs from what the code gives."""
    return [name for name in (*PAGES, *PICTURES) if not _same(FOLDER / name, text_of(name))]


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text("utf-8") == text


def main() -> int:
    """Rewrite or check; return the exit code."""
    stale = outdated()
    if "--check" not in sys.argv[1:]:
        for name in stale:
            (FOLDER / name).parent.mkdir(exist_ok=True)
            (FOLDER / name).write_text(text_of(name), "utf-8")
        sys.stdout.write(f"{len(stale)} of {len(PAGES) + len(PICTURES)} pages rewritten\n")
        return 0
    for name in stale:
        sys.stdout.write(f"docs/reference/{name} is out of date: run python -m docs.generate\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
