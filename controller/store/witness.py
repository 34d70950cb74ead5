"""Where checkpoints are kept besides the journal: a second file and syslog; a hung disk holds nobody."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from controller.store.notes import split_notes

DEV_LOG = "/dev/log"
AUTO, OFF = "auto", "off"
_LOG_NOTICE = 10 << 3 | 5  # facility authpriv, severity notice
_SOCKET_S = 1.0
_TAIL_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class WitnessPlaces:
    """Where to.

    Attributes:
        file: notes one after the other; another disk or machine is better than the store's own.
        syslog: `auto` uses /dev/log where there is one and is content without; `off`; a path; `host:port`
            for UDP.
    """

    file: Path
    syslog: str = AUTO


class Witness:
    """Writes notes to every place; `put` answers what failed."""

    def __init__(self, places: WitnessPlaces) -> None:
        self._places = places
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    async def put(self, note: str, within_s: float) -> str:
        """Write the note to all places; return what went wrong, "" for nothing. Never raises."""
        fault = await self._ask(lambda: self._write(note), within_s)
        return f"{self._places.file}: no answer within {within_s:g} s" if fault is None else fault

    async def newest(self, within_s: float) -> str:
        """Return the newest note of the file, "" where there is none or it does not answer."""
        return await self._ask(lambda: newest_note(self._places.file), within_s) or ""

    async def _ask(self, job: Callable[[], str], within_s: float) -> str | None:
        """Have the thread do it; None where it does not in time."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()

        def tell(answer: str) -> None:
            if not done.done():
                done.set_result(answer)

        def work() -> None:
            try:
                answer = job()
            except OSError:
                answer = ""
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(tell, answer)

        self._jobs.put(work)
        if self._thread is None:
            # A daemon: a disk that never answers must not keep the process from ending.
            self._thread = Thread(target=self._work, name="checkpoint witness", daemon=True)
            self._thread.start()
        await asyncio.wait([done], timeout=within_s)
        if done.done():
            return done.result()
        done.cancel()
        return None

    def close(self) -> None:
        """Let the thread end when it has written what it has."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _write(self, note: str) -> str:
        faults = []
        try:
            append_note(self._places.file, note)
        except OSError as err:
            faults.append(f"{self._places.file}: {err.strerror or err}")
        try:
            to_syslog(self._places.syslog, note)
        except OSError as err:
            faults.append(f"syslog {self._places.syslog}: {err.strerror or err}")
        return "; ".join(faults)


def append_note(path: Path, note: str) -> None:
    """Add a note to the file, durably. A torn one before it is ended first, so that it spoils no other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(max(0, size - 2))
            if file.read() != b"\n\n":
                file.truncate(_whole_bytes(path))
        file.write(f"{note}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def _whole_bytes(path: Path) -> int:
    text = path.read_text("utf-8", "replace")
    return len("".join(f"{note}\n" for note in split_notes(text)).encode())


def kept_notes(path: Path) -> list[str]:
    """Return every whole note of the file, oldest first; none where there is no file."""
    try:
        return split_notes(path.read_text("utf-8", "replace"))
    except OSError:
        return []


def newest_note(path: Path) -> str:
    """Return the last whole note of the file, "" where there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    blocks = [block for block in text.split("\n\n") if block]
    if len(blocks) < 2 or not text.endswith("\n\n"):
        notes = split_notes(path.read_text("utf-8", "replace"))
        return notes[-1] if notes else ""
    return f"{blocks[-2]}\n\n{blocks[-1]}\n"


def to_syslog(place: str, note: str) -> None:
    """Send the note as one line; raises OSError where a place that was asked for is not there."""
    if place == OFF or (place == AUTO and not Path(DEV_LOG).exists()):
        return
    line = note.rstrip("\n").replace("\n", "\\n")
    packet = f"<{_LOG_NOTICE}>onekey[{os.getpid()}]: checkpoint {line}".encode()
    host, _, port = place.rpartition(":")
    if host and port.isdigit():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(_SOCKET_S)
            udp.connect((host, int(port)))
            udp.send(packet)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.settimeout(_SOCKET_S)
        unix.connect(DEV_LOG if place == AUTO else place)
        unix.send(packet)


def note_of_line(line: str) -> str:
    """Return the note of a syslog line, for whoever compares it; "" where there is none."""
    _, found, text = line.partition(": checkpoint ")
    return text.strip().replace("\\n", "\n") + "\n" if found else ""
