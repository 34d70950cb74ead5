"""A device without a wire: register, lamps and feedback each in their own time, and what the history saw."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from config.site import MqttAddress
from devices.values import Aspect, BeaconState, SpeakerState, Value
from simulators.behaviour import Mode, SimulatedDevice
from simulators.faults import DeviceFaults
from simulators.lamp_history import Cause, LampHistory
from simulators.shown import LitLamps
from tests.sites import BROKER, speaker, tiny_site

pytestmark = pytest.mark.looptime(start=1000)


class LoopClock:
    """The virtual time of the running loop."""

    def mono_s(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_ms(self) -> int:
        return int(self.mono_s() * 1000)


@dataclass
class Rig:
    device: SimulatedDevice
    history: LampHistory

    def story(self) -> list[tuple[float, Any, str]]:
        """Return (seconds since the start, lamp, cause) of every change after the first."""
        first, *rest = self.history.since()
        return [(round(e.mono_s - first.mono_s, 3), e.lamp, e.cause.value) for e in rest]


def rig(device_id: str = "LCS-G1-1", *, comm_loss_s: float = 60.0, **changes: Any) -> Rig:
    history = LampHistory(LoopClock())
    site = tiny_site(add=(speaker("SPK-1", link=BROKER, address=MqttAddress("SPK-1"), model="native-mqtt"),))
    device = replace(site.devices[device_id], **changes)
    made = SimulatedDevice(device, history, clips=site.clips, comm_loss_s=comm_loss_s)
    _MADE.append(made)
    return Rig(made, history)


_MADE: list[SimulatedDevice] = []


@pytest.fixture(autouse=True)
def _close_timers() -> Iterator[None]:
    yield
    while _MADE:
        _MADE.pop().close()


async def test_register_lamp_and_feedback_follow_each_in_its_own_time() -> None:
    r = rig()
    d = r.device
    d.set_faults(DeviceFaults(lamp_delay_ms=300, feedback_delay_ms=200))
    d.command(Aspect.CLOSED, "1.1")
    seen = []
    for _ in range(6):
        seen.append((d.register, d.lamp, d.feedback.shown, d.feedback.cmd_id))
        await asyncio.sleep(0.1001)
    closed, opened = Aspect.CLOSED, Aspect.OPEN
    assert seen[0] == (closed, opened, opened, None)
    assert seen[2] == (closed, opened, opened, None)
    assert seen[3] == (closed, closed, opened, None)
    assert seen[5] == (closed, closed, closed, "1.1")
    assert r.story() == [(0.3, closed, "command")]


async def test_an_older_command_never_overtakes_a_newer_one() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(lamp_delay_ms=500))
    r.device.command(Aspect.CLOSED, "1.1")
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100))
    r.device.command(Aspect.OPEN, "1.2")
    await asyncio.sleep(2)
    assert (r.device.lamp, r.device.feedback.cmd_id) == (Aspect.OPEN, "1.2")
    assert r.story() == []


async def test_stuck_lamps_keep_the_command_they_show() -> None:
    r = rig()
    r.device.command(Aspect.CAUTION, "1.1")
    r.device.set_faults(DeviceFaults(stuck=True))
    r.device.command(Aspect.CLOSED, "1.2")
    assert (r.device.lamp, r.device.feedback.cmd_id) == (Aspect.CAUTION, "1.1")
    r.device.set_faults(DeviceFaults())
    assert r.device.lamp is Aspect.CLOSED
    assert [cause for *_, cause in r.story()] == ["command", "fault"]


async def test_lamps_that_came_loose_show_the_newest_command_and_no_older_one_after_it() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(lamp_delay_ms=300, stuck=True))
    r.device.command(Aspect.CAUTION, "1.1")
    r.device.command(Aspect.CLOSED, "1.2")
    r.device.set_faults(DeviceFaults())
    await asyncio.sleep(1)
    assert [value for _, value, _ in r.story()] == [Aspect.CLOSED]
    assert r.device.feedback.cmd_id == "1.2"


async def test_wrong_lamps_show_no_command() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(wrong=Aspect.DARK))
    r.device.command(Aspect.CLOSED, "1.1")
    assert (r.device.lamp, r.device.feedback.cmd_id) == (Aspect.DARK, None)
    r.device.set_faults(DeviceFaults())
    assert r.device.lamp is Aspect.CLOSED


async def test_local_mode_keeps_commands_from_the_lamps_and_a_hand_moves_them() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(local=True))
    assert r.device.mode is Mode.LOCAL
    r.device.command(Aspect.CLOSED)
    assert (r.device.register, r.device.lamp) == (Aspect.CLOSED, Aspect.OPEN)
    r.device.switch_at_panel(Aspect.CAUTION)
    r.device.set_faults(DeviceFaults())
    assert r.device.lamp is Aspect.CAUTION  # nothing moves by giving the cabinet back
    assert r.story() == [(0, Aspect.CAUTION, "local")]


async def test_a_command_under_way_does_not_reach_lamps_switched_to_local_meanwhile() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100))
    r.device.command(Aspect.CLOSED)
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100, local=True))
    await asyncio.sleep(1)
    assert r.device.lamp is Aspect.OPEN


async def test_a_command_given_in_local_mode_stays_in_the_register_when_local_ends_soon() -> None:
    r = rig()
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100, local=True))
    r.device.command(Aspect.CLOSED)
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100))
    await asyncio.sleep(1)
    assert (r.device.register, r.device.lamp) == (Aspect.CLOSED, Aspect.OPEN)


async def test_reboot_loses_lamps_and_command_and_what_was_under_way() -> None:
    r = rig()
    calls: list[str] = []
    r.device.on_reboot = lambda: calls.append("reboot")
    r.device.command(Aspect.CLOSED, "1.1")
    r.device.set_faults(DeviceFaults(lamp_delay_ms=100))
    r.device.command(Aspect.CAUTION, "1.2")
    r.device.reboot()
    await asyncio.sleep(1)
    assert calls == ["reboot"]
    assert (r.device.register, r.device.lamp) == (Aspect.DARK, Aspect.DARK)
    assert (r.device.feedback.shown, r.device.feedback.cmd_id) == (Aspect.DARK, None)


@pytest.mark.parametrize(
    ("device_id", "fallback", "lit", "after"),
    [
        pytest.param("LCS-G1-1", None, Aspect.CLOSED, Aspect.CLOSED, id="hold"),
        pytest.param("LCS-G1-1", Aspect.CAUTION, Aspect.CLOSED, Aspect.CAUTION, id="head-value"),
        pytest.param("BCN-2", None, BeaconState(True, True), BeaconState(True, False), id="siren-off"),
        pytest.param("BCN-2", BeaconState(), BeaconState(True, True), BeaconState(), id="beacon-value"),
    ],
)
async def test_comm_loss_brings_the_fallback_until_the_next_command(
    device_id: str, fallback: Value | None, lit: Value, after: Value
) -> None:
    r = rig(device_id, fallback=fallback)
    r.device.command(lit, "1.1")
    await asyncio.sleep(40)
    r.device.heard()
    await asyncio.sleep(59)
    assert (r.device.lamp, r.device.mode) == (lit, Mode.REMOTE)
    await asyncio.sleep(1.1)
    assert (r.device.lamp, r.device.mode) == (after, Mode.FALLBACK)
    r.device.heard()
    assert r.device.mode is Mode.FALLBACK
    r.device.command(lit, "1.2")
    assert (r.device.lamp, r.device.mode) == (lit, Mode.REMOTE)


async def test_every_report_worth_telling_is_told() -> None:
    r = rig()
    told: list[object] = []
    r.device.on_report = lambda: told.append((r.device.feedback.shown, r.device.mode, r.device.faults.fault))
    r.device.command(Aspect.CLOSED)
    r.device.set_faults(DeviceFaults(fault=True))
    r.device.set_faults(DeviceFaults(local=True))
    assert told == [
        (Aspect.CLOSED, Mode.REMOTE, False),
        (Aspect.CLOSED, Mode.REMOTE, True),
        (Aspect.CLOSED, Mode.LOCAL, False),
    ]


async def test_history_is_bounded_and_says_what_it_lost() -> None:
    history = LampHistory(LoopClock(), capacity=3)
    for n in range(5):
        history.record("a" if n % 2 else "b", LitLamps((str(n),)), Cause.COMMAND)
        await asyncio.sleep(0.010)
    assert [e.seq for e in history.since()] == [3, 4, 5]
    assert (history.dropped, history.last_seq) == (2, 5)
    assert [e.seq for e in history.since(after_seq=4)] == [5]
    assert [e.seq for e in history.since(device="a")] == [4]
    third = history.since()[0]
    assert [e.seq for e in history.since(history.at_ms(third) + 1)] == [4, 5]
    assert history.to_json(third)["lamp"] == {"lamps": ["2"]}


DRIVE_OUT = SpeakerState("drive_out", 3, 80)
"""Three times six seconds."""


async def test_a_clip_is_played_for_its_real_length_and_then_the_speaker_says_so() -> None:
    r = rig("SPK-1")
    r.device.command(DRIVE_OUT, "5.1")
    assert r.device.feedback.cmd_id == "5.1"
    await asyncio.sleep(17.9)
    assert r.device.feedback.shown == DRIVE_OUT
    await asyncio.sleep(0.2)
    assert r.device.feedback.shown == SpeakerState()
    assert r.device.feedback.cmd_id is None
    assert r.story() == [(0.0, DRIVE_OUT, "command"), (18.0, SpeakerState(), "ended")]


async def test_a_new_command_starts_the_clip_again_and_silence_ends_it() -> None:
    r = rig("SPK-1")
    r.device.command(DRIVE_OUT)
    await asyncio.sleep(10)
    r.device.command(DRIVE_OUT)
    await asyncio.sleep(10)
    assert r.device.lamp == DRIVE_OUT
    r.device.command(SpeakerState())
    await asyncio.sleep(60)
    assert [lamp for _, lamp, _ in r.story()] == [DRIVE_OUT, SpeakerState()]


async def test_a_speaker_falls_silent_without_its_controller_and_stays_silent_after_a_reboot() -> None:
    r = rig("SPK-1", comm_loss_s=5.0)
    r.device.command(DRIVE_OUT)
    await asyncio.sleep(6)
    assert (r.device.lamp, r.device.mode) == (SpeakerState(), Mode.FALLBACK)
    r.device.command(DRIVE_OUT)
    r.device.reboot()
    await asyncio.sleep(30)
    assert r.device.lamp == SpeakerState()
    assert [cause for _, _, cause in r.story()] == ["command", "fallback", "command", "reboot"]
