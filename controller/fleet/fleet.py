"""All reconcilers of a process and the desk they report to: orders out, steps and findings in."""

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Protocol

from config.site import Device, Site
from controller.alarms.alarms import Alarms
from controller.alarms.device_alarms import DeviceAlarms
from controller.events import DeviceChanged, EventBus, StepChanged
from controller.fleet.clocks import DeviceClocks
from controller.fleet.detours import Detours
from controller.fleet.failing import has_failed
from controller.fleet.look import Look, Target
from controller.fleet.reconciler import POLL_WANTED_S, Reconciler
from controller.incident import StepState
from controller.incidents.window import Step, Window
from controller.interlocks.partners import Partners
from controller.metrics import Metrics
from controller.states.arbitration import DeviceState
from controller.states.because import LEAVING
from devices.clock import Clock
from devices.driver import Driver, Order
from devices.errors import DeviceRejected
from devices.values import Value

_OF_AN_ORDER = frozenset({StepState.SENT, StepState.ACKED, StepState.VERIFIED})


class Hooks(Protocol):
    """What the control room does with what the fleet finds; synchronous, must not raise."""

    def found_restriction(self, device: str, value: Value) -> None:
        """A restriction nobody ordered released is shown (S11)."""

    def release_proved(self, device: str) -> None:
        """A device that a person ordered to leave a restriction shows its new target."""

    def step_changed(self, window: Window, device: str, step: Step) -> None:
        """A step of a window entered a new state."""

    def epoch_too_low(self, device: str, applied_epoch: int) -> None:
        """A device has applied a command of a higher epoch than ours."""

    def device_failed(self, device: str, reason: str) -> None:
        """A device does not do what it was told, or says that it is faulty; told at every look."""

    def device_looked(self, device: str) -> None:
        """A device was looked at: a newer reading may be what a release waits for."""


def target_of(device: Device, state: DeviceState | None, leaves: tuple[Value, ...]) -> Target:
    """Return what a device shall be driven to: its arbitrated state, or its base (S12)."""
    if state is None:
        return Target(device.base, wanted=False, leaves=leaves, because="at rest")
    ours = not state.source.startswith("adopted:")
    held = state.source.startswith(("lock:", "interlock:"))
    incident = state.source.removesuffix(LEAVING) if ours and not held else ""
    return Target(state.value, wanted=ours, incident_id=incident, leaves=leaves, because=state.why)


def left_by(permit: Value, ours: Collection[Value], value: Value | None) -> tuple[Value, ...]:
    """Return what a device on its way to `value` may leave by a permit (S11).

    With what the person ordered it to leave goes what its lamps may still show on our own orders before
    that one: a sign that is told two texts quickly shows the first for a moment. Found is neither.
    """
    return (permit, *sorted(set(ours) - {permit, value}, key=repr))


