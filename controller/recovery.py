"""Start-up: everything the store holds becomes facts again, and every device is looked at anew (P2)."""

from collections.abc import Collection

from config.site import SiteKind
from controller.alarms.alarm import AlarmKind
from controller.book import Incident, Permit
from controller.commands import Commands
from controller.incident import IncidentState, Plan, RevisionKind, StepState
from controller.incidents.growth import additions
from controller.incidents.recall import PRESSED, latest_of, recall
from controller.incidents.window import Window
from controller.interlocks.latches import stored_latch
from controller.plan import plan_json
from controller.plan.planning import apart
from controller.room import ControlRoom
from controller.store.rows import RevisionRow
from devices.values import value_from_json

RECENT = 50
"""Prepared incidents held after a start; older ones are read from the store."""


class SiteLacksDevices(Exception):
    """The loaded site has lost devices that stored facts are about; the text names them and the remedy."""


async def recover(room: ControlRoom, commands: Commands) -> None:
    """Load the facts, give every device its target, start its reconciler, go on with releases.

    Raises:
        SiteLacksDevices: an open incident has demands on devices the site no longer has.
    """
    room.alarm_log.restore(await room.store.alarms())
    await _load_device_facts(room)
    for stored in await room.store.open_incidents():
        incident = await recall(room, stored)
        room.book.incidents[incident.id] = incident
    await _load_prepared(room)
    missing = sorted({d.device for i in room.book.open() for d in i.plan.demands} - set(room.site.devices))
    if missing:
        raise SiteLacksDevices(
            f"open incidents have demands on {', '.join(missing)}, which the site no longer has: "
            "start with the former site file, clear the incidents, then change the site"
        )
    room.apply()
    for incident in room.book.open():
        await _rewatch(room, incident)
    for device in room.site.devices:
        room.tasks.start(f"reconcile {device}", lambda d=device: room.fleet.run(d))  # type: ignore[misc]
    body = {
        "site": room.site.id,
        "kind": room.site.kind.value,
        "digest": room.site.digest,
        "simulation": room.site.kind is SiteKind.SIMULATED,
        "drill": room.site.drill,
        "open": sorted(i.id for i in room.book.open()),
    }
    room.note("site", "", body)
    commands.resume_releases()


async def _load_prepared(room: ControlRoom) -> None:
    """Load what a person may still press: prepared incidents."""
    for row in await room.store.incidents(limit=RECENT, states=[IncidentState.PREPARED.value]):
        found = await room.store.incident(row.id)
        if found is not None:
            room.book.incidents[row.id] = await recall(room, found)


async def _load_device_facts(room: ControlRoom) -> None:
    devices, book, store = room.site.devices, room.book, room.store
    lost: set[str] = set()
    for device, adopted in (await store.adopted()).items():
        if device in devices:
            value = value_from_json(devices[device].type, adopted.value)
            book.adopted[device] = (value, adopted.since_ms)
            if devices[device].base is not None:
                room.alarm_unexplained(device, value, adopted.since_ms)
        else:
            lost.add(device)
    for device, permit in (await store.permits()).items():
        if device in devices:
            value = value_from_json(devices[device].type, permit.value)
            book.permits[device] = Permit(value, permit.incident, permit.at_ms)
        else:
            lost.add(device)
    locks, services = await store.locks(), await store.services()
    faults = await store.faults()
    book.commissioned = await store.commissioned()
    book.locks = {d: row for d, row in locks.items() if d in devices}
    book.services = {d: row for d, row in services.items() if d in devices}
    book.faults = {d: row for d, row in faults.items() if d in devices}
    for row in book.faults.values():
        room.alarm_failed(row)
    lost |= (set(locks) | set(services) | set(faults)) - set(devices)
    for name, stored in (await store.latches()).items():
        found = stored_latch(room.site, stored)
        if found is None:
            lost.add(name)
        else:
            book.latches[name] = found
            room.alarm_latched(found)
    for device in sorted(lost):
        text = "the store knows it, the site no longer has it: its lock, permit, restriction or latch ends"
        room.alarms.raise_(AlarmKind.OUTDATED, device, text, room.clock.wall_ms())


async def _rewatch(room: ControlRoom, incident: Incident) -> None:
    """Follow the devices of an open incident again, and close the windows the restart broke (T2)."""
    if incident.state is IncidentState.CLEARING:
        return  # its release opens a window of its own
    revisions = await room.store.revisions(incident.id)
    pressed = latest_of(revisions, PRESSED)
    if pressed is None:
        return
    whole = plan_json.plan_from_json(pressed.plan)
    covered = not any(finding.code == "no_coverage" for finding in whole.findings)
    incident.window = await _reopen(room, incident, pressed, whole, incident.course.dropped, covered=covered)
    incident.later = []
    for revision in revisions:
        if revision.number > pressed.number and revision.kind == RevisionKind.REPLAN.value:
            plan = plan_json.plan_from_json(revision.plan)
            added = Plan(additions(whole, plan), ())
            incident.later.append(await _reopen(room, incident, revision, added, ()))
            whole = plan
    room.windows.follow_proof(incident, incident.window)


async def _reopen(
    room: ControlRoom,
    incident: Incident,
    revision: RevisionRow,
    plan: Plan,
    dropped: Collection[str],
    *,
    covered: bool = True,
) -> Window:
    """Return the window of a revision over its devices, with the verdict it has or gets now."""
    clock, number = room.clock, revision.number
    # t_ms goes on from the key by the wall clock, re-based once; the records say `restarted`.
    key_s = clock.mono_s() - max(0, clock.wall_ms() - revision.at_ms) / 1000
    window = room.windows.open(
        incident,
        plan,
        key_s=key_s,
        budget_ms=revision.budget_ms,
        revision=number,
        covered=covered,
        restarted=True,
        apart=apart(room, plan, dropped),
    )
    known = incident.verdicts.get(number)
    if known is None:
        before = {s.device: s for s in await room.store.steps(incident.id, number)}
        for device, step in window.steps.items():
            stored = before.get(device)
            if stored is not None and StepState.VERIFIED.value in stored.times:
                step.times = {StepState(state): t_ms for state, t_ms in stored.times.items()}
                step.state, step.t_ms = StepState.VERIFIED, step.times[StepState.VERIFIED]
        await room.windows.give_verdict(incident, window)
        for step in window.steps.values():
            step.state = StepState.QUEUED  # proved before the restart is not proved now
    else:
        window.close(known)
        window.decided.set()
    room.fleet.follow(window)
    return window
