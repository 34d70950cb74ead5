"""Adding demands to an open incident: a revision, a window and a verdict of its own; nothing falls."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from controller.book import Incident
from controller.events import IncidentChanged
from controller.incident import Actor, IncidentState, Plan, Revision, RevisionKind
from controller.incidents.driving import closes_more, remember_external
from controller.incidents.growth import additions
from controller.incidents.revisions import revision_row
from controller.plan import neighbour, plan_json
from controller.plan.planning import apart
from controller.room import ControlRoom
from controller.store.rows import Change, Record

STANDING = frozenset({IncidentState.ACTIVATING, IncidentState.ACTIVE, IncidentState.DEGRADED})
"""States in which demands may be added: none is being taken back."""

ORDER_S = 0.01


async def extend(
    room: ControlRoom,
    incident: Incident,
    plan: Plan,
    *,
    actor: Actor,
    reason: str,
    key_s: float,
    at_ms: int,
    changes: Sequence[Change] = (),
    records: Sequence[Record] = (),
) -> bool:
    """Journal the grown plan, then drive what it adds.

    Args:
        room: its book, store and fleet.
        incident: open and not being cleared.
        plan: the whole plan; at least what stands, see `growth.grown`.
        actor: a person whose report asks for more, or the controller itself.
        reason: why, for people.
        key_s: loop seconds from which its window counts; at_ms: the same moment, UTC milliseconds.
        changes: rows of the same transaction.
        records: journal records before it, in the same transaction.

    Returns:
        False where a person's order changed the incident meanwhile: that order counts, nothing was driven.
    """
    # A person's order comes first; it is journalled within 300 ms.
    while incident.driving:  # noqa: ASYNC110 - once in a long while, and over at once
        await asyncio.sleep(ORDER_S)
    if incident.state not in STANDING:
        return False
    before = incident.plan
    added = additions(before, plan)
    number = incident.revision = incident.revision + 1
    budget_ms = room.site.policy.budget_ms
    if actor.role != "system" and closes_more(plan, incident):
        incident.course = replace(incident.course, sounding_ms=at_ms)
    revision = Revision(
        incident.id, number, RevisionKind.REPLAN, reason, actor, at_ms, plan, budget_ms, incident.site_digest
    )
    body = {
        "incident": incident.id,
        "revision": number,
        "kind": revision.kind.value,
        "reason": reason,
        "budget_ms": budget_ms,
        "plan": plan_json.plan_to_json(plan),
    }
    found = remember_external(room, Plan(added, ()), at_ms)
    await room.store.commit(
        [incident.row(), revision_row(revision), *found, *changes],
        [
            *records,
            room.record("intent", actor, incident.section, body),
            *neighbour.records(room, incident, plan, number, actor),
        ],
    )
    if incident.plan is not before or incident.driving or incident.state not in STANDING:
        return False
    neighbour.tell(room, incident, plan, number)
    incident.plan = incident.full_plan = plan
    window = room.windows.open(
        incident,
        Plan(added, ()),
        key_s=key_s,
        budget_ms=budget_ms,
        revision=number,
        apart=apart(room, Plan(added, ()), ()),
    )
    incident.later.append(window)
    room.apply(rewrite=[demand.device for demand in added], window=window)
    room.windows.mark_outranked(incident, window, room.states)
    room.windows.watch(incident, window)
    room.events.publish(IncidentChanged(incident.id))
    return True