class Fleet:
    """Reconcilers by device id. Implements the `Desk` they report to.

    Args:
        epoch_of: section → the epoch we command under now.
        out_of_service: device id → whether it is; such a device raises no alarm.
    """

    def __init__(
        self,
        site: Site,
        drivers: Mapping[str, Driver],
        *,
        clock: Clock,
        epoch_of: Callable[[str], int],
        hooks: Hooks,
        events: EventBus,
        alarms: Alarms,
        metrics: Metrics,
        out_of_service: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.device_alarms = DeviceAlarms(site, alarms, clock, out_of_service)
        self._site = site
        self._clock = clock
        self._epoch_of = epoch_of
        self._hooks = hooks
        self._events = events
        self._metrics = metrics
        self._seq = dict.fromkeys(site.devices, 0)
        self._clocks = DeviceClocks(site.devices, alarms, clock)
        self._windows: dict[str, list[Window]] = {device: [] for device in site.devices}
        self.reconcilers = {
            device.id: Reconciler(
                device.id,
                device.model,
                drivers[device.id],
                self,
                clock,
                target_of(device, None, ()),
                phase_s=(zlib.crc32(device.link.encode()) % 100) / 100 * POLL_WANTED_S,
            )
            for device in site.devices.values()
        }
        self.walks: dict[str, Target] = {}
        """Devices somebody is walking: what they show while nothing else is wanted of them."""
        self.partners = Partners(site, self.reconcilers, clock, metrics)
        self._detours = Detours(site, self.reconcilers, self.partners, alarms, clock)

    def apply(
        self,
        states: Mapping[str, DeviceState],
        permits: Mapping[str, Value],
        *,
        awaited: Collection[str] = (),
        rewrite: Collection[str] = (),
        window: Window | None = None,
    ) -> None:
        """Give every device its target; never awaits.

        Args:
            states: what arbitration gives; a device without one goes to its base.
            permits: device → value a person ordered it to leave.
            awaited: devices a release under way waits for.
            rewrite: devices of a new revision: written even where they already agree.
            window: follows the steps of the devices in `rewrite`.
        """
        for device in self._site.devices.values():
            reconciler = self.reconcilers[device.id]
            target = target_of(device, states.get(device.id), ())
            if (permit := permits.get(device.id)) is not None:
                target = replace(target, leaves=left_by(permit, reconciler.condition.ours, target.value))
            if device.id in awaited:
                target = replace(target, awaited=True)
            if device.id in self.walks:
                if device.id in states or device.id in rewrite:
                    # Whoever wants it has it; what the walk lit may be left, a person ordered that.
                    target = replace(target, leaves=(*target.leaves, *self.walks.pop(device.id).leaves))
                else:
                    target = self.walks[device.id]
            target = self._detours.target(device.id, target, anew=device.id in rewrite)
            if device.id in rewrite:
                if window is not None:
                    self._windows[device.id].append(window)
                reconciler.set_target(replace(target, prove=True))
            elif target.value != reconciler.target.value:
                reconciler.set_target(target)
            elif replace(target, prove=reconciler.target.prove) != reconciler.target:
                reconciler.amend_target(target)
            else:
                continue
            self._events.publish(DeviceChanged(device.id))

    def drive_anew(self, device: str) -> None:
        """Drive a device to its target as if it had never been told: what stopped it is mended."""
        reconciler = self.reconcilers[device]
        reconciler.set_target(replace(reconciler.target, prove=True))

    def follow(self, window: Window) -> None:
        """Follow the steps of a window whose devices already have their targets (restart)."""
        for device in window.steps:
            if device in self._windows:
                self._windows[device].append(window)

    def forget(self, window: Window) -> None:
        """Stop following the steps of a window."""
        for windows in self._windows.values():
            if window in windows:
                windows.remove(window)

    async def run(self, device: str) -> None:
        """Run one reconciler; a bug in it or its driver makes this device unknown and no other."""
        try:
            await self.reconcilers[device].run()
        except Exception as crash:
            self.reconcilers[device].crashed(f"its task crashed: {type(crash).__name__}: {crash}")
            raise

    # The desk, called by reconcilers ------------------------------------------------------------------

    def new_order(self, device: str, target: Target, ttl_s: float) -> Order:
        """Give the next order; seq is per device from 1, every decision to write takes a new one."""
        assert target.value is not None
        self._seq[device] += 1
        issued_ms = self._clock.wall_ms() + self._clocks.skew_ms(device)
        return Order(
            value=target.value,
            epoch=self._epoch_of(self._site.devices[device].section),
            seq=self._seq[device],
            incident_id=target.incident_id,
            issued_at_ms=issued_ms,
            expires_at_ms=issued_ms + round(ttl_s * 1000),
            expires_at_s=self._clock.mono_s() + ttl_s,
        )

    def held_back(self, device: str, value: Value) -> str:
        """Return why a write has to wait for partners of an interlock, empty where it may go now (S9)."""
        return self.partners.held_back(device, value)

    def step(self, device: str, state: StepState, reason: str) -> None:
        """Pass a step to the windows that follow this device; what it shows between is none of theirs."""
        if self._detours.between(device) and state in _OF_AN_ORDER:
            return
        now_s = self._clock.mono_s()
        for window in tuple(self._windows[device]):
            changed = window.enter(device, state, reason, now_s)
            if changed is not None:
                self._metrics.steps.labels(state.value).inc()
                self._hooks.step_changed(window, device, changed)
                self._events.publish(StepChanged(window.incident, window.revision, device))

    def looked(self, device: str, verdict: Look, changed: bool) -> None:
        """Count a look; act on what it found."""
        self._metrics.passes.labels(verdict.value).inc()
        reconciler = self.reconcilers[device]
        condition, target = reconciler.condition, reconciler.target
        front = condition.reading.front if condition.reading is not None else None
        if verdict is Look.ADOPT and front is not None:
            self._hooks.found_restriction(device, front)
        left = target.leaves and target.value not in target.leaves
        # Slow lamps may still pass through what was ordered a moment before: the permit covers that too.
        if left and reconciler.settled and verdict in (Look.VERIFIED, Look.AT_REST):
            self._hooks.release_proved(device)
        if has_failed(verdict, self._clock.wall_ms() - condition.since_ms):
            self._hooks.device_failed(device, condition.reason)
        self.partners.looked(device, verdict, changed)
        self._detours.looked(device, verdict)
        self._clocks.looked(device, condition.reading)
        self._hooks.device_looked(device)
        if changed:
            self.device_alarms.judge(device, condition, verdict, wanted=target.wanted)
            self._events.publish(DeviceChanged(device))

    def refused(self, device: str, refusal: DeviceRejected) -> bool:
        """Alarm, and mend what can be mended; True where a new order may succeed at once."""
        wanted = self.reconcilers[device].target.wanted
        if refusal.code == "expired" and refusal.device_ms is not None:
            self._clocks.refused_as_late(device, refusal.device_ms)
            return True
        if refusal.code == "stale" and refusal.applied is not None:
            text = f"it has applied command {refusal.applied[0]}.{refusal.applied[1]}, newer than ours"
            self.device_alarms.complain(device, text, wanted=wanted)
            self._hooks.epoch_too_low(device, refusal.applied[0])
            return False
        self.device_alarms.complain(device, refusal.reason, wanted=wanted)
        return False
