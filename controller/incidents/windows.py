"""Budget windows of revisions: opened with a key, decided once, followed as proofs come and go (T2)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from config.site import Site
from controller.book import Incident
from controller.events import EventBus, IncidentChanged
from controller.incident import SYSTEM, IncidentState, Plan, StepState
from controller.incidents.window import Window
from controller.metrics import Metrics
from controller.plan import coverage, plan_json
from controller.states.arbitration import DeviceState
from controller.store.rows import Record, VerdictRow
from controller.store.store import Store
from controller.supervisor import Tasks
from devices.clock import Clock
from devices.failpoints import failpoint
from devices.models import Proof
from devices.values import Aspect, BeaconState, PortalAspect, SpeakerState

_DERIVED = (Aspect, PortalAspect)
"""What joined facts derive; the others go by the source that asked for most."""


class Windows:
    """Opens windows and writes their verdicts; an incident's state follows them."""

    def __init__(
        self, site: Site, store: Store, *, clock: Clock, metrics: Metrics, events: EventBus, tasks: Tasks
    ) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._events = events
        self._tasks = tasks

    def open(
        self,
        incident: Incident,
        plan: Plan,
        *,
        key_s: float,
        budget_ms: int,
        revision: int,
        covered: bool = True,
        restarted: bool = False,
        apart: Mapping[str, str] = MappingProxyType({}),
    ) -> Window:
        """Make the window over a plan's devices; its verdict task is started by `watch`."""
        weak = [d.device for d in plan.demands if self._site.devices[d.device].model.proof is Proof.NONE]
        return Window(
            incident.id,
            revision,
            [demand.device for demand in plan.demands],
            key_s=key_s,
            budget_ms=budget_ms,
            weak=weak,
            covered=covered,
            restarted=restarted,
            apart=apart,
        )

    def mark_outranked(self, incident: Incident, window: Window, states: Mapping[str, DeviceState]) -> None:
        """Take out of a window the devices that another order holds at something else (S5, S14)."""
        for demand in incident.plan.demands:
            if demand.device not in window.steps:
                continue
            state = states[demand.device]
            if state.value == demand.value and not state.source.startswith("adopted:"):
                continue
            if isinstance(state.value, BeaconState | SpeakerState) and incident.id in state.sources:
                continue  # its sound has ended by now, or is for another: still ours to prove
            higher = isinstance(state.value, _DERIVED) and isinstance(demand.value, _DERIVED)
            if higher and not state.source.startswith("adopted:"):
                continue  # raised by the joined facts: still ours to prove
            now_s = self._clock.mono_s()
            window.enter(demand.device, StepState.OUTRANKED, f"held by {state.source}: {state.reason}", now_s)

    def watch(self, incident: Incident, window: Window) -> None:
        """Have the verdict of a window written when all is proved or its budget is over."""
        name = f"verdict {window.incident} rev {window.revision}"
        self._tasks.start(name, lambda: self._decide(incident, window))

    async def _decide(self, incident: Incident, window: Window) -> None:
        try:
            async with asyncio.timeout_at(window.key_s + window.budget_ms / 1000):
                await window.all_proved.wait()
        except TimeoutError:
            pass
        if window.verdict is None:
            await self.give_verdict(incident, window)

    async def give_verdict(self, incident: Incident, window: Window) -> None:
        """Write the verdict of a window, once, and let the incident's state follow."""
        verdict = window.decide()
        if verdict.failed and window is not incident.clear_window:
            lost = coverage.lost(incident.plan.demands, self._site, verdict.failed)
            verdict = replace(verdict, coverage_lost=lost)
        window.close(verdict)
        incident.verdicts[window.revision] = verdict
        self._metrics.verdicts.labels(verdict.outcome).inc()
        if verdict.met and verdict.last_ms is not None:
            self._metrics.last_verified.observe(verdict.last_ms / 1000)
        first = [s.times[StepState.SENT] for s in window.steps.values() if StepState.SENT in s.times]
        if first:
            self._metrics.first_command.observe(min(first) / 1000)
        self.follow_proof(incident, window)
        now_ms, stored = self._clock.wall_ms(), plan_json.verdict_to_json(verdict)
        body = {"incident": incident.id, "revision": window.revision, **stored}
        failpoint("before_verdict")
        await self._store.commit(
            [VerdictRow(incident.id, window.revision, now_ms, stored), incident.row()],
            [Record("verdict", SYSTEM, incident.section, body, now_ms)],
        )
        failpoint("after_verdict")
        window.decided.set()
        self._events.publish(IncidentChanged(incident.id))

    def follow_proof(self, incident: Incident, window: Window) -> None:
        """Move activating → active | degraded, and between the two as proofs come and go (T2)."""
        if window not in incident.windows or incident.window is None or incident.window.verdict is None:
            return
        if incident.state not in (IncidentState.ACTIVATING, IncidentState.ACTIVE, IncidentState.DEGRADED):
            return
        state = IncidentState.ACTIVE if incident.proved else IncidentState.DEGRADED
        if state is incident.state:
            return
        before, incident.state = incident.state, state
        now_ms = incident.updated_ms = self._clock.wall_ms()
        body = {
            "incident": incident.id,
            "from": before.value,
            "to": state.value,
            "not_proved": dict(sorted(incident.not_proved().items())),
        }
        self._store.submit([incident.row()], [Record("state", SYSTEM, incident.section, body, now_ms)])
        self._events.publish(IncidentChanged(incident.id))
