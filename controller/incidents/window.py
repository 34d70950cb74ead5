"""One window of the budget: the steps of one revision and the verdict over them, written once (T2)."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from controller.incident import StepState, Verdict

_ENDED_WELL = frozenset({StepState.VERIFIED})
_NOT_COUNTED = frozenset({StepState.OUTRANKED, StepState.SUPERSEDED})


@dataclass(slots=True)
class Step:
    """Where one device stands in one revision; `times` are milliseconds since the key, first entry each."""

    state: StepState = StepState.QUEUED
    reason: str = ""
    t_ms: int = 0
    times: dict[StepState, int] = field(default_factory=dict)


class Window:
    """Steps of (incident, revision) from the key to the verdict, and afterwards for late proofs.

    Args:
        key_s: loop seconds of the key; all `t_ms` count from it.
        weak: devices whose model can only acknowledge (proof: none).
        covered: False if the plan warns nobody upstream: then it is never met.
        restarted: the process was restarted inside the window.
        apart: device → why it does not count though the plan is about it: failed before, left out.
    """

    def __init__(
        self,
        incident: str,
        revision: int,
        devices: Collection[str],
        *,
        key_s: float,
        budget_ms: int,
        weak: Collection[str] = (),
        covered: bool = True,
        restarted: bool = False,
        apart: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.incident = incident
        self.revision = revision
        self.key_s = key_s
        self.budget_ms = budget_ms
        self.steps = {device: Step(times={StepState.QUEUED: 0}) for device in devices}
        self.verdict: Verdict | None = None
        self.all_proved = asyncio.Event()
        self.decided = asyncio.Event()
        self._weak = frozenset(weak)
        self._covered = covered
        self._put_off: set[str] = set()
        self.restarted = restarted
        self.apart = dict(apart)
        self._unproved: set[str] = set()
        for device in self.steps:
            self._mark(device)
        self._tell()

    def enter(self, device: str, state: StepState, reason: str, now_s: float) -> Step | None:
        """Move a device's step; returns it if something changed, None if not (or not ours)."""
        step = self.steps.get(device)
        if step is None or (step.state is state and step.reason == reason):
            return None
        if step.state in _NOT_COUNTED or device in self._put_off:
            return None
        if state in (StepState.SENT, StepState.ACKED) and step.state in _ENDED_WELL:
            return None  # a re-drive of what was proved is no step of the press
        step.state, step.reason = state, reason
        step.t_ms = max(0, round((now_s - self.key_s) * 1000))
        step.times.setdefault(state, step.t_ms)
        self._mark(device)
        self._tell()
        return step

    def put_off(self, devices: Collection[str], reason: str) -> None:
        """Say that these are driven once more later: what was proved of them is not the end (T1).

        A beacon whose siren is off still flashes. What its reconciler says meanwhile does not count.
        """
        for device in devices:
            step = self.steps.get(device)
            if step is not None and step.state not in _NOT_COUNTED:
                self._put_off.add(device)
                step.state, step.reason = StepState.QUEUED, reason
                step.times.pop(StepState.VERIFIED, None)
                self._mark(device)
        self._tell()

    def due(self, devices: Collection[str]) -> None:
        """Count again what these do: their last order is about to be given."""
        self._put_off.difference_update(devices)

    @property
    def proved(self) -> bool:
        """Whether every counted device is proved now; costs nothing, unlike `not_proved`."""
        return not self._unproved

    def not_proved(self) -> Mapping[str, str]:
        """Return device → reason for every counted device that is not proved now."""
        return {
            device: step.reason or _why(step.state)
            for device, step in self.steps.items()
            if self._counts(device, step) and not self._done(device, step)
        }

    def decide(self) -> Verdict:
        """Return the verdict from what is known now; does not store it."""
        counted = {d: s for d, s in self.steps.items() if self._counts(d, s)}
        proved = [s.times[StepState.VERIFIED] for s in counted.values() if s.state in _ENDED_WELL]
        acked_only = sum(1 for d, s in counted.items() if d in self._weak and self._done(d, s))
        failed = dict(self.not_proved())
        last_ms = max(proved, default=None)
        if any(s.state is StepState.SUPERSEDED for s in self.steps.values()):
            outcome = "superseded"
        elif not self._covered:
            outcome = "no coverage"
        elif failed or (last_ms is not None and last_ms > self.budget_ms):
            outcome = "missed (restart)" if self.restarted else "missed"
        else:
            outcome = "met"
        return Verdict(
            outcome,
            len(proved),
            acked_only,
            len(counted),
            self.budget_ms,
            last_ms,
            dict(sorted(failed.items())),
            dict(sorted(self.apart.items())),
        )

    def close(self, verdict: Verdict) -> None:
        """Keep the verdict; it is written once. The caller sets `decided` when it is journalled."""
        assert self.verdict is None
        self.verdict = verdict
        self.all_proved.set()  # whoever waits for it has nothing more to wait for

    def supersede(self) -> None:
        """Mark what is not proved as superseded by a newer revision of the same incident."""
        for step in self.steps.values():
            if step.state not in _ENDED_WELL and step.state not in _NOT_COUNTED:
                step.state = StepState.SUPERSEDED
        self._unproved.clear()
        self._tell()

    def _counts(self, device: str, step: Step) -> bool:
        return step.state not in _NOT_COUNTED and device not in self.apart

    def _done(self, device: str, step: Step) -> bool:
        return step.state in _ENDED_WELL or (device in self._weak and step.state is StepState.ACKED)

    def _mark(self, device: str) -> None:
        """Keep count: a window of a thousand devices is not gone through at each of their steps."""
        step = self.steps[device]
        if self._counts(device, step) and not self._done(device, step):
            self._unproved.add(device)
        else:
            self._unproved.discard(device)

    def _tell(self) -> None:
        if self._unproved:
            self.all_proved.clear()
        else:
            self.all_proved.set()


def _why(state: StepState) -> str:
    return {
        StepState.QUEUED: "not sent yet",
        StepState.SENT: "sent, no answer yet",
        StepState.ACKED: "acknowledged, not shown yet",
    }.get(state, state.value)
