"""One controller process: store, links, drivers, brain and HTTP server wired together, and ended in order."""

import asyncio
import contextlib
import errno
import gc
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from api.app import create_app
from api.context import AppContext
from api.field import build_field, overlay
from api.watchdog import Watchdog, notify
from config.finding import Finding
from config.loader import load_checked
from config.settings import INTENT_LIMIT_MS
from config.site import Site, SiteKind
from config.tokens import Tokens, read_tokens
from controller.alarms.disk_space import DiskSpace
from controller.commands import Commands
from controller.events import EventBus
from controller.incident import IncidentState
from controller.incidents.replanning import Replanning
from controller.incidents.time_limits import TimeLimits
from controller.metrics import Metrics
from controller.recovery import recover
from controller.room import ControlRoom
from controller.store.checkpoints import Sealing
from controller.store.errors import StoreBroken
from controller.store.store import Store
from controller.store.witness import AUTO, WitnessPlaces
from controller.store.writer import Limits
from devices import failpoints
from devices.clock import SystemClock

log = structlog.get_logger()

GRACE_S = 3.0
"""How long open requests may take to end after SIGTERM."""

LAG_PERIOD_S = 0.5


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What a controller process is told.

    Attributes:
        port: 0 takes a free one; `next_free` tries the following ones where it is taken.
        endpoints: link id → (host, port), laid over the site's links.
        token: may do everything; a random one where None.
        tokens: file of further tokens, each with its role.
        journal_key, checkpoints: files beside the store where None.
        syslog: see `controller.store.witness`.
        intent_limit_ms: an intent slower than this latches JOURNAL DEGRADED (P1); more than 300 is for a
            simulated site on a machine with other work.
    """

    site: Path
    db: Path
    host: str = "127.0.0.1"
    port: int = 8080
    next_free: bool = False
    endpoints: Mapping[str, tuple[str, int]] | None = None
    token: str | None = None
    tokens: Path | None = None
    journal_key: Path | None = None
    checkpoints: Path | None = None
    syslog: str = AUTO
    intent_limit_ms: int = INTENT_LIMIT_MS

    def load(self) -> tuple[Site, Sequence[Finding]]:
        """Return the site with its endpoints, and the doubts about its file; raises SiteError."""
        site, findings = load_checked(self.site)
        return overlay(site, self.endpoints or {}), findings

    def sealing(self, site_id: str) -> Sealing:
        """Return how the journal of that site is sealed."""
        key = self.journal_key or self.db.with_name(f"{self.db.name}.key")
        file = self.checkpoints or self.db.with_name(f"{self.db.name}.checkpoints")
        return Sealing(f"onekey-{site_id}", key, WitnessPlaces(file, self.syslog))


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: ours end the whole process in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(options: ServeOptions) -> None:
    """Run until SIGTERM or SIGINT; prints one JSON line with URL and token once devices are being driven.

    Raises:
        SiteError, StoreError, ValueError, OSError: with what to mend; nothing was driven.
    """
    clock = SystemClock()
    site, findings = options.load()
    _take_what_only_a_simulated_site_may_be_told(site, options)
    token = options.token or secrets.token_urlsafe(24)
    tokens = Tokens.of(token, *(read_tokens(options.tokens) if options.tokens else ()))
    _make_folder(options.db.parent)
    listener = _listen(options)
    store = await _open_store(options, site, clock)
    metrics, events = Metrics(), EventBus()
    field = build_field(site, clock, client_id=f"onekey-{site.id}-{secrets.token_hex(4)}")
    room = ControlRoom(site, store, field.drivers, clock=clock, metrics=metrics, events=events)
    if store.checkpoints is not None:
        store.checkpoints.when_troubled(room.checkpoints_troubled)
    commands = Commands(room)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    for link_id, link in field.links.items():
        room.tasks.start(f"link {link_id}", link.run)
    await recover(room, commands)
    ready = asyncio.Event()
    app = create_app(
        AppContext(
            room=room,
            commands=commands,
            site=site,
            tokens=tokens,
            started_ms=clock.wall_ms(),
            ready=ready.is_set,
            findings=findings,
        )
    )
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2)
    )
    http = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    room.tasks.start("time limits", TimeLimits(room).keep)
    room.tasks.start("re-planning", Replanning(room).keep)
    _watch_process(room, options)
    while not server.started and not http.done():  # noqa: ASYNC110 - uvicorn offers no event for it
        await asyncio.sleep(0.01)
    gc.collect()
    gc.freeze()  # what start-up made stays: no full collection in the middle of a press
    ready.set()
    host, port = listener.getsockname()[:2]
    notify("READY=1")
    _say({"url": f"http://{host}:{port}", "token": token, "site": site.id, "kind": site.kind.value})

    await _first(ended.wait(), _until_done(http), store.run())
    notify("STOPPING=1")
    ready.clear()
    server.should_exit = True
    finishing = asyncio.create_task(_finish(room, GRACE_S), name="finish")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await asyncio.wait({http})
    if not http.done():
        http.cancel()
    unfinished = await finishing
    await room.tasks.stop()
    room.note("stop", "", {"open": sorted(i.id for i in room.book.open()), "unfinished": unfinished})
    await store.close()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        text = f"the store's folder {folder} cannot be made: {err.strerror}; give a --db that can be written"
        raise OSError(err.errno, text) from None


def _take_what_only_a_simulated_site_may_be_told(site: Site, options: ServeOptions) -> None:
    """Arm the failpoints; raises ValueError where a live site is told to break or to wait longer (P1)."""
    setting = os.environ.get(failpoints.VARIABLE, "")
    if site.kind is not SiteKind.SIMULATED:
        if setting:
            raise ValueError(
                f"{failpoints.VARIABLE} is set and the site is live: nothing is broken there on purpose; "
                f"take it out of the environment"
            )
        if options.intent_limit_ms > INTENT_LIMIT_MS:
            raise ValueError(
                f"ONEKEY_INTENT_LIMIT_MS is {options.intent_limit_ms} and the site is live: commands there "
                f"wait {INTENT_LIMIT_MS} ms for the journal at most; take it out of the environment"
            )
    failpoints.arm(setting)


async def _open_store(options: ServeOptions, site: Site, clock: SystemClock) -> Store:
    """Open the store, or where what lies on disk is damaged one that stands in for it."""
    sections, limits = site.sections, Limits(answer_s=options.intent_limit_ms / 1000)
    sealing = options.sealing(site.id)
    try:
        return await Store.open(options.db, clock=clock, sections=sections, limits=limits, sealing=sealing)
    except StoreBroken as err:
        log.error("the store is damaged: only restrictions can be ordered", reason=str(err))
        return await Store.open(options.db, clock=clock, sections=sections, limits=limits, broken=str(err))


def _watch_process(room: ControlRoom, options: ServeOptions) -> None:
    room.tasks.start("watchdog", Watchdog(room).keep)
    room.tasks.start("disk space", DiskSpace(room, options.db.parent).keep)
    room.tasks.start("loop lag", lambda: _measure_lag(room.metrics))


async def _finish(room: ControlRoom, within_s: float) -> list[str]:
    """Give open windows the time to be proved; return the incidents that the next start takes over."""
    waiting = {
        incident.id: window
        for incident in room.book.open()
        for window in (*incident.windows, incident.clear_window)
        if window is not None and window.verdict is None
    }
    if waiting:
        tasks = [asyncio.ensure_future(window.decided.wait()) for window in waiting.values()]
        await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
    left = sorted(name for name, window in waiting.items() if window.verdict is None)
    clearing = (i.id for i in room.book.open() if i.state is IncidentState.CLEARING)
    left += sorted(set(clearing) - set(left))
    if left:
        log.warning("ending with work under way; the next start goes on with it", incidents=left)
    return left


def _listen(options: ServeOptions) -> socket.socket:
    last = options.port + 50 if options.next_free and options.port else options.port
    for port in range(options.port, last + 1):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((options.host, port))
        except OSError as err:
            listener.close()
            if port == last:
                known = err.errno in (errno.EADDRINUSE, errno.EACCES)
                remedy = "another --port" if known else "an address of this machine with --host"
                text = f"cannot listen on {options.host}:{port}: {err.strerror}; give {remedy}"
                raise OSError(err.errno, text) from None
        else:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listener
    raise AssertionError("unreachable: the last port either binds or raises")


def _say(line: Mapping[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _first(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if (error := task.exception()) is not None:
                log.error("a part that may end the process has ended it", error=repr(error))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_done(task: "asyncio.Task[None]") -> None:
    await asyncio.wait({task})


async def _measure_lag(metrics: Metrics) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + LAG_PERIOD_S
        await asyncio.sleep(LAG_PERIOD_S)
        metrics.loop_lag.observe(max(0.0, loop.time() - due_s))
