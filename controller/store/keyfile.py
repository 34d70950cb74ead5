"""The file of the private key: made at the first start for its owner alone, replaced whole at a rotation."""

import contextlib
import os
import stat
from pathlib import Path

from controller.store.notes import NoteError, SigningKey


class KeyFileError(Exception):
    """The key cannot be used; the message names the file and the remedy. Nothing else is stopped by it."""


def load_or_make(path: Path, name: str) -> SigningKey:
    """Return the key of `path`, a new one where there is no file; its mode is 0600 afterwards.

    Raises:
        KeyFileError: the file cannot be read or written, or holds something else.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            _write_new(path, SigningKey.new(name))
        if stat.S_IMODE(path.stat().st_mode) != 0o600:
            path.chmod(0o600)
        return SigningKey.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as err:
        raise KeyFileError(f"{path}: {err}. Give the controller a key file it may read.") from err
    except NoteError as err:
        raise KeyFileError(
            f"{path}: {err}. Restore it from a backup, or move it away and a new one is made."
        ) from err


def stage(path: Path, key: SigningKey) -> None:
    """Put a new key beside the present one, durably; `finish` makes it the present one. Raises OSError."""
    beside = _beside(path)
    beside.unlink(missing_ok=True)
    _write_new(beside, key)


def staged(path: Path) -> SigningKey | None:
    """Return the key a rotation left beside the present one, None where there is none to be used."""
    try:
        return SigningKey.parse(_beside(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, NoteError):
        return None


def finish(path: Path) -> None:
    """Make the staged key the present one, in one step. Raises OSError."""
    _beside(path).replace(path)
    _sync(path.parent)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _write_new(path: Path, key: SigningKey) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(f"{key.text}\n")
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
