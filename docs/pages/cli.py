"""`reference/command-line.md`: every command as its own help says it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from api.cli import main
from docs.pages.markdown import code, fence, one_line, table

_INTRO = """# Command line

`onekey` is at `.venv/bin/onekey` after `make install`. Every command answers `--help`.

Exit codes: **0** done, **1** not achieved (the command says which devices, or that no controller answers),
**2** wrong use. Commands that change something need the token the controller printed
(`--token` or `ONEKEY_TOKEN`); reading ones need none. `--json` prints for programs.

`plan`, `parse` and `config check` work offline on a site file. `demo`, `serve` and `simulate` are processes.
All others talk to a running controller (`--url` or `ONEKEY_URL`).
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Give the full name (`device list`) and the click command of each, in the order of the help."""
    root: Any = typer.main.get_command(main)
    for name, command in root.commands.items():
        for sub, leaf in getattr(command, "commands", {"": command}).items():
            yield f"{name} {sub}".strip(), leaf


def page() -> str:
    """Return the page."""
    names = [name for name, _ in commands()]
    contents = "\n".join(f"- [`onekey {name}`](#onekey-{name.replace(' ', '-')})" for name in names)
    return f"{_INTRO}\n{contents}\n\n" + "\n".join(_command(name, command) for name, command in commands())


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join(["onekey", name, *(p.name.upper() for p in arguments), "[OPTIONS]"])
    parts = [f"## onekey {name}\n", one_line(command.help) + "\n", fence(usage)]
    rows = [[code(p.name.upper()), one_line(p.help), "", ""] for p in arguments]
    rows += [[_option(p), one_line(p.help), _default(p), code(p.envvar or "")] for p in options]
    if rows:
        parts.append(table(("argument or option", "meaning", "default", "environment"), rows))
    parts.append(command.epilog.replace("Example: ", "Example: `", 1) + "`\n")
    return "\n".join(parts)


def _option(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return code(names)
    form = option.metavar or {int: "N", Path: "PATH"}.get(option.type_descriptor.annotation, "TEXT")
    return code(f"{names} {form}") + (" (may be repeated)" if option.multiple else "")


def _default(option: Any) -> str:
    if option.required:
        return "needed"
    if option.is_flag:
        return code(option.opts[0]) if option.default and option.secondary_opts else ""
    return code(str(option.default)) if option.default not in (None, "", ()) else ""
