"""What people write down about an incident, and which of their own tasks are done: journalled only."""

from typing import Any

from controller.events import IncidentChanged
from controller.key import Key, Unknown
from controller.room import ControlRoom

KIND = "note"
"""Kind of the journal's records."""


async def add_note(
    room: ControlRoom, incident_id: str, key: Key, *, text: str, task: str = "", done: bool = True
) -> None:
    """Journal a note on an incident, open or long ended; every call is a note of its own.

    Args:
        text: what the person says; may be empty where a task is named.
        task: word of something onekey cannot do and a person did, e.g. `fire_brigade`.
        done: False takes a task back that was ticked by mistake.

    Raises:
        Unknown: there is no such incident.
        StoreError: it could not be made durable.
    """
    live = room.book.incidents.get(incident_id)
    stored = await room.store.incident(incident_id) if live is None else None
    if live is not None:
        section = live.section
    elif stored is not None:
        section = stored.incident.section
    else:
        raise Unknown(f"no incident {incident_id}")
    body: dict[str, Any] = {"incident": incident_id, "text": text}
    if task:
        body |= {"task": task, "done": done}
    await room.store.commit([], [room.record(KIND, key.actor, section, body)])
    room.events.publish(IncidentChanged(incident_id))
