"""Silencing what sounds: one order for all open incidents (S13); lights, signs and closures stay."""

from dataclasses import dataclass, replace

from controller.events import IncidentChanged
from controller.key import Key
from controller.room import ControlRoom
from devices.values import BeaconState


@dataclass(frozen=True, slots=True)
class Silenced:
    """What an order to silence did.

    Attributes:
        incidents: whose sirens it silenced.
        still: devices that go on sounding because a lock wants it.
    """

    incidents: tuple[str, ...]
    still: tuple[str, ...]


async def silence(room: ControlRoom, key: Key, reason: str) -> Silenced:
    """Silence the sirens of every open incident; they sound again on a new reason to, see `Course`.

    Safe to repeat. An advisory may fall by rule, so this needs no journal to succeed (S6).
    """
    sounding = [i for i in room.book.open() if i.course.sounds_until_ms(room.site.policy.siren_s) > key.at_ms]
    for incident in sounding:
        incident.course = replace(incident.course, silenced_ms=key.at_ms)
    room.apply()
    names = tuple(incident.id for incident in sounding)
    for section in sorted({incident.section for incident in sounding}):
        of_section = [incident.id for incident in sounding if incident.section == section]
        body = {"incidents": of_section, "reason": reason}
        rows = [incident.row() for incident in sounding if incident.section == section]
        await room.store.commit(rows, [room.record("silenced", key.actor, section, body)])
    for name in names:
        room.events.publish(IncidentChanged(name))
    loud = (d for d, s in room.states.items() if isinstance(s.value, BeaconState) and s.value.siren)
    return Silenced(names, tuple(loud))
