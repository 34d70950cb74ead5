"""Silencing what sounds: one order for all open incidents (S13); lights, signs and closures stay."""

from dataclasses import dataclass, replace

from controller.events import IncidentChanged
from controller.key import Key
from controller.room import ControlRoom
from devices.values import sounds


@dataclass(frozen=True, slots=True)
class Silenced:
    """What an order to silence did.

    Attributes:
        incidents: whose sirens and speakers it silenced.
        still: devices that go on sounding because a lock wants it.
    """

    incidents: tuple[str, ...]
    still: tuple[str, ...]


async def silence(room: ControlRoom, key: Key, reason: str) -> Silenced:
    """Silence sirens and speakers of every open incident; they sound again on a new reason, see `Course`.

    Safe to repeat. An advisory may fall by rule, so this needs no journal to succeed (S6).
    """
    longest_s = max(room.site.policy.siren_s, room.site.policy.speaker_s)
    sounding = [i for i in room.book.open() if i.course.sounds_until_ms(longest_s) > key.at_ms]
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
    loud = (d for d, s in room.states.items() if sounds(s.value))
    return Silenced(names, tuple(loud))
