"""The second file of JOURNAL DEGRADED: what the database may not hold, one JSON line each.

What somebody waited for goes to stderr as well, where a supervisor's log keeps it if the disk does not.

A thread of its own writes and fsyncs, so a hung disk never holds the loop. The next start reads the
file (`read`), brings what is missing into the database and puts the file aside.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO, get_args

from controller.incident import Actor
from controller.store.journal import JournalValueError, canonical
from controller.store.rows import Change, Record

_ROWS: Mapping[str, type[Change]] = {row.__name__: row for row in get_args(Change)}


@dataclass(frozen=True, slots=True)
class Spooled:
    """One submission in the spool.

    Attributes:
        after_seq: last journal row known to be committed when it was spooled; if it landed after
            all, it did so behind this one.
    """

    after_seq: int
    reason: str
    changes: tuple[Change, ...]
    records: tuple[Record, ...]

    def line(self) -> str:
        """Return it as one line of JSON; what has no canonical form is kept for people only."""
        lines = {
            "v": 1,
            "after_seq": self.after_seq,
            "reason": self.reason,
            "changes": [
                {"row": type(c).__name__} | {f.name: getattr(c, f.name) for f in fields(c)}
                for c in self.changes
            ],
            "records": [
                {
                    "kind": r.kind,
                    "actor": asdict(r.actor),
                    "section": r.section,
                    "body": r.body,
                    "at_ms": r.at_ms,
                }
                for r in self.records
            ],
        }
        try:
            return canonical(lines)
        except JournalValueError as error:
            return json.dumps({"v": 1, "unreadable": str(error), "text": repr(lines)})


class Spool:
    """Appends to the file from a thread that starts with the first line.

    Args:
        limit: lines that may wait for the disk; more go to `lost`.
        echo: where lines said aloud also go; None is stderr.
    """

    def __init__(self, path: Path, *, limit: int = 20_000, echo: TextIO | None = None) -> None:
        self.path = path
        self.lost = 0
        self._limit = limit
        self._echo = echo
        self._lines: SimpleQueue[tuple[Spooled, bool] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, spooled: Spooled, *, aloud: bool = False) -> None:
        """Hand over one line, `aloud` for stderr too; never blocks and never raises."""
        if self._lines.qsize() >= self._limit:
            self.lost += 1
            return
        self._lines.put((spooled, aloud))
        if self._thread is None:
            # A daemon: a disk that never answers must not keep the process from ending.
            self._thread = Thread(target=self._write_all, name="store spool", daemon=True)
            self._thread.start()

    async def close(self, within_s: float) -> None:
        """Let the thread finish what it has; gives up after `within_s` seconds."""
        if self._thread is not None:
            self._lines.put(None)
            await asyncio.to_thread(self._thread.join, within_s)
            self._thread = None

    def _write_all(self) -> None:
        going = True
        while going:
            waiting = [self._lines.get()]
            while not self._lines.empty():
                waiting.append(self._lines.get())
            going = None not in waiting
            lines = [(f"{one[0].line()}\n", one[1]) for one in waiting if one]
            # Each way out is tried although the other failed: a full disk still leaves stderr.
            with contextlib.suppress(OSError, ValueError):
                echo = self._echo or sys.stderr
                echo.write("".join(line for line, aloud in lines if aloud))
                echo.flush()
            try:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write("".join(line for line, _ in lines))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                self.lost += len(lines)


def read(path: Path) -> tuple[Sequence[Spooled], int]:
    """Return what the spool holds and how many of its lines cannot be read (a torn last one is usual)."""
    found: list[Spooled] = []
    unreadable = 0
    if not path.exists():
        return found, 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(_parse(json.loads(line)))
        except (ValueError, TypeError, KeyError):
            unreadable += 1
    return found, unreadable


def _parse(line: dict[str, Any]) -> Spooled:
    changes = tuple(_ROWS[c.pop("row")](**c) for c in line["changes"])
    records = tuple(Record(**(r | {"actor": Actor(**r["actor"])})) for r in line["records"])
    return Spooled(line["after_seq"], line["reason"], changes, records)
