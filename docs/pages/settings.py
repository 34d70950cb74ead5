"""`reference/settings.md`: environment variables of the controller, and those its clients read."""

from collections.abc import Mapping

from config.settings import Settings
from docs.pages.cli import commands
from docs.pages.markdown import code, one_line, table

_INTRO = """# Settings

## The controller (`onekey serve`)

An option on the command line goes before the environment, the environment before the default. An empty
variable counts as not set. A variable with another name is left alone.
"""
_CLIENTS = """
## Other commands

Each is the same as the option beside it.
"""


def variables() -> Mapping[str, str]:
    """Return variable → what it means, of the controller."""
    return {
        f"ONEKEY_{name.upper()}": one_line(field.description) for name, field in Settings.model_fields.items()
    }


def page() -> str:
    """Return the page."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else code(str(field.default))
        rows.append([code(f"ONEKEY_{name.upper()}"), one_line(field.description), default])
    clients: dict[str, tuple[str, str, list[str]]] = {}
    for name, command in commands():
        for option in command.params:
            if option.envvar:
                known = clients.setdefault(option.envvar, (option.opts[0], one_line(option.help), []))
                known[2].append(name)
    client_rows = [
        [code(variable), code(option), meaning, _used_by(names)]
        for variable, (option, meaning, names) in sorted(clients.items())
    ]
    return (
        _INTRO
        + "\n"
        + table(("variable", "meaning", "default"), rows)
        + _CLIENTS
        + "\n"
        + table(("variable", "option", "meaning", "commands"), client_rows)
    )


def _used_by(names: list[str]) -> str:
    return ", ".join(code(name) for name in names)
