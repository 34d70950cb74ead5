"""The control room's hub: facts in the book become targets of the fleet, its findings become facts.

Commands of people are in `commands`, staged releases in `releasing`, verdicts in `windows`, time limits in
`time_limits`, start-up in `recovery`.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog

from config.interlocks import Interlock
from config.site import Site
from controller.alarms.alarm import AlarmKind
from controller.alarms.alarm_log import AlarmLog
from controller.book import Book, Incident, Permit
from controller.events import DeviceChanged, EventBus
from controller.fleet.fleet import Fleet
from controller.incident import SYSTEM, Actor
from controller.incidents.lifecycle import NotPossible
from controller.incidents.quiet import is_quiet
from controller.incidents.window import Step, Window
from controller.incidents.windows import Windows
from controller.interlocks.conflict_watch import ConflictWatch
from controller.interlocks.latches import Latch, latch
from controller.metrics import Metrics
from controller.states import permits
from controller.states.arbitration import DeviceState
from controller.states.joined import Joined
from controller.store.rows import (
    AdoptedGone,
    AdoptedRow,
    Change,
    FaultRow,
    PermitGone,
    PermitRow,
    Record,
    StepRow,
)
from controller.store.store import Store
from controller.supervisor import Tasks
from devices.clock import Clock
from devices.driver import Driver
from devices.values import Value, in_words, value_from_json, value_to_json

log = structlog.get_logger()


class ControlRoom:
    """One process's brain. Single-threaded: facts change and targets follow without an await between."""

    def __init__(
        self,
        site: Site,
        store: Store,
        drivers: Mapping[str, Driver],
        *,
        clock: Clock,
        metrics: Metrics,
        events: EventBus,
    ) -> None:
        self.site = site
        self.store = store
        self.clock = clock
        self.metrics = metrics
        self.events = events
        self.book = Book()
        self.applied = asyncio.Event()
        """Set whenever facts became targets or an alarm changed; time limits are counted anew."""
        self.alarm_log = AlarmLog(
            store,
            clock=clock,
            metrics=metrics,
            events=events,
            section_of=self.section_of,
            link_of=lambda subject: site.devices[subject].link if subject in site.devices else subject,
            wake=self.applied.set,
        )
        self.alarms = self.alarm_log.alarms
        self.tasks = Tasks(self._crashed)
        self.nudge = asyncio.Event()
        """Set whenever a step or a look changed something; releases wait on it."""
        self.failed = asyncio.Event()
        """Set when a device has failed; re-planning waits on it."""
        self._joined = Joined(site)
        self._apply_due = False
        self.states: Mapping[str, DeviceState] = {}
        self.windows = Windows(site, store, clock=clock, metrics=metrics, events=events, tasks=self.tasks)
        self.fleet = Fleet(
            site,
            drivers,
            clock=clock,
            epoch_of=lambda section: store.epochs[section],
            hooks=self,
            events=events,
            alarms=self.alarms,
            metrics=metrics,
            out_of_service=self.book.services.__contains__,
        )
        self.conflicts = ConflictWatch(site, self.fleet.reconcilers, clock, self.conflict_found)
        store.when_degraded(self._journal_degraded)
        metrics.sampled(lambda: store.waiting, lambda: 1.0 if store.degraded else 0.0)

    # Facts → targets ----------------------------------------------------------------------------------

    def derive(self) -> Mapping[str, DeviceState]:
        """Return the desired state the book gives now; pure but for the clock."""
        locks = {
            device: value_from_json(self.site.devices[device].type, row.value)
            for device, row in self.book.locks.items()
        }
        policy, now_ms = self.site.policy, self.clock.wall_ms()
        sources = self.book.sources(policy, locks, quiet=is_quiet(policy.quiet_hours, now_ms))
        missing = frozenset(self.book.services)
        return self._joined.states(sources, now_ms=now_ms, missing=missing)

    def apply(self, *, rewrite: Collection[str] = (), window: Window | None = None) -> None:
        """Give the fleet the targets that follow from the book; never awaits."""
        self.states = self.derive()
        leaves = {device: permit.value for device, permit in self.book.permits.items()}
        awaited = {
            device
            for incident in self.book.open()
            if incident.release is not None and incident.clear_window is not None
            for device in incident.clear_window.steps
        }
        self.fleet.apply(self.states, leaves, awaited=awaited, rewrite=rewrite, window=window)
        self.applied.set()

    def falls(self, after: Mapping[str, DeviceState]) -> dict[str, Value]:
        """Return device → value it would be released from if `after` became the desired state (S6)."""
        return permits.falls(self.site, self.fleet, self.book.permits, after)

    def permits_of(self, released: Mapping[str, Value], owner: str) -> dict[str, Permit]:
        """Return the permits of a person's order; `grant` them once their rows are journalled."""
        now_ms = self.clock.wall_ms()
        return {device: Permit(value, owner, now_ms) for device, value in released.items()}

    def refused(self, granted: Mapping[str, Permit]) -> list[Change]:
        """Return what undoes the rows of permits whose order did not reach the disk (P1).

        What they stood in for, an older permit of the same device, is there again.
        """
        older = {d: self.book.permits[d] for d in granted if d in self.book.permits}
        return permit_rows(older) + [permit_gone(d, p) for d, p in granted.items() if d not in older]

    def grant(self, granted: Mapping[str, Permit], owner: str) -> None:
        """Let the devices leave these values from now on; the caller applies in the same turn.

        Not before the transaction: a look in between would take the old value for the proof of the
        release and use the permit up. What the book releases beyond `granted` by now, because other
        incidents changed while the order was journalled, is permitted by the same order.
        """
        falls = {d: v for d, v in self.falls(self.derive()).items() if d not in granted}
        late = self.permits_of(falls, owner)
        if late:
            section = self.site.devices[next(iter(late))].section
            body = {"owner": owner, "devices": sorted(late)}
            self.note("release_also", section, body, permit_rows(late))
        self.book.permits.update({**granted, **late})

    def withdraw_permits(self, incident: Incident) -> None:
        """Take back the permits its release gave for what stands again; the caller applies in the same turn.

        A device that goes on falling keeps its own: slow lamps would be taken for a found restriction.
        """
        states = self.derive()
        ours = {d: p.value for d, p in self.book.permits.items() if p.owner == incident.id}
        stands = {d for d, value in ours.items() if not permits.leaves(value, self.site.devices[d], states)}
        for device in stands:
            del self.book.permits[device]
        # A phase that was being journalled when its release was stopped has left rows only.
        planned = {demand.device for demand in incident.full_plan.demands} - set(self.book.permits)
        gone = sorted(stands | planned)
        body = {"incident": incident.id, "devices": gone}
        self.note("permits_withdrawn", incident.section, body, [PermitGone(d, incident.id) for d in gone])

    # Records ------------------------------------------------------------------------------------------

    def record(self, kind: str, actor: Actor, section: str, body: Mapping[str, Any]) -> Record:
        """Make a journal record of now."""
        return Record(kind, actor, section, body, self.clock.wall_ms())

    def note(self, kind: str, section: str, body: Mapping[str, Any], changes: Sequence[Change] = ()) -> None:
        """Journal something the controller itself did or found; not awaited."""
        self.store.submit(changes, [self.record(kind, SYSTEM, section, body)])

    def section_of(self, subject: str) -> str:
        """Return the section of a device, incident or interlock, "" for what concerns the whole process."""
        interlock = self.site.interlocks.get(subject)
        if interlock is not None:
            subject = next(iter(interlock.never))
        device, incident = self.site.devices.get(subject), self.book.incidents.get(subject)
        return device.section if device else incident.section if incident else ""

    # What the fleet finds (Hooks) ---------------------------------------------------------------------

    def found_restriction(self, device: str, value: Value) -> None:
        """Adopt a restriction nobody ordered released: keep it, alarm, count it as a fact (S11)."""
        held = self.book.adopted.get(device)
        if held is not None and held[0] == value:
            return
        now_ms = self.clock.wall_ms()
        self.book.adopted[device] = (value, now_ms)
        changes: list[Change] = [AdoptedRow(device, value_to_json(value), now_ms)]
        permit = self.book.permits.pop(device, None)
        if permit is not None:
            changes.append(permit_gone(device, permit))
        section = self.site.devices[device].section
        self.note("adopted", section, {"device": device, "value": value_to_json(value)}, changes)
        self.alarm_unexplained(device, value, now_ms)
        self._soon_apply()

    def alarm_unexplained(self, device: str, value: Value, since_ms: int) -> None:
        """Raise the alarm of an adopted restriction."""
        text = f"shows {in_words(value)} which nobody ordered here; it stays until a person releases it"
        self.alarms.raise_(AlarmKind.UNEXPLAINED, device, text, since_ms)

    def release_proved(self, device: str) -> None:
        """Use up the permit of a device that was seen at its new target (S11)."""
        permit = self.book.permits.pop(device, None)
        if permit is None:
            return
        section = self.site.devices[device].section
        changes: list[Change] = [permit_gone(device, permit)]
        if self.site.devices[device].base is None and self.book.adopted.pop(device, None) is not None:
            changes.append(AdoptedGone(device))  # what stood there before the incident is back
        self.note("released", section, {"device": device, "incident": permit.owner}, changes)
        self._soon_apply()

    def step_changed(self, window: Window, device: str, step: Step) -> None:
        """Journal a step; a late proof or a loss moves the incident between degraded and active."""
        now_ms = self.clock.wall_ms()
        times = {state.value: t_ms for state, t_ms in step.times.items()}
        row = StepRow(
            window.incident,
            window.revision,
            device,
            step.state.value,
            step.reason,
            step.t_ms,
            now_ms,
            times,
        )
        body = {
            "incident": window.incident,
            "revision": window.revision,
            "device": device,
            "state": step.state.value,
            "reason": step.reason,
            "t_ms": step.t_ms,
            "restarted": window.restarted,
        }
        self.note("step", self.site.devices[device].section, body, [row])
        incident = self.book.incidents.get(window.incident)
        if incident is not None:
            self.windows.follow_proof(incident, window)
        self.nudge.set()

    def epoch_too_low(self, device: str, applied_epoch: int) -> None:
        """Take an epoch above what the device has applied, durably, then drive it again."""
        section = self.site.devices[device].section

        async def raise_epoch() -> None:
            await self.store.raise_epoch(section, applied_epoch)
            self.fleet.reconcilers[device].retry()

        self.tasks.start(f"raise epoch {device}", raise_epoch)

    def device_failed(self, device: str, reason: str) -> None:
        """Latch the fault: the device is planned around until a person says it is repaired (S14)."""
        if device in self.book.faults:
            return
        row = FaultRow(device, reason, self.clock.wall_ms())
        self.book.faults[device] = row
        section = self.site.devices[device].section
        self.note("failed", section, {"device": device, "reason": reason}, [row])
        self.alarm_failed(row)
        self.failed.set()
        self.events.publish(DeviceChanged(device))

    def alarm_failed(self, row: FaultRow) -> None:
        """Raise the alarm of a latched fault."""
        text = f"has failed ({row.reason}) and is planned around; when it works again say that it is repaired"
        self.alarms.raise_(AlarmKind.FAILED, row.device, text, row.at_ms)

    def device_looked(self, device: str) -> None:
        """Wake whoever waits for a reading, and see whether it contradicts others."""
        self.conflicts.looked(device)
        self.nudge.set()

    def conflict_found(self, interlock: Interlock, shown: Mapping[str, Value]) -> None:
        """Latch an interlock the road violates: alarm, drive its devices to their most restrictive (S9)."""
        if interlock.id in self.book.latches:
            return
        found = latch(self.site, interlock, shown, self.clock.wall_ms())
        self.book.latches[interlock.id] = found
        self.metrics.conflicts.labels(interlock.id).inc()
        body = {"interlock": interlock.id, "seen": found.row().seen, "reason": interlock.reason_en}
        self.note("conflict", self.section_of(interlock.id), body, [found.row()])

        async def flush() -> None:
            await self.store.commit([], [])  # what was noted is on disk at once; the road waits for nothing

        self.tasks.start(f"latch {interlock.id}", flush)
        self.alarm_latched(found)
        self._soon_apply()

    def alarm_latched(self, found: Latch) -> None:
        """Raise the alarm of a latched interlock; it stands until the reset."""
        self.metrics.latched.set(len(self.book.latches))
        self.alarms.raise_(AlarmKind.CONFLICT, found.interlock.id, found.text, found.since_ms)
        for device in found.interlock.never:
            self.events.publish(DeviceChanged(device))

    def _soon_apply(self) -> None:
        # The fleet calls us from inside a reconciler's look: targets change in the next turn, and once for
        # all the looks of this one.
        if not self._apply_due:
            self._apply_due = True
            asyncio.get_running_loop().call_soon(self._apply_now)

    def _apply_now(self) -> None:
        self._apply_due = False
        self.apply()

    def _journal_degraded(self, reason: str) -> None:
        """Raise the alarm of JOURNAL DEGRADED (P1); the store tells it once."""
        text = (
            f"JOURNAL DEGRADED: {reason}; restrictions leave but are only in the spool file, "
            "a release needs two people. Once the disk takes it again (one slow write needs no mending), "
            "order it restored (onekey audit restore)"
        )
        if self.store.read_only:
            text = (
                f"READ-ONLY: {reason} Until a start with a sound store only restrictions can be ordered; "
                "they are kept in the spool file. Releases are refused"
            )
        self.alarms.raise_(AlarmKind.JOURNAL, "store", text, self.clock.wall_ms())

    async def restore_journal(self, actor: Actor) -> None:
        """End JOURNAL DEGRADED on a person's order, once everything that waited is on disk (P1).

        Raises:
            NotPossible: it is not degraded, or the disk still does not take it.
        """
        reason = self.store.degraded
        if reason is None:
            raise NotPossible("the journal is not degraded")
        if not await self.store.restore(actor):
            raise NotPossible(f"the store still cannot be written ({reason}): mend the disk first")
        self.alarms.end(AlarmKind.JOURNAL, "store")
        self.nudge.set()

    def checkpoints_troubled(self, subject: str, text: str) -> None:
        """Raise or end the alarm of checkpoints that cannot be signed or kept, or do not fit the journal."""
        if text:
            self.alarms.raise_(AlarmKind.CHECKPOINT, subject, text, self.clock.wall_ms())
        else:
            self.alarms.end(AlarmKind.CHECKPOINT, subject)

    def _crashed(self, name: str, crash: Exception) -> None:
        self.metrics.crashes.inc()
        text = f"{name}: {type(crash).__name__}: {crash}"
        self.note("fault", "", {"task": name, "error": text})
        self.alarms.raise_(AlarmKind.TASK, name, text, self.clock.wall_ms())


def permit_rows(granted: Mapping[str, Permit]) -> list[Change]:
    """Return the rows of permits, for the transaction of the order that gives them."""
    return [PermitRow(d, value_to_json(p.value), p.owner, p.at_ms) for d, p in granted.items()]


def permit_gone(device: str, permit: Permit) -> PermitGone:
    """Return the change that deletes this permit, and not a later one of the same device."""
    return PermitGone(device, permit.owner, permit.at_ms)
