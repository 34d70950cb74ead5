"""One mistake or doubt about a site file, told so that an integrator can mend it without reading code."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the top of the file."""


class Level(StrEnum):
    """Whether the site can be used as it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong where, and what to do.

    Attributes:
        file: the file's name as given.
        line: 1-based; 0 where the file as a whole is meant.
        path: e.g. `devices[3].lane`; empty for the file as a whole.
        value: what stands there, shortened, `(missing)` where nothing does.
        problem: what is wrong with it.
        remedy: what to write instead.
    """

    file: str
    line: int
    path: str
    value: str
    problem: str
    remedy: str = ""
    level: Level = Level.ERROR

    def to_json(self) -> dict[str, Any]:
        """Return its fields for programs."""
        return {**asdict(self), "level": self.level.value}

    def __str__(self) -> str:
        """Return one line: file, line, key, value, problem and remedy."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, *(part for part in (self.path, self.value) if part)]
        if self.level is Level.WARNING:
            parts.append("warning")
        text = ": ".join([*parts, self.problem])
        return f"{text}; {self.remedy}" if self.remedy else text


class SiteError(ValueError):
    """A site file cannot be used; `findings` holds every error and warning found, in file order."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def dotted(path: Path) -> str:
    """Return `devices[3].lane` for ("devices", 3, "lane")."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown_value(value: Any) -> str:
    """Return a value as a finding shows it: one short printable line."""
    match value:
        case None:
            text = "(empty)"
        case bool():
            text = str(value).lower()
        case dict():
            text = "{" + ", ".join(str(key) for key in value) + "}"
        case list():
            text = f"[{len(value)} entries]"
        case "":
            text = '""'
        case _:
            text = str(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."
