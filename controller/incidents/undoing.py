"""Undoing a wrong press: for a few seconds what stood before comes back without questions, as safely as ever.

It is a person's recorded order and a staged release like any other: siren off, lanes proved and opened gantry
by gantry. Only the questions are left out: no reason, no second dialogue.
"""

from controller.book import Incident, ReleaseProgress
from controller.incident import IncidentState
from controller.incidents.correcting import Correcting
from controller.incidents.lifecycle import Command, NotPossible, check
from controller.incidents.releasing import Releasing
from controller.key import Key
from controller.room import ControlRoom


class Undoing:
    """Takes back the newest order that drove something."""

    def __init__(self, room: ControlRoom, releasing: Releasing, correcting: Correcting) -> None:
        self._room = room
        self._releasing = releasing
        self._correcting = correcting

    async def undo(self, incident: Incident, key: Key) -> None:
        """Release what a press demanded, or drive again what a correction replaced.

        Raises:
            NotPossible: the time for it is over, or the journal cannot carry a release; the text says what
                to do instead.
        """
        check(Command.UNDO, incident.state)
        undo, limit_s = incident.undo, self._room.site.policy.undo_s
        if undo is None or key.at_ms > undo.until_ms:
            raise NotPossible(
                f"undo ended {limit_s} s after the press: cancel {incident.id} if it was a false alarm, "
                "clear it when it is over, or correct it"
            )
        if undo.plan is not None:
            await self._correcting.back(incident, undo, key)
            return
        self._releasing.stop(incident)
        progress = ReleaseProgress(key.actor, "undone", IncidentState.CANCELLED)
        await self._releasing.start(incident, progress, key.at_s, key.at_ms, ())
        incident.undo = None
