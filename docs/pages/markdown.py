"""The few forms of Markdown the reference pages are made of."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar or a line break inside a cell is made harmless."""
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row([_cell(text) for text in row]) for row in rows]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return text set as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def fence(text: str, language: str = "") -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def one_line(text: str | None) -> str:
    """Return a docstring's text in one line."""
    return " ".join((text or "").split())
