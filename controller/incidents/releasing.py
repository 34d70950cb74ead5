"""Staged release: gantry by gantry, each phase proved before the next is ordered (S6). One task a release."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from controller.alarms.alarm import AlarmKind
from controller.book import Incident, ReleaseProgress
from controller.events import IncidentChanged
from controller.incident import Actor, IncidentState, Plan, Revision, RevisionKind
from controller.incidents.lifecycle import NotPossible
from controller.incidents.release import CLOSING, Phase, dwelt_phase, merged, release_phases
from controller.incidents.revisions import revision_row
from controller.incidents.window import Window
from controller.room import ControlRoom, permit_rows
from devices.failpoints import failpoint
from devices.values import Value

FRESH_S = 3.0
"""How old the read-back of a cross-section's heads may be before it is opened (S6)."""

BLOCKED_S = 10.0
"""A release that waits longer is an alarm."""

LOOK_AGAIN_S = 0.5
"""A waiting release asks again this often, for readings that nothing else makes newer."""


class Releasing:
    """Starts, continues and stops releases."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(
        self,
        incident: Incident,
        progress: ReleaseProgress,
        key_s: float,
        key_ms: int,
        confirmed_by: Sequence[str],
    ) -> None:
        """Journal the order and begin; the clear has a window and a verdict of its own (T2).

        Raises:
            NotPossible: the order could not be journalled, and one person alone gave it (P1).
        """
        room = self._room
        before, incident.state = incident.state, IncidentState.CLEARING
        former = incident.release
        incident.updated_ms = key_ms
        incident.revision += 1  # the number its verdict goes by; no other window may have it
        incident.release = progress
        progress.confirmed_by.update(confirmed_by)
        body = {
            "incident": incident.id,
            "reason": progress.reason,
            "ends_as": progress.ends_as.value,
            "confirmed_by": sorted(progress.confirmed_by),
        }
        done = await room.store.commit(
            [incident.row()], [room.record("clear", progress.actor, incident.section, body)]
        )
        if incident.release is not progress:
            return  # held while the order was being journalled
        if not (done.durable or progress.by_two):
            incident.state = before
            incident.release = former if former is not None and former.correction else None
            if incident.release is not None:
                self.resume(incident)
            room.note("clear_refused", incident.section, {"incident": incident.id}, [incident.row()])
            if incident.window is not None:
                room.windows.follow_proof(incident, incident.window)
            raise NotPossible(needs_two_people(room))
        for window in incident.windows:
            if window.verdict is None:
                window.supersede()
            room.fleet.forget(window)  # what a release shows is no late proof of what was pressed (T1)
        self._begin(incident, key_s, restarted=False)

    def start_correction(self, incident: Incident, progress: ReleaseProgress, key_s: float) -> None:
        """Release what a journalled correction replaced, once what it demands is proved."""
        incident.release = progress
        self._begin(incident, key_s, restarted=False)

    def resume(self, incident: Incident) -> None:
        """Go on after a restart, from the demands that still stand."""
        incident.revision += 1
        self._begin(incident, self._room.clock.mono_s(), restarted=True)

    def _begin(self, incident: Incident, key_s: float, *, restarted: bool) -> None:
        room = self._room
        assert incident.release is not None
        correction = incident.release.correction
        plan = merged(incident.leaving, Plan((), ()) if correction else incident.plan)
        window = room.windows.open(
            incident,
            plan,
            key_s=key_s,
            budget_ms=room.site.policy.release_budget_ms,
            revision=incident.revision,
            restarted=restarted,
        )
        incident.clear_window = window
        room.windows.watch(incident, window)
        name = f"release {incident.id}"
        self._tasks[incident.id] = room.tasks.start(name, lambda: self._run(incident, window))
        room.events.publish(IncidentChanged(incident.id))

    def stop(self, incident: Incident) -> None:
        """End the task at once; what a phase has committed stands until new demands replace it."""
        task = self._tasks.pop(incident.id, None)
        if task is not None:
            task.cancel()
        self._room.alarms.end(AlarmKind.RELEASE, incident.id)
        if incident.clear_window is not None:
            incident.clear_window.supersede()

    async def go_on(
        self,
        incident: Incident,
        actor: Actor,
        reason: str,
        without_proof: Sequence[str],
        confirmed_by: Sequence[str],
    ) -> None:
        """Continue a paused release, or one that waits for devices that cannot be read.

        Raises:
            NotPossible: it does not wait for what was named, or the reason is missing.
        """
        progress = incident.release
        assert progress is not None
        if without_proof:
            if not reason:
                raise NotPossible("going on without proof needs a reason")
            stray = sorted(set(without_proof) - set(progress.waits_for))
            if stray:
                waits = ", ".join(sorted(progress.waits_for)) or "nothing"
                raise NotPossible(f"the release does not wait for {', '.join(stray)}; it waits for {waits}")
            progress.without_proof.update(without_proof)
        elif not progress.paused and progress.waits_for:
            waits = "; ".join(f"{d}: {why}" for d, why in sorted(progress.waits_for.items()))
            raise NotPossible(
                f"the release waits for {waits}. Mend it, hold, or go on "
                "without_proof with these devices and a reason"
            )
        progress.paused = ""
        progress.confirmed_by.update(confirmed_by)
        body = {
            "incident": incident.id,
            "reason": reason,
            "without_proof": sorted(without_proof),
            "confirmed_by": sorted(confirmed_by),
        }
        await self._room.store.commit(
            [incident.row()], [self._room.record("release_goes_on", actor, incident.section, body)]
        )
        self._room.nudge.set()

    # The task -----------------------------------------------------------------------------------------

    async def _run(self, incident: Incident, window: Window) -> None:
        progress = incident.release
        assert progress is not None
        if progress.correction:
            progress.phase = "new plan proved"
            await self._until_new_plan(incident, progress)
        room, site = self._room, self._room.site
        while True:
            if progress.dwells:
                await self._until_dwelt(incident, progress)
            old = self._replaced(incident, progress)
            own = () if progress.correction else release_phases(incident.plan, site)
            phase = next(iter((*old, *own)), None)
            if phase is None:
                break
            leaving = bool(old)
            progress.phase = phase.name
            progress.total = progress.done + len(old) + len(own)
            self._pause_if_degraded(progress)
            await self._until_fresh(incident, progress, self._to_read(incident, phase, leaving=leaving))
            if not await self._enter(incident, progress, phase, window, leaving=leaving):
                continue
            await self._until_proved(incident, progress, phase, window)
            own_left = () if progress.correction else incident.plan.demands
            left = {demand.device for demand in (*incident.leaving.demands, *own_left)}
            if later := left.intersection(phase.released):
                window.put_off(later, f"still to be released after {phase.name}")
                room.events.publish(IncidentChanged(incident.id))
            progress.done += 1
        await self._finish(incident, progress, window)

    def _replaced(self, incident: Incident, progress: ReleaseProgress) -> tuple[Phase, ...]:
        """Return the phases that are left of what a correction replaced."""
        room = self._room
        if not progress.dwells:
            return release_phases(incident.leaving, room.site)
        dwell_ms = room.site.policy.advisory_dwell_s * 1000
        phase = dwelt_phase(incident.leaving, room.site, incident.stood_ms, room.clock.wall_ms(), dwell_ms)
        return (phase,) if phase is not None and incident.leaving.demands else ()

    async def _until_dwelt(self, incident: Incident, progress: ReleaseProgress) -> None:
        """Wait until one of the replaced advisories has stood its shortest time."""
        room = self._room
        dwell_ms = room.site.policy.advisory_dwell_s * 1000
        due_ms = [incident.stood_ms.get(d.device, 0) + dwell_ms for d in incident.leaving.demands]
        wait_s = (min(due_ms, default=0) - room.clock.wall_ms()) / 1000
        if wait_s > 0:
            progress.phase = "advisories stand their shortest time"
            room.events.publish(IncidentChanged(incident.id))
            await asyncio.sleep(wait_s + 0.001)

    async def _until_new_plan(self, incident: Incident, progress: ReleaseProgress) -> None:
        """Wait until the lamps that a correction closed are proved: only then may what it replaced open."""
        devices = self._room.site.devices

        def missing() -> dict[str, str]:
            windows = incident.windows
            not_proved = {d: why for window in windows for d, why in window.not_proved().items()}
            closing = {d: why for d, why in not_proved.items() if devices[d].type in CLOSING}
            return {d: why for d, why in closing.items() if d not in progress.without_proof}

        await self._wait(incident, progress, missing, lambda: None)

    def _pause_if_degraded(self, progress: ReleaseProgress) -> None:
        """A phase that cannot be journalled waits for two people (P1)."""
        if self._room.store.degraded and not progress.by_two:
            progress.paused = needs_two_people(self._room)

    def _falls(self, incident: Incident, phase: Phase, *, leaving: bool) -> dict[str, Value]:
        """Return every device the phase releases: its own, and those only the joined facts held."""
        before = incident.plan, incident.leaving
        _stand(incident, phase, leaving=leaving)
        try:
            return self._room.falls(self._room.derive())
        finally:
            incident.plan, incident.leaving = before

    def _to_read(self, incident: Incident, phase: Phase, *, leaving: bool) -> Sequence[str]:
        """Return the heads whose cross-sections must have been read before the phase (S6)."""
        site = self._room.site
        gantries = {
            site.devices[device].gantry for device in self._falls(incident, phase, leaving=leaving)
        } - {None}
        also = (head.id for gantry in sorted(filter(None, gantries)) for head in site.heads(gantry).values())
        return tuple(dict.fromkeys((*phase.wait_heads, *also)))

    async def _until_fresh(self, incident: Incident, progress: ReleaseProgress, heads: Sequence[str]) -> None:
        reconcilers = self._room.fleet.reconcilers

        def missing() -> dict[str, str]:
            old = {h for h in heads if not reconcilers[h].fresh(FRESH_S)} - progress.without_proof
            return {h: reconcilers[h].condition.reason or "no fresh read-back" for h in old}

        def ask() -> None:
            now_s = self._room.clock.mono_s()
            for head in missing():
                reconcilers[head].refresh(now_s)

        await self._wait(incident, progress, missing, ask)

    async def _until_proved(
        self, incident: Incident, progress: ReleaseProgress, phase: Phase, window: Window
    ) -> None:
        devices = self._room.site.devices

        def missing() -> dict[str, str]:
            not_proved = window.not_proved()
            return {
                d: not_proved[d]
                for d in phase.released
                if d in not_proved
                and d not in progress.without_proof
                and not (progress.correction and devices[d].type not in CLOSING)
            }

        await self._wait(incident, progress, missing, lambda: None)

    async def _wait(
        self,
        incident: Incident,
        progress: ReleaseProgress,
        missing: Callable[[], Mapping[str, str]],
        ask: Callable[[], None],
    ) -> None:
        room = self._room
        ask()
        ask_again_s = room.clock.mono_s() + LOOK_AGAIN_S
        blocked_s = room.clock.mono_s() + BLOCKED_S
        while True:
            room.nudge.clear()
            waits = dict(missing())
            if not waits and not progress.paused:
                break
            if set(waits) != set(progress.waits_for):
                progress.waits_for = waits
                room.events.publish(IncidentChanged(incident.id))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(ask_again_s):
                    await room.nudge.wait()
            if room.clock.mono_s() >= blocked_s:
                self._alarm_blocked(incident, progress)
            if room.clock.mono_s() >= ask_again_s:  # nudges may come without end: ask by the clock
                ask()
                ask_again_s = room.clock.mono_s() + LOOK_AGAIN_S
        room.alarms.end(AlarmKind.RELEASE, incident.id)
        if progress.waits_for:
            progress.waits_for = {}
            room.events.publish(IncidentChanged(incident.id))

    def _alarm_blocked(self, incident: Incident, progress: ReleaseProgress) -> None:
        waits = "; ".join(f"{device}: {why}" for device, why in sorted(progress.waits_for.items())[:5])
        text = f"the release waits in phase {progress.phase!r}: {progress.paused or waits}"
        self._room.alarms.raise_(AlarmKind.RELEASE, incident.id, text, self._room.clock.wall_ms())

    async def _enter(
        self, incident: Incident, progress: ReleaseProgress, phase: Phase, window: Window, *, leaving: bool
    ) -> bool:
        """Commit the phase's revision with its permits, then let its demands stand.

        Returns:
            False where it could not be journalled and one person alone ordered it (P1): nothing changed.
        """
        room = self._room
        now_ms = room.clock.wall_ms()
        released = self._falls(incident, phase, leaving=leaving)
        granted = room.permits_of(released, incident.id)
        incident.revision += 1
        incident.updated_ms = now_ms
        revision = Revision(
            incident.id,
            incident.revision,
            RevisionKind.LEAVING if leaving else RevisionKind.RELEASE,
            phase.name,
            progress.actor,
            now_ms,
            phase.plan,
            0,
            incident.site_digest,
        )
        body = {
            "incident": incident.id,
            "revision": revision.number,
            "phase": phase.name,
            "released": sorted({*phase.released, *released}),
            "without_proof": sorted(progress.without_proof),
        }
        failpoint("before_phase")
        done = await room.store.commit(
            [incident.row(), revision_row(revision), *permit_rows(granted)],
            [room.record("release", progress.actor, incident.section, body)],
        )
        if not (done.durable or progress.by_two):
            return False
        _stand(incident, phase, leaving=leaving)
        failpoint("after_phase")
        room.grant(granted, incident.id)
        window.due(phase.released)
        room.apply(rewrite=phase.released, window=window)
        room.events.publish(IncidentChanged(incident.id))
        return True

    async def _finish(self, incident: Incident, progress: ReleaseProgress, window: Window) -> None:
        room = self._room
        windows = (window,) if progress.correction else (*incident.windows, window)
        # a re-activation may come while this is being journalled
        if window.verdict is None:
            await room.windows.give_verdict(incident, window)
        incident.updated_ms = room.clock.wall_ms()
        incident.leaving = Plan((), ())
        if progress.correction:
            incident.release = None
        else:
            incident.state = progress.ends_as
            incident.plan = Plan((), ())
        body = {"incident": incident.id, "without_proof": sorted(progress.without_proof)}
        await room.store.commit(
            [incident.row()],
            [
                room.record(
                    "corrected" if progress.correction else progress.ends_as.value,
                    progress.actor,
                    incident.section,
                    body,
                )
            ],
        )
        self._tasks.pop(incident.id, None)
        room.apply()
        for done in windows:
            room.fleet.forget(done)
        room.events.publish(IncidentChanged(incident.id))


def _stand(incident: Incident, phase: Phase, *, leaving: bool) -> None:
    """Let the demands after a phase stand for the ones before it."""
    if leaving:
        incident.leaving = phase.plan
    else:
        incident.plan = phase.plan


def needs_two_people(room: ControlRoom) -> str:
    """Return why a release does not go on, and what makes it go on (P1)."""
    return (
        f"JOURNAL DEGRADED ({room.store.degraded}): a release needs two people; "
        "send clear again with confirmed_by and two names"
    )
