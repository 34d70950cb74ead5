"""How a device behaves whatever wire it hangs on: command register, lamps and feedback are three variables.

A command lands in the register at once, the lamps follow after their delay, the feedback after one more.
Only `_light` changes lamps, and it tells the history in the same instant.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.site import Clip, Device
from devices.values import BeaconState, DeviceType, SpeakerState, dark
from simulators.faults import DeviceFaults
from simulators.lamp_history import Cause, LampHistory
from simulators.shown import Shown

COMM_LOSS_S = 60.0
UNKNOWN_CLIP_S = 10
"""How long a clip plays that a fault names and the site does not know."""


class Mode(StrEnum):
    """Who decides what the lamps show."""

    REMOTE = "remote"
    LOCAL = "local"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the device knows of its own lamps, and the command (if any) whose value they show."""

    shown: Shown
    cmd_id: str | None = None


class SimulatedDevice:
    """One device without its wire.

    Attributes:
        register: what was commanded last; the base after start, dark after a reboot.
        lamp: what a driver on the road sees.
        feedback: what the device reports.
        on_report: called when there is something new to report; set by a face that reports by itself.
        on_faults: called after the faults changed; set by a face that must act on them.
        on_reboot: called while power is away; set by a face that keeps a connection or a memory.
    """

    def __init__(
        self,
        device: Device,
        history: LampHistory,
        *,
        clips: Mapping[str, Clip] | None = None,
        comm_loss_s: float = COMM_LOSS_S,
    ) -> None:
        self.device = device
        self._clips = clips or {}
        self._playing: asyncio.TimerHandle | None = None
        self.faults = DeviceFaults()
        self.on_report: Callable[[], None] = _nothing
        self.on_faults: Callable[[], None] = _nothing
        self.on_reboot: Callable[[], None] = _nothing
        self._history = history
        self._loop = asyncio.get_running_loop()
        self._pending: set[asyncio.TimerHandle] = set()
        self._commands = 0  # number of the newest command; an older one never overtakes it
        self._lit_command = 0
        self._lamp_changes = 0
        self._fed_change = 0
        self._fallen_back = False
        self._comm_loss_s = comm_loss_s
        self._heard_s = self._loop.time()
        self.register: Shown = self.base
        self.lamp: Shown = self.base
        self._lamp_cmd: str | None = None
        self.feedback = Feedback(self.base)
        history.record(device.id, self.lamp, Cause.REBOOT)
        self._watchdog = self._loop.call_later(comm_loss_s, self._watch_comms)

    @property
    def base(self) -> Shown:
        """What it shows at rest; dark where the site leaves that to others."""
        return dark(self.device.type) if self.device.base is None else self.device.base

    @property
    def mode(self) -> Mode:
        """Who decides now."""
        if self.faults.local:
            return Mode.LOCAL
        return Mode.FALLBACK if self._fallen_back else Mode.REMOTE

    def heard(self) -> None:
        """Note that somebody who could command it spoke to it."""
        self._heard_s = self._loop.time()

    def command(self, value: Shown, cmd_id: str | None = None) -> None:
        """Put `value` into the register; the lamps follow, unless the cabinet is in local mode."""
        self.heard()
        self._commands += 1
        self.register = value
        if self.faults.local:
            return
        self._fallen_back = False
        self._after(self.faults.lamp_delay_ms, self._follow, self._commands, value, cmd_id)

    def switch_at_panel(self, value: Shown) -> None:
        """Let somebody at the cabinet switch the lamps by hand."""
        self._light(value, Cause.LOCAL)

    def set_faults(self, faults: DeviceFaults) -> None:
        """Replace all faults; lamps that a fault held wrong or stuck go back to what the register says."""
        old, self.faults = self.faults, faults
        if faults.wrong is not None:
            self._light(faults.wrong, Cause.FAULT)
        elif not faults.local and (old.wrong is not None or (old.stuck and not faults.stuck)):
            self._lit_command = self._commands  # what the lamps would still have followed is behind them
            self._light(self.register, Cause.FAULT)
        self.on_faults()
        if (old.local, old.fault, old.drop_state) != (faults.local, faults.fault, faults.drop_state):
            self.on_report()

    def reboot(self) -> None:
        """Lose power for an instant: every lamp off, no command remembered."""
        self.on_reboot()
        self._start_again(dark(self.device.type))

    def reset(self) -> None:
        """Be healthy and show the base; the memory of commands stays."""
        self.faults = DeviceFaults()
        self.on_faults()
        self._start_again(self.base)

    def close(self) -> None:
        """Stop all timers."""
        self._watchdog.cancel()
        self._stop_playing()
        self._forget_pending()

    def _start_again(self, shown: Shown) -> None:
        self._forget_pending()
        self._stop_playing()
        self._fallen_back = False
        self.register = shown
        self._lamp_cmd = None
        if shown != self.lamp:
            self.lamp = shown
            self._history.record(self.device.id, shown, Cause.REBOOT)
        self._lamp_changes += 1
        self._feed(self._lamp_changes, Feedback(shown))

    def _follow(self, number: int, value: Shown, cmd_id: str | None) -> None:
        if number < self._lit_command or self.faults.local:
            return
        self._lit_command = number
        self._light(value if self.faults.wrong is None else self.faults.wrong, Cause.COMMAND, value, cmd_id)

    def _light(
        self, lamp: Shown, cause: Cause, commanded: Shown | None = None, cmd_id: str | None = None
    ) -> None:
        if not self.faults.stuck and lamp != self.lamp:
            self.lamp, self._lamp_cmd = lamp, None
            self._history.record(self.device.id, lamp, cause)
        if not self.faults.stuck:
            self._play(lamp)
        if self.lamp == commanded:  # else lamps that did not change still show an earlier command, or none
            self._lamp_cmd = cmd_id
        self._lamp_changes += 1
        shown = Feedback(self.lamp, self._lamp_cmd)
        self._after(self.faults.feedback_delay_ms, self._feed, self._lamp_changes, shown)

    def _play(self, lamp: Shown) -> None:
        """Let a clip sound for its real length as often as ordered, from its beginning, then fall silent."""
        self._stop_playing()
        if isinstance(lamp, SpeakerState) and not lamp.silent:
            clip = self._clips.get(lamp.clip)
            once_s = UNKNOWN_CLIP_S if clip is None else clip.length_s
            self._playing = self._loop.call_later(
                once_s * lamp.repeats, self._light, SpeakerState(), Cause.ENDED
            )

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    def _feed(self, number: int, feedback: Feedback) -> None:
        if number < self._fed_change:
            return
        self._fed_change = number
        self.feedback = feedback
        self.on_report()

    def _watch_comms(self) -> None:
        silent_s = self._loop.time() - self._heard_s
        wait_s = self._comm_loss_s - silent_s
        if wait_s <= 0:
            wait_s = self._comm_loss_s
            if not self._fallen_back and not self.faults.local:
                self._fall_back()
        self._watchdog = self._loop.call_later(wait_s, self._watch_comms)

    def _fall_back(self) -> None:
        self._fallen_back = True
        target: Shown = self.lamp if self.device.fallback is None else self.device.fallback
        if self.device.fallback is None and self.device.type is DeviceType.BEACON:
            flash = isinstance(self.lamp, BeaconState) and self.lamp.flash
            target = BeaconState(flash=flash, siren=False)
        self._light(target, Cause.FALLBACK)

    def _after(self, delay_ms: int, action: Callable[..., None], *args: object) -> None:
        """Run `action` after the delay, at once where there is none; never after a reboot or close."""
        if delay_ms <= 0:
            action(*args)
            return

        def due() -> None:
            self._pending.discard(handle)
            action(*args)

        handle = self._loop.call_later(delay_ms / 1000, due)
        self._pending.add(handle)

    def _forget_pending(self) -> None:
        for handle in self._pending:
            handle.cancel()
        self._pending.clear()


def _nothing() -> None:
    """Do nothing: the face of this device asks, and is not told."""
