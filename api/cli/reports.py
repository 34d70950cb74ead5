"""Files a long command writes at its end: tried before the work begins, so that the work is not lost."""

import os
from pathlib import Path

from api.cli.say import Code, fail


def can_be_written(*files: Path | None) -> None:
    """End the command now where it could not write one of these at its end."""
    for file in files:
        if file is None:
            continue
        folder = file.absolute().parent
        if not folder.is_dir():
            fail(f"{file}: there is no folder {folder}; make it first. Nothing was run", Code.WRONG_USE)
        if file.is_dir():
            fail(f"{file} is a folder; name a file. Nothing was run", Code.WRONG_USE)
        if not os.access(file if file.exists() else folder, os.W_OK):
            fail(f"{file} may not be written by you. Nothing was run", Code.WRONG_USE)


def write(file: Path, text: str) -> None:
    """Write one, or say why it cannot be."""
    try:
        file.write_text(text, "utf-8")
    except OSError as err:
        fail(f"{file}: {err.strerror}", Code.WRONG_USE)
