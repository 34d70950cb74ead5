"""Which scenario files are meant: a file, a folder with everything below it, or the name of a shipped one."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path


def shipped_folder() -> Path:
    """Return the folder of the shipped scenarios, one folder a family."""
    return Path(str(resources.files("simulators") / "scenarios"))


def shipped_files() -> list[Path]:
    """Return the shipped scenarios in the order of their families."""
    return sorted(shipped_folder().rglob("*.yaml"))


def scenario_files(named: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return the files that are meant, each once, and a line for every name that means none.

    Args:
        named: paths of files or folders, or names of shipped scenarios or families; empty for all shipped.
    """
    if not named:
        return shipped_files(), []
    found: list[Path] = []
    wrong: list[str] = []
    for name in named:
        files = _files_of(name)
        if not files:
            wrong.append(f"{name}: no scenario file, no folder with one, and no shipped scenario")
        found += [file for file in files if file not in found]
    return found, wrong


def _files_of(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
    if path.exists():
        return [path]
    return [file for file in shipped_files() if name in (file.stem, file.parent.name)]
