"""Start-up: everything the store holds becomes facts again, and every device is looked at anew (P2)."""

from collections.abc import Sequence

from config.site import SiteKind
from controller import plan_json
from controller.alarms import AlarmKind
from controller.book import Incident, ReleaseProgress, actor_from_json
from controller.commands import Commands
from controller.incident import IncidentState, Plan, RevisionKind, StepState
from controller.room import ControlRoom
from controller.store.reads import StoredIncident
from controller.store.rows import RevisionRow
from devices.values import value_from_json

_FULL = frozenset({RevisionKind.ACTIVATION, RevisionKind.CORRECTION, RevisionKind.HOLD, RevisionKind.REPLAN})

RECENT = 50
"""Prepared incidents, and ended ones, looked at by a start; older ones are read from the store."""


class SiteLacksDevices(Exception):
    """The loaded site has lost devices that stored facts are about; the text names them and the remedy."""


async def recover(room: ControlRoom, commands: Commands) -> None:
    """Load the facts, give every device its target, start its reconciler, go on with releases.

    Raises:
        SiteLacksDevices: an open incident has demands on devices the site no longer has.
    """
    await _load_device_facts(room)
    for stored in await room.store.open_incidents():
        incident = await _incident(room, stored)
        room.book.incidents[incident.id] = incident
    await _load_others(room)
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
        "open": sorted(i.id for i in room.book.open()),
    }
    room.note("site", "", body)
    commands.resume_releases()


async def _load_others(room: ControlRoom) -> None:
    """Load what a person may still act on: prepared incidents, and those just ended (re-activation)."""
    since_ms = room.clock.wall_ms() - room.site.policy.reactivate_s * 1000
    prepared, ended = [IncidentState.PREPARED.value], ["cleared", "cancelled"]
    rows = await room.store.incidents(limit=RECENT, states=prepared)
    rows += [r for r in await room.store.incidents(limit=RECENT, states=ended) if r.updated_ms >= since_ms]
    for row in rows:
        found = await room.store.incident(row.id)
        if found is not None:
            room.book.incidents[row.id] = await _incident(room, found)


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
            book.permits[device] = (value, permit.incident)
        else:
            lost.add(device)
    locks, services = await store.locks(), await store.services()
    book.locks = {d: row for d, row in locks.items() if d in devices}
    book.services = {d: row for d, row in services.items() if d in devices}
    lost |= (set(locks) | set(services)) - set(devices)
    for device in sorted(lost):
        text = "the store knows it, the site no longer has it: its lock, permit or restriction is not resumed"
        room.alarms.raise_(AlarmKind.OUTDATED, device, text, room.clock.wall_ms())


async def _incident(room: ControlRoom, stored: StoredIncident) -> Incident:
    row = stored.incident
    revisions = await room.store.revisions(row.id)
    full = _latest(revisions, _FULL)
    activated = _latest(revisions, frozenset({RevisionKind.ACTIVATION}))
    nothing = Plan((), ())
    incident = Incident(
        id=row.id,
        section=row.section,
        report=plan_json.report_from_json(row.report),
        state=IncidentState(row.state),
        actor=actor_from_json(dict(row.actor)),
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        revision=row.revision,
        plan=plan_json.plan_from_json(stored.latest.plan) if stored.latest else nothing,
        full_plan=plan_json.plan_from_json(full.plan) if full else nothing,
        activated_ms=activated.at_ms if activated else 0,
        committed=True,
        site_digest=full.site_digest if full else "",
        release=ReleaseProgress.from_json(dict(row.release)) if row.release else None,
    )
    for verdict in await room.store.verdicts(row.id):
        incident.verdicts[verdict.number] = plan_json.verdict_from_json(verdict.verdict)
    if incident.site_digest and incident.site_digest != room.site.digest:
        text = "plan outdated: the site file has changed since it was activated; its stored demands stand"
        room.alarms.raise_(AlarmKind.OUTDATED, incident.id, text, room.clock.wall_ms())
    return incident


def _latest(revisions: Sequence[RevisionRow], kinds: frozenset[RevisionKind]) -> RevisionRow | None:
    return next((r for r in reversed(revisions) if RevisionKind(r.kind) in kinds), None)


async def _rewatch(room: ControlRoom, incident: Incident) -> None:
    """Follow the devices of an open incident again, and close a window the restart broke (T2)."""
    if incident.state is IncidentState.CLEARING:
        return  # its release opens a window of its own
    clock, plan = room.clock, incident.plan
    full = _latest(await room.store.revisions(incident.id), _FULL)
    number = full.number if full else incident.revision
    at_ms = full.at_ms if full else incident.activated_ms
    # t_ms goes on from the key by the wall clock, re-based once; the records say `restarted`.
    key_s = clock.mono_s() - max(0, clock.wall_ms() - at_ms) / 1000
    window = room.open_window(
        incident,
        plan,
        key_s=key_s,
        budget_ms=full.budget_ms if full else room.site.policy.budget_ms,
        revision=number,
        covered=not any(finding.code == "no_coverage" for finding in plan.findings),
        restarted=True,
    )
    incident.window = window
    known = incident.verdicts.get(number)
    if known is None:
        before = {s.device: s for s in await room.store.steps(incident.id, number)}
        for device, step in window.steps.items():
            stored = before.get(device)
            if stored is not None and StepState.VERIFIED.value in stored.times:
                step.times = {StepState(state): t_ms for state, t_ms in stored.times.items()}
                step.state, step.t_ms = StepState.VERIFIED, step.times[StepState.VERIFIED]
        await room.give_verdict(incident, window)
        for step in window.steps.values():
            step.state = StepState.QUEUED  # proved before the restart is not proved now
    else:
        window.close(known)
        window.decided.set()
    room.fleet.follow(window)
    room.follow_proof(incident, window)
