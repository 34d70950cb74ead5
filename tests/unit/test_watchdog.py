"""The event loop watched: where it hung is logged at once, journalled and alarmed when it turns again."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from api.watchdog import Watchdog, notify
from controller.alarms.alarm import AlarmKind, Priority
from controller.alarms.disk_space import DiskSpace, judge
from devices import failpoints
from tests.contract.store_samples import until
from tests.unit.api_room import running_api


def hang(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_loop_that_stood_still_is_named_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_api(tmp_path) as api:
        api.room.tasks.start("watchdog", Watchdog(api.room, stall_s=0.4).keep)
        await asyncio.sleep(0.05)
        hang(0.8)
        await until(lambda: api.room.alarms.get("loop:event loop") is not None)
        found = api.room.alarms.get("loop:event loop")
        assert found is not None
        assert "hang" in found.text
        await until(lambda: not api.room.alarms.standing())
        assert "stands still" in capsys.readouterr().out
        await api.room.store.commit([], [])
        (row,) = await api.room.store.journal(kinds=["fault"])
        assert row.body["task"] == "event loop"


async def test_a_loop_that_turns_is_left_alone(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        api.room.tasks.start("watchdog", Watchdog(api.room, stall_s=2.0).keep)
        await asyncio.sleep(0.7)
        assert api.room.alarms.get("loop:event loop") is None


async def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notify("READY=1")  # without systemd nothing happens
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"
        async with running_api(tmp_path) as api:
            api.room.tasks.start("watchdog", Watchdog(api.room).keep)
            assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("free", "standing", "priority"),
    [
        pytest.param(0.5, None, None, id="enough"),
        pytest.param(0.199, None, Priority.MEDIUM, id="under-20"),
        pytest.param(0.205, Priority.MEDIUM, Priority.MEDIUM, id="not-yet-enough-again"),
        pytest.param(0.205, None, None, id="the-same-from-above"),
        pytest.param(0.22, Priority.MEDIUM, None, id="enough-again"),
        pytest.param(0.049, Priority.MEDIUM, Priority.HIGH, id="under-5"),
        pytest.param(0.055, Priority.HIGH, Priority.HIGH, id="still-under-5"),
        pytest.param(0.07, Priority.HIGH, Priority.MEDIUM, id="better"),
        pytest.param(0.0, None, Priority.HIGH, id="full"),
    ],
)
def test_how_full_a_disk_may_be(free: float, standing: Priority | None, priority: Priority | None) -> None:
    assert judge(free, standing) is priority


async def test_a_disk_that_fills_is_told_twice_and_ends(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        disk = DiskSpace(api.room, tmp_path)
        seen = []
        for free in (50, 19, 18, 4, 3, 10, 50):
            disk.look(free * 2**30, 100 * 2**30)
            alarm = api.room.alarms.get(f"{AlarmKind.DISK}:{tmp_path}")
            seen.append((alarm.priority.value, alarm.active) if alarm else None)
        assert seen == [
            None,
            ("medium", True),
            ("medium", True),
            ("high", True),
            ("high", True),
            ("medium", True),
            ("medium", False),
        ]


@pytest.mark.parametrize(
    "setting", ["nowhere=kill", "before_send", "before_send=die", "before_send=kill:x", "=kill"]
)
def test_a_failpoint_that_is_not_there_is_refused(setting: str) -> None:
    with pytest.raises(failpoints.FailpointError, match="ONEKEY_FAILPOINTS"):
        failpoints.parse(setting)


def test_failpoints_do_nothing_until_armed() -> None:
    failpoints.failpoint("before_send")
    failpoints.arm("before_send=error, after_send=stall:0")
    try:
        with pytest.raises(failpoints.FailpointHit):
            failpoints.failpoint("before_send")
        failpoints.failpoint("after_send")
        failpoints.failpoint("before_ack")
    finally:
        failpoints.arm("")
    failpoints.failpoint("before_send")
